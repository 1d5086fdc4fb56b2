"""The client, for threads and for asyncio, seen as one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from goodword_client import AsyncGoodword, Goodword

URL, KEY = "https://go.shop.example", "gwk_secret_of_the_shop"


@dataclass
class Caller:
    """One of the two clients; its methods are called by name and awaited."""

    kind: type[Goodword] | type[AsyncGoodword]
    url: str = URL
    key: str = KEY

    async def ask(self, method: str, *, options: dict[str, Any] | None = None, **said: Any) -> Any:
        """What one call of a fresh client answers, or raises."""
        made = self.kind(self.url, self.key, **(options or {}))
        if isinstance(made, Goodword):
            with made:
                return await asyncio.to_thread(getattr(made, method), **said)
        async with made:
            return await getattr(made, method)(**said)


@pytest.fixture(params=[Goodword, AsyncGoodword], ids=["sync", "async"])
def caller(request: pytest.FixtureRequest) -> Caller:
    return Caller(request.param)
