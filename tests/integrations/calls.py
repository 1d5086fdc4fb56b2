"""Calls of one system to its double, by the real connection, without a database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

from doubles.base import Delivery, Double, running
from goodword.integrations.base import Reply, Request, System
from goodword.integrations.client import Connection, ask
from goodword.integrations.login import again, tokens_of
from goodword.lifecycle.account import login_of
from goodword.outbound import Outbound

LOOPBACK = (ip_network("127.0.0.0/8"),)
HOOK = "https://go.shop.example/hooks/int_1/s3cret"
PAYLOADS = Path(__file__).parent / "payloads"
D = TypeVar("D", bound=Double)


@contextmanager
def played(double: D) -> Iterator[D]:
    """A double that answers; at the end nothing may have been asked that the vendor has not."""
    with running(double):
        yield double
    assert double.unknown == []


@dataclass
class Tokens:
    """The tokens of a connection, and how often they were fetched."""

    values: dict[str, str]
    fetched: int = 0
    asked: list[str] = field(default_factory=list)


@asynccontextmanager
async def connected(
    system: System, login: str, double: Double, **more: str
) -> AsyncIterator[Connection]:
    """An account on the double; `values` are what is typed, with `more`."""
    row = login_of(system, login)
    values = double.credentials(login) | more
    async with Outbound(LOOPBACK) as outbound:

        async def renew(token: str) -> Mapping[str, str]:
            reply = await ask(outbound, again(row, connection.values))
            known = dict(connection.values)
            return known | tokens_of(row, reply, known, double.now())

        connection = Connection(outbound, system, row, values, renew, double.now)
        yield connection


def request_of(delivery: Delivery, at: int) -> Request:
    """A call to our hook as the hook's door makes it of what came."""
    return Request(delivery.method, delivery.url, delivery.headers, delivery.body, at)


def payload(system: str, name: str) -> Any:
    """A payload in the vendor's documented shape."""
    return json.loads((PAYLOADS / system / f"{name}.json").read_text())


def reply(status: int, data: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer with that JSON; a text is no JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    return Reply(status, headers or {}, None if isinstance(data, str) else data, text)
