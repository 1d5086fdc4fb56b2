"""The shelf of inbound webhooks: one for a campaign, found by the hash of its secret."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Hook
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.upsert import insert_if_new

c = t.hooks.c


async def of_campaign(db: AsyncConnection, campaign_id: str) -> Hook | None:
    row = (await db.execute(select(t.hooks).where(c.campaign_id == campaign_id))).first()
    return _hook(row) if row else None


async def by_hash(db: AsyncConnection, hash_: bytes, now: int) -> Hook | None:
    """The hook of a secret: its present one, or its former one as long as that works."""
    former = and_(c.former_hash == hash_, c.former_until > now)
    row = (await db.execute(select(t.hooks).where(or_(c.hash == hash_, former)))).first()
    return _hook(row) if row else None


async def every(db: AsyncConnection) -> list[Hook]:
    return [_hook(row) for row in await db.execute(select(t.hooks).order_by(c.id))]


async def add(db: AsyncConnection, hook: Hook) -> bool:
    """False when the campaign has one already."""
    return await insert_if_new(db, t.hooks, _values(asdict(hook)))


async def change(db: AsyncConnection, hook: Hook, **values: Any) -> None:
    await db.execute(update(t.hooks).where(c.id == hook.id).values(_values(values)))


def _values(values: dict[str, Any]) -> dict[str, Any]:
    if "minor_units" in values:
        values["minor_units"] = int(values["minor_units"])
    return values


def _hook(row: Any) -> Hook:
    return noun(Hook, row, minor_units=bool(row.minor_units))
