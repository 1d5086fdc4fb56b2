"""Counts and sums, read from the counters that are kept with every change.

A referral is a live lead that was not rejected; test runs never count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Recipient, RewardStatus, worth
from goodword.stats.shape import Calendar, Span
from goodword.storage import tables as t

v, lc, lm, rs = t.visits.c, t.lead_counts.c, t.lead_months.c, t.reward_sums.c
_NONE: ColumnElement[int] = literal_column("0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is in one status in one currency or of one thing: altogether, and what of it began
    in each month; amounts are minor units, or things."""

    currency: str
    unit: str
    rewards: int
    total: int
    month: int
    last_month: int
    last_month_by_now: int

    def worth(self, amount: int) -> str:
        return worth(amount, self.currency, self.unit)


@dataclass(frozen=True, slots=True)
class ReferrerCounts:
    """What one referrer brought within a stretch of time."""

    referrer_id: str
    name: str
    email: str
    visits: int
    referrals: int
    successful: int


async def visits_by_day(db: AsyncConnection, campaign_id: str, span: Span) -> dict[int, int]:
    query = select(v.day, v.hits).where(
        v.campaign_id == campaign_id, v.referrer_id == t.WHOLE, _within(v.day, span)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


async def referrals_by_day(db: AsyncConnection, campaign_id: str, span: Span) -> dict[int, int]:
    """By the day on which the lead joined."""
    return await _leads_by_day(db, lc.joined, campaign_id, span)


async def successful_by_day(db: AsyncConnection, campaign_id: str, span: Span) -> dict[int, int]:
    """By the day on which the lead converted."""
    return await _leads_by_day(db, lc.qualified, campaign_id, span)


async def tallies(
    db: AsyncConnection, campaign_id: str, when: Calendar
) -> dict[RewardStatus, list[Tally]]:
    """What is due, by when it fell due, and what was issued, by when; less what was reversed."""
    spans = (when.month, when.last_month, when.last_month_by_now)
    sums = (_total(case((_within(rs.day, span), rs.amount), else_=_NONE)) for span in spans)
    query = (
        select(rs.status, rs.currency, rs.unit, _total(rs.rewards), _total(rs.amount), *sums)
        .where(
            rs.campaign_id == campaign_id,
            rs.referrer_id == t.WHOLE,
            rs.status.in_((RewardStatus.DUE, RewardStatus.ISSUED)),
        )
        .group_by(rs.status, rs.currency, rs.unit)
        .having(func.sum(rs.rewards) != 0)
        .order_by(rs.currency.desc(), rs.unit)
    )
    found: dict[RewardStatus, list[Tally]] = {RewardStatus.DUE: [], RewardStatus.ISSUED: []}
    names = Tally.__dataclass_fields__
    for status, *values in await db.execute(query):
        found[RewardStatus(status)].append(Tally(**dict(zip(names, values, strict=True))))
    return found


async def owed_by_referrer(
    db: AsyncConnection,
    campaign_id: str,
    referrer_ids: Sequence[str],
    status: RewardStatus,
    span: Span | None = None,
) -> dict[str, list[str]]:
    """What these referrers' referrals earned that is in the status now, theirs and their
    friends', in words; with a span what came to it then."""
    within = () if span is None else (_within(rs.day, span),)
    return await _owed(db, campaign_id, referrer_ids, status, *within)


async def best_referrers(
    db: AsyncConnection, campaign_id: str, span: Span, limit: int = 10
) -> list[ReferrerCounts]:
    """Who brought the most within the span: by success, then referrals, then visits."""
    brought = _brought(campaign_id, span).subquery()
    b = brought.c
    sums = [_total(b[name]).label(name) for name in ("visits", "referrals", "successful")]
    most = (
        select(b.referrer_id, *sums)
        .group_by(b.referrer_id)
        .order_by(sums[2].desc(), sums[1].desc(), sums[0].desc(), b.referrer_id)
        .limit(limit)
    )
    return await _named(db, campaign_id, (await db.execute(most)).all())


async def best_of_month(
    db: AsyncConnection, campaign_id: str, month: Span, limit: int = 10
) -> list[ReferrerCounts]:
    """The same of a whole month, found by an index; ties in the order of joining.

    Where fewer brought leads, those who brought the most visits come after them.
    """
    most = (
        select(lm.referrer_id, lm.joined, lm.qualified)
        .where(lm.campaign_id == campaign_id, lm.month == month.since)
        .order_by(lm.qualified.desc(), lm.joined.desc(), lm.referrer_id.desc())
        .limit(limit)
    )
    leads = {row[0]: (row[1], row[2]) for row in await db.execute(most) if row[1] or row[2]}
    visits = await _visits_of(db, campaign_id, month, list(leads))
    if len(leads) < limit:
        visits |= await _most_visits(db, campaign_id, month, limit)
    found = [(id_, visits.get(id_, 0), *leads[id_]) for id_ in leads]
    found += [(id_, hits, 0, 0) for id_, hits in visits.items() if id_ not in leads]
    return await _named(db, campaign_id, found[:limit])


async def _visits_of(
    db: AsyncConnection, campaign_id: str, span: Span, referrer_ids: list[str]
) -> dict[str, int]:
    query = (
        select(v.referrer_id, _total(v.hits))
        .where(
            v.campaign_id == campaign_id,
            v.referrer_id.in_(referrer_ids),
            _within(v.day, span),
        )
        .group_by(v.referrer_id)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


async def _most_visits(
    db: AsyncConnection, campaign_id: str, span: Span, limit: int
) -> dict[str, int]:
    hits = _total(v.hits)
    query = (
        select(v.referrer_id, hits)
        .where(v.campaign_id == campaign_id, v.referrer_id != t.WHOLE, _within(v.day, span))
        .group_by(v.referrer_id)
        .order_by(hits.desc(), v.referrer_id)
        .limit(limit)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


async def _named(
    db: AsyncConnection, campaign_id: str, counted: Sequence[Sequence[Any]]
) -> list[ReferrerCounts]:
    """Counts with the people they are of, in their order."""
    r = t.referrers.c
    query = select(r.id, r.name, r.email).where(
        r.campaign_id == campaign_id, r.id.in_([row[0] for row in counted])
    )
    people = {row[0]: tuple(row) for row in await db.execute(query)}
    return [ReferrerCounts(*people[id_], *counts) for id_, *counts in counted if id_ in people]


async def due_to(
    db: AsyncConnection, campaign_id: str, referrer_ids: Sequence[str]
) -> dict[str, list[str]]:
    """What is due to each of these referrers themselves, in words."""
    theirs = rs.recipient == Recipient.REFERRER
    return await _owed(db, campaign_id, referrer_ids, RewardStatus.DUE, theirs)


async def _owed(
    db: AsyncConnection,
    campaign_id: str,
    referrer_ids: Sequence[str],
    status: RewardStatus,
    *where: ColumnElement[bool],
) -> dict[str, list[str]]:
    query = (
        select(rs.referrer_id, rs.currency, rs.unit, _total(rs.amount))
        .where(
            rs.campaign_id == campaign_id,
            rs.referrer_id.in_(referrer_ids),
            rs.status == status,
            *where,
        )
        .group_by(rs.referrer_id, rs.currency, rs.unit)
        .having(func.sum(rs.rewards) != 0)
        .order_by(rs.currency.desc(), rs.unit)
    )
    found: dict[str, list[str]] = {}
    for referrer_id, currency, unit, amount in await db.execute(query):
        found.setdefault(referrer_id, []).append(worth(amount, currency, unit))
    return found


def _total(column: ColumnElement[Any] | Column[Any]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _within(column: Column[Any], span: Span) -> ColumnElement[bool]:
    return (column >= span.since) & (column < span.until)


async def _leads_by_day(
    db: AsyncConnection, column: Column[Any], campaign_id: str, span: Span
) -> dict[int, int]:
    query = select(lc.day, column).where(
        lc.campaign_id == campaign_id,
        lc.referrer_id == t.WHOLE,
        _within(lc.day, span),
        column != 0,
    )
    return {row[0]: row[1] for row in await db.execute(query)}


def _brought(campaign_id: str, span: Span) -> Any:
    """One row for each day on which somebody brought something, to be summed."""
    visits = select(
        v.referrer_id, v.hits.label("visits"), _NONE.label("referrals"), _NONE.label("successful")
    ).where(v.campaign_id == campaign_id, v.referrer_id != t.WHOLE, _within(v.day, span))
    leads = select(lc.referrer_id, _NONE, lc.joined, lc.qualified).where(
        lc.campaign_id == campaign_id, lc.referrer_id != t.WHOLE, _within(lc.day, span)
    )
    return union_all(visits, leads)
