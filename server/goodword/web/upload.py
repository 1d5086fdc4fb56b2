"""A form with a file, as `multipart/form-data` of RFC 7578: small, whole, in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, cast

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from goodword.web.session import load_session

LARGEST = 1 << 20
"""Bytes of a whole form. So much Starlette keeps in memory before it makes a file of it."""

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
