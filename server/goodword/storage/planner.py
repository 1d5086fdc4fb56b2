"""SQLite's query planner is told how large the tables grow, and how alike their rows are.

Untold, it takes any index that begins with the campaign for nearly unique, and walks through a
whole campaign to save sorting a few rows. These are fixed results of ANALYZE, after
https://sqlite.org/lang_analyze.html: plans are the same on every installation, full or empty.
PostgreSQL gathers its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

_LARGE = 1_000_000
_FEW = 1_000
_SMALL = 20
_OF_FEW = ("where mode = 'test'", "where verdict = 'hold'", "where unit = 'coupon'")
"""How the indexes begin that have few rows: of test runs, and of what waits."""

_CAMPAIGN = "campaign_id"

_VALUES = {
    _CAMPAIGN: 1,
    "mode": 1,
    "status": 5,
    "kind": 2,
    "recipient": 2,
    "occasion": 2,
    "pool": 2,
    "target": 2,
    "type": 10,
    "day": 365,
    "month": 12,
    "hour": 1_000,
    # Half of them are null.
    "converted_at": 2,
    "issued_at": 2,
    "referrer_id": 10_000,
}
"""How many values a column takes in a large table; any other nearly as many as there are rows."""


def tell_sizes(db: Connection) -> None:
    """Writes the statistics of every index there is; connections made from now on go by them."""
    db.execute(text("analyze sqlite_schema"))
    db.execute(text("delete from sqlite_stat1"))
    for table, has_rowid in _tables(db):
        for index, columns, rows in _indexes(db, table, has_rowid):
            db.execute(
                text("insert into sqlite_stat1 (tbl, idx, stat) values (:table, :index, :stat)"),
                {"table": table, "index": index, "stat": _stat(columns, rows)},
            )
    db.execute(text("analyze sqlite_schema"))


def _tables(db: Connection) -> list[tuple[str, bool]]:
    found = db.execute(text("select name, wr from pragma_table_list where type = 'table'"))
    return [(name, not wr) for name, wr in found if not name.startswith("sqlite_")]


def _indexes(db: Connection, table: str, has_rowid: bool) -> Iterator[tuple[str, list[str], int]]:
    """Each index: the name by which statistics know it, its columns, and how many rows it has."""
    listed = text(
        "select l.name, origin, sql from pragma_index_list(:table) as l"
        " left join sqlite_schema as s on s.name = l.name"
    )
    for name, origin, sql in db.execute(listed, {"table": table}).all():
        found = text("select name from pragma_index_info(:index) order by seqno")
        columns = list(db.execute(found, {"index": name}).scalars())
        grows = _CAMPAIGN in columns or "next_at" in columns
        few = any(each in (sql or "").lower() for each in _OF_FEW)
        rows = _FEW if few else _LARGE if grows else _SMALL
        # A table without row ids is its primary key, and known by its own name.
        yield name if has_rowid or origin != "pk" else table, columns, rows


def _stat(columns: Sequence[str], rows: int) -> str:
    """The rows, then how many are alike in the first column, in the first two, ..."""
    alike = [rows]
    for column in columns:
        alike.append(max(1, alike[-1] // _VALUES.get(column, rows)))
    return " ".join(map(str, alike))
