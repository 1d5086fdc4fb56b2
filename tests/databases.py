"""Migrated, empty databases for tests: one is used again as soon as it is free.

Making a database costs PostgreSQL more than most tests take, and a new engine compiles every
statement anew. So a database goes back on the pile emptied, and its engines stay open.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from goodword.storage import Storage, open_storage
from goodword.storage.batch import batch_writer
from goodword.storage.engine import engines
from postgres import Postgres

USES = 50
"""After so many tests the rows that were deleted are swept out of a PostgreSQL database."""


def sqlite_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


class Borrowed(Storage):
    """A storage on engines that stay open when it is closed."""

    async def close(self) -> None:
        await self.hits.close()


_open: dict[str, tuple[AsyncEngine, AsyncEngine]] = {}
_loops: list[asyncio.AbstractEventLoop] = []


@asynccontextmanager
async def kept_engines() -> AsyncIterator[None]:
    """While this lasts, `storage_on` opens each database once for this event loop."""
    _loops.append(asyncio.get_running_loop())
    yield
    _loops.clear()
    while _open:
        for engine in _open.popitem()[1]:
            await engine.dispose()


def storage_on(url: str) -> Storage:
    """A storage of the test's own; in another event loop than the session's on engines of its
    own too."""
    if asyncio.get_running_loop() not in _loops:
        return open_storage(url)
    if url not in _open:
        _open[url] = engines(url)
    lock = asyncio.Lock()
    return Borrowed(*_open[url], batch_writer(make_url(url), lock), lock)


@dataclass
class SQLiteFiles:
    """Copies of one migrated file, in a folder."""

    template: Path
    folder: Path
    free: list[Path] = field(default_factory=list)
    made: int = 0

    def take(self) -> Path:
        """A file with the template's content."""
        while self.free:
            file = self.free.pop()
            if self._fill(file):
                return file
        self.made += 1
        file = self.folder / f"{self.made}.db"
        self._fill(file)
        return file

    def _fill(self, file: Path) -> bool:
        """Whether it could be filled. A test that cancels may end before what it cut short has
        let go of its file, and that only goes on with the event loop; another may have damaged
        it. Such a file is left alone."""
        with (
            closing(sqlite3.connect(self.template)) as fresh,
            closing(sqlite3.connect(file, timeout=0)) as db,
        ):
            try:
                db.execute("pragma synchronous = off")
                db.execute("begin immediate")
            except sqlite3.DatabaseError:
                return False
            db.rollback()
            fresh.backup(db)
        return True

    def give(self, file: Path) -> None:
        self.free.append(file)


@dataclass
class PostgresDatabases:
    """Copies of one migrated database, on one server."""

    server: Postgres
    template: str
    schema: str
    free: list[str] = field(default_factory=list)
    used: int = 0

    def take(self) -> str:
        """The name of an empty database."""
        if self.free:
            return self.free.pop()
        self.used += 1
        name = f"test_{self.used}"
        self.server.create(name, self.template)
        return name

    def give(self, name: str) -> None:
        """Empties it for the next; one whose schema a test changed is thrown away."""
        self.used += 1
        if self.server.empty(name) != self.schema:
            self.server.drop(name)
            return
        if self.used % USES == 0:
            self.server.sql("vacuum", name)
        self.free.append(name)
