"""The shelf of rewards. Only this file writes their status."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Reason, Reward, RewardStatus
from goodword.rewards.decide import MOVES
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun
from goodword.storage.upsert import insert_if_new

c = t.rewards.c


async def add(db: AsyncConnection, reward: Reward) -> bool:
    """False when a live reward for that occasion stands already."""
    return await insert_if_new(db, t.rewards, asdict(reward))


async def by_id(db: AsyncConnection, campaign_id: str, reward_id: str) -> Reward | None:
    found = await db.execute(
        select(t.rewards).where(c.campaign_id == campaign_id, c.id == reward_id)
    )
    row = found.first()
    return maybe(Reward, row)


async def of_lead(db: AsyncConnection, campaign_id: str, lead_id: str) -> list[Reward]:
    """Every reward of a lead, oldest first."""
    found = await db.execute(
        select(t.rewards).where(c.campaign_id == campaign_id, c.lead_id == lead_id).order_by(c.id)
    )
    return [noun(Reward, row) for row in found]


async def move(
    db: AsyncConnection, reward: Reward, after: RewardStatus, reason: Reason | None
) -> bool:
    """False when the reward no longer was what it says.

    ValueError for a move that the table of moves does not allow.
    """
    if (reward.status, after) not in MOVES:
        raise ValueError(f"a reward can't go from {reward.status} to {after}")
    moved = await db.execute(
        update(t.rewards)
        .where(c.campaign_id == reward.campaign_id, c.id == reward.id, c.status == reward.status)
        .values(status=after, reason=reason)
        .returning(c.id)
    )
    return moved.first() is not None
