"""The sums of rewards, kept as each comes, moves and goes."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from goodword.clock import DAY
from goodword.model import Occasion, Recipient, Reward, RewardStatus
from goodword.rewards import sums
from goodword.storage import Storage
from goodword.storage import tables as t

DUE = Reward(
    id="rwd_1",
    campaign_id="camp",
    lead_id="lead_1",
    referrer_id="ref_ada",
    conversion_id=None,
    recipient=Recipient.REFERRER,
    occasion=Occasion.QUALIFIED,
    rule_id="rule_1",
    rule_version=1,
    amount=1000,
    currency="EUR",
    status=RewardStatus.DUE,
    reason=None,
    issue_after=30 * DAY,
    created_at=2 * DAY + 5,
)
ISSUED = replace(DUE, status=RewardStatus.ISSUED, issued_at=9 * DAY - 1)
REVERSAL = replace(ISSUED, id="rwd_2", amount=-400, reverses=DUE.id, issued_at=40 * DAY)

Bucket = tuple[int, str, str, str, int, int]


async def _buckets(storage: Storage, counted: list[tuple[Reward, int]]) -> set[Bucket]:
    """(day, status, currency, unit, rewards, amount) after these were counted."""
    async with storage.write() as db:
        for reward, times in counted:
            await sums.shift(db, *((None, reward) if times > 0 else (reward, None)))
    mine = await _of(storage, "ref_ada")
    assert await _of(storage, t.WHOLE) == mine
    return mine


async def _of(storage: Storage, referrer_id: str) -> set[Bucket]:
    c = t.reward_sums.c
    async with storage.read() as db:
        query = select(c.day, c.status, c.currency, c.unit, c.rewards, c.amount)
        found = await db.execute(query.where(c.campaign_id == "camp", c.referrer_id == referrer_id))
        return {(row[0], row[1], row[2], row[3], row[4], row[5]) for row in found}


async def test_rewards_of_one_day_and_kind_add_up(storage: Storage) -> None:
    later = replace(DUE, id="rwd_3", amount=250, created_at=3 * DAY - 1)
    assert await _buckets(storage, [(DUE, 1), (later, 1)]) == {(2 * DAY, "due", "EUR", "", 2, 1250)}


async def test_what_moves_leaves_its_former_place(storage: Storage) -> None:
    moves = [(DUE, 1), (DUE, -1), (ISSUED, 1)]
    assert await _buckets(storage, moves) == {
        (2 * DAY, "due", "EUR", "", 0, 0),
        (8 * DAY, "issued", "EUR", "", 1, 1000),
    }


async def test_a_reversal_counts_on_its_own_day_with_what_it_takes_back(storage: Storage) -> None:
    found = await _buckets(storage, [(ISSUED, 1), (REVERSAL, 1)])
    assert found == {
        (8 * DAY, "issued", "EUR", "", 1, 1000),
        (40 * DAY, "issued", "EUR", "", 1, -400),
    }
    assert sum(bucket[-1] for bucket in found) == 600


async def test_currencies_and_units_are_never_added(storage: Storage) -> None:
    yen = replace(DUE, id="rwd_4", currency="JPY", amount=1000)
    month = replace(DUE, id="rwd_5", currency="", unit="free month", amount=3)
    assert await _buckets(storage, [(DUE, 1), (yen, 1), (month, 1)]) == {
        (2 * DAY, "due", "EUR", "", 1, 1000),
        (2 * DAY, "due", "JPY", "", 1, 1000),
        (2 * DAY, "due", "", "free month", 1, 3),
    }


async def test_the_whole_campaign_is_the_sum_of_its_referrers(storage: Storage) -> None:
    bobs = replace(DUE, id="rwd_6", referrer_id="ref_bob", amount=50)
    async with storage.write() as db:
        await sums.shift(db, None, DUE)
        await sums.shift(db, None, bobs)
    assert await _of(storage, t.WHOLE) == {(2 * DAY, "due", "EUR", "", 2, 1050)}


async def test_what_referrers_and_their_friends_get_is_counted_apart(storage: Storage) -> None:
    friends = replace(DUE, id="rwd_7", recipient=Recipient.LEAD, amount=500)
    async with storage.write() as db:
        for reward in (DUE, friends):
            await sums.shift(db, None, reward)
    c = t.reward_sums.c
    async with storage.read() as db:
        found = await db.execute(select(c.recipient, c.amount).where(c.referrer_id == "ref_ada"))
        assert {tuple(row) for row in found} == {("referrer", 1000), ("lead", 500)}


async def test_what_is_due_is_counted_on_the_day_it_may_go_out(storage: Storage) -> None:
    later = replace(DUE, id="rwd_8", amount=250, issue_after=31 * DAY - 1)
    async with storage.write() as db:
        await sums.shift(db, None, DUE)
        await sums.shift(db, None, later)
        await sums.shift(db, DUE, ISSUED)
        await sums.shift(db, None, REVERSAL)
    c = t.due_sums.c
    async with storage.read() as db:
        found = await db.execute(select(c.day, c.currency, c.rewards, c.amount))
        assert [tuple(row) for row in found] == [(30 * DAY, "EUR", 1, 250)]


def test_what_is_not_issued_stands_on_its_first_day() -> None:
    assert sums.day_of(DUE) == sums.day_of(replace(ISSUED, status=RewardStatus.FAILED)) == 2 * DAY
    assert sums.day_of(ISSUED) == 8 * DAY
