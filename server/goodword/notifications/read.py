"""What the delivery logs show: messages to a receiver, e-mails, every try, and how many wait or
failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import EMAIL, NEW_LEAD, Delivery, Message, MessageStatus
from goodword.storage import tables as t
from goodword.storage.rows import noun

PAGE = 50
o, d = t.outbox.c, t.deliveries.c


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages to a receiver are in each status."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0


async def counts(db: AsyncConnection, campaign_id: str, kind: str) -> dict[str, Counts]:
    """By receiver."""
    query = (
        select(o.target, o.status, func.count())
        .where(o.campaign_id == campaign_id, o.kind == kind)
        .group_by(o.target, o.status)
    )
    found: dict[str, dict[str, int]] = {}
    for target, status, count in await db.execute(query):
        found.setdefault(target, {})[status] = count
    return {target: Counts(**each) for target, each in found.items()}


async def messages(
    db: AsyncConnection,
    campaign_id: str,
    target: str,
    status: MessageStatus | None = None,
    before: str = "",
    limit: int = PAGE,
) -> list[Message]:
    """The last messages to a receiver, newest first; those older than the id `before`."""
    query = select(t.outbox).where(o.campaign_id == campaign_id, o.target == target)
    if status is not None:
        query = query.where(o.status == status)
    if before:
        query = query.where(o.id < before)
    found = await db.execute(query.order_by(o.created_at.desc(), o.id.desc()).limit(limit))
    return [noun(Message, row) for row in found]


async def tries_of(
    db: AsyncConnection, campaign_id: str, message_ids: Sequence[str]
) -> dict[str, list[Delivery]]:
    """Every try of these messages, oldest first."""
    query = select(t.deliveries).where(d.campaign_id == campaign_id, d.message_id.in_(message_ids))
    found: dict[str, list[Delivery]] = {}
    for row in await db.execute(query.order_by(d.id)):
        found.setdefault(row.message_id, []).append(noun(Delivery, row))
    return found


async def of_lead(
    db: AsyncConnection, campaign_id: str, target: str, lead_id: str
) -> Message | None:
    """The message about a lead itself to a receiver, the newest where it was sent again."""
    mine = (o.campaign_id == campaign_id, o.lead_id == lead_id, o.target == target)
    query = select(t.outbox).where(*mine, o.type == NEW_LEAD).order_by(o.id.desc()).limit(1)
    row = (await db.execute(query)).first()
    return noun(Message, row) if row else None


async def mail_counts(db: AsyncConnection, campaign_id: str) -> dict[MessageStatus, int]:
    """How many e-mails of the campaign are in each status."""
    query = (
        select(o.status, func.count())
        .where(o.campaign_id == campaign_id, o.kind == EMAIL)
        .group_by(o.status)
    )
    found = {MessageStatus(status): count for status, count in await db.execute(query)}
    return {status: found.get(status, 0) for status in MessageStatus}


async def mails(
    db: AsyncConnection,
    campaign_id: str,
    status: MessageStatus | None = None,
    before: str = "",
    limit: int = PAGE,
) -> list[Message]:
    """The last e-mails of the campaign, newest first; those older than the id `before`."""
    query = select(t.outbox).where(o.campaign_id == campaign_id, o.kind == EMAIL)
    query = query if status is None else query.where(o.status == status)
    query = query.where(o.id < before) if before else query
    found = await db.execute(query.order_by(o.id.desc()).limit(limit))
    return [noun(Message, row) for row in found]


async def oldest_waiting(db: AsyncConnection, campaign_id: str) -> int | None:
    """Since when the e-mail waits that has waited longest."""
    query = select(func.min(o.created_at)).where(
        o.campaign_id == campaign_id, o.kind == EMAIL, o.status == MessageStatus.WAITING
    )
    at: int | None = (await db.execute(query)).scalar_one()
    return at
