"""`POST /e`, the way of every hit: plain ASGI, no framework between the socket and the story.

Parsed by msgspec, campaign and code from memory, answered once the row is synced to disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from goodword.campaigns.decide import origin_of
from goodword.hits.agent import is_prefetch
from goodword.lifecycle.arrive import TOKEN_LIFE, Arrival, arrive, is_person
from goodword.lifecycle.context import Context
from goodword.lifecycle.convert import convert
from goodword.lifecycle.report import Answer, Sent
from goodword.lifecycle.sighting import see
from goodword.lifecycle.sign_up import sign_up
from goodword.model import Campaign, Reason
from goodword.stats.decide import way_of_visit
from goodword.storage import Unavailable
from goodword.web.client import Client, Senders
from goodword.web.limits import Limit, caller_of
from goodword.web.site import Site, cookie_header
from goodword.web.wire import BadRequest, Call, Payload, read_call, sent_by, version_of, way_of

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_LARGEST_BODY = 4096
_BODY_TIME = 10
_encode = msgspec.json.Encoder().encode
log = logging.getLogger(__name__)


class _Gone(Exception):
    """The client left before it had said everything."""


class _Refused(Exception):
    """An answer that is no success."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, after: int = 0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.after = after


class Collect:
    """The ASGI application at `/e`."""

    def __init__(self, context: Context, site: Site) -> None:
        self._context = context
        self._site = site
        self._senders = Senders(context.settings.trusted_proxies)
        rate = context.settings.rate_limit
        self._hits = Limit(rate)
        self._reports = Limit(rate and max(1, rate // 10))
        self._refusals = Limit(rate and max(1, rate // 2))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        client = self._senders.read(scope)
        campaign: Campaign | None = None
        headers: Headers = []
        try:
            if scope["method"] != "POST":
                raise _Refused(405, "method", "send a POST")
            call = read_call(await _body(receive))
            campaign = await self._campaign(call, client)
            status, body = 200, await self._take(call, client, campaign, headers)
        except _Gone:
            return
        except BadRequest as error:
            refused = _Refused(400, error.code, str(error), error.field)
            status, body = self._refuse(refused, client, headers)
        except _Refused as error:
            status, body = self._refuse(error, client, headers)
        except Unavailable as error:
            log.error("storage refuses: %s", error)
            refused = _Refused(503, "unavailable", "not stored; send it again", after=5)
            status, body = self._refuse(refused, client, headers)
        self._allow(headers, client, campaign, body)
        await _send(send, status, body, headers)

    async def _campaign(self, call: Call, client: Client) -> Campaign:
        directory = self._context.directory
        campaign = directory.known_site(call.s) or await directory.by_site_key(call.s)
        if campaign is None:
            raise _Refused(400, "unknown_site", "there is no campaign with this site key", "s")
        if not self._site.allows(campaign, client.origin):
            self._context.refuse(
                campaign, call.e[:20], Reason.ORIGIN, origin_of(client.origin) or ""
            )
            raise _Refused(403, "origin", "this origin is not one of the campaign's")
        return campaign

    async def _take(
        self, call: Call, client: Client, campaign: Campaign, headers: Headers
    ) -> dict[str, Any]:
        if call.e == "hit":
            self._limit(self._hits, client, take=False)
            answer = await self._hit(call, client, campaign, headers)
            way = way_of_visit(made="t" in answer, linked=bool(call.f), private=bool(call.g))
        else:
            answer, way = await self._report(call, client, campaign), way_of(call)
        see(self._context, campaign, call.e, way, client.origin, version_of(call))
        return answer

    async def _report(self, call: Call, client: Client, campaign: Campaign) -> dict[str, Any]:
        if call.e not in ("lead", "convert"):
            raise BadRequest("invalid", "e must be hit, lead or convert", "e")
        if call.e == "convert" and not call.k and (call.p or Payload()) == Payload():
            self._context.refuse(campaign, "convert", Reason.NO_HIT, client.origin)
            return {"status": "ignored", "reason": "no_hit"}
        self._limit(self._reports, client)
        sent = self._sent(call, client, campaign)
        verb = sign_up if call.e == "lead" else convert
        return words(await verb(self._context, campaign, sent))

    async def _hit(
        self, call: Call, client: Client, campaign: Campaign, headers: Headers
    ) -> dict[str, Any]:
        arrived = await arrive(
            self._context,
            Arrival(
                campaign=campaign,
                code=call.c or "",
                via="tag",
                token=call.t or "",
                carried=bool(call.f),
                lead_code=call.l or "",
                url=call.u or "",
                http_referrer=call.r or "",
                user_agent=client.user_agent,
                address=client.address,
                origin=client.origin,
                webdriver=bool(call.b),
                gpc=bool(call.g),
                prefetch=is_prefetch(*client.prefetch),
            ),
        )
        if arrived.reason is not None:
            self._limit(self._refusals, client)
            return {"reason": arrived.reason.value}
        self._hits.wait(caller_of(client.address), self._context.now() / 1000)
        domain = self._site.cookie_domain(campaign, client.origin)
        if not call.g and self._site.is_same(client.origin):
            headers.append(cookie_header(campaign, arrived.token, domain, self._site.secure))
        answer = {
            "t": arrived.token,
            "c": arrived.code,
            "l": arrived.lead_code,
            "m": TOKEN_LIFE // 1000,
            "d": domain,
            "n": arrived.name,
            "o": arrived.offer,
            "x": int(arrived.test),
        }
        return {name: value for name, value in answer.items() if value}

    def _sent(self, call: Call, client: Client, campaign: Campaign) -> Sent:
        bot = not is_person(campaign, client.user_agent) or is_prefetch(*client.prefetch)
        return sent_by(call, "script", bot, client.origin)

    def _limit(self, limit: Limit, client: Client, take: bool = True) -> None:
        early = limit.wait(caller_of(client.address), self._context.now() / 1000, take)
        if early:
            raise _Refused(
                429, "too_many", "too many calls from this address", after=int(early) + 1
            )

    def _refuse(
        self, refused: _Refused, client: Client, headers: Headers
    ) -> tuple[int, dict[str, Any]]:
        """The error as it is told; who is refused too often is told to wait instead."""
        if refused.status not in (429, 503):
            try:
                self._limit(self._refusals, client)
            except _Refused as too_many:
                refused = too_many
        if refused.after:
            headers.append((b"retry-after", str(refused.after).encode()))
        error = {"code": refused.code, "message": str(refused)}
        if refused.field:
            error["field"] = refused.field
        return refused.status, {"error": error}

    def _allow(
        self, headers: Headers, client: Client, campaign: Campaign | None, body: dict[str, Any]
    ) -> None:
        """CORS: the origin by name where a campaign allows it, else `*` without credentials.

        A body that names no campaign is judged by the origin alone.
        """
        origin = client.origin
        foreign = body.get("error", {}).get("code") in ("origin", "unknown_site")
        known = campaign is not None or (
            not foreign
            and any(self._site.allows(each, origin) for each in self._context.directory.all())
        )
        headers += [
            (b"access-control-allow-origin", origin.encode("latin-1") if known else b"*"),
            (b"vary", b"Origin"),
            (b"access-control-expose-headers", b"Retry-After"),
        ]
        if known and self._site.is_same(origin):
            headers.append((b"access-control-allow-credentials", b"true"))


def words(answer: Answer) -> dict[str, Any]:
    """An answer in the wire's words; what is empty is left out."""
    said = {
        "status": answer.status.value,
        "reason": answer.reason and answer.reason.value,
        "id": answer.id,
        "code": answer.code,
        "dup": answer.dup,
    }
    return {name: value for name, value in said.items() if value}


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body = _part(message)
    if message.get("more_body"):
        try:
            async with asyncio.timeout(_BODY_TIME):
                while message.get("more_body") and len(body) <= _LARGEST_BODY:
                    message = await receive()
                    body += _part(message)
        except TimeoutError as error:
            raise _Refused(408, "timeout", "the body took too long") from error
    if len(body) > _LARGEST_BODY:
        raise _Refused(413, "too_large", f"at most {_LARGEST_BODY} bytes")
    return body


def _part(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise _Gone
    part: bytes = message.get("body", b"")
    return part


async def _send(send: Send, status: int, body: dict[str, Any], headers: Headers) -> None:
    content = _encode(body)
    headers += [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
