"""The shelf of inbound calls: each is kept as it came, before anybody reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import CallResult, InboundCall
from goodword.storage import tables as t
from goodword.storage.rows import noun

c = t.calls.c


async def keep(db: AsyncConnection, call: InboundCall) -> None:
    await db.execute(insert(t.calls).values(asdict(call)))


async def settle(
    db: AsyncConnection,
    call: InboundCall,
    result: CallResult,
    reason: str | None,
    lead_id: str | None,
    conversion_id: str | None,
) -> None:
    """Writes what became of a call that was kept."""
    await db.execute(
        update(t.calls)
        .where(c.campaign_id == call.campaign_id, c.id == call.id)
        .values(result=result, reason=reason, lead_id=lead_id, conversion_id=conversion_id)
    )


async def by_ids(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> list[InboundCall]:
    query = select(t.calls).where(c.campaign_id == campaign_id, c.id.in_(ids)).order_by(c.id)
    return [noun(InboundCall, row) for row in await db.execute(query)]


async def newest(db: AsyncConnection, campaign_id: str, limit: int) -> list[InboundCall]:
    """The last calls of a campaign, newest first."""
    query = select(t.calls).where(c.campaign_id == campaign_id)
    query = query.order_by(c.received_at.desc(), c.id.desc()).limit(limit)
    return [noun(InboundCall, row) for row in await db.execute(query)]


async def last_at(db: AsyncConnection, campaign_id: str) -> int | None:
    """When the last call came, milliseconds."""
    query = select(func.max(c.received_at)).where(c.campaign_id == campaign_id)
    found: int | None = (await db.execute(query)).scalar()
    return found


async def forget(db: AsyncConnection, before: int) -> None:
    await db.execute(delete(t.calls).where(c.received_at < before))
