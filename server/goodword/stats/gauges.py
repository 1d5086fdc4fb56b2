"""What an operator watches, read from counters and indexes alone, however large the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, ColumnElement, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import MessageStatus
from goodword.storage import tables as t

Labels = tuple[str, ...]
Values = Mapping[Labels, int]
o, v, rf, lc, rs = t.outbox.c, t.visits.c, t.refusals.c, t.lead_counts.c, t.reward_sums.c


@dataclass(frozen=True, slots=True)
class Gauge:
    """One thing that is measured; `values` has a number for each combination of `labels`."""

    name: str
    help: str
    labels: Labels
    values: Values


async def gauges(db: AsyncConnection, day: int, now: int) -> list[Gauge]:
    """Everything, with the ids of campaigns as the label `campaign`. `day` is the first
    millisecond of the day (UTC) that `now` is in."""
    return [
        await _visits(db, day),
        await _refusals(db, day),
        await _leads(db, "goodword_referrals", "Leads that were not rejected.", lc.joined),
        await _leads(db, "goodword_referrals_successful", "Leads that qualified.", lc.qualified),
        await _rewards(db),
        await _messages(db),
        await _overdue(db, now),
    ]


async def _visits(db: AsyncConnection, day: int) -> Gauge:
    query = select(v.campaign_id, v.hits).where(v.day == day, v.referrer_id == t.WHOLE)
    found: Values = {(row[0],): row[1] for row in await db.execute(query)}
    return Gauge("goodword_visits_today", "Visits since midnight UTC.", ("campaign",), found)


async def _refusals(db: AsyncConnection, day: int) -> Gauge:
    by = (rf.campaign_id, rf.event, rf.reason)
    query = select(*by, _sum(rf.count)).where(rf.hour >= day).group_by(*by)
    found: Values = {(row[0], row[1], row[2]): row[3] for row in await db.execute(query)}
    help_ = "Browser reports refused or ignored since midnight UTC."
    return Gauge("goodword_refusals_today", help_, ("campaign", "event", "reason"), found)


async def _leads(db: AsyncConnection, name: str, help_: str, what: ColumnElement[int]) -> Gauge:
    query = select(lc.campaign_id, _sum(what)).where(lc.referrer_id == t.WHOLE)
    found: Values = {(row[0],): row[1] for row in await db.execute(query.group_by(lc.campaign_id))}
    return Gauge(name, help_, ("campaign",), found)


async def _rewards(db: AsyncConnection) -> Gauge:
    by = (rs.campaign_id, rs.status)
    query = select(*by, _sum(rs.rewards)).where(rs.referrer_id == t.WHOLE).group_by(*by)
    found: Values = {(row[0], row[1]): row[2] for row in await db.execute(query)}
    help_ = "Rewards by status; a reversal is an issued one of its own."
    return Gauge("goodword_rewards", help_, ("campaign", "status"), found)


async def _messages(db: AsyncConnection) -> Gauge:
    open_ = (MessageStatus.WAITING, MessageStatus.FAILED)
    by = (o.kind, o.status)
    query = select(*by, func.count()).where(o.status.in_(open_)).group_by(*by)
    found: Values = {(row[0], row[1]): row[2] for row in await db.execute(query)}
    help_ = "Messages that wait to be sent, and those that nobody took."
    return Gauge("goodword_messages", help_, ("kind", "status"), found)


async def _overdue(db: AsyncConnection, now: int) -> Gauge:
    query = select(o.kind, func.min(o.next_at)).where(o.status == MessageStatus.WAITING)
    rows = await db.execute(query.group_by(o.kind))
    found: Values = {(row[0],): max(0, now - row[1]) // 1000 for row in rows}
    help_ = "For how long the oldest message should have been tried; without a worker it grows."
    return Gauge("goodword_messages_overdue_seconds", help_, ("kind",), found)


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    """PostgreSQL's sums are decimals of any size; ours fit."""
    return cast(func.sum(column), BigInteger)
