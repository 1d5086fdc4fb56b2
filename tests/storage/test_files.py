"""The databases that tests are given: none is one that another test still holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from databases import SQLiteFiles


def test_a_file_is_used_again_unless_it_is_held_or_damaged(
    sqlite_template: Path, tmp_path: Path
) -> None:
    files = SQLiteFiles(sqlite_template, tmp_path)
    first = files.take()
    with closing(sqlite3.connect(first)) as db:
        db.execute("insert into installation (name, value) values ('a', 'b')")
        db.commit()
    files.give(first)
    assert files.take() == first
    with closing(sqlite3.connect(first)) as held:
        assert held.execute("select count(*) from installation").fetchone() == (0,)
        held.execute("begin immediate")
        files.give(first)
        second = files.take()
        assert second != first
    second.write_bytes(b"no database" * 1000)
    files.give(second)
    assert files.take() not in (first, second)
