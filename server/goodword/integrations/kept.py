"""The shelf of what outside systems said: their calls as they came, and payments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import EventBecame, Integration, IntegrationEvent, Payment
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.upsert import insert_if_new

e, p = t.integration_events.c, t.integration_payments.c


# Calls ---------------------------------------------------------------------------------------


async def add_events(db: AsyncConnection, events: Sequence[IntegrationEvent]) -> None:
    """Keeps calls; one that came before changes nothing."""
    for event in events:
        await insert_if_new(db, t.integration_events, asdict(event))


async def received(
    db: AsyncConnection, integration: Integration, limit: int
) -> list[IntegrationEvent]:
    """Calls that nobody has seen to yet, oldest first."""
    query = _events(integration).where(e.became == EventBecame.RECEIVED)
    found = await db.execute(query.order_by(e.id).limit(limit))
    return [noun(IntegrationEvent, row) for row in found]


async def newest_events(
    db: AsyncConnection, integration: Integration, limit: int
) -> list[IntegrationEvent]:
    found = await db.execute(_events(integration).order_by(e.id.desc()).limit(limit))
    return [noun(IntegrationEvent, row) for row in found]


async def settle_events(
    db: AsyncConnection,
    integration: Integration,
    ids: Sequence[str],
    became: EventBecame,
    lead_id: str | None = None,
) -> None:
    await db.execute(
        update(t.integration_events)
        .where(e.campaign_id == integration.campaign_id, e.id.in_(ids))
        .values(became=became, lead_id=lead_id)
    )


async def last_event_at(db: AsyncConnection, integration: Integration) -> int | None:
    query = select(func.max(e.received_at)).where(
        e.campaign_id == integration.campaign_id, e.integration_id == integration.id
    )
    found: int | None = (await db.execute(query)).scalar_one()
    return found


async def forget_events(db: AsyncConnection, before: int) -> None:
    """Calls that came before and were seen to."""
    await db.execute(
        delete(t.integration_events).where(e.received_at < before, e.became != EventBecame.RECEIVED)
    )


def _events(integration: Integration) -> Any:
    return select(t.integration_events).where(
        e.campaign_id == integration.campaign_id, e.integration_id == integration.id
    )


# Payments ------------------------------------------------------------------------------------


async def put_payment(db: AsyncConnection, payment: Payment) -> None:
    """Writes a payment, new or known."""
    values = asdict(payment)
    values |= {"disputed": int(payment.disputed), "counted": int(payment.counted)}
    if await insert_if_new(db, t.integration_payments, values):
        return
    await db.execute(
        update(t.integration_payments)
        .where(
            p.campaign_id == payment.campaign_id,
            p.integration_id == payment.integration_id,
            p.payment == payment.payment,
        )
        .values(values)
    )


async def payment(db: AsyncConnection, integration: Integration, id_: str) -> Payment | None:
    row = (await db.execute(_payments(integration).where(p.payment == id_))).first()
    return _payment(row) if row else None


async def payments_of(db: AsyncConnection, integration: Integration, lead_id: str) -> list[Payment]:
    """What a lead paid through this system, oldest first."""
    query = _payments(integration).where(p.lead_id == lead_id).order_by(p.paid_at, p.payment)
    return [_payment(row) for row in await db.execute(query)]


def _payments(integration: Integration) -> Any:
    return select(t.integration_payments).where(
        p.campaign_id == integration.campaign_id, p.integration_id == integration.id
    )


def _payment(row: Any) -> Payment:
    return noun(Payment, row, disputed=bool(row.disputed), counted=bool(row.counted))
