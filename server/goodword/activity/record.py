"""The shelf of activity: appended, never changed."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Activity
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

c = t.activity.c


async def append(db: AsyncConnection, activity: Activity) -> None:
    await db.execute(insert(t.activity).values(asdict(activity)))


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
