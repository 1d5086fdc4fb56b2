"""The shelf of hits: append-only. The rows themselves go through the batch writer."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Hit
from goodword.storage import tables as t
from goodword.storage.rows import maybe

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


async def forget_tests(db: AsyncConnection, before: int) -> None:
    c = t.hits.c
    await db.execute(delete(t.hits).where(c.mode == t.TEST, c.created_at < before))
