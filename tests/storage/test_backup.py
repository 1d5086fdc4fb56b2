"""A backup is one state of the database, whatever is written meanwhile, or there is none."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from databases import sqlite_url
from goodword.storage import backup
from goodword.storage.backup import NoBackup, back_up

ROWS = 3_000
HIT = (
    "insert into hits (campaign_id, id, referrer_id, visitor, code, via, url, http_referrer,"
    " address, address_hash, user_agent, webdriver, gpc, mode, created_at)"
    " values ('camp', ?, 'ref', '', '', 'tag', '', '', '', '', '', 0, 0, 'live', 1)"
)
VISIT = (
    "insert into visits values ('camp', 0, 'ref', 1)"
    " on conflict (campaign_id, day, referrer_id) do update set hits = hits + 1"
)


@pytest.fixture
def live(sqlite_template: Path, tmp_path: Path) -> Path:
    """A database with some hits and their count."""
    file = tmp_path / "live" / "goodword.db"
    file.parent.mkdir()
    file.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("begin")
        for number in range(ROWS):
            _write(db, number)
        db.execute("commit")
    return file


def _write(db: sqlite3.Connection, number: int) -> None:
    db.execute(HIT, (f"hit_{number}",))
    db.execute(VISIT)


def _counts(file: Path) -> tuple[int, int]:
    """How many hits there are, and how many the counter says."""
    with closing(sqlite3.connect(file)) as db:
        [hits] = db.execute("select count(*) from hits").fetchone()
        [visits] = db.execute("select sum(hits) from visits").fetchone()
    return hits, visits


def test_a_copy_is_one_state_though_every_step_meets_a_new_write(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_PAGES", 5)
    steps: list[tuple[int, int]] = []
    with closing(sqlite3.connect(live, isolation_level=None)) as writer:

        def write(done: int, pages: int) -> None:
            writer.execute("begin immediate")
            _write(writer, ROWS + len(steps))
            writer.execute("commit")
            steps.append((done, pages))

        back_up(sqlite_url(live), tmp_path / "copy.db", write)
    assert len(steps) > 20
    assert steps[-1][0] == steps[-1][1]
    assert _counts(tmp_path / "copy.db") == (ROWS, ROWS)
    assert _counts(live) == (ROWS + len(steps), ROWS + len(steps))


def test_the_copy_is_one_file_that_only_its_owner_reads(live: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    before = os.umask(0)
    try:
        size = back_up(sqlite_url(live), file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert size == file.stat().st_size > 0
    assert _left(tmp_path) == ["copy.db"]


def test_where_files_have_no_second_name_the_copy_is_renamed(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    back_up(sqlite_url(live), tmp_path / "copy.db")
    assert _left(tmp_path) == ["copy.db"]
    assert _counts(tmp_path / "copy.db") == (ROWS, ROWS)


def test_a_file_that_is_there_is_never_written_over(live: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("mine")
    with pytest.raises(NoBackup, match="name a new file"):
        back_up(sqlite_url(live), file)
    assert file.read_text() == "mine"
    assert _left(tmp_path) == ["copy.db"]


def test_a_file_that_comes_meanwhile_is_never_written_over(live: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"

    def write(done: int, pages: int) -> None:
        file.write_text("mine")

    with pytest.raises(NoBackup, match="nothing was kept"):
        back_up(sqlite_url(live), file, write)
    assert file.read_text() == "mine"
    assert _left(tmp_path) == ["copy.db"]


def test_what_is_broken_off_leaves_nothing(live: Path, tmp_path: Path) -> None:
    def stop(done: int, pages: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(sqlite_url(live), tmp_path / "copy.db", stop)
    assert _left(tmp_path) == []
    assert _counts(live) == (ROWS, ROWS)


def test_a_damaged_database_gives_no_copy_that_looks_whole(live: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(live)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        [root] = db.execute(
            "select rootpage from sqlite_schema where name = 'sqlite_autoindex_hits_1'"
        ).fetchone()
        [size] = db.execute("pragma page_size").fetchone()
    with live.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(os.urandom(size))
    with pytest.raises(NoBackup, match="nothing was kept"):
        back_up(sqlite_url(live), tmp_path / "copy.db")
    assert _left(tmp_path) == []


def test_a_folder_that_is_not_there_is_named(live: Path, tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match=r"nowhere/copy\.db can't be written"):
        back_up(sqlite_url(live), tmp_path / "nowhere" / "copy.db")


def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="there is no database"):
        back_up(sqlite_url(tmp_path / "none.db"), tmp_path / "copy.db")
    assert _left(tmp_path) == []


def test_an_empty_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "goodword.db").touch()
    with pytest.raises(NoBackup, match="there is no database"):
        back_up(sqlite_url(tmp_path / "goodword.db"), tmp_path / "copy.db")


def test_another_kind_of_database_says_what_copies_it(tmp_path: Path) -> None:
    with pytest.raises(NoBackup, match="pg_dump"):
        back_up("postgresql+asyncpg://db.example/goodword", tmp_path / "copy.db")


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())
