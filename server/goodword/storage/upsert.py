"""`insert ... on conflict`, which both engines spell alike and Core does not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_if_new(db: AsyncConnection, table: Table, values: dict[str, Any]) -> bool:
    """Whether the row is new: false when a unique constraint already holds one like it."""
    statement = _insert(db)(table).values(values).on_conflict_do_nothing()
    written = await db.execute(statement.returning(*table.primary_key.columns))
    return written.first() is not None


async def add_to(
    db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, int | str]]
) -> None:
    """Adds to counters, in rows that are made where there are none: no two of one primary key.

    Whatever is no part of the key is added, and may be negative. All of them in one statement.
    """
    if rows:
        await db.execute(_adding(table, db.dialect.name), rows)


@cache
def _adding(table: Table, dialect: str) -> Any:
    statement = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(table)
    key = [column.name for column in table.primary_key]
    more = {c.name: c + statement.excluded[c.name] for c in table.c if c.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=more)


async def insert_new(db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes those of the rows that no unique constraint refuses."""
    await db.execute(_from_rows(db, table, rows).on_conflict_do_nothing())


async def insert_each(db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """As `insert_new`, for rows that hold bytes: one statement, sent once with all of them."""
    if rows:
        await db.execute(_insert(db)(table).on_conflict_do_nothing(), list(rows))


async def insert_all(db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes the rows; none is no error."""
    if rows:
        await db.execute(insert(table), list(rows))


async def know_sizes(db: AsyncConnection, tables: Sequence[Table]) -> None:
    """Tells PostgreSQL how large the tables have become. Until it knows, it reads a table that
    was empty a moment ago from end to end, for each row that names one of its own.

    https://www.postgresql.org/docs/current/populate.html#POPULATE-ANALYZE
    """
    if db.dialect.name == "postgresql":
        for table in tables:
            await db.execute(text(f"analyze {table.name}"))


async def keep_least(
    db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], least: str
) -> None:
    """Writes the rows; where one is there already, its `least` column keeps the lesser value."""
    statement = _from_rows(db, table, rows)
    new = statement.excluded[least]
    await db.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={least: new},
            where=table.c[least] > new,
        )
    )


def _from_rows(db: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Any:
    """An insert of many rows that travel as one parameter: as many parameters as rows would take
    ten times as long."""
    names = list(rows[0])
    sent = bindparam("rows", json.dumps([[row[name] for name in names] for row in rows]), Text)
    source = _of_postgresql if db.dialect.name == "postgresql" else _of_sqlite
    columns = [table.c[name] for name in names]
    return _insert(db)(table).from_select(columns, source(sent, columns))


def _of_sqlite(sent: BindParameter[str], columns: Sequence[Column[Any]]) -> Select[Any]:
    each = func.json_each(sent).table_valued("value")
    parts = [func.json_extract(each.c.value, f"$[{i}]") for i in range(len(columns))]
    # Without a condition SQLite reads "on conflict" as the beginning of a join's condition.
    return select(*parts).where(text("true"))


def _of_postgresql(sent: BindParameter[str], columns: Sequence[Column[Any]]) -> Select[Any]:
    each = func.jsonb_array_elements(cast(sent, JSONB)).table_valued(column("value", JSONB))
    return select(*(each.c.value[i].astext.cast(one.type) for i, one in enumerate(columns)))


def _insert(db: AsyncConnection) -> Any:
    return postgresql_insert if db.dialect.name == "postgresql" else sqlite_insert
