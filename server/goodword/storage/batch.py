"""The group-committing writer: many requests, one synced commit, no linger.

While one commit runs the next batch fills by itself. Only this file talks to a driver, with
statements written once from the tables (SQLAlchemy Core costs 15 to 36 microseconds a row).
A row is acknowledged after its commit; when storage refuses, every row of the batch is refused.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy import Table
from sqlalchemy.engine import URL

from goodword.storage.tables import WHOLE, hits, refusals, tag_health, visits

Row = tuple[Any, ...]
"""The values of `hits` in the order of its columns."""

VisitKey = tuple[str, int, str]
"""`(campaign_id, day, referrer_id)`."""

RefusalKey = tuple[str, int, str, str, str]
"""`(campaign_id, hour, event, reason, origin)`."""

SightingKey = tuple[str, int, str, str, str, str]
"""`(campaign_id, day, origin, event, way, version)`: a report of the tag, for tag health."""

SIGHTINGS_WAIT = 1.0
"""Seconds for which sightings gather, so that they cost the hits next to nothing."""

T = TypeVar("T")

_LARGEST_BATCH = 1_000
_LONGEST_QUEUE = 10_000
_MOST_REFUSALS = 5_000
_MOST_SIGHTINGS = 5_000
log = logging.getLogger(__name__)


class Unavailable(Exception):
    """Storage can't take this now (queue full, disk full, database gone): try again later."""


class Batch:
    """What one commit writes. `keys` has for each row what its visit is counted under."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.waiting: list[asyncio.Future[None]] = []
        self.keys: list[VisitKey | None] = []
        self.refusals: Counter[RefusalKey] = Counter()
        self.refused_at: dict[RefusalKey, int] = {}
        self.sightings: Counter[SightingKey] = Counter()
        self.seen_at: dict[SightingKey, int] = {}

    def __bool__(self) -> bool:
        return bool(self.rows or self.refusals or self.sightings)

    @property
    def visits(self) -> Counter[VisitKey]:
        """Counted for their referrers, and for their campaigns as a whole."""
        counted = Counter(key for key in self.keys if key is not None)
        for (campaign_id, day, _), times in list(counted.items()):
            counted[campaign_id, day, WHOLE] += times
        return counted


class Driver(Protocol):
    """One connection that commits a batch, or raises `Unavailable` and leaves nothing."""

    async def commit(self, batch: Batch) -> None: ...
    async def close(self) -> None: ...


class BatchWriter:
    """Collects rows and counts, and commits them in turn by one task."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._batch = Batch()
        self._sightings: Counter[SightingKey] = Counter()
        self._seen_at: dict[SightingKey, int] = {}
        self._gathering: asyncio.TimerHandle | None = None
        self._queued = 0
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def add(self, row: Row, visit: VisitKey | None) -> asyncio.Future[None]:
        """Queues a hit; await the answer. `Unavailable` when the queue is full."""
        if self._queued >= _LONGEST_QUEUE or self._closing:
            raise Unavailable("too many hits are waiting to be stored")
        done = (self._loop or self._start()).create_future()
        self._batch.rows.append(row)
        self._batch.waiting.append(done)
        self._batch.keys.append(visit)
        self._queued += 1
        self._wake.set()
        return done

    def count(self, key: RefusalKey, at: int) -> None:
        """Counts anonymous noise; it goes to disk with the next commit, nobody waits for it."""
        if len(self._batch.refusals) < _MOST_REFUSALS or key in self._batch.refusals:
            if self._loop is None:
                self._start()
            self._batch.refusals[key] += 1
            self._batch.refused_at[key] = at
            self._wake.set()

    def see(self, key: SightingKey, at: int) -> None:
        """Counts a report of the tag. It is no report itself: nobody waits for it, and it goes to
        disk within `SIGHTINGS_WAIT`, with the hits' own commit where there is one."""
        room = len(self._sightings) < _MOST_SIGHTINGS or key in self._sightings
        if room and not self._closing:
            self._sightings[key] += 1
            self._seen_at[key] = at
            if self._gathering is None:
                loop = self._loop or self._start()
                self._gathering = loop.call_later(SIGHTINGS_WAIT, self._hand_over)

    def _hand_over(self) -> None:
        """Puts the gathered sightings into the batch that is filling."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
            self._batch.sightings.update(self._sightings)
            self._batch.seen_at.update(self._seen_at)
            self._sightings, self._seen_at = Counter(), {}
            self._wake.set()

    async def close(self) -> None:
        """Commits what is queued, then stops."""
        self._closing = True
        if self._task is not None:
            self._hand_over()
            self._wake.set()
            await self._task
        await self._driver.close()

    def _start(self) -> asyncio.AbstractEventLoop:
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())
        return self._loop

    async def _run(self) -> None:
        while not self._closing or self._batch:
            await self._wake.wait()
            self._wake.clear()
            while self._batch:
                await self._commit(self._take())

    def _take(self) -> Batch:
        """The waiting batch, in one piece unless it is too large for one commit."""
        batch, self._batch = self._batch, Batch()
        if len(batch.rows) > _LARGEST_BATCH:
            rest = self._batch
            rest.rows = _beyond(batch.rows)
            rest.waiting = _beyond(batch.waiting)
            rest.keys = _beyond(batch.keys)
        return batch

    async def _commit(self, batch: Batch) -> None:
        error: Unavailable | None = None
        try:
            await self._driver.commit(batch)
        except Unavailable as refused:
            error = refused
        except Exception as unforeseen:
            log.exception("a batch of %d hits could not be stored", len(batch.rows))
            error = Unavailable(str(unforeseen))
        self._queued -= len(batch.rows)
        for done in batch.waiting:
            if not done.done():
                _settle(done, error)


def _beyond(whole: list[T]) -> list[T]:
    """Cuts a list to what one commit takes; what is cut off."""
    rest = whole[_LARGEST_BATCH:]
    del whole[_LARGEST_BATCH:]
    return rest


def _settle(done: asyncio.Future[None], error: Unavailable | None) -> None:
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def batch_writer(url: URL, lock: asyncio.Lock) -> BatchWriter:
    """The writer for a database URL; `lock` is the one that SQLite's write transactions hold."""
    if url.get_backend_name() == "sqlite":
        return BatchWriter(_SQLite(url.database or "", lock))
    return BatchWriter(_PostgreSQL(url.set(drivername="postgresql").render_as_string(False)))


def _insert(table: Table, mark: str) -> str:
    names = [column.name for column in table.columns]
    marks = [mark.format(i + 1) for i in range(len(names))]
    return f"insert into {table.name} ({', '.join(names)}) values ({', '.join(marks)})"  # noqa: S608


def _upserts(mark: str) -> tuple[str, str, str]:
    visit_key = "campaign_id, day, referrer_id"
    refusal_key = "campaign_id, hour, event, reason, origin"
    sighting_key = "campaign_id, day, origin, event, way, version"
    return (
        _insert(visits, mark)
        + f" on conflict ({visit_key}) do update set hits = visits.hits + excluded.hits",
        _insert(refusals, mark)
        + f" on conflict ({refusal_key}) do update"
        + " set count = refusals.count + excluded.count, last_at = excluded.last_at",
        _insert(tag_health, mark)
        + f" on conflict ({sighting_key}) do update"
        + " set count = tag_health.count + excluded.count, last_at = excluded.last_at",
    )


def _counts(batch: Batch) -> tuple[list[Row], list[Row], list[Row]]:
    """Sorted, so that two processes take row locks in one order."""
    return (
        # Last the rows that any process may wait for: they stay locked until the commit.
        sorted(((*key, n) for key, n in batch.visits.items()), key=_whole_last),
        sorted((*key, n, batch.refused_at[key]) for key, n in batch.refusals.items()),
        sorted((*key, n, batch.seen_at[key]) for key, n in batch.sightings.items()),
    )


def _whole_last(row: Row) -> tuple[bool, Row]:
    return row[2] == WHOLE, row


class _SQLite:
    """The driver in a thread of its own: one hop there and back for a whole batch."""

    def __init__(self, path: str, lock: asyncio.Lock) -> None:
        self._path = path
        self._lock = lock
        self._thread = ThreadPoolExecutor(1, "hits")
        self._db: sqlite3.Connection | None = None
        self._hit = _insert(hits, "?")
        self._upserts = _upserts("?")

    async def commit(self, batch: Batch) -> None:
        loop = asyncio.get_running_loop()
        async with self._lock:
            try:
                await loop.run_in_executor(self._thread, self._write, batch)
            except sqlite3.Error as error:
                raise Unavailable(str(error)) from error

    def _write(self, batch: Batch) -> None:
        self._db = db = self._db or self._connect()
        counts = zip(self._upserts, _counts(batch), strict=True)
        db.execute("begin immediate")
        try:
            for statement, rows in ((self._hit, batch.rows), *counts):
                if rows:
                    db.executemany(statement, rows)
            db.execute("commit")
        except sqlite3.Error:
            db.rollback()
            raise

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = wal", "synchronous = full", "wal_autocheckpoint = 4000"):
            db.execute(f"pragma {pragma}")
        return db

    async def close(self) -> None:
        self._thread.shutdown()
        if self._db is not None:
            self._db.close()


class _PostgreSQL:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._db: asyncpg.Connection | None = None
        self._columns: Sequence[str] = [column.name for column in hits.columns]
        self._upserts = _upserts("${}")

    async def commit(self, batch: Batch) -> None:
        try:
            if self._db is None or self._db.is_closed():
                self._db = await asyncpg.connect(self._dsn)
            async with self._db.transaction():
                await self._write(self._db, batch)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise Unavailable(str(error)) from error

    async def _write(self, db: asyncpg.Connection, batch: Batch) -> None:
        if batch.rows:
            await db.copy_records_to_table("hits", records=batch.rows, columns=self._columns)
        for statement, rows in zip(self._upserts, _counts(batch), strict=True):
            if rows:
                await db.executemany(statement, rows)

    async def close(self) -> None:
        if self._db is not None:
            await self._db.close()
