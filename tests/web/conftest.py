"""The doors over the small world of the stories, on each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from lifecycle.world import World, world
from web.admin_app import Browsing, browsing
from web.browser import browser
from web.hosted_app import visiting
from web.stage import Stage, with_admin


@pytest.fixture
async def w(database_url: str) -> AsyncIterator[World]:
    async with world(database_url) as small:
        yield small


@pytest.fixture
async def shop(w: World) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(w) as client:
        yield client


@pytest.fixture
async def person(w: World) -> AsyncIterator[httpx.AsyncClient]:
    """A person's browser on the hosted pages."""
    async with visiting(w.context) as client:
        yield client


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """An admin, and a page behind the log-in."""
    async with with_admin(database_url) as made:
        yield made


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[Browsing]:
    """The admin's pages over a small world, logged in."""
    async with browsing(database_url) as made:
        yield made
