"""Rewards by the hundred, as an import brings them; the sums go along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import IMPORT, Reward
from goodword.rewards import sums
from goodword.storage import tables as t
from goodword.storage.rows import noun, values
from goodword.storage.upsert import insert_all

c = t.rewards.c


async def known_keys(db: AsyncConnection, campaign_id: str, keys: Iterable[str]) -> set[str]:
    """Which of the keys came with an import before."""
    query = select(c.import_key).where(c.campaign_id == campaign_id, c.import_key.in_(list(keys)))
    return set((await db.execute(query)).scalars())


async def add(db: AsyncConnection, rewards: Sequence[Reward]) -> None:
    await insert_all(db, t.rewards, [values(each) for each in rewards])
    await sums.shift_all(db, [(None, each) for each in rewards])


async def touched(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> set[str]:
    """Those of the rewards with which something was done here: the log tells of it."""
    ac = t.activity.c
    done = exists().where(
        ac.campaign_id == campaign_id,
        ac.lead_id == c.lead_id,
        ac.reward_id == c.id,
        ac.actor != IMPORT,
    )
    query = select(c.id).where(c.campaign_id == campaign_id, c.id.in_(ids), done)
    return set((await db.execute(query)).scalars())


async def leads_of(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> set[str]:
    """The leads that these rewards are for."""
    query = select(c.lead_id).where(c.campaign_id == campaign_id, c.id.in_(ids)).distinct()
    return set((await db.execute(query)).scalars())


async def rewarded(db: AsyncConnection, campaign_id: str, lead_ids: Sequence[str]) -> set[str]:
    """Those of the leads that have a reward."""
    query = select(c.lead_id).where(c.campaign_id == campaign_id, c.lead_id.in_(lead_ids))
    return set((await db.execute(query.distinct())).scalars())


async def remove(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> None:
    """Removes the rewards, and counts them no longer."""
    mine = (c.campaign_id == campaign_id, c.id.in_(ids))
    gone = [noun(Reward, row) for row in await db.execute(select(t.rewards).where(*mine))]
    await db.execute(delete(t.rewards).where(*mine))
    await sums.shift_all(db, [(each, None) for each in gone])
