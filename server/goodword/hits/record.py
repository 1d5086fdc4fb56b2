"""The shelf of hits: append-only. The rows themselves go through the batch writer."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Hit, Mode, first_id, id_time
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

row: Any = attrgetter(*(column.name for column in t.hits.columns))
"""A hit as the tuple that the batch writer takes."""


async def by_id(db: AsyncConnection, campaign_id: str, hit_id: str) -> Hit | None:
    c = t.hits.c
    found = await db.execute(select(t.hits).where(c.campaign_id == campaign_id, c.id == hit_id))
    first = found.first()
    return maybe(Hit, first)


async def of_code(db: AsyncConnection, campaign_id: str, code: str, since: int) -> Hit | None:
    """The first hit through a test code."""
    c = t.hits.c
    found = await db.execute(
        select(t.hits)
        .where(
            c.campaign_id == campaign_id,
            c.code == code,
            c.mode == t.TEST,
            c.created_at >= since,
        )
        .order_by(c.id)
        .limit(1)
    )
    first = found.first()
    return maybe(Hit, first)


async def through(
    db: AsyncConnection, campaign_id: str, referrer_id: str, since: int, until: int, limit: int
) -> list[Hit]:
    """The live visits of a referrer between two moments (milliseconds), newest first.

    Visits have no index by referrer, which every one of them would pay for: the counters tell on
    which days there were any.
    """
    c, v = t.hits.c, t.visits.c
    came = (v.campaign_id == campaign_id, v.referrer_id == referrer_id)
    days = select(v.day).where(*came, v.day > since - DAY, v.day < until).order_by(v.day.desc())
    found: list[Hit] = []
    for day in (await db.execute(days)).scalars().all():
        query = select(t.hits).where(
            c.campaign_id == campaign_id,
            c.id >= first_id("hit", max(day, since)),
            c.id < first_id("hit", min(day + DAY, until)),
            c.referrer_id == referrer_id,
            c.mode == Mode.LIVE,
        )
        rows = await db.execute(query.order_by(c.id.desc()).limit(limit - len(found)))
        found += [noun(Hit, row) for row in rows]
        if len(found) >= limit:
            break
    return found


async def forget_tests(db: AsyncConnection, before: int) -> None:
    c = t.hits.c
    await db.execute(delete(t.hits).where(c.mode == t.TEST, c.created_at < before))


async def first_between(
    db: AsyncConnection, campaign_id: str, since: int, until: int
) -> int | None:
    """When the first visit between two moments was; None when there was none."""
    query = select(func.min(t.hits.c.id)).where(*_between(campaign_id, since, until))
    first = (await db.execute(query)).scalar()
    return None if first is None else id_time(first)


async def forget_browsers(db: AsyncConnection, campaign_id: str, since: int, until: int) -> None:
    """Of visits between two moments keeps that there was one: neither network, browser nor page."""
    words = dict.fromkeys(("address", "address_hash", "user_agent", "url", "http_referrer"), "")
    await db.execute(update(t.hits).where(*_between(campaign_id, since, until)).values(words))


def _between(campaign_id: str, since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    c = t.hits.c
    return (
        c.campaign_id == campaign_id,
        c.id >= first_id("hit", since),
        c.id < first_id("hit", until),
    )
