"""From a request to checked values: its body, its query, and the one field that is wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import TypeVar

import msgspec
from starlette.requests import Request

from goodword.web.api.problems import Problem, bad_field
from goodword.web.api.words import MEANING

LARGEST_BODY = 1 << 20
_BODY_TIME = 10

S = TypeVar("S", bound=msgspec.Struct)

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_PATTERN = re.compile(r"Expected `str` matching regex (?P<pattern>.*)", re.DOTALL)


async def read_body(request: Request) -> bytes:
    """A body that is JSON by its content type, where it says one."""
    body = await read_bytes(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and kind and kind != "application/json" and not kind.endswith("+json"):
        raise Problem("media_type", f"send Content-Type: application/json, not {kind[:100]}")
    return body


async def read_bytes(request: Request) -> bytes:
    """At most 1 MiB within 10 seconds."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIME):
            async for part in request.stream():
                body += part
                if len(body) > LARGEST_BODY:
                    raise Problem("too_large", f"send at most {LARGEST_BODY} bytes")
    except TimeoutError as error:
        raise Problem("timeout", f"send the body within {_BODY_TIME} seconds") from error
    return bytes(body)


def hash_of(method: str, path: str, body: bytes) -> bytes:
    """One hash for a call and its repeats: spaces and the order of fields don't matter."""
    try:
        said = msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    except (msgspec.MsgspecError, RecursionError, ValueError):
        said = body
    return sha256(b"\n".join((method.encode(), path.encode(errors="replace"), said))).digest()


def decode(body: bytes, kind: type[S]) -> S:
    """The body as a `kind`; `Problem` names the field that is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise wrong_field(error, kind) from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Problem("bad_request", f"the body is not JSON: {error}") from error


def read_query(items: list[tuple[str, str]], kind: type[S]) -> S:
    """The query as a `kind`. What is unknown or said twice is refused, not passed over."""
    said: dict[str, str] = {}
    for name, value in items:
        if name in said:
            raise bad_field(name, "it is given twice")
        said[name] = value
    query = convert(said, kind)
    for field in msgspec.structs.fields(kind):
        # The word null is read as no filter where words are not text, and would be passed over.
        if field.encode_name in said and getattr(query, field.name) is None:
            raise bad_field(field.encode_name, "leave it out for no filter")
    return query


def convert(said: Mapping[str, str], kind: type[S]) -> S:
    try:
        return msgspec.convert(said, kind, strict=False)
    except msgspec.ValidationError as error:
        raise wrong_field(error, kind) from error


def wrong_field(error: msgspec.ValidationError, kind: type[msgspec.Struct]) -> Problem:
    """The path of the wrong field and what is wrong with it, in words."""
    found = _WHERE.match(str(error))
    what, path = (found["what"], found["path"] or "") if found else (str(error), "")
    if missing := _MISSING.match(what):
        return bad_field(_below(path, missing["name"]), "it is required")
    if unknown := _UNKNOWN.match(what):
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(kind))
        detail = f"there is no such field; known: {known}" if not path else "there is no such field"
        return bad_field(_below(path, unknown["name"][:100]), detail)
    if pattern := _PATTERN.match(what):
        what = _meaning(pattern["pattern"])
    if not path:
        return Problem("bad_request", what)
    return bad_field(path, what[:1].lower() + what[1:])


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _meaning(shown: str) -> str:
    return next((words for pattern, words in MEANING.items() if repr(pattern) == shown), shown)
