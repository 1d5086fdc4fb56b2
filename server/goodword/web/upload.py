"""A form with a file, as `multipart/form-data` of RFC 7578: a small one whole in memory, a large
one that goes to disk as it comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive

from goodword.model import Role
from goodword.web.admin_desk import Desk
from goodword.web.session import is_same_origin, load_session

LARGEST = 1 << 20
"""Bytes of a whole form. So much Starlette keeps in memory before it makes a file of it."""

LARGEST_FILE = 100 * 1024 * 1024
"""Bytes of a form with a file that is read row by row."""

_MOST_FIELDS = 20
P = ParamSpec("P")


def takes_file(
    endpoint: Callable[P, Awaitable[Response]],
) -> Callable[P, Coroutine[Any, Any, Response]]:
    """Lets the form of an admin who is logged in bring one file; goes before the guard.

    A form that is too large, or does not say how large it is, gets 413 and is not read.
    """

    @wraps(endpoint)
    async def reading(*args: P.args, **kwargs: P.kwargs) -> Response:
        request = cast(Request, args[-1])
        if await load_session(request) is None:
            return await endpoint(*args, **kwargs)
        said = request.headers.get("content-length", "")
        if not (said.isascii() and said.isdecimal()) or int(said) > LARGEST:
            return _too_large()
        # Read here, it is what the guard and the endpoint find.
        async with request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=LARGEST):
            return await endpoint(*args, **kwargs)

    return reading


class _Door(Protocol):
    _desk: Desk


D = TypeVar("D", bound=_Door)


class _TooLarge(Exception):
    """More was sent than a large file may have."""


def takes_large_file(
    endpoint: Callable[[D, Request], Awaitable[Response]],
) -> Callable[[D, Request], Coroutine[Any, Any, Response]]:
    """The same for a file of up to `LARGEST_FILE` bytes, of an admin who may change something.

    Nothing of a stranger's file is read; what is too large is not read to its end, and answered
    by a page.
    """

    @wraps(endpoint)
    async def reading(door: D, request: Request) -> Response:
        session = await load_session(request)
        if session is None or not is_same_origin(request):
            return await endpoint(door, request)
        if not session.may_manage:
            return await door._desk.forbidden(request, Role.MANAGER)
        counted = Request(request.scope, _bounded(request.receive))
        try:
            form = await counted.form(max_files=1, max_fields=_MOST_FIELDS)
        except _TooLarge:
            return await _too_large_page(door._desk, request)
        try:
            return await endpoint(door, counted)
        finally:
            await form.close()

    return reading


def _bounded(receive: Receive) -> Receive:
    """The same body, which may not be larger than a file may be."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_FILE:
            raise _TooLarge
        return message

    return counted


async def _too_large_page(desk: Desk, request: Request) -> Response:
    values = {
        "title": "The file is too large",
        "text": "It has more than 100 MB, so nothing was changed. Send it in several files.",
        "link": request.scope["path"].rpartition("/")[0],
        "label": "Go back",
    }
    campaign = await desk.campaign_of(request)
    return desk.page(request, "problem.html", campaign, values, place="/admin/set-up", status=413)


async def large_file_of(request: Request, name: str) -> UploadFile | None:
    """The file of a form that `takes_large_file` has read; None where none was chosen."""
    found = (await request.form()).get(name)
    return found if isinstance(found, UploadFile) and found.filename else None


async def file_of(request: Request, name: str) -> bytes:
    """The file of a form that `takes_file` has read; empty where none was chosen."""
    form = await request.form()
    found = form.get(name)
    if not isinstance(found, UploadFile):
        return b""
    return await found.read()


def _too_large() -> Response:
    return PlainTextResponse(
        "The file is too large, so nothing was changed. Go back and send it in parts of at most"
        f" {LARGEST // 1024:,} KiB.\n",
        413,
        {"cache-control": "no-store", "connection": "close"},
    )
