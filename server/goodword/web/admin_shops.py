"""Set-up > Integrations and API > Shops: the address that each shop calls, and how it signs."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.activity import calls
from goodword.campaigns import shops
from goodword.lifecycle.deed import Done
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.shop import (
    NoShop,
    address_of_shop,
    make_shop,
    remove_shop,
    secret_of,
    set_shop_secret,
)
from goodword.model import Campaign, InboundCall, Shop, ShopKind
from goodword.web.admin_api import HERE as API
from goodword.web.admin_api import PLACE
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of, nothing_done
from goodword.web.inbound_words import RESULTS, reason_text
from goodword.web.session import form_of, logged_in, require_admin, require_manager

HERE = f"{API}/shops"
NAMES = {ShopKind.SHOPIFY: "Shopify", ShopKind.WOOCOMMERCE: "WooCommerce"}
_LONGEST = 501


@dataclass(frozen=True, slots=True)
class Card:
    """One kind of shop as the page shows it; `shop` is None before its address was made. The
    address and the secret are for those alone who may manage."""

    kind: ShopKind
    name: str
    shop: Shop | None
    address: str
    secret: str
    last: InboundCall | None
    became: str


class ShopPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(f"{HERE}/make", self.make, methods=["POST"]),
            Route(f"{HERE}/secret", self.secret, methods=["POST"]),
            Route(f"{HERE}/remove", self.remove, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._page(request, campaign, _form())

    @require_manager
    async def make(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign, kind = await self._desk.campaign_in(sent), _kind(sent)
        if campaign is None or kind is None:
            return RedirectResponse("/admin/", 303)
        done = await make_shop(self._context, campaign, kind, logged_in(request).email)
        return _back(request, campaign, done)

    @require_manager
    async def secret(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign, kind = await self._desk.campaign_in(sent), _kind(sent)
        if campaign is None or kind is None:
            return RedirectResponse("/admin/", 303)
        text, actor = read_text(sent.get("secret", ""), _LONGEST), logged_in(request).email
        try:
            done = await set_shop_secret(self._context, campaign, kind, text, actor)
        except Refused as error:
            form = _form()
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, form)
        except NoShop:
            return await self._page(request, campaign, _form())
        if not done.changed:
            return nothing_done(request, _here(campaign), "It was set so already.")
        return _back(request, campaign, done)

    @require_manager
    async def remove(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign, kind = await self._desk.campaign_in(sent), _kind(sent)
        if campaign is None or kind is None:
            return RedirectResponse("/admin/", 303)
        try:
            done = await remove_shop(self._context, campaign, kind, logged_in(request).email)
        except NoShop:
            return await self._page(request, campaign, _form())
        return _back(request, campaign, done)

    async def _page(self, request: Request, campaign: Campaign, form: Form) -> Response:
        may = logged_in(request).may_manage
        values = {
            "cards": [await self._card(campaign, kind, may) for kind in ShopKind],
            "form": form,
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        return self._desk.page(request, "shops.html", campaign, values, place=PLACE, status=status)

    async def _card(self, campaign: Campaign, kind: ShopKind, may: bool) -> Card:
        async with self._context.storage.read() as db:
            shop = await shops.of_kind(db, campaign.id, kind)
            last = await calls.last_of(db, campaign.id, shop.id) if shop else None
        address = address_of_shop(self._context, shop) if shop and may else ""
        # Shopify's own secret is of no use to anybody who reads it here.
        shown = may and shop is not None and kind is ShopKind.WOOCOMMERCE
        secret = secret_of(self._context, shop) if shown and shop else ""
        became = f"{RESULTS[last.result]}. {reason_text(last)}".strip() if last else ""
        return Card(kind, NAMES[kind], shop, address, secret, last, became)


def _form() -> Form:
    return Form({"secret": ""})


def _kind(sent: dict[str, str]) -> ShopKind | None:
    said = sent.get("kind", "")
    return ShopKind(said) if said in list(ShopKind) else None


def _here(campaign: Campaign) -> str:
    return f"{HERE}?campaign={campaign.id}"


def _back(request: Request, campaign: Campaign, done: Done) -> Response:
    return after(request, _here(campaign), done)
