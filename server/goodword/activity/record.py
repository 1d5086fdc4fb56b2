"""The shelf of activity: appended, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import IMPORT, Activity
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun, values
from goodword.storage.upsert import insert_all

c = t.activity.c


async def append(db: AsyncConnection, activity: Activity) -> None:
    await db.execute(insert(t.activity).values(asdict(activity)))


async def append_all(db: AsyncConnection, lines: Sequence[Activity]) -> None:
    """Appends what is told to nobody."""
    await insert_all(db, t.activity, [values(line) for line in lines])


async def touched(db: AsyncConnection, campaign_id: str, lead_ids: Sequence[str]) -> set[str]:
    """Those of the leads with whom something has happened that no import told of."""
    query = (
        select(c.lead_id)
        .where(c.campaign_id == campaign_id, c.lead_id.in_(lead_ids), c.actor != IMPORT)
        .distinct()
    )
    return set((await db.execute(query)).scalars())


async def forget(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> None:
    """Forgets these lines of an import that is taken back."""
    told = (c.campaign_id == campaign_id, c.id.in_(ids), c.actor == IMPORT)
    await db.execute(delete(t.activity).where(*told))


async def forget_import(db: AsyncConnection, campaign_id: str, leads: Sequence[str]) -> None:
    """Forgets what an import told of these leads."""
    told = (c.campaign_id == campaign_id, c.lead_id.in_(leads), c.actor == IMPORT)
    await db.execute(delete(t.activity).where(*told))


async def forget_rewards(
    db: AsyncConnection, campaign_id: str, leads: Sequence[str], rewards: Sequence[str]
) -> None:
    """Forgets what an import told of these rewards, which are for these leads."""
    told = (c.campaign_id == campaign_id, c.lead_id.in_(leads), c.reward_id.in_(rewards))
    await db.execute(delete(t.activity).where(*told, c.actor == IMPORT))


async def of_lead(db: AsyncConnection, campaign_id: str, lead_id: str) -> list[Activity]:
    """What happened to a lead, oldest first."""
    found = await db.execute(
        select(t.activity)
        .where(c.campaign_id == campaign_id, c.lead_id == lead_id)
        .order_by(c.created_at, c.id)
    )
    return [noun(Activity, row) for row in found]


async def last(db: AsyncConnection, campaign_id: str, lead_id: str, type_: str) -> Activity | None:
    """The latest line of that type about a lead."""
    found = await db.execute(
        select(t.activity)
        .where(c.campaign_id == campaign_id, c.lead_id == lead_id, c.type == type_)
        .order_by(c.created_at.desc(), c.id.desc())
        .limit(1)
    )
    return maybe(Activity, found.first())


async def forget_tests(db: AsyncConnection, before: int) -> None:
    await db.execute(delete(t.activity).where(c.mode == t.TEST, c.created_at < before))
