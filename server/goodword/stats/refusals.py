"""What was refused, counted by hour: for the tag page and for test runs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage import tables as t

c = t.refusals.c


@dataclass(frozen=True, slots=True)
class Refused:
    """How often one thing was refused for one reason, and when last."""

    event: str
    reason: str
    origin: str
    count: int
    last_at: int


async def since(db: AsyncConnection, campaign_id: str, at: int) -> list[Refused]:
    """Refusals with their last time after `at`, the latest first."""
    found = await db.execute(
        select(
            c.event,
            c.reason,
            c.origin,
            cast(func.sum(c.count), BigInteger).label("count"),
            func.max(c.last_at).label("last_at"),
        )
        .where(c.campaign_id == campaign_id, c.last_at >= at)
        .group_by(c.event, c.reason, c.origin)
        .order_by(func.max(c.last_at).desc(), c.event, c.reason, c.origin)
    )
    return [Refused(*row) for row in found]
