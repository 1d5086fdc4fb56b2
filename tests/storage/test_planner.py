"""SQLite takes the index that finds a few rows, not one that walks through a whole campaign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from goodword.storage.tables import metadata

NEEDLES = [
    ("leads", "visitor = :x and referrer_id = :x order by id", "visitor"),
    ("leads", "id in (:x, :y) order by joined_at desc limit 50", "id"),
    ("leads", "status = :x order by joined_at desc limit 50", "status"),
    ("findings", "(lead_id = :x or conversion_id = :x) order by id", "lead_id"),
    ("rewards", "status = :x and reason = :y order by created_at, id limit 9", "status"),
    ("rewards", "status = :x and issued_at >= :y order by issued_at desc limit 50", "issued_at"),
    ("reward_sums", "referrer_id = :x and day >= :y", "referrer_id"),
    ("hits", "code = :x and mode = 'test' order by id limit 1", "code"),
]


@pytest.mark.parametrize(("table", "where", "column"), NEEDLES)
def test_a_few_rows_are_found_by_an_index(
    sqlite_template: Path, table: str, where: str, column: str
) -> None:
    plan = _plan(sqlite_template, f"select * from {table} where campaign_id = :c and {where}")
    assert re.search(rf"campaign_id=\? AND (\w+=\? AND )?{column}[=><]", plan), plan


def test_leads_that_never_converted_are_walked_in_their_order(sqlite_template: Path) -> None:
    where = "campaign_id = :c and converted_at is null order by joined_at desc, id desc limit 50"
    plan = _plan(sqlite_template, f"select * from leads where {where}")
    assert "campaign_id_converted_at_joined_at" in plan
    assert "FOR ORDER BY" not in plan


@pytest.mark.parametrize("table", ["hits", "leads", "conversions", "reports", "activity"])
def test_test_runs_are_found_among_all_others(sqlite_template: Path, table: str) -> None:
    plan = _plan(sqlite_template, f"delete from {table} where mode = 'test'")
    assert f"{table} USING INDEX" in plan or f"{table} USING COVERING INDEX" in plan, plan


def test_every_index_has_its_statistics(sqlite_template: Path) -> None:
    engine = create_engine(f"sqlite:///{sqlite_template}")
    with engine.connect() as db:
        known = set(db.execute(text("select idx from sqlite_stat1")).scalars())
    engine.dispose()
    assert known >= {index.name for table in metadata.tables.values() for index in table.indexes}


def _plan(file: Path, statement: str) -> str:
    engine = create_engine(f"sqlite:///{file}")
    values = dict.fromkeys(re.findall(r":(\w+)", statement), "x")
    with engine.connect() as db:
        steps = db.execute(text(f"explain query plan {statement}"), values).all()
    engine.dispose()
    return "\n".join(step[3] for step in steps)
