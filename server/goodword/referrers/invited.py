"""The shelf of who was invited by e-mail: a keyed hash of the address, and by whom."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage import tables as t
from goodword.storage.upsert import insert_if_new

c = t.invited.c


async def add(
    db: AsyncConnection, campaign_id: str, address: str, referrer_id: str, at: int
) -> bool:
    """Whether nobody of the campaign had asked for it before."""
    known = select(c.address).where(c.campaign_id == campaign_id, c.address == address).limit(1)
    first = (await db.execute(known)).first() is None
    row = {"campaign_id": campaign_id, "address": address, "referrer_id": referrer_id}
    await insert_if_new(db, t.invited, row | {"created_at": at})
    return first


async def count_since(db: AsyncConnection, campaign_id: str, referrer_id: str, since: int) -> int:
    """How many addresses the referrer asked for since then, whatever became of each."""
    query = select(func.count()).where(
        c.campaign_id == campaign_id, c.referrer_id == referrer_id, c.created_at >= since
    )
    return int((await db.execute(query)).scalar_one())
