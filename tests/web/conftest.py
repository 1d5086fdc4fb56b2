"""The doors over the small world of the stories, on each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from lifecycle.world import World, world
from web.browser import browser


@pytest.fixture
async def w(database_url: str) -> AsyncIterator[World]:
    async with world(database_url) as small:
        yield small


@pytest.fixture
async def shop(w: World) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(w) as client:
        yield client
