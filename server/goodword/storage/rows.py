"""Rows as nouns: the columns of a table are the fields of its noun."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row

N = TypeVar("N")


def noun(kind: type[N], row: Row[Any], **instead: Any) -> N:
    """The row as a value of its noun; `instead` replaces columns that are spelled otherwise."""
    values = {str(name): value for name, value in row._mapping.items()}
    return msgspec.convert(values | instead, kind)


def values(of: Any) -> dict[str, Any]:
    """A noun as the values of its columns. Nouns are flat: `asdict`, which copies whatever lies
    deeper, takes ten times as long."""
    kind = type(of)
    names = _NAMES.get(kind) or _NAMES.setdefault(kind, tuple(each.name for each in fields(of)))
    return {name: getattr(of, name) for name in names}


_NAMES: dict[type, tuple[str, ...]] = {}


def maybe(kind: type[N], row: Row[Any] | None) -> N | None:
    """The same for a row that may not be there."""
    return None if row is None else noun(kind, row)
