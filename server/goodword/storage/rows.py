"""Rows as nouns: the columns of a table are the fields of its noun."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row

N = TypeVar("N")


def noun(kind: type[N], row: Row[Any], **instead: Any) -> N:
    """The row as a value of its noun; `instead` replaces columns that are spelled otherwise."""
    values = {str(name): value for name, value in row._mapping.items()}
    return msgspec.convert(values | instead, kind)


def maybe(kind: type[N], row: Row[Any] | None) -> N | None:
    """The same for a row that may not be there."""
    return None if row is None else noun(kind, row)
