"""What vendors write, as what we keep: texts, moments, JSON. Pure, the same for all systems."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate


def json_of(body: bytes) -> Any:
    """The JSON that a vendor sent, its texts fit to be kept. ValueError."""
    try:
        return _kept(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise ValueError("the body is no JSON") from error


def xml_of(body: bytes) -> Element:
    """The XML that a vendor sent, its names without their namespaces. ValueError; also where it
    declares a document type, by which entities could grow or fetch."""

    def refuse(*_: object) -> None:
        raise ValueError("the body declares a document type")

    def start(name: str, attributes: Mapping[str, str]) -> None:
        builder.start(_local(name), {_local(each): text for each, text in attributes.items()})

    builder, parser = TreeBuilder(), ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(_local(name))
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(body, True)
    except (ExpatError, LookupError) as error:
        raise ValueError("the body is no XML") from error
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {text_of(name): _kept(each) for name, each in value.items()}
    return value


def pairs_of(url: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """What a call says: in its JSON, its form of either kind, or its address. ValueError."""
    said: dict[str, Any] = dict(parse_qsl(urlsplit(url).query))
    kind = headers.get("content-type", "").lower()
    if kind.startswith("multipart/form-data"):
        head = f"content-type: {headers['content-type']}\r\n\r\n".encode()
        for part in message_from_bytes(head + body).walk():
            name = part.get_param("name", header="content-disposition")
            said |= {str(name): f"{part.get_payload()}".strip()} if name else {}
    elif kind.startswith("application/x-www-form-urlencoded"):
        said |= dict(parse_qsl(body.decode(errors="replace")))
    elif body:
        told = json_of(body)
        said |= told if isinstance(told, dict) else {"": told}
    return said


def text_of(value: Any) -> str:
    """A vendor's value as text, as a rule compares it: nothing is "", a whole number has no
    point, and several are parted by a semicolon. What no database keeps is left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ";".join(text_of(each) for each in value)
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def walk(told: Any) -> Iterator[tuple[str, Any]]:
    """Every text, number and truth in some JSON, however deep, with the name it stands under."""
    waiting = [("", told)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed(value.items())
        elif isinstance(value, list):
            waiting += [(name, each) for each in reversed(value)]
        elif value is not None:
            yield name, value


def number_of(value: Any) -> str:
    """An id of digits, written as a number or as text; empty where it is none."""
    told = text_of(value).strip()
    return told if re.fullmatch(r"[0-9]{1,25}", told) else ""


def basic_of(user: str, password: str) -> str:
    """The header by which a vendor names itself to our hook (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def moment_of(value: Any) -> int | None:
    """Milliseconds of an ISO 8601 moment; None where it is none. Without a zone it is UTC."""
    try:
        read = datetime.fromisoformat(value)
        return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        return None
