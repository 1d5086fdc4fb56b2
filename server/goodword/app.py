"""Wiring only: settings -> storage -> routes -> lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp

from goodword.lifecycle.context import Context, watch
from goodword.opening import opened
from goodword.settings import Settings
from goodword.storage import Unavailable
from goodword.web.admin import Admin
from goodword.web.api import Api
from goodword.web.collect import Collect
from goodword.web.failing import Failures
from goodword.web.headers import PageHeaders
from goodword.web.hooks import Hooks
from goodword.web.hop import Hop
from goodword.web.hosted import Hosted
from goodword.web.integration_hooks import IntegrationHooks
from goodword.web.login import Login
from goodword.web.metrics import Metrics
from goodword.web.operations import Operations
from goodword.web.pixel import Pixel
from goodword.web.scripts import Scripts
from goodword.web.site import Site
from goodword.web.tomorrow import Tomorrow
from goodword.web.unsubscribe import Unsubscribe
from goodword.worker import work


class Goodword:
    """The ASGI application: `/e` by the shortest way, everything else by Starlette."""

    def __init__(self, settings: Settings, worker: bool = True) -> None:
        self._settings = settings
        self._worker = worker
        self._collect: Collect | None = None
        self._pages: ASGIApp | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"] == "/e" and self._collect is not None:
            await self._collect(scope, receive, send)
        elif self._pages is not None:
            await self._pages(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        async with opened(self._settings) as context, _background(context, self._worker):
            self._wire(context)
            # What stands now stands until the end: no collection need look at it again.
            gc.freeze()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _wire(self, context: Context) -> None:
        site, scripts = Site(context.settings.public_url), Scripts()
        self._collect = Collect(context, site)
        admin = Admin(context, site, scripts)
        failures = Failures(admin.pages)
        pages = Starlette(
            routes=[
                *scripts.routes(),
                *Hop(context, site).routes(),
                *Pixel(context).routes(),
                *Hooks(context).routes(),
                *IntegrationHooks(context).routes(),
                *Hosted(context, site, admin.pages).routes(),
                *Operations(context).routes(),
                *Metrics(context).routes(),
                *Login(context, admin.pages).routes(),
                *Unsubscribe(context, admin.pages).routes(),
                *Tomorrow(context, admin.pages).routes(),
                *admin.routes(),
                *Api(context).routes(),
            ],
            exception_handlers={Unavailable: failures.unavailable, Exception: failures.broken},
        )
        pages.state.context = context
        # A redirect would be built from the Host header, which anybody may set.
        pages.router.redirect_slashes = False
        self._pages = PageHeaders(pages, context.settings.secure)


@contextlib.asynccontextmanager
async def _background(context: Context, worker: bool) -> AsyncIterator[None]:
    """What runs beside the requests: the watch on changes and, if wanted, the worker."""
    tasks = [asyncio.create_task(watch(context))]
    tasks += [asyncio.create_task(work(context))] if worker else []
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
