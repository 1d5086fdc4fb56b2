"""The whole server, and sites of other owners on sites of their own: hosted pages as people meet
them. Everything runs on loopback; Chromium resolves every name under `.test` to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
from sqlalchemy import select

from browser.stage import Hall, Sites, site_handler
from goodword.app import Goodword
from goodword.lifecycle.context import Context
from goodword.lifecycle.set_up import NewCampaign, create_campaign, create_referrer
from goodword.model import Campaign, Money, Recipient, Referrer
from goodword.opening import opened
from goodword.settings import Settings
from goodword.storage.tables import metadata
from lifecycle.world import settings_for
from waiting import free_port

T = TypeVar("T")
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36"
)
"""What calls itself headless is a bot, and leaves no hit."""


@dataclass
class Town:
    """The server at `url`, sites beside it, and a campaign whose origin is that of `shop.test`."""

    settings: Settings
    sites: Sites
    campaign: Campaign
    ada: Referrer
    loop: asyncio.AbstractEventLoop
    made: list[Context] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.settings.public_url

    def do(self, verb: Callable[[Context], Awaitable[T]]) -> T:
        """Lets something happen on the server while a browser looks at it."""
        return asyncio.run_coroutine_threadsafe(_call(verb, self.made[0]), self.loop).result(30)

    def rows(self, table: str, *columns: str, by: str = "id") -> list[tuple[Any, ...]]:
        """Rows of a table, oldest first."""

        async def read(context: Context) -> list[tuple[Any, ...]]:
            found = metadata.tables[table]
            wanted = select(*(found.c[name] for name in columns)).order_by(found.c[by])
            async with context.storage.read() as db:
                return [tuple(row) for row in await db.execute(wanted)]

        return self.do(read)


async def _call(verb: Callable[[Context], Awaitable[T]], context: Context) -> T:
    return await verb(context)


@contextmanager
def town(database_url: str, **settings: object) -> Iterator[Town]:
    """A served campaign, a referrer, and sites on origins of their own."""
    sites, port = Sites(), free_port()
    with Hall(site_handler(sites)) as hall:
        sites.port = hall.port
        wanted = settings_for(database_url, public_url=f"http://127.0.0.1:{port}", **settings)
        with _running(wanted, port, sites) as built:
            yield built


@contextmanager
def _running(settings: Settings, port: int, sites: Sites) -> Iterator[Town]:
    ready, stop = threading.Event(), threading.Event()
    found: list[Town] = []

    async def run() -> None:
        async with opened(settings) as context:
            campaign, ada = await _founded(context, sites.url("/welcome"))
            loop = asyncio.get_running_loop()
            found.append(Town(settings, sites, campaign, ada, loop, [context]))
            await _serve(Goodword(settings), port, ready, stop)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        while not ready.wait(0.05):
            assert thread.is_alive(), "the server ended before it was served"
        yield found[0]
    finally:
        stop.set()
        thread.join()


async def _founded(context: Context, landing: str) -> tuple[Campaign, Referrer]:
    """10 EUR for both, and Ada."""
    origin = landing.rpartition("/")[0]
    new = NewCampaign(
        name="Paper & Thread",
        origins=(origin,),
        landing=landing,
        reward=Money(1000, "EUR"),
        recipients=tuple(Recipient),
    )
    campaign = await create_campaign(context, new, "test")
    ada, _ = await create_referrer(context, campaign, "ada@example.com", "Ada Lovelace", "test")
    return campaign, ada


async def _serve(app: Any, port: int, ready: threading.Event, stop: threading.Event) -> None:
    config = uvicorn.Config(app, port=port, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not stop.is_set():
        if server.started:
            ready.set()
        await asyncio.sleep(0.05)
    server.should_exit = True
    await task
