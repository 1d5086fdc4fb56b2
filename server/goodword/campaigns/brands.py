"""The shelf of what hosted pages look like and say, and of logos."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Brand, Logo
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun
from goodword.storage.upsert import insert_if_new


async def of_campaign(db: AsyncConnection, campaign_id: str) -> Brand:
    """The campaign's brand; that of a campaign whose owner has changed nothing, where none is."""
    query = select(t.brands).where(t.brands.c.campaign_id == campaign_id)
    row = (await db.execute(query)).first()
    return noun(Brand, row, texts=json.loads(row.texts)) if row else Brand(campaign_id=campaign_id)


async def put(db: AsyncConnection, brand: Brand) -> None:
    values = asdict(brand) | {"texts": json.dumps(brand.texts)}
    mine = t.brands.c.campaign_id == brand.campaign_id
    changed = await db.execute(
        update(t.brands).where(mine).values(values).returning(t.brands.c.campaign_id)
    )
    if changed.first() is None:
        await db.execute(insert(t.brands).values(values))


async def add_logo(db: AsyncConnection, logo: Logo) -> None:
    """Keeps the picture; one that was uploaded before is kept once."""
    await insert_if_new(db, t.logos, asdict(logo))


async def logo(db: AsyncConnection, campaign_id: str, logo_id: str) -> Logo | None:
    c = t.logos.c
    query = select(t.logos).where(c.campaign_id == campaign_id, c.id == logo_id)
    return maybe(Logo, (await db.execute(query)).first())
