"""The shelf of shops: one of each kind for a campaign, found by the hash of its address."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Shop, ShopKind
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun
from goodword.storage.upsert import insert_if_new

c = t.shops.c


async def of_campaign(db: AsyncConnection, campaign_id: str) -> list[Shop]:
    query = select(t.shops).where(c.campaign_id == campaign_id).order_by(c.kind)
    return [noun(Shop, row) for row in await db.execute(query)]


async def of_kind(db: AsyncConnection, campaign_id: str, kind: ShopKind) -> Shop | None:
    query = select(t.shops).where(c.campaign_id == campaign_id, c.kind == kind)
    return maybe(Shop, (await db.execute(query)).first())


async def by_hash(db: AsyncConnection, hash_: bytes) -> Shop | None:
    return maybe(Shop, (await db.execute(select(t.shops).where(c.hash == hash_))).first())


async def every(db: AsyncConnection) -> list[Shop]:
    return [noun(Shop, row) for row in await db.execute(select(t.shops).order_by(c.id))]


async def add(db: AsyncConnection, shop: Shop) -> bool:
    """False when the campaign has one of this kind already."""
    return await insert_if_new(db, t.shops, asdict(shop))


async def change(db: AsyncConnection, shop: Shop, **values: Any) -> None:
    await db.execute(update(t.shops).where(c.id == shop.id).values(values))


async def remove(db: AsyncConnection, shop: Shop) -> None:
    await db.execute(delete(t.shops).where(c.id == shop.id))
