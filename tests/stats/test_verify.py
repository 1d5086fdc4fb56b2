"""Verify: a ledger with a long story is whole, and whatever is damaged by hand is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from databases import sqlite_url
from goodword.clock import DAY
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.review import qualify, unqualify
from goodword.lifecycle.verify import ledger_size, verify
from goodword.model import Recipient, RewardStatus
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import Violation, violations
from goodword.stats.verify.log import may_be_told
from lifecycle.world import World, world
from postgres import Postgres
from stats.damages import DAMAGES, DUE, ISSUED, Damage
from stats.long_story import long_story


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with a long story, on each engine; its tests take back what they do to it."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        file = tmp_path_factory.mktemp("told") / "goodword.db"
        file.write_bytes(template.read_bytes())
        url = sqlite_url(file)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.create("told", template=request.getfixturevalue("postgres_template"))
    async with world(url, recipients=tuple(Recipient)) as w:
        await long_story(w)
        yield w


async def test_a_ledger_with_a_long_story_is_whole(told: World) -> None:
    assert [str(each) async for each in verify(told.context)] == []
    size = await ledger_size(told.context)
    assert size["campaigns"] == 1
    assert size["leads"] > 15
    assert size["rewards"] > 50


async def test_the_story_comes_by_every_status(told: World) -> None:
    statuses = set()
    for lead in await told.leads():
        statuses |= {reward.status for reward in await told.rewards(lead.id)}
    assert statuses >= set(RewardStatus) - {RewardStatus.FAILED}


@pytest.mark.parametrize("damage", DAMAGES, ids=str)
async def test_damage_done_by_hand_is_named(told: World, damage: Damage) -> None:
    async with told.context.storage.write() as db:
        await _lift_checks(db, damage)
        row = (await db.execute(text(f"select {damage.row}"))).scalar_one()
        assert row is not None, "the story has no such row"
        for statement in damage.do:
            await db.execute(text(statement), {"row": row} if ":row" in statement else {})
        found = await _found(db)
        await db.rollback()
    named = [each for each in found if each.invariant == damage.invariant]
    assert [each for each in named if damage.says in each.text and _names(each, row)], found


def _names(violation: Violation, row: str) -> bool:
    return row in (violation.row, *violation.text.split())


async def _lift_checks(db: AsyncConnection, damage: Damage) -> None:
    """What keeps a hand from doing such damage, off until the transaction ends."""
    if db.dialect.name == "sqlite":
        await db.execute(text("pragma defer_foreign_keys = on"))
        switch = "on" if damage.unchecked else "off"
        await db.execute(text(f"pragma ignore_check_constraints = {switch}"))
        return
    await db.execute(text("set local session_replication_role = replica"))
    if damage.unchecked:
        constraint = f"ck_{damage.unchecked}_status"
        await db.execute(text(f"alter table {damage.unchecked} drop constraint {constraint}"))


async def _found(db: AsyncConnection) -> list[Violation]:
    return [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)]


async def test_a_line_names_the_invariant_the_row_and_what_is_wrong(told: World) -> None:
    async with told.context.storage.write() as db:
        row = (await db.execute(text(f"select {DUE}"))).scalar_one()
        await db.execute(text("update rewards set currency = '' where id = :row"), {"row": row})
        lines = [str(each) for each in await _found(db)]
        await db.rollback()
    assert f"I10 {row}: has the amount 1000 of neither a currency nor a unit" in lines


async def test_two_coupons_for_one_reward_are_named(told: World) -> None:
    if (await _dialect(told)) == "sqlite":
        lift = "drop table coupons"
        again = (
            "create table coupons (campaign_id text, pool text, code text, reward_id text,"
            " shown_at integer, created_at integer)"
        )
    else:
        lift = "alter table coupons drop constraint uq_coupons_campaign_id_reward_id"
        again = "update coupons set reward_id = null"
    async with told.context.storage.write() as db:
        row = (await db.execute(text(f"select {ISSUED}"))).scalar_one()
        for statement in (lift, again):
            await db.execute(text(statement))
        for code in ("SAME", "AGAIN"):
            values = {"campaign": told.campaign.id, "code": code, "row": row}
            insert = "insert into coupons values (:campaign, 'shop', :code, :row, null, 1)"
            await db.execute(text(insert), values)
        found = await _found(db)
        await db.rollback()
    assert ("I1", row, "was given 2 coupons") in [
        (each.invariant, each.row, each.text) for each in found
    ]


async def _dialect(w: World) -> str:
    async with w.context.storage.read() as db:
        return db.dialect.name


async def test_a_clock_that_was_set_back_is_no_violation(w: World) -> None:
    lead = await w.buyer("1")
    w.wait(-5 * DAY)
    await unqualify(w.context, w.campaign, lead.id, "boss")
    w.wait(-5 * DAY)
    await qualify(w.context, w.campaign, lead.id, "boss")
    assert [str(each) async for each in verify(w.context)] == []


MOVES = frozenset({("due", "held"), ("held", "due"), ("due", "issued"), ("due", "cancelled")})


@pytest.mark.parametrize(
    ("lines", "end", "may"),
    [
        (["due"], "due", True),
        (["due", "held", "due", "issued"], "issued", True),
        (["due", "due"], "due", True),
        (["issued", "held", "due", "due"], "issued", True),
        ([], "due", False),
        (["due"], "held", False),
        (["issued"], "issued", False),
        (["held", "issued"], "issued", False),
        (["due", "issued", "issued"], "due", False),
        (["due", "cancelled", "issued"], "issued", False),
    ],
)
def test_a_story_is_true_when_some_order_of_its_lines_goes_by_moves(
    lines: list[str], end: str, may: bool
) -> None:
    assert may_be_told(lines, end, ("due", "held"), MOVES) is may


def test_a_long_story_is_followed_as_well() -> None:
    lines = ["due", "held"] * 100 + ["due", "issued"]
    assert may_be_told(lines, "issued", ("due", "held"), MOVES)
    assert not may_be_told([*lines, "held"], "held", ("due", "held"), MOVES)
