"""Linnet, a small paper shop with a referral programme: what a site that uses goodword looks like.

It knows goodword only as any site does: a script tag, a site key and a signing secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from demo_site import catalogue
from demo_site.forms import Errors, Typed, chosen, read_checkout, read_sign_up
from demo_site.orders import OrderBook
from demo_site.signature import sign
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
SEE_OTHER = 303
LONGEST_FORM = 20_000

Page = dict[str, Any]


@dataclass(frozen=True)
class ShopConfig:
    """`goodword_url` is the origin that serves `gw.js`, `campaign` the name of the campaign in its
    addresses; `data_dir` keeps the orders."""

    goodword_url: str
    campaign: str
    site_key: str
    signing_secret: str
    data_dir: Path


class SafeHeaders:
    """Every answer says what the page may load: its own files, and goodword's tag, pixel and
    join page."""

    def __init__(self, app: ASGIApp, goodword_url: str) -> None:
        policy = (
            f"default-src 'none'; script-src 'self' {goodword_url}; connect-src {goodword_url}; "
            f"img-src 'self' {goodword_url}; style-src 'self'; form-action 'self'; "
            f"frame-src {goodword_url}; base-uri 'none'; frame-ancestors 'none'"
        )
        self._app = app
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
            (b"cache-control", b"no-cache"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Shop:
    """The pages. Each takes a request and answers with HTML or with the way to the next page."""

    def __init__(self, config: ShopConfig) -> None:
        self._config = config
        self._book = OrderBook(config.data_dir / "shop.db")
        self._pages = Jinja2Templates(env=_templates(config))

    async def landing(self, request: Request) -> Response:
        return self._page(request, "landing.html", _form({}))

    async def notebook(self, request: Request) -> Response:
        return self._page(request, "notebook.html", _form(chosen(request.query_params)))

    async def sign_up(self, request: Request) -> Response:
        if request.method != "POST":
            return self._page(request, "sign_up.html", _form({}))
        typed = await _typed(request)
        sign_up = read_sign_up(typed)
        if isinstance(sign_up, dict):
            return self._page(request, "sign_up.html", _form(typed, sign_up), 422)
        await run_in_threadpool(self._book.add_reader, sign_up)
        return RedirectResponse("/welcome", SEE_OTHER)

    async def welcome(self, request: Request) -> Response:
        return self._page(request, "welcome.html", {})

    async def recommend(self, request: Request) -> Response:
        return self._page(request, "recommend.html", {})

    async def checkout(self, request: Request) -> Response:
        if request.method != "POST":
            return self._page(request, "checkout.html", _form(chosen(request.query_params)))
        typed = await _typed(request)
        checkout = read_checkout(typed)
        if isinstance(checkout, dict):
            return self._page(request, "checkout.html", _form(typed, checkout), 422)
        order = await run_in_threadpool(self._book.place, checkout)
        return RedirectResponse(f"/thanks?receipt={order.receipt}", SEE_OTHER)

    async def thanks(self, request: Request) -> Response:
        """The conversion is printed here, signed. The pixel's address carries no e-mail, since
        addresses end up in logs, and therefore has a signature of its own."""
        order = await run_in_threadpool(self._book.find, request.query_params.get("receipt", ""))
        if order is None:
            return self._page(request, "not_found.html", {}, 404)
        facts = ("purchase", order.number, order.amount, order.currency)
        sig = sign(self._config.signing_secret, *facts, order.email)
        pixel_sig = sign(self._config.signing_secret, *facts)
        page = {"order": order, "sig": sig, "pixel_sig": pixel_sig}
        return self._page(request, "thanks.html", page)

    async def not_found(self, request: Request, error: Exception) -> Response:
        return self._page(request, "not_found.html", {}, 404)

    def _page(self, request: Request, name: str, page: Page, status: int = 200) -> Response:
        return self._pages.TemplateResponse(request, name, page, status_code=status)


def create_shop(config: ShopConfig) -> Starlette:
    """The shop as an ASGI application. Makes its order book in `config.data_dir`."""
    shop = Shop(config)
    both = ["GET", "POST"]
    return Starlette(
        routes=[
            Route("/", shop.landing),
            Route("/notebook", shop.notebook),
            Route("/sign-up", shop.sign_up, methods=both),
            Route("/welcome", shop.welcome),
            Route("/recommend", shop.recommend),
            Route("/checkout", shop.checkout, methods=both),
            Route("/thanks", shop.thanks),
            Route("/healthz", _healthz),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(SafeHeaders, goodword_url=config.goodword_url)],
        exception_handlers={404: shop.not_found},
        max_body_size=LONGEST_FORM,
    )


def from_environment(environment: Mapping[str, str] = os.environ) -> Starlette:
    """The shop as `SHOP_GOODWORD_URL`, `SHOP_CAMPAIGN`, `SHOP_SITE_KEY`, `SHOP_SIGNING_SECRET` and
    `SHOP_DATA_DIR` describe it; KeyError names the one that is missing."""
    return create_shop(
        ShopConfig(
            goodword_url=environment["SHOP_GOODWORD_URL"],
            campaign=environment["SHOP_CAMPAIGN"],
            site_key=environment["SHOP_SITE_KEY"],
            signing_secret=environment["SHOP_SIGNING_SECRET"],
            data_dir=Path(environment["SHOP_DATA_DIR"]),
        )
    )


def _templates(config: ShopConfig) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        goodword=config.goodword_url,
        campaign=config.campaign,
        site_key=config.site_key,
        covers=catalogue.COVERS,
        price=catalogue.PRICE,
        most=catalogue.MOST,
        decimal=catalogue.decimal,
    )
    return environment


def _form(typed: Typed, errors: Errors | None = None) -> Page:
    return {"typed": typed, "chosen": chosen(typed), "errors": errors or {}}


async def _typed(request: Request) -> Typed:
    form = await request.form(max_files=0, max_fields=20)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")
