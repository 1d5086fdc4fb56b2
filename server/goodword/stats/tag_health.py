"""Sightings of the tag, as the batch writer counted them: for the tag page."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, case, cast, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.stats.decide import Sighting, Way
from goodword.storage import tables as t

KEPT_DAYS = 90

c = t.tag_health.c


async def sightings(db: AsyncConnection, campaign_id: str, now: int) -> list[Sighting]:
    """Every kind of report of the last 90 days, by origin; days are whole ones, UTC."""
    found = await db.execute(
        select(
            c.origin,
            c.event,
            c.way,
            c.version,
            _sum(c.count),
            _sum(_within(now, 30)),
            _sum(_within(now, 14)),
            func.min(c.day),
            func.max(c.last_at),
        )
        .where(c.campaign_id == campaign_id, c.day > now - KEPT_DAYS * DAY)
        .group_by(c.origin, c.event, c.way, c.version)
        .order_by(c.origin, c.event, c.way, c.version)
    )
    return [Sighting(row[0], row[1], Way(row[2]), *row[3:]) for row in found]


async def last_conversion_at(db: AsyncConnection, campaign_id: str) -> int | None:
    """When the newest conversion came, by whatever door; ids are in the order of time."""
    v = t.conversions.c
    newest = select(v.created_at).where(v.campaign_id == campaign_id).order_by(v.id.desc()).limit(1)
    at: int | None = (await db.execute(newest)).scalar()
    return at


async def forget(db: AsyncConnection, before: int) -> None:
    """Forgets the days that began before `before`, milliseconds."""
    await db.execute(delete(t.tag_health).where(c.day < before))


def _within(now: int, days: int) -> ColumnElement[int]:
    return case((c.day > now - days * DAY, c.count), else_=0)


def _sum(count: ColumnElement[int]) -> ColumnElement[int]:
    return cast(func.sum(count), BigInteger)
