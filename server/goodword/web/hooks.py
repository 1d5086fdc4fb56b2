"""`POST /webhook/TOKEN/qualify`: the secret address of a campaign, for whatever can send a form,
JSON or a query; and `/webhook/TOKEN/shopify` and its like, where a shop tells of its orders.

No address of this kind is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.lifecycle.inbound import Became, Came, receive
from goodword.lifecycle.shop_call import receive_from
from goodword.model import CallResult, ShopKind
from goodword.storage import Unavailable
from goodword.web.client import Senders
from goodword.web.limits import Limit, caller_of

_LARGEST_BODY = 65_536
_LARGEST_ORDER = 1_048_576
_BODY_TIME = 10
_NO_STORE = {"cache-control": "no-store"}
Take = Callable[[str], Awaitable[CallResult]]
log = logging.getLogger(__name__)


class _Refused(Exception):
    """An answer that is no success."""

    def __init__(
        self, status: int, code: str, message: str, field: str = "", after: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.after = after


class Hooks:
    """The inbound webhooks and shops of every campaign. Senders are few and have many customers,
    so that an address may call ten times as often as a browser."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._senders = Senders(context.settings.trusted_proxies)
        rate = context.settings.rate_limit
        self._calls = Limit(rate)
        self._refusals = Limit(rate and max(1, rate // 2))

    def routes(self) -> list[Route]:
        return [
            Route("/webhook/{token}/qualify", self.qualify, methods=["POST"]),
            *(
                Route(f"/webhook/{{token}}/{kind}", partial(self.order, kind), methods=["POST"])
                for kind in ShopKind
            ),
        ]

    async def qualify(self, request: Request) -> Response:
        async def take(caller: str) -> CallResult:
            self._limit(self._calls, caller)
            came = await _came(request, _LARGEST_BODY)
            return _result(await receive(self._context, request.path_params["token"], came))

        return await self._answer(request, take)

    async def order(self, kind: ShopKind, request: Request) -> Response:
        """A shop gives up an address that refuses some calls in a row: only a signature that does
        not hold is refused, and a busy day is none of its faults."""

        async def take(caller: str) -> CallResult:
            came = await _came(request, _LARGEST_ORDER)
            became = await receive_from(self._context, kind, request.path_params["token"], came)
            invalid = became is not None and became.result is CallResult.INVALID
            return CallResult.INVALID if invalid else _result(became)

        return await self._answer(request, take)

    async def _answer(self, request: Request, take: Take) -> Response:
        caller = caller_of(self._senders.read(request.scope).address)
        try:
            self._limit(self._refusals, caller, take=False)
            return JSONResponse({"result": await take(caller)}, headers=_NO_STORE)
        except Unavailable as error:
            log.error("storage refuses: %s", error)
            refused = _Refused(503, "unavailable", "not stored; send it again", after=5)
        except _Refused as error:
            refused = self._counted(error, caller)
        except ClientDisconnect:
            refused = _Refused(400, "gone", "the call ended before its body")
        return _told(refused)

    def _limit(self, limit: Limit, caller: str, take: bool = True) -> None:
        early = limit.wait(caller, self._context.now() / 1000, take)
        if early:
            raise _Refused(
                429, "too_many", "too many calls from this address", after=int(early) + 1
            )

    def _counted(self, refused: _Refused, caller: str) -> _Refused:
        """Who is refused too often is told to wait, and guesses no further."""
        if refused.status in (401, 404):
            self._refusals.wait(caller, self._context.now() / 1000)
        return refused


def _result(became: Became | None) -> CallResult:
    if became is None:
        raise _Refused(404, "unknown_address", "no inbound webhook has this address")
    if became.result is CallResult.BAD_SIGNATURE:
        raise _Refused(401, "bad_signature", "the signature of the body does not hold")
    if became.result is CallResult.INVALID:
        what = "send the lead's code" if became.reason == "code" else "this field can't be read"
        raise _Refused(400, "invalid", what, became.reason or "")
    return became.result


async def _came(request: Request, largest: int) -> Came:
    return Came(
        content_type=request.headers.get("content-type", ""),
        query=request.scope["query_string"].decode("latin-1"),
        headers=dict(request.headers),
        body=await _body(request, largest),
    )


async def _body(request: Request, largest: int) -> bytes:
    body = b""
    try:
        async with asyncio.timeout(_BODY_TIME):
            async for part in request.stream():
                body += part
                if len(body) > largest:
                    raise _Refused(413, "too_large", f"at most {largest} bytes")
    except TimeoutError as error:
        raise _Refused(408, "timeout", "the body took too long") from error
    return body


def _told(refused: _Refused) -> Response:
    error = {"code": refused.code, "message": str(refused)}
    if refused.field:
        error["field"] = refused.field
    headers = _NO_STORE | ({"retry-after": str(refused.after)} if refused.after else {})
    return JSONResponse({"error": error}, refused.status, headers)
