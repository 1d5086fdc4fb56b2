"""The client, for threads and for asyncio. Both say the same; only sending and waiting differ."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any, Self, Unpack
from urllib.parse import urlsplit

import httpx

from goodword_client.shapes import (
    Conversion,
    Lead,
    NamedLead,
    NewConversion,
    NewLead,
    NewReferrer,
    NewRefund,
    Referrer,
    Refund,
)
from goodword_client.tries import Call, Told, Tries, post, put

TIMEOUT = 10.0
"""Seconds that one try may take."""

PATIENCE = 30.0
"""Seconds after which no further try begins."""


class _Connection:
    """Where goodword is, and the key that opens it."""

    def __init__(self, url: str, key: str, patience: float) -> None:
        root = url.strip().rstrip("/").removesuffix("/api/v1")
        parts = urlsplit(root)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"write the URL of your goodword like https://go.shop.example: {url!r}"
            )
        if not key or not key.isascii() or not key.isprintable():
            raise ValueError("give the API key as `goodword apikey create` printed it")
        self._root = f"{root}/api/v1"
        self._key = key
        self._patience = patience

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._root!r})"

    def _request(self, call: Call) -> dict[str, Any]:
        """The arguments of `request` for a call."""
        return {
            "method": call.method,
            "url": self._root + call.path,
            "content": call.body,
            "headers": call.headers | {"authorization": f"Bearer {self._key}"},
        }


class Goodword(_Connection):
    """A goodword installation, for code that waits.

    `url` is its public URL, `key` one of `goodword apikey create` with scope write. A call is
    tried again on network trouble, 408, 429, 502, 503 and 504, for `patience` seconds, and is done
    once all the same: every `POST` has an `Idempotency-Key`. Give `idempotency_key` yourself where
    your own process may end between the tries, such as a job that is started again.

    Every method raises `GoodwordError`: `Refused` with problem details, or `Unreachable`. One
    client may be used by many threads; close it at the end, or use it in a `with` block.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        http: httpx.Client | None = None,
    ) -> None:
        super().__init__(url, key, patience)
        self._http = http or httpx.Client(timeout=timeout)

    def lead(self, *, idempotency_key: str | None = None, **lead: Unpack[NewLead]) -> Lead:
        """Adds somebody whom a referrer has brought; one known by e-mail or customer stays."""
        answer: Lead = self._send(post("/leads", lead, idempotency_key))
        return answer

    def convert(
        self, *, idempotency_key: str | None = None, **conversion: Unpack[NewConversion]
    ) -> Conversion:
        """Reports that a lead did what the campaign asks for; an order counts once for ever."""
        answer: Conversion = self._send(post("/conversions", conversion, idempotency_key))
        return answer

    def refund(self, *, idempotency_key: str | None = None, **refund: Unpack[NewRefund]) -> Refund:
        """Tells that money of an order went back; before its order is known it waits for it."""
        answer: Refund = self._send(post("/refunds", refund, idempotency_key))
        return answer

    def referrer(
        self, *, idempotency_key: str | None = None, **referrer: Unpack[NewReferrer]
    ) -> Referrer:
        """Makes somebody a referrer; one known by e-mail stays as they are."""
        answer: Referrer = self._send(post("/referrers", referrer, idempotency_key))
        return answer

    def qualify(self, *, qualified: bool = True, **named: Unpack[NamedLead]) -> Lead:
        """Qualifies a lead, or with `qualified=False` makes it pending; asking twice is once."""
        answer: Lead = self._send(put("/leads/qualification", {"qualified": qualified, **named}))
        return answer

    def _send(self, call: Call) -> Any:
        tries = Tries(call, self._patience)
        while True:
            told = self._try(call)
            wait = tries.wait(told)
            if wait is None:
                return tries.result(told)
            time.sleep(wait)

    def _try(self, call: Call) -> Told:
        try:
            return self._http.request(**self._request(call))
        except httpx.TransportError as error:
            return error

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncGoodword(_Connection):
    """`Goodword` for asyncio: the same methods, awaited."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = TIMEOUT,
        patience: float = PATIENCE,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        super().__init__(url, key, patience)
        self._http = http or httpx.AsyncClient(timeout=timeout)

    async def lead(self, *, idempotency_key: str | None = None, **lead: Unpack[NewLead]) -> Lead:
        answer: Lead = await self._send(post("/leads", lead, idempotency_key))
        return answer

    async def convert(
        self, *, idempotency_key: str | None = None, **conversion: Unpack[NewConversion]
    ) -> Conversion:
        answer: Conversion = await self._send(post("/conversions", conversion, idempotency_key))
        return answer

    async def refund(
        self, *, idempotency_key: str | None = None, **refund: Unpack[NewRefund]
    ) -> Refund:
        answer: Refund = await self._send(post("/refunds", refund, idempotency_key))
        return answer

    async def referrer(
        self, *, idempotency_key: str | None = None, **referrer: Unpack[NewReferrer]
    ) -> Referrer:
        answer: Referrer = await self._send(post("/referrers", referrer, idempotency_key))
        return answer

    async def qualify(self, *, qualified: bool = True, **named: Unpack[NamedLead]) -> Lead:
        call = put("/leads/qualification", {"qualified": qualified, **named})
        answer: Lead = await self._send(call)
        return answer

    async def _send(self, call: Call) -> Any:
        tries = Tries(call, self._patience)
        while True:
            told = await self._try(call)
            wait = tries.wait(told)
            if wait is None:
                return tries.result(told)
            await asyncio.sleep(wait)

    async def _try(self, call: Call) -> Told:
        try:
            return await self._http.request(**self._request(call))
        except httpx.TransportError as error:
            return error

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
