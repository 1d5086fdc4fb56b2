"""What fields may hold, as types that check themselves and describe themselves in OpenAPI."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta

_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_SIGNED = r"^[^\x00-\x1f\x7f-\x9f|]*$"
_ID = r"^[a-z]{2,8}_[0-9a-f]{32}$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

MEANING = {
    _LINE: "it must not have control characters",
    _SIGNED: "it must not have control characters or |",
    _ID: "it is no id",
    _DATE: "write a date such as 2026-11-30",
}
"""What a pattern asks for, in words."""

Id = Annotated[str, Meta(pattern=_ID, examples=["lead_019a8c5c6f1e7d0a4b1c2d3e4f506172"])]
Line = Annotated[str, Meta(max_length=200, pattern=_LINE)]
Title = Annotated[str, Meta(min_length=1, max_length=100, pattern=_LINE)]
Address = Annotated[str, Meta(max_length=2000, pattern=_LINE)]
Email = Annotated[str, Meta(max_length=254, pattern=_SIGNED, extra_json_schema={"format": "email"})]
Event = Annotated[str, Meta(min_length=1, max_length=100, pattern=_SIGNED)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_SIGNED)]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Currency = Annotated[str, Meta(max_length=10, pattern=_SIGNED, examples=["EUR"])]
Date = Annotated[str, Meta(pattern=_DATE, extra_json_schema={"format": "date"})]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


def is_id(text: str) -> bool:
    return re.fullmatch(_ID, text) is not None


def moment(at: int) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-11-30T09:30:00.000Z`."""
    text = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def moment_or_none(at: int | None) -> str | None:
    return None if at is None else moment(at)


def one_line(text: str) -> str:
    """A name as it is kept: spaces of every kind are one space."""
    return " ".join(text.split())
