"""The shelf of the audit trail: what people did by hand, and which of it was undone."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Deed
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

c = t.deeds.c


async def add(db: AsyncConnection, deed: Deed) -> None:
    await db.execute(insert(t.deeds).values(asdict(deed)))


async def grow(db: AsyncConnection, deed: Deed) -> None:
    """Keeps what a deed has come to be about."""
    await db.execute(update(t.deeds).where(c.id == deed.id).values(items=deed.items))


async def taken_back(db: AsyncConnection, deed: Deed) -> list[Deed]:
    """The undoings of a deed: more than one where the first was cut short."""
    query = select(t.deeds).where(
        c.campaign_id == deed.campaign_id, c.created_at >= deed.created_at, c.undoes == deed.id
    )
    return [noun(Deed, row) for row in await db.execute(query)]


async def by_id(db: AsyncConnection, campaign_id: str, deed_id: str) -> Deed | None:
    query = select(t.deeds).where(c.campaign_id == campaign_id, c.id == deed_id)
    return maybe(Deed, (await db.execute(query)).first())


async def of_installation(db: AsyncConnection, deed_id: str) -> Deed | None:
    """A deed about admins or keys of the whole installation."""
    query = select(t.deeds).where(c.campaign_id.is_(None), c.id == deed_id)
    return maybe(Deed, (await db.execute(query)).first())


async def mark_undone(db: AsyncConnection, deed: Deed, at: int) -> bool:
    """False when somebody undid it before."""
    marked = await db.execute(
        update(t.deeds)
        .where(c.id == deed.id, c.undone_at.is_(None))
        .values(undone_at=at)
        .returning(c.id)
    )
    return marked.first() is not None


async def newest(
    db: AsyncConnection, campaign_id: str | None, limit: int, before: str = ""
) -> list[Deed]:
    """The last deeds in a campaign, or with None those about the installation, newest first;
    those older than the id `before`."""
    mine = c.campaign_id.is_(None) if campaign_id is None else c.campaign_id == campaign_id
    query = select(t.deeds).where(mine).order_by(c.created_at.desc(), c.id.desc()).limit(limit)
    found = await db.execute(query.where(c.id < before) if before else query)
    return [noun(Deed, row) for row in found]
