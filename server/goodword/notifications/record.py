"""The shelf of endpoints, of the outbox, and of every try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    EMAIL,
    Delivery,
    Endpoint,
    EndpointStatus,
    Message,
    MessageStatus,
    first_id,
)
from goodword.storage import tables as t
from goodword.storage.rows import noun

e, o, d = t.endpoints.c, t.outbox.c, t.deliveries.c


# Endpoints -----------------------------------------------------------------------------------


async def add_endpoint(db: AsyncConnection, endpoint: Endpoint) -> None:
    values = asdict(endpoint) | {"events": " ".join(endpoint.events)}
    await db.execute(insert(t.endpoints).values(values))


async def endpoints(db: AsyncConnection, campaign_id: str | None) -> list[Endpoint]:
    """Every endpoint of a campaign, or with None of all campaigns, oldest first."""
    query = select(t.endpoints).order_by(e.id)
    found = await db.execute(query if campaign_id is None else query.where(_of(campaign_id)))
    return [_endpoint(row) for row in found]


async def endpoint(
    db: AsyncConnection, campaign_id: str | None, endpoint_id: str
) -> Endpoint | None:
    """The endpoint of that id in the campaign, or with None in any."""
    query = select(t.endpoints).where(e.id == endpoint_id)
    found = await db.execute(query if campaign_id is None else query.where(_of(campaign_id)))
    row = found.first()
    return _endpoint(row) if row else None


def _of(campaign_id: str) -> ColumnElement[bool]:
    return e.campaign_id == campaign_id


async def set_endpoint(db: AsyncConnection, endpoint: Endpoint, **values: Any) -> None:
    await db.execute(
        update(t.endpoints)
        .where(e.campaign_id == endpoint.campaign_id, e.id == endpoint.id)
        .values(values)
    )


async def remove_endpoint(db: AsyncConnection, campaign_id: str, endpoint_id: str) -> bool:
    """False when the campaign has no such endpoint. What waits for it goes with it."""
    mine = (o.campaign_id == campaign_id, o.target == endpoint_id)
    messages = select(o.id).where(*mine)
    await db.execute(
        delete(t.deliveries).where(d.campaign_id == campaign_id, d.message_id.in_(messages))
    )
    await db.execute(delete(t.outbox).where(*mine))
    gone = await db.execute(
        delete(t.endpoints).where(e.campaign_id == campaign_id, e.id == endpoint_id).returning(e.id)
    )
    return gone.first() is not None


# The outbox ----------------------------------------------------------------------------------


async def put(db: AsyncConnection, messages: Sequence[Message]) -> None:
    """To be called in the transaction that brings the messages about."""
    if messages:
        await db.execute(insert(t.outbox), [asdict(each) for each in messages])


async def by_id(db: AsyncConnection, campaign_id: str, message_id: str) -> Message | None:
    query = select(t.outbox).where(o.campaign_id == campaign_id, o.id == message_id)
    row = (await db.execute(query)).first()
    return noun(Message, row) if row else None


async def targets(db: AsyncConnection, kind: str, now: int) -> list[tuple[str, str]]:
    """Who has messages to be sent now: `(campaign_id, target)`, whoever waits longest first."""
    query = (
        select(o.campaign_id, o.target)
        .where(o.status == MessageStatus.WAITING, o.kind == kind, o.next_at <= now)
        .where(o.leased_until <= now)
        .distinct()
        .limit(1_000)
    )
    return [(row[0], row[1]) for row in await db.execute(query)]


async def lease(
    db: AsyncConnection, campaign_id: str, target: str, now: int, until: int, limit: int
) -> list[Message]:
    """Takes the oldest messages to a target for one sender; nobody else gets them `until`."""
    due = (
        select(o.id)
        .where(
            o.campaign_id == campaign_id,
            o.target == target,
            o.status == MessageStatus.WAITING,
            o.next_at <= now,
            o.leased_until <= now,
        )
        .order_by(o.created_at, o.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await db.execute(
        update(t.outbox)
        .where(o.campaign_id == campaign_id, o.id.in_(due), o.leased_until <= now)
        .values(leased_until=until)
        .returning(t.outbox)
    )
    found = [noun(Message, row) for row in taken]
    return sorted(found, key=lambda message: (message.created_at, message.id))


async def settle(db: AsyncConnection, message: Message, **values: Any) -> bool:
    """Writes what became of a try, and ends the lease; false when it was settled meanwhile."""
    changed = await db.execute(
        update(t.outbox)
        .where(
            o.campaign_id == message.campaign_id,
            o.id == message.id,
            o.status == message.status,
        )
        .values(leased_until=0, **values)
        .returning(o.id)
    )
    return changed.first() is not None


async def end_waiting(db: AsyncConnection, campaign_id: str, target: str, at: int) -> None:
    """Whatever waits for a target that wants nothing more has failed. `next_at` of what has
    failed is when it did."""
    await db.execute(
        update(t.outbox)
        .where(
            o.campaign_id == campaign_id,
            o.target == target,
            o.status == MessageStatus.WAITING,
        )
        .values(status=MessageStatus.FAILED, leased_until=0, next_at=at)
    )


async def refused_alike(db: AsyncConnection, message: Message, answer: str) -> bool:
    """Whether the same target has refused another message of that type in the same words."""
    query = (
        select(o.id)
        .join(t.deliveries, (d.campaign_id == o.campaign_id) & (d.message_id == o.id))
        .where(o.campaign_id == message.campaign_id, o.target == message.target)
        .where(o.type == message.type, o.status == MessageStatus.FAILED, o.id != message.id)
        .where(d.answer == answer)
        .limit(1)
    )
    return (await db.execute(query)).first() is not None


async def drop(db: AsyncConnection, message: Message) -> None:
    """Forgets a message with its tries."""
    mine = (d.campaign_id == message.campaign_id, d.message_id == message.id)
    await db.execute(delete(t.deliveries).where(*mine))
    await db.execute(
        delete(t.outbox).where(o.campaign_id == message.campaign_id, o.id == message.id)
    )


async def end_failed(db: AsyncConnection, campaign_id: str, target: str) -> None:
    """Whatever a target refused is forgotten: a person has it sent anew."""
    failed = (
        o.campaign_id == campaign_id,
        o.target == target,
        o.status == MessageStatus.FAILED,
    )
    messages = select(o.id).where(*failed)
    await db.execute(
        delete(t.deliveries).where(d.campaign_id == campaign_id, d.message_id.in_(messages))
    )
    await db.execute(delete(t.outbox).where(*failed))


async def forget_lead(db: AsyncConnection, campaign_id: str, lead_id: str) -> None:
    """What was told of a lead, and what waits to be: their words say who it is."""
    mine = (o.campaign_id == campaign_id, o.lead_id == lead_id)
    messages = select(o.id).where(*mine)
    await db.execute(
        delete(t.deliveries).where(d.campaign_id == campaign_id, d.message_id.in_(messages))
    )
    await db.execute(delete(t.outbox).where(*mine))


async def forget_address(db: AsyncConnection, campaign_id: str, email: str) -> None:
    """What was told, or waits to be told, of whoever has this address."""
    named = func.lower(o.body).contains(email.lower(), autoescape=True)
    mine = (o.campaign_id == campaign_id, named)
    messages = select(o.id).where(*mine)
    await db.execute(
        delete(t.deliveries).where(d.campaign_id == campaign_id, d.message_id.in_(messages))
    )
    await db.execute(delete(t.outbox).where(*mine))


async def newest(
    db: AsyncConnection, campaign_id: str, target: str, limit: int, before: str = ""
) -> list[Message]:
    """The last messages to a target, newest first; those older than the id `before`."""
    query = select(t.outbox).where(o.campaign_id == campaign_id, o.target == target)
    query = query.where(o.id < before) if before else query
    found = await db.execute(query.order_by(o.created_at.desc(), o.id.desc()).limit(limit))
    return [noun(Message, row) for row in found]


async def add_tries(db: AsyncConnection, tries: Sequence[Delivery]) -> None:
    if tries:
        await db.execute(insert(t.deliveries), [asdict(each) for each in tries])


async def tries(db: AsyncConnection, campaign_id: str, message_id: str) -> list[Delivery]:
    """Every try of a message, oldest first."""
    query = select(t.deliveries).where(d.campaign_id == campaign_id, d.message_id == message_id)
    return [noun(Delivery, row) for row in await db.execute(query.order_by(d.id))]


async def forget(db: AsyncConnection, campaign_id: str, before: int, waiting_before: int) -> None:
    """What was sent, failed or dropped, of before then, with its tries; and e-mails that found no
    mail server for so long, save those that bring a reward."""
    done = (o.id < first_id("msg", before), o.status != MessageStatus.WAITING)
    stale = (
        o.id < first_id("msg", waiting_before),
        o.status == MessageStatus.WAITING,
        o.kind == EMAIL,
        o.reward_id.is_(None),
    )
    for old in (done, stale):
        gone = d.message_id.in_(select(o.id).where(o.campaign_id == campaign_id, *old))
        await db.execute(delete(t.deliveries).where(d.campaign_id == campaign_id, gone))
        await db.execute(delete(t.outbox).where(o.campaign_id == campaign_id, *old))


def _endpoint(row: Any) -> Endpoint:
    return noun(Endpoint, row, events=row.events.split(), status=EndpointStatus(row.status))
