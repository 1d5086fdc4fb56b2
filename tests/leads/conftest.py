"""The world of the stories, on each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from lifecycle.world import World, world


@pytest.fixture
async def w(database_url: str) -> AsyncIterator[World]:
    async with world(database_url) as small:
        yield small
