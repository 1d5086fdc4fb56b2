"""SQLite or PostgreSQL behind one door: read connections and write transactions.

SQLite has one writer: `write()` and the batch writer share a lock within the process, and
`BEGIN IMMEDIATE` with a busy time-out orders processes. On PostgreSQL a write transaction of a
campaign takes that campaign's advisory lock, so that decisions about its money happen one
after the other there too; unique constraints stand behind both.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from goodword.storage.batch import BatchWriter, Unavailable, batch_writer

_PRAGMAS = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    "pragma busy_timeout = 10000",
    "pragma wal_autocheckpoint = 4000",
    "pragma secure_delete = on",
)


class Storage:
    """The engines of one database. `hits` commits rows in batches; see `storage.batch`."""

    def __init__(
        self, reader: AsyncEngine, writer: AsyncEngine, hits: BatchWriter, lock: asyncio.Lock
    ) -> None:
        self.hits = hits
        self._reader = reader
        self._writer = writer
        self._lock = lock
        self._postgres = reader.dialect.name == "postgresql"

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one consistent state. `Unavailable` when storage refuses."""
        with _refusals():
            async with self._reader.connect() as db:
                yield db

    @asynccontextmanager
    async def write(self, campaign_id: str | None = None) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed when the block ends well. `Unavailable` when storage refuses.

        Within one campaign write transactions happen one after the other.
        """
        with _refusals():
            if self._postgres:
                async with self._writer.begin() as db:
                    if campaign_id:
                        await db.execute(_LOCK, {"campaign": campaign_id})
                    yield db
            else:
                async with self._lock, self._writer.begin() as db:
                    yield db

    async def settle(self) -> None:
        """Writes SQLite's log into its file, so that nothing older lies beside it; PostgreSQL
        sees to its own. `Unavailable` when storage refuses."""
        if self._postgres:
            return
        with _refusals():
            async with self._lock, self._writer.connect() as db:
                raw = await db.get_raw_connection()
                driver: Any = raw.driver_connection
                await driver.execute("pragma wal_checkpoint(truncate)")

    async def close(self) -> None:
        await self.hits.close()
        await self._reader.dispose()
        await self._writer.dispose()


_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:campaign, 0))")


class _refusals:
    """Turns what a driver raises when it can't store (disk full, locked, gone) into one error."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, DBAPIError) and _is_refusal(error):
            raise Unavailable(str(error.orig)) from error
        if isinstance(error, _AT_CONNECT):
            raise Unavailable(str(error)) from error


# While connecting, drivers raise their own errors.
_AT_CONNECT = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.DatabaseError)
_REFUSALS = ("OperationalError", "InterfaceError", "InternalError", "DatabaseError")


def _is_refusal(error: DBAPIError) -> bool:
    return error.connection_invalidated or type(error).__name__ in _REFUSALS


def open_storage(url: str) -> Storage:
    """Engines for a migrated database. Nothing is connected before the first use."""
    lock = asyncio.Lock()
    return Storage(*engines(url), batch_writer(make_url(url), lock), lock)


def engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """The reader and the writer of a database; on PostgreSQL one engine is both."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, "begin"), _sqlite(parsed, "begin immediate", pool_size=1)
    both = create_async_engine(parsed, pool_size=8, max_overflow=8)
    return both, both


def _sqlite(url: URL, begin: str, pool_size: int = 4) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=30)

    def on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", lambda db: db.exec_driver_sql(begin))
    return engine
