"""`insert ... on conflict do nothing`, which both engines spell alike and Core does not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_if_new(db: AsyncConnection, table: Table, values: dict[str, Any]) -> bool:
    """Whether the row is new: false when a unique constraint already holds one like it."""
    insert = postgresql_insert if db.dialect.name == "postgresql" else sqlite_insert
    statement = insert(table).values(values).on_conflict_do_nothing()
    written = await db.execute(statement.returning(*table.primary_key.columns))
    return written.first() is not None
