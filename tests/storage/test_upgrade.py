"""A database of an older version keeps what it has, and counts it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from goodword.storage.migrations import upgrade

_ROWS = """
insert into installation values ('directory', '1');
insert into admins values ('adm', 'ann@example.com', 'hash', 0);
insert into sessions values (x'01', 'adm', 0, 1);
insert into campaigns values ('camp', 'shop', 'Shop', 'active', 'key', '[]', 'https://s.example',
 1, 1, 'EUR', x'02', x'03', null, 0);
insert into rules values ('camp', 'rule', 1, 'referrer', 'qualified', 500, 'EUR', 0, 0, 7);
insert into rules values ('camp', 'rule', 2, 'referrer', 'qualified', 1000, 'EUR', 0, 7, null);
insert into referrers values ('camp', 'ref', 'r@example.com', 'r@example.com', 'R', 'CODE', 'live',
 0);
insert into leads values ('camp', 'lead', 'ref', 'qualified', null, 'LEADCODE', null, null, null,
 null, null, null, 'lead', 'live', 86400001, 172800001);
insert into rewards values ('camp', 'rwd', 'lead', 'ref', null, 'referrer', 'qualified', 'rule', 2,
 1000, 'EUR', 'due', null, 9, 172800001);
"""


@pytest.fixture
async def old(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database of the first version, with one qualified lead and its reward."""
    engine = create_async_engine(empty_database_url)
    async with engine.begin() as db:
        await db.run_sync(lambda sync: upgrade(sync, "0001"))
        for statement in filter(str.strip, _ROWS.split(";")):
            blob = db.dialect.name == "postgresql"
            await db.execute(text(_bytea(statement) if blob else statement))
    yield engine
    await engine.dispose()


def _bytea(statement: str) -> str:
    return statement.replace("x'0", "'\\x0")


async def _rows(db: AsyncConnection, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await db.execute(text(query))]


async def test_an_upgrade_keeps_every_row_and_counts_it(old: AsyncEngine) -> None:
    async with old.begin() as db:
        await db.run_sync(upgrade)
        assert await _rows(db, "select role from admins join sessions on admin_id = id") == [
            ("owner",)
        ]
        assert await _rows(db, "select status, step, reversed, unit from rewards") == [
            ("due", 0, 0, "")
        ]
        for whose in ("ref", ""):
            mine = f"where referrer_id = '{whose}' order by day"
            assert await _rows(db, f"select day, joined, qualified from lead_counts {mine}") == [
                (86_400_000, 1, 0),
                (172_800_000, 0, 1),
            ]
            sums = await _rows(
                db, f"select status, currency, rewards, amount from reward_sums {mine}"
            )
            assert sums == [("due", "EUR", 1, 1000)]
        assert await _rows(db, "select version, holds_from from rules order by version") == [
            (1, 0),
            (2, 7),
        ]


async def test_an_upgrade_keeps_the_outbox_with_every_try(old: AsyncEngine) -> None:
    async with old.begin() as db:
        await db.run_sync(lambda sync: upgrade(sync, "0009"))
        for statement in filter(str.strip, _OUTBOX.split(";")):
            await db.execute(text(statement))
    async with old.begin() as db:
        await db.run_sync(upgrade)
        joined = "select answer, status from deliveries join outbox on outbox.id = message_id"
        assert await _rows(db, joined) == [("no", "failed")]
        await db.execute(text("update outbox set status = 'dropped'"))


_OUTBOX = """
insert into outbox (campaign_id, id, kind, target, type, body, status, next_at, created_at)
 values ('camp', 'msg', 'webhook', 'wh', 'lead.created', '{}', 'failed', 0, 0);
insert into deliveries (campaign_id, id, message_id, attempt, answer, took, created_at)
 values ('camp', 'dlv', 'msg', 1, 'no', 0, 0);
"""


@pytest.mark.parametrize(
    "change",
    [
        "update rewards set occasion = 'whenever'",
        "update rules set kind = 'gold'",
        "update admins set role = 'emperor'",
        "insert into outbox (campaign_id, id, kind, target, type, body, status, next_at,"
        " created_at) values ('camp', 'm', 'x', 'x', 'x', '{}', 'lost', 0, 0)",
    ],
)
async def test_an_upgraded_table_knows_its_words(old: AsyncEngine, change: str) -> None:
    async with old.begin() as db:
        await db.run_sync(upgrade)
    with pytest.raises(IntegrityError):
        async with old.begin() as db:
            await db.execute(text(change))
