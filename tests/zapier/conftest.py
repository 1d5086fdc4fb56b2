"""One live server and one tester of the app for all of these tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from installation import Installation, Server
from node_packages import node_packages
from receiver import Receiver, listening
from zapier.app import FOLDER, App, running


@dataclass
class Live:
    """A server with one campaign that pays at once, and a key that may write in it."""

    installation: Installation
    server: Server
    campaign: str
    key: str
    key_of_all: str
    _numbers: list[int] = field(default_factory=list)

    def api(self, method: str, path: str, body: object = None, key: str = "") -> Any:
        headers = {"authorization": f"Bearer {key or self.key}"}
        url = f"{self.server.url}/api/v1{path}"
        answer = httpx.request(method, url, json=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def email(self, who: str) -> str:
        """An address that nobody had before."""
        self._numbers.append(len(self._numbers))
        return f"{who}{len(self._numbers)}@example.org"


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    installation = Installation(tmp_path_factory.mktemp("zapier") / "data")
    key_of_all = installation.json("apikey", "create")["key"]
    server = installation.serve(env={"GOODWORD_OUTBOUND_ALLOW": "127.0.0.0/8"})
    first = Live(installation, server, "", key_of_all, key_of_all)
    reward = {"amount": "10.00", "currency": "EUR", "delay_days": 0}
    shop = {"name": "Shop", "origins": ["https://shop.example"], "reward": reward}
    campaign = first.api("POST", "/campaigns", shop)["id"]
    key = installation.json("apikey", "create", "--campaign", campaign)["key"]
    yield Live(installation, server, campaign, key, key_of_all)
    installation.close()


@pytest.fixture(scope="session")
def tester(node: str) -> Iterator[App]:
    """The app without a connection."""
    node_packages(FOLDER, node)
    with running(node) as process:
        yield App(process, "", "")


@pytest.fixture
def app(tester: App, live: Live) -> App:
    return tester.connected(live.server.url, live.key)


@pytest.fixture
async def hooks() -> AsyncIterator[Receiver]:
    """Where Zapier would be called."""
    async with listening() as receiver:
        yield receiver
