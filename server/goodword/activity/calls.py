"""The shelf of inbound calls: each is kept as it came, before anybody reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import CallResult, InboundCall
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

c = t.calls.c
# Said in full, so that the indexes of those calls alone are used.
_DELIVERED, _REFERS = "delivery <> ''", "order_ref <> ''"


async def keep(db: AsyncConnection, call: InboundCall) -> None:
    await db.execute(insert(t.calls).values(asdict(call)))


async def settle(
    db: AsyncConnection, call: InboundCall, *, result: CallResult, **more: str | None
) -> None:
    """Writes what became of a call that was kept."""
    mine = (c.campaign_id == call.campaign_id, c.id == call.id)
    await db.execute(update(t.calls).where(*mine).values(result=result, **more))


async def by_ids(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> list[InboundCall]:
    query = select(t.calls).where(c.campaign_id == campaign_id, c.id.in_(ids)).order_by(c.id)
    return [noun(InboundCall, row) for row in await db.execute(query)]


async def by_delivery(
    db: AsyncConnection, campaign_id: str, hook_id: str, delivery: str
) -> InboundCall | None:
    """The first call of a delivery, which has an id."""
    query = select(t.calls).where(
        c.campaign_id == campaign_id, c.delivery == delivery, c.hook_id == hook_id, text(_DELIVERED)
    )
    return maybe(InboundCall, (await db.execute(query.order_by(c.id).limit(1))).first())


async def waiting(
    db: AsyncConnection, campaign_id: str, hook_id: str, order_ref: str
) -> list[InboundCall]:
    """Refunds that wait for this order of a shop, oldest first."""
    query = select(t.calls).where(
        c.campaign_id == campaign_id,
        c.order_ref == order_ref,
        c.hook_id == hook_id,
        c.result == CallResult.WAITING,
        text(_REFERS),
    )
    return [noun(InboundCall, row) for row in await db.execute(query.order_by(c.id))]


async def newest(
    db: AsyncConnection, campaign_id: str, limit: int, *, every: bool = True
) -> list[InboundCall]:
    """The last calls of a campaign, newest first; without `every` none about orders of nobody who
    was referred."""
    query = select(t.calls).where(c.campaign_id == campaign_id)
    if not every:
        query = query.where(text(t.OF_LEADS))
    query = query.order_by(c.received_at.desc(), c.id.desc()).limit(limit)
    return [noun(InboundCall, row) for row in await db.execute(query)]


async def last_of(db: AsyncConnection, campaign_id: str, hook_id: str) -> InboundCall | None:
    """The last call to one address."""
    query = select(t.calls).where(c.campaign_id == campaign_id, c.hook_id == hook_id)
    newest_first = query.order_by(c.received_at.desc(), c.id.desc())
    return maybe(InboundCall, (await db.execute(newest_first.limit(1))).first())


async def last_at(db: AsyncConnection, campaign_id: str) -> int | None:
    """When the last call came, milliseconds."""
    query = select(func.max(c.received_at)).where(c.campaign_id == campaign_id)
    found: int | None = (await db.execute(query)).scalar()
    return found


async def forget(db: AsyncConnection, before: int, strangers_before: int) -> None:
    """Forgets calls, sooner those about orders of nobody who was referred."""
    await db.execute(delete(t.calls).where(c.received_at < before))
    strangers = c.result.in_((CallResult.NO_LEAD, CallResult.WAITING))
    await db.execute(delete(t.calls).where(c.received_at < strangers_before, strangers))
