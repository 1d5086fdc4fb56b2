"""The API on a small world, for each engine: requests without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from goodword.lifecycle.admit import create_api_key
from goodword.web.api import Api
from lifecycle.world import World, world


@dataclass
class Site:
    """A site's own server that calls the API with a key."""

    client: httpx.AsyncClient
    world: World
    key: str
    _stack: AsyncExitStack = field(repr=False)

    async def with_key(self, campaign_id: str | None, scope: str = "write") -> Site:
        """The same site with another key."""
        _, key = await create_api_key(self.world.context, campaign_id, scope)
        return Site(self.client, self.world, key, self._stack)

    async def call(
        self, method: str, path: str, status: int, body: object = None, **headers: str
    ) -> dict[str, Any]:
        """The JSON of an answer that has this status; the key goes along, unless it is empty."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            said["authorization"] = f"Bearer {self.key}"
        given: dict[str, Any] = {} if body is None else {"json": body}
        answer = await self.client.request(method, f"/api/v1{path}", headers=said, **given)
        assert answer.status_code == status, answer.text
        problem = "application/problem+json" if status >= 400 else "application/json"
        assert answer.headers["content-type"] == problem
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        return await self.call("GET", path, status)

    async def post(
        self, path: str, body: object = None, status: int = 201, **headers: str
    ) -> dict[str, Any]:
        return await self.call("POST", path, status, body, **headers)

    async def new_lead(self, email: str = "cy@example.org", **more: object) -> dict[str, Any]:
        """A lead of Ada's, unless said."""
        body = {"referrer_id": self.world.ada.id, "email": email} | more
        return await self.post("/leads", body)


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    """A site with a writing key of its one campaign."""
    async with AsyncExitStack() as stack:
        small = await stack.enter_async_context(world(database_url))
        app = Starlette(routes=Api(small.context).routes())
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://go.example")
        )
        _, key = await create_api_key(small.context, small.campaign.id, "write")
        yield Site(client, small, key, stack)
