"""Conversions by the hundred, as an import brings them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Conversion, Mode, Status
from goodword.storage import tables as t
from goodword.storage.rows import noun, values
from goodword.storage.upsert import insert_all

c = t.conversions.c


async def of_orders(
    db: AsyncConnection, campaign_id: str, orders: Iterable[str]
) -> dict[str, Conversion]:
    """The conversions that these orders have, the one that counts where there are several."""
    query = (
        select(t.conversions)
        .where(c.campaign_id == campaign_id, c.mode == Mode.LIVE, c.order_id.in_(list(orders)))
        .order_by(c.status == Status.COUNTED, c.id)
    )
    found = [noun(Conversion, row) for row in await db.execute(query)]
    return {each.order_id or "": each for each in found}


async def add(db: AsyncConnection, conversions: Sequence[Conversion]) -> None:
    await insert_all(db, t.conversions, [values(each) for each in conversions])


async def touched(
    db: AsyncConnection, campaign_id: str, import_id: str, lead_ids: Sequence[str]
) -> set[str]:
    """Those of the leads of whom something was reported, or has converted, beside the import."""
    le, rp = t.leads.c, t.reports.c
    reported = exists().where(rp.campaign_id == campaign_id, rp.lead_id == le.id)
    converted = exists().where(
        c.campaign_id == campaign_id,
        c.lead_id == le.id,
        (c.import_id.is_(None)) | (c.import_id != import_id),
    )
    mine = (le.campaign_id == campaign_id, le.id.in_(lead_ids))
    return set((await db.execute(select(le.id).where(*mine, reported | converted))).scalars())


async def remove(
    db: AsyncConnection, campaign_id: str, import_id: str, lead_ids: Sequence[str]
) -> None:
    """Removes the conversions that the import made for these leads."""
    await db.execute(
        delete(t.conversions).where(
            c.campaign_id == campaign_id, c.import_id == import_id, c.lead_id.in_(lead_ids)
        )
    )
