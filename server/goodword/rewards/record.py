"""The shelf of rewards. Only this file writes their status; the sums go along with every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    cast,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Reason, Recipient, Reward, RewardStatus
from goodword.rewards import sums
from goodword.rewards.decide import MOVES
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.upsert import insert_if_new

c, rs = t.rewards.c, t.reward_sums.c


async def add(db: AsyncConnection, reward: Reward) -> bool:
    """False when a live reward for that occasion stands already."""
    new = await insert_if_new(db, t.rewards, asdict(reward))
    if new:
        await sums.shift(db, None, reward)
    return new


async def by_id(db: AsyncConnection, campaign_id: str, reward_id: str) -> Reward | None:
    return next(iter(await _all(db, c.campaign_id == campaign_id, c.id == reward_id)), None)


async def by_ids(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> list[Reward]:
    """Those of the ids that the campaign has, oldest first."""
    return await _all(db, c.campaign_id == campaign_id, c.id.in_(ids))


async def of_lead(db: AsyncConnection, campaign_id: str, lead_id: str) -> list[Reward]:
    """Every reward of a lead, oldest first."""
    return await _all(db, c.campaign_id == campaign_id, c.lead_id == lead_id)


async def of_conversion(db: AsyncConnection, campaign_id: str, conversion_id: str) -> list[Reward]:
    """What a conversion earned, oldest first."""
    return await _all(db, c.campaign_id == campaign_id, c.conversion_id == conversion_id)


async def reversals_of(db: AsyncConnection, campaign_id: str, conversion_id: str) -> list[Reward]:
    """What was taken back of what a conversion earned, oldest first."""
    mine = (c.campaign_id == campaign_id, c.conversion_id == conversion_id)
    return await _all(db, *mine, c.reverses.is_not(None))


async def of_steps(
    db: AsyncConnection, campaign_id: str, referrer_id: str, rule_id: str
) -> list[Reward]:
    """What a referrer got for numbers of referrals by one rule, oldest first."""
    return await _all(
        db,
        c.campaign_id == campaign_id,
        c.referrer_id == referrer_id,
        c.rule_id == rule_id,
        c.step > 0,
        c.reverses.is_(None),
    )


async def ripe(db: AsyncConnection, campaign_id: str, now: int, limit: int) -> list[Reward]:
    """Due rewards whose time has come and of which nobody was told yet."""
    found = await db.execute(
        select(t.rewards)
        .where(
            c.campaign_id == campaign_id,
            c.status == RewardStatus.DUE,
            c.issue_after <= now,
            c.ready_at.is_(None),
        )
        .order_by(c.issue_after, c.id)
        .limit(limit)
    )
    return [noun(Reward, row) for row in found]


async def due_until(
    db: AsyncConnection, campaign_id: str, now: int, after: tuple[int, str], limit: int
) -> list[tuple[int, str]]:
    """When each due reward may go out and its id, in that order: those whose time has come, after
    the place `after`."""
    place = tuple_(literal(after[0]), literal(after[1]))
    found = await db.execute(
        select(c.issue_after, c.id)
        .where(
            c.campaign_id == campaign_id,
            c.status == RewardStatus.DUE,
            c.issue_after <= now,
            tuple_(c.issue_after, c.id) > place,
        )
        .order_by(c.issue_after, c.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in found]


async def waiting_for_coupon(db: AsyncConnection, campaign_id: str, limit: int) -> list[Reward]:
    """Rewards that failed because their pool was empty, oldest first."""
    found = await db.execute(
        select(t.rewards)
        .where(
            c.campaign_id == campaign_id,
            c.status == RewardStatus.FAILED,
            c.reason == Reason.NO_COUPON,
        )
        .order_by(c.created_at, c.id)
        .limit(limit)
    )
    return [noun(Reward, row) for row in found]


async def recent(
    db: AsyncConnection,
    campaign_id: str,
    referrer_id: str,
    recipient: Recipient,
    since: int,
    most: int,
) -> int:
    """How many rewards for such a recipient a referrer's leads have earned since then, here: what
    moved in does not count. `most` at most, since more make no difference."""
    earned = (
        select(c.id)
        .where(
            c.campaign_id == campaign_id,
            c.referrer_id == referrer_id,
            c.recipient == recipient,
            c.created_at > since,
            c.status != RewardStatus.CANCELLED,
            c.reverses.is_(None),
            c.replaces.is_(None),
            c.restores.is_(None),
            c.import_id.is_(None),
        )
        .limit(most)
    )
    found = await db.execute(select(func.count()).select_from(earned.subquery()))
    return int(found.scalar_one())


async def spent(db: AsyncConnection, campaign_id: str, currency: str) -> int:
    """Minor units that are owed or paid here; what waits for budget is not, nor what was paid
    before it moved in."""
    owed = select(_sum(rs.amount)).where(
        rs.campaign_id == campaign_id,
        rs.referrer_id == t.WHOLE,
        rs.currency == currency,
        rs.status != RewardStatus.CANCELLED,
    )
    waiting = select(_sum(c.amount)).where(
        c.campaign_id == campaign_id,
        c.status == RewardStatus.HELD,
        c.currency == currency,
        c.hold == Reason.BUDGET,
    )
    elsewhere = select(_sum(c.amount)).where(
        c.campaign_id == campaign_id,
        c.currency == currency,
        c.import_id.is_not(None),
        c.status == RewardStatus.ISSUED,
    )
    less = waiting.scalar_subquery() + elsewhere.scalar_subquery()
    found = await db.execute(select(owed.scalar_subquery() - less))
    return int(found.scalar_one())


def _sum(column: Column[Any]) -> ColumnElement[int]:
    return func.coalesce(cast(func.sum(column), BigInteger), 0)


async def move(
    db: AsyncConnection,
    reward: Reward,
    after: RewardStatus,
    reason: Reason | None,
    **also: Any,
) -> Reward | None:
    """The reward after the move; None when it no longer was what it says.

    `also` are further columns that change with it. ValueError for a move that the table of
    moves does not allow.
    """
    if (reward.status, after) not in MOVES:
        raise ValueError(f"a reward can't go from {reward.status} to {after}")
    return await _change(db, reward, {"status": after, "reason": reason, **also})


async def change(db: AsyncConnection, reward: Reward, **values: Any) -> Reward | None:
    """The reward with other values, in the status it has; None when that has changed."""
    if "status" in values:
        raise ValueError("a status changes by a move")
    return await _change(db, reward, values)


async def take_back(db: AsyncConnection, reward: Reward, reversal: Reward) -> bool:
    """Writes the reversal of an issued reward. False when less than that is left of it."""
    if reward.status is not RewardStatus.ISSUED or reward.reverses is not None:
        raise ValueError("only what was issued is reversed")
    taken = await db.execute(
        update(t.rewards)
        .where(
            c.campaign_id == reward.campaign_id,
            c.id == reward.id,
            c.reversed - reversal.amount <= c.amount,
        )
        .values(reversed=c.reversed - reversal.amount)
        .returning(c.id)
    )
    return taken.first() is not None and await add(db, reversal)


async def _change(db: AsyncConnection, reward: Reward, values: dict[str, Any]) -> Reward | None:
    changed = await db.execute(
        update(t.rewards)
        .where(c.campaign_id == reward.campaign_id, c.id == reward.id, c.status == reward.status)
        .values(values)
        .returning(c.id)
    )
    if changed.first() is None:
        return None
    after = replace(reward, **values)
    await sums.shift(db, reward, after)
    return after


async def _all(db: AsyncConnection, *where: ColumnElement[bool]) -> list[Reward]:
    found = await db.execute(select(t.rewards).where(*where).order_by(c.id))
    return [noun(Reward, row) for row in found]
