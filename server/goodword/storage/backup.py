"""A consistent copy of an SQLite database, while it is written to.

SQLite's online backup reads through one read transaction, which in WAL mode keeps no writer
waiting. A step of it that finds the source changed starts anew, and under steady writes would
never end; within a transaction of the source every step sees the same state.
https://www.sqlite.org/c3ref/backup_finish.html
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import make_url

Progress = Callable[[int, int], None]
"""Called with the number of pages copied and of all pages."""

_PAGES = 2_000
"""Pages in one step: 8 MB."""


class NoBackup(Exception):
    """Nothing was copied, and why in one line that says what to do."""


def back_up(database_url: str, file: Path, progress: Progress = lambda done, pages: None) -> int:
    """Copies the database to a new file that only its owner may read; its size in bytes.

    The file appears once it is whole, synced to disk and checked; whatever stops the copy before
    leaves nothing. `NoBackup` when it can't be made.
    """
    source = _source(database_url)
    if file.exists() or file.is_symlink():
        raise NoBackup(f"{file} exists already: name a new file")
    try:
        handle, name = tempfile.mkstemp(suffix=".part", prefix=f"{file.name}.", dir=file.parent)
    except OSError as error:
        raise NoBackup(f"{file} can't be written: {error.strerror}") from error
    os.close(handle)
    part = Path(name)
    try:
        _copy(source, part, progress)
        _publish(part, file)
    except (OSError, sqlite3.Error) as error:
        raise NoBackup(f"the copy failed: {error}; nothing was kept") from error
    finally:
        for left in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm"))):
            left.unlink(missing_ok=True)
    return file.stat().st_size


def _source(database_url: str) -> Path:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        raise NoBackup(
            "backup copies an SQLite database; copy this one with pg_dump, which is consistent"
            " while goodword serves"
        )
    source = Path(url.database or "")
    if not source.is_file() or not source.stat().st_size:
        raise NoBackup(f"there is no database at {source} yet")
    return source


def _copy(source: Path, part: Path, progress: Progress) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as live,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        live.isolation_level = None
        live.execute("pragma busy_timeout = 10000")
        live.execute("begin")
        live.execute("select count(*) from sqlite_schema").fetchone()
        live.backup(
            copy, pages=_PAGES, progress=lambda _, left, pages: progress(pages - left, pages)
        )
        live.execute("rollback")
        # One file without a log beside it: it can be moved about by itself.
        copy.execute("pragma journal_mode = delete").fetchone()
        found = [row[0] for row in copy.execute("pragma integrity_check(1)")]
        if found != ["ok"]:
            raise sqlite3.DatabaseError(f"the copy is damaged, {found[0]}")


def _publish(part: Path, file: Path) -> None:
    """The name is given last, and never over another file that came meanwhile."""
    _sync(part)
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links.
        part.rename(file)
    # Not every system lets a folder be synced.
    with suppress(OSError):
        _sync(file.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
