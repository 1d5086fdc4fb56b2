"""The admin's pages on a small world: as an application for requests, or served on a port."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.context import Context
from goodword.lifecycle.log_in import Session, open_session
from goodword.web.admin import Admin
from goodword.web.headers import PageHeaders
from goodword.web.hosted import Hosted
from goodword.web.login import Login
from goodword.web.scripts import Scripts
from goodword.web.session import cookie_name
from goodword.web.site import Site
from goodword.web.tomorrow import Tomorrow
from goodword.web.unsubscribe import Unsubscribe
from lifecycle.world import World, world
from waiting import free_port

EMAIL = "owner@shop.example"
FORMS = (
    "/admin/referrers",
    "/admin/set-up",
    "/admin/set-up/pause",
    "/admin/set-up/resume",
    "/admin/campaigns",
    "/admin/rules",
    "/admin/rules/rule_1",
    "/admin/rules/rule_1/retire",
    "/admin/coupons",
    "/admin/emails/outbox",
    "/admin/emails/mine",
    "/admin/emails/letters/lead.welcome",
    "/admin/emails/letters/lead.welcome/test",
    "/admin/pages",
    "/admin/pages/preview",
    "/admin/customers/upload",
    "/admin/customers/add",
    "/admin/customers/remove",
    "/admin/moving/everything",
    "/admin/moving/keys",
    "/admin/moving/upload",
    "/admin/moving/imp_1/check",
    "/admin/moving/imp_1/drop",
    "/admin/moving/imp_1/kind",
    "/admin/moving/imp_1/undo",
    "/admin/moving/imp_1/write",
    "/admin/leads/review",
    "/admin/missing",
    "/admin/missing/claim_1/credit",
    "/admin/missing/claim_1/decline",
    "/admin/referrers/disable",
    "/admin/referrers/enable",
    "/admin/referrers/page",
    "/admin/referrers/revoke",
    "/admin/undo",
    "/admin/api/keys",
    "/admin/api/keys/revoke",
    "/admin/api/webhooks",
    "/admin/api/webhooks/wh_1/test",
    "/admin/api/webhooks/wh_1/secret",
    "/admin/api/webhooks/wh_1/enable",
    "/admin/api/webhooks/wh_1/remove",
    "/admin/api/webhooks/wh_1/send",
    "/admin/api/inbound/make",
    "/admin/api/inbound/rotate",
    "/admin/api/inbound/settings",
    "/admin/api/inbound/try",
    "/admin/api/inbound/replay",
    "/admin/integrations/abacus/connect",
    "/admin/integrations/abacus/check",
    "/admin/integrations/abacus/disconnect",
    "/admin/integrations/abacus/remove",
    "/admin/integrations/abacus/leads",
    "/admin/integrations/abacus/fields",
    "/admin/integrations/abacus/send",
    "/admin/integrations/abacus/try",
    "/admin/api/shops/make",
    "/admin/api/shops/secret",
    "/admin/api/shops/remove",
    "/admin/privacy/export",
    "/admin/privacy/erase",
    "/admin/tag/allow",
    "/admin/tag/test",
)
"""Where the pages' forms are sent."""

Seed = Callable[[World], Awaitable[None]]


def app_of(context: Context) -> Starlette:
    """The pages' part of the server, wired as the server wires it."""
    site = Site(context.settings.public_url)
    admin = Admin(context, site, Scripts())
    hosted = Hosted(context, site, admin.pages)
    app = Starlette(
        routes=[
            *admin.routes(),
            *Login(context, admin.pages).routes(),
            *hosted.routes(),
            *Unsubscribe(context, admin.pages).routes(),
            *Tomorrow(context, admin.pages).routes(),
        ],
        middleware=[Middleware(PageHeaders, secure=context.settings.secure)],
    )
    app.state.context = context
    return app


@dataclass
class Browsing:
    """An admin at the pages, as far as requests go."""

    client: httpx.AsyncClient
    session: Session
    world: World

    async def get(self, path: str) -> str:
        """The text of a page that is there."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """A form, with the field that proves where it came from."""
        return await self.client.post(path, data={"csrf": self.session.csrf} | fields)


@asynccontextmanager
async def browsing(database_url: str, **campaign: object) -> AsyncIterator[Browsing]:
    """A world and an admin who is logged in to it."""
    async with (
        world(database_url, **campaign) as made,
        logged_in(made.context) as (client, session),
    ):
        yield Browsing(client, session, made)


@asynccontextmanager
async def logged_in(context: Context) -> AsyncIterator[tuple[httpx.AsyncClient, Session]]:
    """A browser with the session of a new admin."""
    session = await _log_in(context)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app_of(context)),
        base_url=context.settings.public_url,
        cookies={cookie_name(context.settings.secure): session.token},
    ) as client:
        yield client, session


@dataclass(frozen=True)
class Served:
    """The pages on a real port; `cookie` is an admin's session."""

    url: str
    cookie: dict[str, str]
    world: World
    loop: asyncio.AbstractEventLoop

    def live(self, seed: Seed) -> None:
        """Lets something happen in the world while it is looked at."""

        async def happen() -> None:
            await seed(self.world)

        asyncio.run_coroutine_threadsafe(happen(), self.loop).result(30)


@contextmanager
def served(database_url: str, seed: Seed) -> Iterator[Served]:
    """Serves a world from a thread of its own, after `seed` has lived in it."""
    ready, stop, port = threading.Event(), threading.Event(), free_port()
    found: list[Served] = []

    async def run() -> None:
        async with world(database_url) as made:
            await seed(made)
            settings = replace(made.context.settings, public_url=f"http://127.0.0.1:{port}")
            context = replace(made.context, settings=settings)
            session = await _log_in(context)
            cookie = {"name": cookie_name(False), "value": session.token}
            cookie["url"] = settings.public_url
            loop = asyncio.get_running_loop()
            found.append(Served(settings.public_url, cookie, made, loop))
            await _serve(app_of(context), port, ready, stop)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        while not ready.wait(0.1):
            assert thread.is_alive(), "the world ended before it was served"
        yield found[0]
    finally:
        stop.set()
        thread.join()


async def _serve(app: Starlette, port: int, ready: threading.Event, stop: threading.Event) -> None:
    config = uvicorn.Config(app, port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not stop.is_set():
        if server.started:
            ready.set()
        await asyncio.sleep(0.05)
    server.should_exit = True
    await task


async def _log_in(context: Context) -> Session:
    admin, _ = await create_admin(context, EMAIL, "correct horse battery")
    session = await open_session(context, admin)
    assert session is not None
    return session
