"""The shelf of refunds: of orders that are known, and of those that have not come yet."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Mode, Refund, RefundStatus
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.upsert import insert_if_new

c = t.refunds.c


async def add(db: AsyncConnection, refund: Refund) -> bool:
    """False when the payment system's own id of it is known already."""
    return await insert_if_new(db, t.refunds, asdict(refund))


async def by_id(db: AsyncConnection, campaign_id: str, refund_id: str) -> Refund | None:
    found = await _all(db, c.campaign_id == campaign_id, c.id == refund_id)
    return next(iter(found), None)


async def by_external(
    db: AsyncConnection, campaign_id: str, mode: Mode, external_id: str
) -> Refund | None:
    found = await _all(
        db, c.campaign_id == campaign_id, c.mode == mode, c.external_id == external_id
    )
    return next(iter(found), None)


async def of_order(
    db: AsyncConnection, campaign_id: str, mode: Mode, order_id: str
) -> list[Refund]:
    """What went back for an order and was not undone, oldest first."""
    return await _all(
        db,
        c.campaign_id == campaign_id,
        c.mode == mode,
        c.order_id == order_id,
        c.status != RefundStatus.UNDONE,
    )


async def of_conversion(db: AsyncConnection, campaign_id: str, conversion_id: str) -> list[Refund]:
    """What went back for a conversion and was not undone, oldest first."""
    return await _all(
        db,
        c.campaign_id == campaign_id,
        c.conversion_id == conversion_id,
        c.status != RefundStatus.UNDONE,
    )


async def put(db: AsyncConnection, refund: Refund) -> None:
    """Writes the row over the one of the same id."""
    await db.execute(
        update(t.refunds)
        .where(c.campaign_id == refund.campaign_id, c.id == refund.id)
        .values(asdict(refund))
    )


async def _all(db: AsyncConnection, *where: ColumnElement[bool]) -> list[Refund]:
    found = await db.execute(select(t.refunds).where(*where).order_by(c.id))
    return [noun(Refund, row) for row in found]
