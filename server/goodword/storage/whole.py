"""Everything of some campaigns, table by table: read as one state, and written where it is not.

Whatever belongs to a campaign travels, a new table too, unless it is named here with its reason.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, Text, collate, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import ImportStatus
from goodword.storage import tables as t
from goodword.storage.tables import metadata
from goodword.storage.upsert import know_sizes

Row = dict[str, Any]

SECRETS = {"code_key", "signing_secret"}
"""Columns of `campaigns`: they lie sealed here, and travel apart from the rest."""

STAYS = {
    "api_keys": "keys of programs that call this installation",
    "calls": "raw calls to an address that stays",
    "deliveries": "how messages fared that stay",
    "endpoints": "webhooks of this installation, with their secrets",
    "hooks": "a secret address of this installation",
    "import_keys": "of a file that is not written yet",
    "import_parts": "of a file that is not written yet",
    "integration_events": "raw calls of a system that is connected here",
    "integration_payments": "of a connection that stays",
    "integration_records": "of a connection that stays",
    "integrations": "connections of this installation, with their secrets",
    "outbox": "messages that leave from here",
    "shops": "connections of this installation, with their secrets",
}
"""What belongs to a campaign and stays behind, and why."""

CONNECTIONS = ("call", "email", "hook", "integration", "shop", "webhook")
"""Subjects of deeds whose things stay, and whose former values may be secrets."""

MOVED_OUT, MOVED_IN = "campaign.exported", "campaign.moved_in"
"""What the log says of the moving itself; it stays, so that moving changes nothing."""

_ENDED = (ImportStatus.DONE, ImportStatus.UNDONE)
_AT_ONCE = 1_000


def travelling() -> list[Table]:
    """The tables that travel, each after those that its rows name."""
    return [
        table
        for table in metadata.sorted_tables
        if table is t.campaigns or ("campaign_id" in table.c and table.name not in STAYS)
    ]


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns that travel."""
    return [each for each in table.c if table is not t.campaigns or each.name not in SECRETS]


async def count(db: AsyncConnection, table: Table, campaigns: Sequence[str]) -> int:
    query = select(func.count()).select_from(table).where(*_theirs(table, campaigns))
    return int((await db.execute(query)).scalar_one())


async def rows_of(
    db: AsyncConnection, table: Table, campaigns: Sequence[str]
) -> AsyncIterator[list[Row]]:
    """The rows, some at a time, in the order of their keys, which both engines keep alike."""
    names = [str(column.name) for column in columns_of(table)]
    async with db.stream(_query(db, table, campaigns)) as found:
        async for some in found.partitions(_AT_ONCE):
            yield [dict(zip(names, row, strict=True)) for row in some]


def _query(db: AsyncConnection, table: Table, campaigns: Sequence[str]) -> Select[Any]:
    keys: list[Any] = list(table.primary_key.columns)
    if db.dialect.name == "postgresql":
        keys = [collate(key, "C") if isinstance(key.type, Text) else key for key in keys]
    query = select(*columns_of(table)).where(*_theirs(table, campaigns)).order_by(*keys)
    return query.execution_options(yield_per=_AT_ONCE)


def _theirs(table: Table, campaigns: Sequence[str]) -> list[ColumnElement[bool]]:
    whose = table.c.id if table is t.campaigns else table.c.campaign_id
    theirs: list[ColumnElement[bool]] = [whose.in_(campaigns)]
    if table is t.imports:
        theirs.append(table.c.status.in_(_ENDED))
    elif table is t.import_rows:
        # Of an import on its way the file stays, so that it could not go on elsewhere.
        ended = select(t.imports.c.id).where(*_theirs(t.imports, campaigns))
        theirs.append(table.c.import_id.in_(ended))
    elif table is t.deeds:
        theirs += [table.c.subject.not_in(CONNECTIONS), table.c.verb.not_in(("export", "move_in"))]
    elif table is t.activity:
        theirs.append(table.c.type.not_in((MOVED_OUT, MOVED_IN)))
    return theirs


async def put(db: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Writes rows as they were read."""
    await db.execute(insert(table), list(rows))


async def is_filled(db: AsyncConnection, table: Table) -> None:
    """To be called once a table is written, so that rows which name its rows find them fast."""
    await know_sizes(db, [table])
