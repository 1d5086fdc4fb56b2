"""`/api/v1`: the door of a site's own server. One file a resource; its routes are one table.

A call passes the gate (`auth`), is read into structs (`reading`), is done once where it brings
an `Idempotency-Key` (`lifecycle.once`), and is answered in JSON or with a problem (`problems`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from goodword.access.decide import ApiKey
from goodword.lifecycle.context import Context
from goodword.lifecycle.once import Asked, Once, Told
from goodword.web.api import (
    activity,
    campaigns,
    conversions,
    leads,
    payouts,
    qualification,
    referrers,
    refunds,
    rewards,
    stats,
    webhooks,
)
from goodword.web.api.auth import Gate
from goodword.web.api.call import Call, Nothing, Operation
from goodword.web.api.compat import BASES, PATHS, Compat
from goodword.web.api.openapi import BASE, DOCUMENT, document
from goodword.web.api.problems import (
    MEDIA_TYPE,
    REFUSALS,
    Problem,
    ProblemDetails,
    bad_field,
    problem_of,
)
from goodword.web.api.quota import Standing
from goodword.web.api.reading import decode, hash_of, read_body, read_query

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *campaigns.OPERATIONS,
    *referrers.OPERATIONS,
    *qualification.OPERATIONS,
    *leads.OPERATIONS,
    *conversions.OPERATIONS,
    *refunds.OPERATIONS,
    *payouts.OPERATIONS,
    *rewards.OPERATIONS,
    *stats.OPERATIONS,
    *webhooks.OPERATIONS,
    *activity.OPERATIONS,
)
"""Every operation; a path that is all words comes before one with an id in its place."""

Handler = Callable[[Request], Awaitable[Response]]
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_JSON = "application/json"


class Api:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context)
        self._once = Once(context)
        self._compat = Compat(context, self._gate)
        self._document = msgspec.json.encode(document(OPERATIONS, PATHS))

    def routes(self) -> list[Route]:
        """A door for each path, and one for whatever else begins with `/api/v1`; before them what
        code for another server calls, below `/api/v2`."""
        doors: dict[str, dict[str, Handler]] = {DOCUMENT: {"GET": self.openapi}}
        for operation in OPERATIONS:
            known = doors.setdefault(operation.path, {})
            known[operation.method] = partial(self.answer, operation)
        return [
            *(route for base in BASES for route in self._compat.routes(base)),
            *(Route(BASE + path, _Door(known)) for path, known in doors.items()),
            Route(BASE + "/{path:path}", _Door({})),
        ]

    async def openapi(self, request: Request) -> Response:
        return _respond(Told(200, self._document))

    async def answer(self, operation: Operation[Any, Any], request: Request) -> Response:
        """What one call is told. `Problem`, and what verbs refuse with."""
        key = await self._gate.admit(request, operation.scope)
        raw = await read_body(request)
        query = read_query(request.query_params.multi_items(), operation.query)
        body = _read_body(operation, raw)
        asked = _asked(request, key, raw)

        async def do(context: Context) -> Told:
            call = Call(
                context=context,
                key=key,
                path=request.path_params,
                body=body,
                query=query,
                report_key=asked.report_key if asked else "",
            )
            answer = await operation.handler(call)
            return Told(answer.status, msgspec.json.encode(answer.body))

        told = await (self._once.answer(asked, do) if asked else do(self._context))
        return _read_again(request, told) if operation.reads else _respond(told)


def _read_body(operation: Operation[Any, Any], raw: bytes) -> Any:
    if operation.body is Nothing:
        return Nothing()
    return operation.body() if operation.optional_body and not raw else decode(raw, operation.body)


def _asked(request: Request, key: ApiKey, raw: bytes) -> Asked | None:
    """The call under its `Idempotency-Key`; None without one, or where it means nothing."""
    said = request.headers.get("idempotency-key")
    if said is None or request.method != "POST":
        return None
    if not _KEY.fullmatch(said):
        raise bad_field("Idempotency-Key", "it must have 1 to 255 visible ASCII characters")
    return Asked(key.id, said, hash_of(request.method, request.scope["path"], raw))


def _respond(told: Told) -> Response:
    headers = {"cache-control": "no-store"}
    if told.again:
        headers["idempotency-replayed"] = "true"
    kind = MEDIA_TYPE if told.status >= 400 else _JSON
    return Response(told.content, told.status, headers, kind)


def _read_again(request: Request, told: Told) -> Response:
    """What was read under its `ETag`: 304 for who has it as it is (RFC 9110, section 13.1.2)."""
    tag = f'"{sha256(told.content).hexdigest()[:32]}"'
    known = request.headers.get("if-none-match", "")
    tags = {each.strip().removeprefix("W/") for each in known.split(",")}
    headers = {"cache-control": "private, no-cache", "etag": tag}
    if tag in tags or known.strip() == "*":
        return Response(status_code=304, headers=headers)
    return Response(told.content, told.status, headers, _JSON)


class _Door:
    """One path, as an ASGI application: it tells methods apart and refusals as problems."""

    def __init__(self, known: dict[str, Handler]) -> None:
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            response = await self._handler(request)(request)
        except Problem as problem:
            response = refuse(problem)
        except REFUSALS as error:
            response = refuse(problem_of(error))
        standing: Standing | None = getattr(request.state, "standing", None)
        if standing is not None:
            response.headers.update(standing.headers())
        return response

    def _handler(self, request: Request) -> Handler:
        if not self._known:
            raise Problem("not_found", f"the API has no {request.scope['path'][:200]}")
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._known.get(method)
        if handler is None:
            allowed = ", ".join(sorted(self._known))
            detail = f"this path takes {allowed}"
            raise Problem("method_not_allowed", detail, headers={"allow": allowed})
        return handler


def refuse(problem: Problem) -> Response:
    """The problem as an answer."""
    details: ProblemDetails = problem.details()
    headers = {"cache-control": "no-store", **problem.headers}
    return Response(msgspec.json.encode(details), problem.status, headers, MEDIA_TYPE)
