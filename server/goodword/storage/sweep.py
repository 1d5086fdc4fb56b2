"""A word is taken out of every text of every table, or every row that has it is found.

Tables that come later are swept too: the sweep goes by their columns. A word is an address, and
what only contains it is another's: `ann@x.org` stands neither in `joann@x.org` nor in
`ann@x.org.uk`.
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

from goodword.model import is_email
from goodword.storage.tables import metadata

GONE = "erased"
Row = Mapping[str, Any]

_BEFORE = r"(?:(?<![\w.+-])|(?<=%(?!2[bde]|5f)[\da-f]{2})|(?<=\\[bfnrt])|(?<=\\u00[0-7][\da-f]))"
_AFTER = r"(?![\w-]|\.\w|@)"
"""What may stand around an address: nothing that belongs to a longer one. A sign may be written as
an address or JSON writes it (`%3D`, `\\n`, `\\u003c`), and then ends in a letter or digit."""

_QUERY = re.compile("[/?&=%]")
"""Signs that an address may have, and that part of a link (`?email=ann@x.org`) does have."""


async def sweep(db: AsyncConnection, words: Sequence[str], campaign_id: str | None = None) -> int:
    """Writes `erased` in the place of these words wherever they stand, in whatever case and as
    JSON or an address spells them; how many rows had one. A row that is known by such a word is
    deleted.

    With a campaign its rows alone, but not those that are a person of their own: a lead may be a
    referrer too, who is not forgotten with it.
    """
    pattern, swept = _pattern(words), 0
    async for table, row in holding(db, words, campaign_id):
        keys = [column == row[column.name] for column in table.primary_key.columns]
        if any(_has(row[column.name], pattern) for column in table.primary_key.columns):
            await db.execute(delete(table).where(*keys))
        else:
            texts = [each.name for each in _texts(table)]
            values = {name: _without(row[name], pattern, _pseudonym(table, row)) for name in texts}
            await db.execute(update(table).where(*keys).values(values))
        swept += 1
    return swept


async def holding(
    db: AsyncConnection, words: Sequence[str], campaign_id: str | None = None
) -> AsyncIterator[tuple[Table, Row]]:
    """Every row that has one of these words in a text or in bytes; with a campaign as `sweep`."""
    pattern = _pattern(words)
    for table in metadata.sorted_tables:
        columns = _texts(table)
        if columns and (campaign_id is None or _is_swept_alone(table)):
            found = [_contains(each, word, db) for each in columns for word in _spellings(words)]
            query = select(table).where(or_(*found))
            if campaign_id is not None:
                query = query.where(table.c.campaign_id == campaign_id)
            for row in (await db.execute(query)).mappings().all():
                named = {str(name): value for name, value in row.items()}
                if any(_has(named[each.name], pattern) for each in columns):
                    yield table, named


def _is_swept_alone(table: Table) -> bool:
    return "campaign_id" in table.c and table.name not in ("leads", "referrers")


def _pseudonym(table: Table, row: Row) -> str:
    """An address that stays one of its kind where no two may be the same."""
    *_, last = table.primary_key.columns
    key = str(row[last.name])
    return f"{GONE}-{key.partition('_')[2] or key}@invalid"


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    spelled = "|".join(map(re.escape, _spellings(words)))
    return re.compile(f"{_BEFORE}(?:{spelled}){_AFTER}", re.IGNORECASE)


def _texts(table: Table) -> list[Column[Any]]:
    return [each for each in table.columns if isinstance(each.type, Text | LargeBinary)]


def _contains(column: Column[Any], word: str, db: AsyncConnection) -> ColumnElement[bool]:
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


def _has(value: Any, pattern: re.Pattern[str]) -> bool:
    return bool(_without(value, pattern) != value)


def _without(value: Any, pattern: re.Pattern[str], pseudonym: str = GONE) -> Any:
    """A text that is one address is this one, and becomes a pseudonym, or is another's. Bytes that
    are no text keep their every other byte."""
    if isinstance(value, bytes):
        text = value.decode("utf-8", "surrogateescape")
        return pattern.sub(GONE, text).encode("utf-8", "surrogateescape")
    if not isinstance(value, str):
        return value
    if is_email(value) and not _QUERY.search(value):
        return pseudonym if pattern.fullmatch(value) else value
    return pattern.sub(GONE, value)
