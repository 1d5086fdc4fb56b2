"""A word is taken out of every text of every table, or every row that has it is found.

Tables that come later are swept too: the sweep goes by their columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Table,
    Text,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage.tables import metadata

GONE = "erased"
Row = Mapping[str, Any]


async def sweep(db: AsyncConnection, words: Sequence[str]) -> int:
    """Writes `erased` in the place of these words wherever they stand, in whatever case and as
    JSON or an address spells them; how many rows had one. A row that is known by such a word is
    deleted."""
    pattern = re.compile("|".join(map(re.escape, _spellings(words))), re.IGNORECASE)
    swept = 0
    async for table, row in holding(db, words):
        keys = [column == row[column.name] for column in table.primary_key.columns]
        known_by = (row[column.name] for column in table.primary_key.columns)
        if any(isinstance(each, str) and pattern.search(each) for each in known_by):
            await db.execute(delete(table).where(*keys))
        else:
            there = [each for each in _texts(table) if row[each.name] is not None]
            values = {each.name: _without(row[each.name], pattern) for each in there}
            await db.execute(update(table).where(*keys).values(values))
        swept += 1
    return swept


async def holding(db: AsyncConnection, words: Sequence[str]) -> AsyncIterator[tuple[Table, Row]]:
    """Every row that has one of these words in a text or in bytes."""
    for table in metadata.sorted_tables:
        columns = _texts(table)
        if columns:
            found = [_has(each, word, db) for each in columns for word in _spellings(words)]
            for row in (await db.execute(select(table).where(or_(*found)))).mappings().all():
                yield table, {str(name): value for name, value in row.items()}


def _texts(table: Table) -> list[Column[Any]]:
    return [each for each in table.columns if isinstance(each.type, Text | LargeBinary)]


def _has(column: Column[Any], word: str, db: AsyncConnection) -> ColumnElement[bool]:
    shown: ColumnElement[Any] = column
    if isinstance(column.type, LargeBinary):
        if db.dialect.name == "postgresql":
            shown, word = func.encode(column, "escape"), _octal(word)
        else:
            shown = cast(column, Text)
    return func.lower(shown).contains(word, autoescape=True)


def _octal(word: str) -> str:
    """As PostgreSQL's `escape` shows bytes: a backslash twice, what is not ASCII in octal."""
    doubled = word.replace("\\", "\\\\").encode()
    return "".join(chr(byte) if byte < 128 else f"\\{byte:03o}" for byte in doubled)


_SMALL = str.maketrans({chr(each): chr(each + 32) for each in range(65, 91)})


def _spellings(words: Sequence[str]) -> list[str]:
    """Each word as it is, as JSON and as an address may spell it, in capitals and not. Databases
    agree only on the small letters of ASCII."""
    cases = {case for word in words if word for case in (word, word.lower(), word.upper())}
    forms = {form for case in cases for form in (case, json.dumps(case)[1:-1], quote(case))}
    return sorted({form.translate(_SMALL) for form in forms}, key=len, reverse=True)


def _without(value: str | bytes, pattern: re.Pattern[str]) -> str | bytes:
    """Bytes that are no text keep their every other byte."""
    if isinstance(value, bytes):
        text = value.decode("utf-8", "surrogateescape")
        return pattern.sub(GONE, text).encode("utf-8", "surrogateescape")
    return pattern.sub(GONE, value)
