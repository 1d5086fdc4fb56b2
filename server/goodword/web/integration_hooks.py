"""`/hooks/INTEGRATION_ID/SECRET`: where a CRM or a payment system says that something happened.

No address of this kind is ever logged.
"""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from goodword.integrations.base import BadSignature, Unreadable
from goodword.lifecycle.context import Context
from goodword.lifecycle.hear import Call, Ear
from goodword.storage import Unavailable
from goodword.web.client import Senders
from goodword.web.limits import Limit, caller_of

_LARGEST_BODY = 2_097_152
_BODY_TIME = 10
_NO_STORE = {"cache-control": "no-store"}
log = logging.getLogger(__name__)


class IntegrationHooks:
    """Vendors call in bursts and from few addresses, so that only wrong addresses are limited."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ear = Ear(context)
        self._senders = Senders(context.settings.trusted_proxies)
        rate = context.settings.rate_limit
        self._refusals = Limit(rate and max(1, rate // 2))

    def routes(self) -> list[Route]:
        path = "/hooks/{integration}/{secret}"
        return [Route(path, self.take, methods=["POST"]), Route(path, self.probe, methods=["HEAD"])]

    async def probe(self, request: Request) -> Response:
        """Intercom looks with HEAD whether somebody is there."""
        return Response(headers=_NO_STORE)

    async def take(self, request: Request) -> Response:
        caller = caller_of(self._senders.read(request.scope).address)
        now = self._context.now() / 1000
        if wait := self._refusals.wait(caller, now, False):
            return _told(
                429, "too_many", "too many calls to addresses that are none", int(wait) + 1
            )
        try:
            call = await self._call(request)
            path = request.path_params
            heard = await self._ear.take(path["integration"], path["secret"], call)
        except Unavailable as error:
            log.error("storage refuses: %s", error)
            return _told(503, "unavailable", "not stored; send it again", 5)
        except BadSignature:
            return _told(401, "bad_signature", "the signature of the call does not hold")
        except Unreadable as error:
            return _told(400, "unreadable", str(error))
        except (ClientDisconnect, TimeoutError, ValueError):
            return _told(
                400, "gone", f"the call ended early or has more than {_LARGEST_BODY} bytes"
            )
        if heard is None:
            self._refusals.wait(caller, now)
            return _told(404, "unknown_address", "no integration has this address")
        return PlainTextResponse(heard.reply, media_type=heard.reply_type, headers=_NO_STORE)

    async def _call(self, request: Request) -> Call:
        body = b""
        async with asyncio.timeout(_BODY_TIME):
            async for part in request.stream():
                body += part
                if len(body) > _LARGEST_BODY:
                    raise ValueError
        query = request.scope["query_string"].decode("latin-1")
        url = self._context.settings.public_url + request.scope["path"]
        return Call("POST", f"{url}?{query}" if query else url, dict(request.headers), body)


def _told(status: int, code: str, message: str, after: int = 0) -> Response:
    headers = _NO_STORE | ({"retry-after": str(after)} if after else {})
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
