"""The Rewards tab: pages of rewards, and what each status comes to, never added up across
currencies or things."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Occasion, Reason, Recipient, RewardStatus, worth
from goodword.stats.lists import PAGE, walk
from goodword.stats.rows import Page
from goodword.stats.shape import DAY, Span
from goodword.storage import tables as t

rw, le, rf, cv, co = t.rewards.c, t.leads.c, t.referrers.c, t.conversions.c, t.coupons.c
rs, ds = t.reward_sums.c, t.due_sums.c


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedRow:
    """A reward with the people it is about. `order_id` and `event` are its conversion's, `coupon`
    the code that it was given, once somebody has seen it or was sent it."""

    id: str
    lead_id: str
    lead_name: str | None
    lead_email: str | None
    lead_customer: str | None
    referrer_id: str
    referrer_name: str
    referrer_email: str
    recipient: Recipient
    occasion: Occasion
    step: int
    conversion_id: str | None
    order_id: str | None
    event: str | None
    amount: int
    currency: str
    unit: str
    status: RewardStatus
    reason: Reason | None
    hold: Reason | None
    issue_after: int
    created_at: int
    issued_at: int | None
    approved_by: str | None
    reverses: str | None
    replaces: str | None
    restores: str | None
    reversed: int
    coupon: str | None

    @property
    def worth(self) -> str:
        return worth(self.amount, self.currency, self.unit)

    @property
    def taken_back(self) -> str:
        return worth(self.reversed, self.currency, self.unit)

    @property
    def left(self) -> str:
        return worth(self.amount - self.reversed, self.currency, self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedWanted:
    """Which rewards. `month` is that of their issue for what was issued, else of their making;
    `ripe_at` leaves out what is to be issued later, `until` what was made from then on."""

    status: RewardStatus
    referrer_id: str = ""
    month: Span | None = None
    ripe_at: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many rewards, and how much, in one currency or of one thing."""

    rewards: int
    amount: int
    currency: str
    unit: str

    @property
    def worth(self) -> str:
        return worth(self.amount, self.currency, self.unit)


async def rewards(
    db: AsyncConnection,
    campaign_id: str,
    wanted: OwedWanted,
    cursor: str = "",
    limit: int = PAGE,
) -> Page[OwedRow]:
    """What is due in the order in which it may go out, what was issued in the opposite one of its
    going out; the rest newest first."""
    query = _rows().where(*_wanted(campaign_id, wanted))
    if wanted.status is RewardStatus.DUE:
        return await walk(db, OwedRow, query, rw.issue_after, True, cursor, limit)
    at = rw.issued_at if wanted.status is RewardStatus.ISSUED else rw.created_at
    return await walk(db, OwedRow, query, at, False, cursor, limit)


async def open_to_acts(
    db: AsyncConnection, campaign_id: str, wanted: OwedWanted, limit: int
) -> tuple[list[str], list[Total]]:
    """The ids of those that something can be done to, the first made first, up to the limit, and
    what these come to. A reversal, and what was wholly taken back, stay as they are."""
    left = or_(rw.reversed == 0, rw.reversed < rw.amount)
    query = (
        select(rw.id, rw.amount - rw.reversed, rw.currency, rw.unit)
        .where(*_wanted(campaign_id, wanted), rw.reverses.is_(None), left)
        .order_by(rw.created_at, rw.id)
        .limit(limit)
    )
    found = (await db.execute(query)).all()
    rewards, amounts = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for _, amount, *of in found:
        rewards[of[0], of[1]] += 1
        amounts[of[0], of[1]] += amount
    sums = [Total(rewards[of], amounts[of], *of) for of in sorted(rewards)]
    return [row[0] for row in found], sums


def _rows() -> Select[Any]:
    own = [rw[name] for name in OwedRow.__dataclass_fields__ if name in rw]
    named = (
        *(le[name].label(f"lead_{name}") for name in ("name", "email", "customer")),
        *(rf[name].label(f"referrer_{name}") for name in ("name", "email")),
    )
    shown = and_(co.campaign_id == rw.campaign_id, co.reward_id == rw.id, co.shown_at.is_not(None))
    joined = (
        t.rewards.join(t.leads, _of(le, rw.lead_id))
        .join(t.referrers, _of(rf, rw.referrer_id))
        .outerjoin(t.conversions, _of(cv, rw.conversion_id))
        .outerjoin(t.coupons, shown)
    )
    more = (cv.order_id, cv.event, co.code.label("coupon"))
    return select(*own, *named, *more).select_from(joined)


def _of(theirs: Any, id_: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(theirs.campaign_id == rw.campaign_id, theirs.id == id_)


def _wanted(campaign_id: str, wanted: OwedWanted) -> list[ColumnElement[bool]]:
    where = [rw.campaign_id == campaign_id, rw.status == wanted.status]
    if wanted.referrer_id:
        where.append(rw.referrer_id == wanted.referrer_id)
    if wanted.month is not None:
        at = rw.issued_at if wanted.status is RewardStatus.ISSUED else rw.created_at
        where += [at >= wanted.month.since, at < wanted.month.until]
    if wanted.ripe_at is not None:
        where.append(rw.issue_after <= wanted.ripe_at)
    if wanted.until is not None:
        where.append(rw.created_at < wanted.until)
    return where


async def totals(
    db: AsyncConnection, campaign_id: str, referrer_id: str = "", month: Span | None = None
) -> dict[RewardStatus, list[Total]]:
    """What stands in each status, a line for each currency and thing; reversals are taken off
    what was issued."""
    where = [rs.campaign_id == campaign_id, rs.referrer_id == (referrer_id or t.WHOLE)]
    if month is not None:
        where += [rs.day >= month.since, rs.day < month.until]
    count, amount = _sum(rs.rewards), _sum(rs.amount)
    query = (
        select(rs.status, count, amount, rs.currency, rs.unit)
        .where(*where)
        .group_by(rs.status, rs.currency, rs.unit)
        .having(count != 0)
        .order_by(rs.currency.desc(), rs.unit)
    )
    found: dict[RewardStatus, list[Total]] = {status: [] for status in RewardStatus}
    for status, *total in await db.execute(query):
        found[RewardStatus(status)].append(Total(*total))
    return found


async def ripe(db: AsyncConnection, campaign_id: str, wanted: OwedWanted) -> list[Total]:
    """What of the due rewards wanted may go out at `ripe_at`: of a whole campaign by the sums of
    each day, and the rewards of that one day; else by the rewards."""
    narrowed = wanted.referrer_id or wanted.month is not None
    if narrowed or wanted.ripe_at is None:
        return await _ripe(db, *_wanted(campaign_id, wanted))
    today = wanted.ripe_at - wanted.ripe_at % DAY
    before = select(ds.rewards, ds.amount, ds.currency, ds.unit).where(
        ds.campaign_id == campaign_id, ds.day < today
    )
    now = select(literal(1), rw.amount, rw.currency, rw.unit).where(
        *_wanted(campaign_id, wanted), rw.issue_after >= today
    )
    f = union_all(before, now).subquery().c
    query = (
        select(_sum(f.rewards), _sum(f.amount), f.currency, f.unit)
        .group_by(f.currency, f.unit)
        .having(_sum(f.rewards) != 0)
        .order_by(f.currency.desc(), f.unit)
    )
    return [Total(*row) for row in await db.execute(query)]


async def _ripe(db: AsyncConnection, *where: ColumnElement[bool]) -> list[Total]:
    query = (
        select(func.count(), _sum(rw.amount), rw.currency, rw.unit)
        .where(*where)
        .group_by(rw.currency, rw.unit)
        .order_by(rw.currency.desc(), rw.unit)
    )
    return [Total(*row) for row in await db.execute(query)]


async def first_waiting(
    db: AsyncConnection, campaign_id: str, wanted: OwedWanted, now: int
) -> int | None:
    """When the first of the due rewards that still wait may go out."""
    query = select(func.min(rw.issue_after)).where(
        *_wanted(campaign_id, wanted), rw.issue_after > now
    )
    at: int | None = (await db.execute(query)).scalar_one()
    return at


def _sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.coalesce(func.sum(column), 0), BigInteger)
