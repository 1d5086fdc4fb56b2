"""A browser on a page of https://shop.example, over the doors that visitors use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from goodword.web.collect import Collect
from goodword.web.hop import Hop
from goodword.web.pixel import Pixel
from goodword.web.scripts import Scripts
from goodword.web.site import Site
from lifecycle.world import CHROME, World


@asynccontextmanager
async def browser(w: World) -> AsyncIterator[httpx.AsyncClient]:
    """`POST /e`, `/r/...`, `/p.gif` and the scripts of a world, called in this process."""
    site = Site(w.context.settings.public_url)
    app = Starlette(
        routes=[
            *Hop(w.context, site).routes(),
            *Pixel(w.context).routes(),
            *Scripts().routes(),
            Route("/e", Collect(w.context, site)),
        ]
    )
    headers = {"origin": "https://shop.example", "user-agent": CHROME}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://go.shop.example", headers=headers
    ) as client:
        yield client
