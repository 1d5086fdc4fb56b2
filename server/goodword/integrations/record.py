"""The shelf of connections, and of the leads' records in outside systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    NEW_LEAD,
    EventBecame,
    Integration,
    IntegrationStatus,
    LeadStatus,
    MessageStatus,
    Mode,
    Pushed,
    PushSettings,
    QualificationRule,
    Record,
    Ref,
)
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.upsert import insert_if_new

i, r, e = t.integrations.c, t.integration_records.c, t.integration_events.c


# Connections ---------------------------------------------------------------------------------


async def add(db: AsyncConnection, integration: Integration) -> bool:
    """False when the campaign has one to that system already."""
    return await insert_if_new(db, t.integrations, _written(asdict(integration)))


async def every(db: AsyncConnection) -> list[Integration]:
    return [_integration(row) for row in await db.execute(select(t.integrations).order_by(i.id))]


async def of_campaign(db: AsyncConnection, campaign_id: str) -> list[Integration]:
    """The connections of a campaign, oldest first."""
    found = await db.execute(
        select(t.integrations).where(i.campaign_id == campaign_id).order_by(i.id)
    )
    return [_integration(row) for row in found]


async def by_id(db: AsyncConnection, integration_id: str) -> Integration | None:
    row = (await db.execute(select(t.integrations).where(i.id == integration_id))).first()
    return _integration(row) if row else None


async def by_system(db: AsyncConnection, campaign_id: str, system: str) -> Integration | None:
    query = select(t.integrations).where(i.campaign_id == campaign_id, i.system == system)
    row = (await db.execute(query)).first()
    return _integration(row) if row else None


async def awaiting(db: AsyncConnection, hash_: bytes, now: int) -> Integration | None:
    """The connection that an OAuth answer of this state belongs to, while it may still come."""
    query = select(t.integrations).where(i.awaiting_hash == hash_, i.awaiting_until > now)
    row = (await db.execute(query)).first()
    return _integration(row) if row else None


async def connected(db: AsyncConnection) -> frozenset[str]:
    """The campaigns that have a connection which was answered once."""
    works = (IntegrationStatus.CONNECTED, IntegrationStatus.FAILING)
    found = await db.execute(select(i.campaign_id).where(i.status.in_(works)).distinct())
    return frozenset(found.scalars())


async def change(db: AsyncConnection, integration_id: str, **values: Any) -> None:
    await db.execute(update(t.integrations).where(i.id == integration_id).values(_written(values)))


async def put(db: AsyncConnection, integration: Integration) -> None:
    """The connection as it is now."""
    await change(db, integration.id, **asdict(integration))


async def claim(
    db: AsyncConnection, integration_id: str, column: str, now: int, until: int
) -> bool:
    """Takes `leased_until` or `renewing_until` for one process; false while another has it."""
    held = t.integrations.c[column]
    taken = await db.execute(
        update(t.integrations)
        .where(i.id == integration_id, held <= now)
        .values({column: until})
        .returning(i.id)
    )
    return taken.first() is not None


async def remove(db: AsyncConnection, integration: Integration) -> None:
    """With its records, calls and payments; what was qualified through it stays."""
    for table in (t.integration_records, t.integration_events, t.integration_payments):
        mine = table.c.campaign_id == integration.campaign_id
        await db.execute(delete(table).where(mine, table.c.integration_id == integration.id))
    await db.execute(delete(t.integrations).where(i.id == integration.id))


def _written(values: dict[str, Any]) -> dict[str, Any]:
    for name in ("push", "rule"):
        if name in values:
            values[name] = msgspec.json.encode(values[name]).decode()
    return values


def _integration(row: Any) -> Integration:
    return noun(
        Integration,
        row,
        push=msgspec.json.decode(row.push, type=PushSettings),
        rule=msgspec.json.decode(row.rule, type=QualificationRule),
    )


# Records -------------------------------------------------------------------------------------


async def put_record(db: AsyncConnection, record: Record) -> None:
    """Writes the record of a lead, new or known."""
    values = asdict(record)
    for name in ("armed", "met", "gone"):
        values[name] = None if values[name] is None else int(values[name])
    if await insert_if_new(db, t.integration_records, values):
        return
    await db.execute(update(t.integration_records).where(_key(record)).values(values))


def _key(record: Record) -> Any:
    return (
        (r.campaign_id == record.campaign_id)
        & (r.integration_id == record.integration_id)
        & (r.lead_id == record.lead_id)
    )


async def note_told(db: AsyncConnection, record: Record, told: str, at: int) -> None:
    """The system reported a change of this record."""
    values = {"told": told[:300], "told_at": at}
    await db.execute(update(t.integration_records).where(_key(record)).values(values))


async def record_of(db: AsyncConnection, integration: Integration, lead_id: str) -> Record | None:
    query = _records(integration).where(r.lead_id == lead_id)
    row = (await db.execute(query)).first()
    return _record(row) if row else None


async def records_of(
    db: AsyncConnection, integration: Integration, refs: Sequence[Ref]
) -> list[Record]:
    """Our leads' records among these."""
    wanted = {(ref.object, ref.id) for ref in refs}
    query = _records(integration).where(r.external_id.in_({ref.id for ref in refs}))
    found = [_record(row) for row in await db.execute(query)]
    return [each for each in found if (each.object, each.external_id) in wanted]


async def of_leads(db: AsyncConnection, campaign_id: str, lead_ids: Sequence[str]) -> list[Record]:
    """Every record of these leads, in whatever system."""
    query = select(t.integration_records).where(
        r.campaign_id == campaign_id, r.lead_id.in_(lead_ids)
    )
    return [_record(row) for row in await db.execute(query.order_by(r.created_at))]


async def newest_records(db: AsyncConnection, integration: Integration, limit: int) -> list[Record]:
    query = _records(integration).order_by(r.created_at.desc(), r.lead_id.desc()).limit(limit)
    return [_record(row) for row in await db.execute(query)]


async def count(db: AsyncConnection, integration: Integration, outcome: Pushed) -> int:
    """How many leads' records came to be in this way."""
    query = (
        select(func.count())
        .select_from(t.integration_records)
        .where(r.campaign_id == integration.campaign_id, r.integration_id == integration.id)
        .where(r.outcome == outcome)
    )
    return int((await db.execute(query)).scalar_one())


async def to_poll(
    db: AsyncConnection, integration: Integration, now: int, limit: int
) -> list[Record]:
    """Records that it is time to look at, those waiting longest first."""
    query = _records(integration).where(r.poll_at <= now).order_by(r.poll_at).limit(limit)
    return [_record(row) for row in await db.execute(query)]


async def unsent(db: AsyncConnection, integration: Integration) -> list[str]:
    """Pending leads, oldest first, that have no record there and for which no message waits."""
    lead, o = t.leads.c, t.outbox.c
    recorded = select(r.lead_id).where(
        r.campaign_id == integration.campaign_id, r.integration_id == integration.id
    )
    waiting = select(o.lead_id).where(
        o.campaign_id == integration.campaign_id,
        o.target == integration.id,
        o.type == NEW_LEAD,
        o.status == MessageStatus.WAITING,
    )
    query = (
        select(lead.id)
        .where(lead.campaign_id == integration.campaign_id, lead.mode == Mode.LIVE)
        .where(lead.status == LeadStatus.PENDING)
        .where(lead.id.not_in(recorded), lead.id.not_in(waiting))
        .order_by(lead.id)
    )
    return list((await db.execute(query)).scalars())


async def disarm(db: AsyncConnection, integration: Integration, now: int) -> None:
    """Another rule holds: where each record stands under it is to be seen first."""
    await db.execute(
        update(t.integration_records)
        .where(r.campaign_id == integration.campaign_id, r.integration_id == integration.id)
        .where(r.gone == 0)
        .values(armed=None, met=0, poll_at=now)
    )


def _records(integration: Integration) -> Any:
    return select(t.integration_records).where(
        r.campaign_id == integration.campaign_id, r.integration_id == integration.id
    )


def _record(row: Any) -> Record:
    armed = None if row.armed is None else bool(row.armed)
    return noun(Record, row, armed=armed, met=bool(row.met), gone=bool(row.gone))


# What waits ----------------------------------------------------------------------------------


async def with_work(db: AsyncConnection, now: int) -> set[str]:
    """Ids of the connections whose calls, records or subscriptions are to be seen to now."""
    queries = (
        select(e.integration_id).where(e.became == EventBecame.RECEIVED).distinct(),
        select(r.integration_id).where(r.poll_at <= now).distinct(),
        select(i.id).where(i.renew_at <= now),
    )
    return {row[0] for query in queries for row in await db.execute(query)}
