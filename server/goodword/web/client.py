"""What a request says of its sender. The address comes only from proxies that are trusted."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from msgspec import Struct

from goodword.settings import Network

Scope = MutableMapping[str, Any]


class Client(Struct, frozen=True):
    """Headers as text, absent ones empty; the address is the one that connected or, behind a
    trusted proxy, the first untrusted one from the right."""

    address: str
    origin: str
    user_agent: str
    cookie: str
    prefetch: tuple[str, str, str]
    gpc: bool
    dest: str


_WANTED = frozenset(
    {
        b"origin",
        b"user-agent",
        b"cookie",
        b"sec-purpose",
        b"purpose",
        b"x-moz",
        b"sec-gpc",
        b"sec-fetch-dest",
        b"x-forwarded-for",
    }
)


class Senders:
    """Reads who sent a request, believing X-Forwarded-For only from trusted proxies."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self.address = lru_cache(4096)(self._walk)

    def read(self, scope: Scope) -> Client:
        """A request's headers, read once; a header that came twice is joined by a comma."""
        found: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in _WANTED:
                found[name] = found[name] + b"," + value if name in found else value

        def get(name: bytes) -> str:
            return found[name].decode("latin-1") if name in found else ""

        peer = (scope.get("client") or ("",))[0]
        forwarded = get(b"x-forwarded-for")
        return Client(
            address=self.address(peer, forwarded) if forwarded else peer,
            origin=get(b"origin"),
            user_agent=get(b"user-agent"),
            cookie=get(b"cookie"),
            prefetch=(get(b"sec-purpose"), get(b"purpose"), get(b"x-moz")),
            gpc=found.get(b"sec-gpc") == b"1",
            dest=get(b"sec-fetch-dest"),
        )

    def _walk(self, peer: str, forwarded: str) -> str:
        """From the right: the first address that is no trusted proxy's. What is no address
        stops the walk, so that a forged list is never believed beyond it."""
        current = peer
        for hop in reversed(forwarded.split(",")):
            parsed = _parse(hop) if self._trusts(current) else None
            if parsed is None:
                break
            current = parsed
        return current

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


def _parse(hop: str) -> str | None:
    """The address of one part of X-Forwarded-For: with or without brackets and port."""
    text = hop.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def cookie_value(header: str, name: str) -> str:
    """One cookie of a Cookie header, empty when it is not there."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
