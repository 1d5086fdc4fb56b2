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
from goodword.storage.upsert import insert_each, insert_if_new

e, p = t.integration_events.c, t.integration_payments.c


# Calls ---------------------------------------------------------------------------------------


async def add_events(db: AsyncConnection, events: Sequence[IntegrationEvent]) -> None:
    """Keeps calls, however many at once; one that came before changes nothing."""
    await insert_each(db, t.integration_events, [asdict(event) for event in events])


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
    return noun(Payment, row) if row else None


async def payments_of(db: AsyncConnection, integration: Integration, lead_id: str) -> list[Payment]:
    """What a lead paid through this system, oldest first."""
    query = _payments(integration).where(p.lead_id == lead_id).order_by(p.paid_at, p.payment)
    return [noun(Payment, row) for row in await db.execute(query)]


async def payer(db: AsyncConnection, integration: Integration, customer: str) -> str | None:
    """The lead that this customer of the system's was before."""
    query = (
        select(p.lead_id)
        .where(p.campaign_id == integration.campaign_id, p.integration_id == integration.id)
        .where(p.customer == customer, p.lead_id.is_not(None))
        .order_by(p.paid_at)
        .limit(1)
    )
    found: str | None = (await db.execute(query)).scalar()
    return found


async def adopt(db: AsyncConnection, integration: Integration, customer: str, lead_id: str) -> None:
    """What this customer paid before it was known whose lead it is."""
    await db.execute(
        update(t.integration_payments)
        .where(
            p.campaign_id == integration.campaign_id,
            p.integration_id == integration.id,
            p.customer == customer,
            p.lead_id.is_(None),
        )
        .values(lead_id=lead_id)
    )


async def unnamed(
    db: AsyncConnection, campaign_id: str, lead_id: str, amount: int, currency: str, since: int
) -> Payment | None:
    """The last payment of a lead, of this amount and not older, that came without an order of the
    shop's and was reported."""
    query = (
        select(t.integration_payments)
        .where(p.campaign_id == campaign_id, p.lead_id == lead_id)
        .where(p.amount == amount, p.currency == currency, p.paid_at >= since)
        .where(p.order_id == p.payment, p.conversion_id.is_not(None))
        .order_by(p.paid_at.desc())
        .limit(1)
    )
    row = (await db.execute(query)).first()
    return noun(Payment, row) if row else None


def _payments(integration: Integration) -> Any:
    return select(t.integration_payments).where(
        p.campaign_id == integration.campaign_id, p.integration_id == integration.id
    )
