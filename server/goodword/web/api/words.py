"""What fields may hold, as types that check themselves and describe themselves in OpenAPI."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import iso4217
from msgspec import Meta

_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
_SIGNED = r"^[^\x00-\x1f\x7f-\x9f|]*$"
_ID = r"^[a-z]{2,8}_[0-9a-f]{32}$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = r"^(197[1-9]|19[89][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}$"
_PART = r"[^\x00-\x20\x7f-\xa0@|.<>\"(),:;\\]"
_EMAIL = rf"^\s*([^\x00-\x20\x7f-\xa0@|<>\"(),:;\\]{{1,64}}@({_PART}+\.)+{_PART}{{2,}})?\s*$"
_DECIMAL = r"^[0-9]{1,13}(\.[0-9]{1,4})?$"
_CURRENCY = r"^[A-Za-z]{3}$"

MEANING = {
    _LINE: "it must not have control characters",
    _SIGNED: "it must not have control characters or |",
    _ID: "it is no id",
    _DATE: "write a date from 1971 to 2999 such as 2026-11-30",
    _EMAIL: "it is no e-mail address",
    _DECIMAL: "write an amount such as 10.00",
    _CURRENCY: "write a currency such as EUR",
}
"""What a pattern asks for, in words."""

Id = Annotated[str, Meta(pattern=_ID)]
Line = Annotated[str, Meta(max_length=200, pattern=_LINE)]
Title = Annotated[str, Meta(min_length=1, max_length=100, pattern=_LINE)]
Address = Annotated[str, Meta(max_length=2000, pattern=_LINE)]
Email = Annotated[str, Meta(max_length=254, pattern=_EMAIL, examples=["grace@example.org"])]
Event = Annotated[str, Meta(min_length=1, max_length=100, pattern=_SIGNED)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_SIGNED)]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Price = (
    Annotated[str, Meta(pattern=_DECIMAL, examples=["10.00"])]
    | Annotated[int, Meta(ge=1, le=10**15)]
)
"""A decimal string, or an integer of minor units."""

_CODES = sorted(each.code for each in iso4217.Currency if each.exponent is not None)
Iso4217 = Annotated[str, Meta(pattern=_CURRENCY, extra_json_schema={"enum": _CODES})]
"""In capitals or not; `Currency` is the same where an amount never refuses a call."""

Currency = Annotated[str, Meta(max_length=10, pattern=_SIGNED, examples=["EUR"])]
Date = Annotated[str, Meta(pattern=_DATE, extra_json_schema={"format": "date"})]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def read_moment(text: str) -> int | None:
    """Milliseconds since the epoch, 0 for what is before it; None for what is no RFC 3339."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return max(0, (at - _EPOCH) // timedelta(milliseconds=1))


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
