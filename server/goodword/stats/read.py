"""Counts and sums. A referral is a live lead that was not rejected; test runs never count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Select,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import LeadStatus, Mode, Money, Recipient, RewardStatus
from goodword.stats.shape import DAY, Span
from goodword.storage import tables as t

v, le, rw = t.visits.c, t.leads.c, t.rewards.c
_ONE: ColumnElement[int] = literal_column("1")
_NONE: ColumnElement[int] = literal_column("0")


@dataclass(frozen=True, slots=True)
class Due:
    """What is due in one currency: altogether, ready to be issued, and by when it fell due."""

    rewards: int
    total: Money
    ready: Money
    month: Money
    last_month: Money


@dataclass(frozen=True, slots=True)
class ReferrerCounts:
    """What one referrer brought within a stretch of time."""

    referrer_id: str
    name: str
    email: str
    visits: int
    referrals: int
    successful: int


@dataclass(frozen=True, slots=True)
class Sum:
    """How much is in one status in one currency."""

    status: str
    rewards: int
    total: Money


async def visits_by_day(db: AsyncConnection, campaign_id: str, span: Span) -> dict[int, int]:
    query = (
        select(v.day, _total(v.hits))
        .where(v.campaign_id == campaign_id, v.day >= span.since, v.day < span.until)
        .group_by(v.day)
    )
    return {row[0]: row[1] for row in await db.execute(query)}


async def referrals_by_day(db: AsyncConnection, campaign_id: str, span: Span) -> dict[int, int]:
    """By the day on which the lead joined."""
    return await _leads_by_day(db, le.joined_at, span, *_referrals(campaign_id))


async def successful_by_day(db: AsyncConnection, campaign_id: str, span: Span) -> dict[int, int]:
    """By the day on which the lead converted."""
    return await _leads_by_day(db, le.converted_at, span, *_successful(campaign_id))


async def due(
    db: AsyncConnection, campaign_id: str, month: Span, last: Span, now: int
) -> list[Due]:
    """What is due now, one line a currency."""
    query = (
        select(
            rw.currency,
            _total(_ONE),
            _total(rw.amount),
            _total(case((rw.issue_after <= now, rw.amount), else_=_NONE)),
            *(
                _total(case((_within(rw.created_at, s), rw.amount), else_=_NONE))
                for s in (month, last)
            ),
        )
        .where(rw.campaign_id == campaign_id, rw.status == RewardStatus.DUE)
        .group_by(rw.currency)
        .order_by(rw.currency)
    )
    return [
        Due(count, *(Money(minor, currency) for minor in sums))
        for currency, count, *sums in await db.execute(query)
    ]


async def best_referrers(
    db: AsyncConnection, campaign_id: str, span: Span, limit: int = 10
) -> list[ReferrerCounts]:
    """Who brought the most within the span: by success, then referrals, then visits."""
    brought = _brought(campaign_id, span).subquery()
    b, r = brought.c, t.referrers.c
    sums = [_total(b[name]).label(name) for name in ("visits", "referrals", "successful")]
    most = (
        select(b.referrer_id, *sums)
        .group_by(b.referrer_id)
        .order_by(sums[2].desc(), sums[1].desc(), sums[0].desc(), b.referrer_id)
        .limit(limit)
        .subquery()
    )
    m = most.c
    query = (
        select(m.referrer_id, r.name, r.email, m.visits, m.referrals, m.successful)
        .join(t.referrers, (r.campaign_id == campaign_id) & (r.id == m.referrer_id))
        .order_by(m.successful.desc(), m.referrals.desc(), m.visits.desc(), m.referrer_id)
    )
    return [ReferrerCounts(*row) for row in await db.execute(query)]


async def due_to(
    db: AsyncConnection, campaign_id: str, referrer_ids: Sequence[str]
) -> dict[str, list[Money]]:
    """What is due to each of these referrers themselves, by currency."""
    found: dict[str, list[Money]] = {}
    query = (
        select(rw.referrer_id, rw.currency, _total(rw.amount))
        .where(
            rw.campaign_id == campaign_id,
            rw.referrer_id.in_(referrer_ids),
            rw.recipient == Recipient.REFERRER,
            rw.status == RewardStatus.DUE,
        )
        .group_by(rw.referrer_id, rw.currency)
        .order_by(rw.currency)
    )
    for referrer_id, currency, minor in await db.execute(query):
        found.setdefault(referrer_id, []).append(Money(minor, currency))
    return found


async def reward_sums(db: AsyncConnection, campaign_id: str) -> list[Sum]:
    """Every status that has rewards, one line a currency."""
    query = (
        select(rw.status, rw.currency, _total(_ONE), _total(rw.amount))
        .where(rw.campaign_id == campaign_id)
        .group_by(rw.status, rw.currency)
        .order_by(rw.status, rw.currency)
    )
    return [
        Sum(status, count, Money(minor, currency))
        for status, currency, count, minor in await db.execute(query)
    ]


def _total(column: ColumnElement[Any] | Column[Any]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def _within(column: Column[Any], span: Span) -> ColumnElement[bool]:
    return (column >= span.since) & (column < span.until)


def _referrals(campaign_id: str) -> tuple[ColumnElement[bool], ...]:
    live = (le.campaign_id == campaign_id, le.mode == Mode.LIVE)
    return (*live, le.status != LeadStatus.REJECTED)


def _successful(campaign_id: str) -> tuple[ColumnElement[bool], ...]:
    live = (le.campaign_id == campaign_id, le.mode == Mode.LIVE)
    return (*live, le.status == LeadStatus.QUALIFIED)


async def _leads_by_day(
    db: AsyncConnection, column: Column[Any], span: Span, *where: ColumnElement[bool]
) -> dict[int, int]:
    day = column - column % literal_column(str(DAY))
    query = select(day, _total(_ONE)).where(_within(column, span), *where).group_by(day)
    return {row[0]: row[1] for row in await db.execute(query)}


def _brought(campaign_id: str, span: Span) -> Any:
    """One row for each thing that somebody brought, to be summed."""

    def rows(referrer: Column[Any], n: list[Any], *where: ColumnElement[bool]) -> Select[Any]:
        named = zip(n, ("visits", "referrals", "successful"), strict=True)
        return select(referrer, *(count.label(name) for count, name in named)).where(*where)

    return union_all(
        rows(
            v.referrer_id,
            [v.hits, _NONE, _NONE],
            v.campaign_id == campaign_id,
            _within(v.day, span),
        ),
        rows(
            le.referrer_id,
            [_NONE, _ONE, _NONE],
            *_referrals(campaign_id),
            _within(le.joined_at, span),
        ),
        rows(
            le.referrer_id,
            [_NONE, _NONE, _ONE],
            *_successful(campaign_id),
            _within(le.converted_at, span),
        ),
    )
