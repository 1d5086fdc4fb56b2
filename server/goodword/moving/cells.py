"""A value of a table as a cell of a spreadsheet, and back to the very value."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Text

from goodword.model import Money, rfc3339
from goodword.moving.values import read_moment
from goodword.sheets import guarded, unguarded

_MOMENTS = ("_at", "_from", "_after", "since", "day", "month", "hour")
_SUMS = {"amount", "refunded", "reversed", "at_most", "budget", "second_eyes"}
_YEAR_10000 = 253_402_300_800_000


def cell_of(column: Column[Any], row: Mapping[str, Any]) -> str:
    """Moments in ISO 8601, amounts with their cents, bytes in base64; no formula, and no
    difference lost between a text that is empty and none."""
    value = row[column.name]
    if value is None:
        return ""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return _text_cell(value) if column.nullable else guarded(value)
    if _is_moment(column) and 0 <= value < _YEAR_10000:
        return rfc3339(value)
    if currency := _currency(column, row):
        return str(Money(value, currency))
    return str(value)


def value_of(column: Column[Any], row: Mapping[str, str]) -> str | int | None:
    """What `cell_of` wrote; bytes stay in base64. ValueError where the cell is of no such thing."""
    cell = row[column.name]
    if column.nullable and not cell:
        return None
    if isinstance(column.type, Text):
        return _text(cell) if column.nullable else unguarded(cell)
    if column.type.python_type is bytes:
        return cell
    if _is_moment(column) and not cell.isdecimal():
        return read_moment(cell)
    if currency := _currency(column, row):
        minor = Decimal(cell).scaleb(_places(currency))
        if minor != int(minor):
            raise ValueError(cell)
        return int(minor)
    return int(cell)


def _text_cell(value: str) -> str:
    """An empty text is an apostrophe, and one of apostrophes has one more."""
    return guarded(value) if value.strip("'") else f"{value}'"


def _text(cell: str) -> str:
    return unguarded(cell) if cell.strip("'") else cell[:-1]


def _is_moment(column: Column[Any]) -> bool:
    return isinstance(column.type, BigInteger) and column.name.endswith(_MOMENTS)


def _currency(column: Column[Any], row: Mapping[str, Any]) -> str:
    """The currency of a sum of money; empty for a number of other things."""
    return row.get("currency") or "" if column.name in _SUMS and not row.get("unit") else ""


def _places(currency: str) -> int:
    return len(str(Money(0, currency)).partition(".")[2])
