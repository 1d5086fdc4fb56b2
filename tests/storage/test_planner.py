"""SQLite takes the index that finds a few rows, not one that walks through a whole campaign."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from sqlalchemy import Select, create_engine, text
from sqlalchemy.dialects.sqlite import dialect

from goodword.leads import record as leads
from goodword.stats import lists, search, waiting
from goodword.stats.rows import LeadsWanted
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


def test_what_counts_for_a_step_is_counted_in_its_index_alone(sqlite_template: Path) -> None:
    query = _run(leads.counting, "camp", "ref", 0)
    count, last = (_plan(sqlite_template, each) for each in query)
    assert "leads USING COVERING INDEX ix_leads_successful" in count
    assert "leads USING INDEX ix_leads_successful" in last
    assert "FOR ORDER BY" not in last
    for plan in (count, last):
        assert len(re.findall(r"findings USING (?:COVERING )?INDEX ix_findings_open", plan)) == 2


def test_coupons_that_wait_are_found_among_all_rewards(sqlite_template: Path) -> None:
    [query] = _run(waiting.rewards_without_code, "camp")
    assert "ix_rewards_of_coupons" in _plan(sqlite_template, query)


def test_a_search_that_finds_few_names_referrers_of_the_page_alone(sqlite_template: Path) -> None:
    _, query = _run(lists.leads, "camp", LeadsWanted(search="family05"))
    found, _, named = _plan(sqlite_template, query).partition("SCAN shown")
    assert "lead_search USING COVERING INDEX ix_lead_search_campaign_id_text_lead_id" in found
    assert "referrers" not in found
    assert "SEARCH referrers" in named


def test_a_search_that_finds_many_asks_each_lead_on_its_way(
    sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "FEW", -1)
    _, query = _run(lists.leads, "camp", LeadsWanted(search="given"))
    # As it comes to SQLite: a limit that is no value yet.
    plan = _plan(sqlite_template, re.sub(r"LIMIT \d+ OFFSET \d+", "limit :most", query))
    assert "SEARCH leads USING INDEX ix_leads_campaign_id_joined_at (campaign_id=?)" in plan
    assert re.search(r"lead_search USING \w+ .*\(campaign_id=\? AND lead_id=\? AND text>", plan), (
        plan
    )
    # PostgreSQL would make a table of all that such a one may mean.
    assert "EXISTS" not in query


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


class _Ear:
    """Stands for a connection, and keeps what it is asked, with its values."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def execute(self, query: Select[tuple[object]]) -> MagicMock:
        self.heard.append(str(query.compile(dialect=dialect(), compile_kwargs=_WITH_VALUES)))
        return MagicMock(**{"scalar_one.return_value": 0, "first.return_value": None})


_WITH_VALUES = {"literal_binds": True}


def _run(read: Callable[..., Awaitable[object]], *asked: object) -> list[str]:
    """The statements that a read makes."""
    ear = _Ear()
    asyncio.run(_awaited(read(ear, *asked)))
    return ear.heard


async def _awaited(awaitable: Awaitable[object]) -> None:
    await awaitable


def _plan(file: Path, statement: str) -> str:
    engine = create_engine(f"sqlite:///{file}")
    values = dict.fromkeys(re.findall(r":(\w+)", statement), "x")
    with engine.connect() as db:
        steps = db.execute(text(f"explain query plan {statement}"), values).all()
    engine.dispose()
    return "\n".join(step[3] for step in steps)
