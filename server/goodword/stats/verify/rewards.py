"""Rewards: one for an occasion, reversals that add up, amounts that are money, times kept."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from sqlalchemy import BigInteger, ColumnElement, Table, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Occasion, Reason, RefundStatus, RewardStatus, read_currency
from goodword.stats.verify.check import Check, Violation, distinct, rows_of, run
from goodword.storage import tables as t

rw, ac, co, cv, rf = t.rewards.c, t.activity.c, t.coupons.c, t.conversions.c, t.refunds.c
_reversal = t.rewards.alias("reversal")
rv = _reversal.c

_LIVE = (
    rw.status != RewardStatus.CANCELLED,
    rw.reverses.is_(None),
    or_(rw.reversed < rw.amount, rw.reversed == 0),
)


def _once(says: str, *key: ColumnElement[str], where: tuple[ColumnElement[bool], ...]) -> Check:
    """No two live rewards of one key. `says` may name `rows`, how many there are."""
    counted = func.count().label("rows")
    twice = (
        select(func.min(rw.id).label("row"), counted)
        .where(*_LIVE, *where)
        .group_by(rw.campaign_id, rw.rule_id, rw.recipient, *key)
        .having(func.count() > 1)
    )
    return Check("I1", says, twice)


_ONCE = (
    _once(
        "is one of {rows} live rewards of one rule for the same occasion of a lead",
        rw.lead_id,
        rw.occasion,
        where=(rw.step == 0, rw.occasion != Occasion.CONVERTED, rw.restores.is_(None)),
    ),
    _once(
        "is one of {rows} live rewards of one rule for the same conversion",
        rw.lead_id,
        rw.conversion_id,
        where=(
            rw.step == 0,
            rw.occasion == Occasion.CONVERTED,
            rw.conversion_id.is_not(None),
            rw.restores.is_(None),
        ),
    ),
    _once(
        "is one of {rows} live rewards of one rule that make good the same refund",
        rw.restores,
        rw.occasion,
        where=(rw.restores.is_not(None),),
    ),
    _once(
        "is one of {rows} live rewards of one rule for the same step of a referrer",
        rw.referrer_id,
        rw.step,
        where=(rw.step > 0,),
    ),
)

_taken = cast(func.coalesce(func.sum(-rv.amount), 0), BigInteger)
_sums = (
    select(rv.campaign_id, rv.reverses, _taken.label("taken"))
    .where(rv.reverses.is_not(None))
    .group_by(rv.campaign_id, rv.reverses)
    .subquery("sums")
)
_of_sum = (_sums.c.campaign_id == rw.campaign_id) & (_sums.c.reverses == rw.id)
_TAKEN = func.coalesce(_sums.c.taken, 0)
_reversals = select(rv.id.label("row"), rv.reverses.label("other")).join(
    t.rewards, (rw.campaign_id == rv.campaign_id) & (rw.id == rv.reverses)
)

_REVERSALS = (
    Check(
        "I2",
        "reverses {other}, but its amount is {amount}: a reversal is negative",
        select(rv.id.label("row"), rv.reverses.label("other"), rv.amount).where(
            rv.reverses.is_not(None), rv.amount >= 0
        ),
    ),
    Check(
        "I2",
        "has the negative amount {amount}, but reverses nothing",
        select(rw.id.label("row"), rw.amount).where(rw.reverses.is_(None), rw.amount < 0),
    ),
    Check(
        "I2",
        "is a reversal, but its status is {status}",
        select(rv.id.label("row"), rv.status).where(
            rv.reverses.is_not(None), rv.status != RewardStatus.ISSUED
        ),
    ),
    Check("I2", "reverses {other}, itself a reversal", _reversals.where(rw.reverses.is_not(None))),
    Check(
        "I2",
        "reverses {other}, which was never issued",
        _reversals.where(rw.status != RewardStatus.ISSUED),
    ),
    Check(
        "I2",
        "reverses {other}, which is of another lead, currency or unit",
        _reversals.where(
            or_(rw.lead_id != rv.lead_id, rw.currency != rv.currency, rw.unit != rv.unit)
        ),
    ),
    Check(
        "I2",
        "says that {said} of it was taken back, its reversals add up to {taken}",
        select(rw.id.label("row"), rw.reversed.label("said"), _TAKEN.label("taken"))
        .outerjoin(_sums, _of_sum)
        .where(rw.reversed != _TAKEN),
    ),
    Check(
        "I2",
        "was {amount}, but {said} of it was taken back",
        select(rw.id.label("row"), rw.amount, rw.reversed.label("said")).where(
            rw.reverses.is_(None), or_(rw.reversed < 0, rw.reversed > func.abs(rw.amount))
        ),
    ),
)

_place = (rw.campaign_id, rw.lead_id, rw.conversion_id, rw.rule_id, rw.recipient, rw.occasion)
_again = case(
    (and_(rw.restores.is_not(None), rw.status != RewardStatus.CANCELLED), rw.amount - rw.reversed)
)
_refunded = case((and_(rw.reverses.is_not(None), rw.reason == Reason.REFUNDED), -rw.amount))
_owed = cast(func.coalesce(func.sum(_again), 0), BigInteger)
_back = cast(func.coalesce(func.sum(_refunded), 0), BigInteger)

_AGAIN = (
    Check(
        "I2",
        "makes good {other}, a refund that stands",
        select(rw.id.label("row"), rw.restores.label("other"))
        .join(t.refunds, (rf.campaign_id == rw.campaign_id) & (rf.id == rw.restores))
        .where(rf.status != RefundStatus.UNDONE),
    ),
    Check(
        "I2",
        "is owed again with others, {owed} in all, of {taken} that refunds had taken",
        select(
            func.max(case((rw.restores.is_not(None), rw.id))).label("row"),
            _owed.label("owed"),
            _back.label("taken"),
        )
        .where(rw.conversion_id.is_not(None))
        .group_by(*_place)
        .having(_owed > _back),
    ),
)

_MONEY = (
    Check(
        "I10",
        "has the amount {amount} of neither a currency nor a unit",
        select(rw.id.label("row"), rw.amount).where(rw.currency == "", rw.unit == ""),
    ),
    Check(
        "I10",
        "has an amount that is both of a currency and of a unit",
        select(rw.id.label("row")).where(rw.currency != "", rw.unit != ""),
    ),
    Check(
        "I10",
        "has an amount without a currency",
        select(cv.id.label("row")).where(cv.amount.is_not(None), cv.currency.is_(None)),
    ),
    Check(
        "I10",
        "has the negative amount {amount}",
        select(cv.id.label("row"), cv.amount).where(cv.amount < 0),
    ),
    Check(
        "I10",
        "has an amount without a currency",
        select(rf.id.label("row")).where(rf.amount.is_not(None), rf.currency.is_(None)),
    ),
    Check(
        "I10",
        "has the negative amount {amount}",
        select(rf.id.label("row"), rf.amount).where(rf.amount < 0),
    ),
)

_COUPONS = (
    Check(
        "I1",
        "was given {rows} coupons",
        select(co.reward_id.label("row"), func.count().label("rows"))
        .where(co.reward_id.is_not(None))
        .group_by(co.campaign_id, co.reward_id)
        .having(func.count() > 1),
    ),
)

_TIMES = (
    Check(
        "I6",
        "is issued, but not since when",
        select(rw.id.label("row")).where(rw.status == RewardStatus.ISSUED, rw.issued_at.is_(None)),
    ),
    Check(
        "I6",
        "is {status}, but has a time of issue",
        select(rw.id.label("row"), rw.status).where(
            rw.status != RewardStatus.ISSUED, rw.issued_at.is_not(None)
        ),
    ),
)


async def of_rewards(db: AsyncConnection) -> AsyncIterator[Violation]:
    """I1, I2, I6 and I10: what a reward is, and what it may be beside others."""
    async for violation in run(db, (*_ONCE, *_REVERSALS, *_AGAIN, *_MONEY, *_COUPONS, *_TIMES)):
        yield violation
    for table in (t.rewards, t.conversions, t.refunds):
        async for violation in _unknown_currencies(db, table):
            yield violation
    async for violation in _early(db):
        yield violation


async def _unknown_currencies(db: AsyncConnection, table: Table) -> AsyncIterator[Violation]:
    c = table.c
    used = (await db.execute(select(c.currency).where(c.currency != "").distinct())).scalars()
    unknown = [code for code in used if read_currency(code) != code]
    if not unknown:
        return
    offenders = select(c.id.label("row"), c.currency).where(c.currency.in_(unknown))
    async for row in rows_of(db, offenders):
        text = f"has the currency {row['currency']!r}, which ISO 4217 does not know"
        yield Violation("I10", row["row"], text)


_lines = distinct(
    "lines", (ac.campaign_id, ac.lead_id, ac.reward_id, ac.data), ac.type == "reward.issued"
)
_EARLY = (
    select(rw.id.label("row"), func.max(_lines.c.data).label("data"))
    .outerjoin(
        _lines,
        (_lines.c.campaign_id == rw.campaign_id)
        & (_lines.c.lead_id == rw.lead_id)
        & (_lines.c.reward_id == rw.id),
    )
    .where(rw.status == RewardStatus.ISSUED, rw.reverses.is_(None), rw.issued_at < rw.issue_after)
    .group_by(rw.campaign_id, rw.id)
)


async def _early(db: AsyncConnection) -> AsyncIterator[Violation]:
    """Whoever issues a reward before its time is asked, and the log says that it was early."""
    async for row in rows_of(db, _EARLY):
        if not (row["data"] and json.loads(row["data"]).get("early")):
            text = "was issued before its time, and no line of the log says that it was meant"
            yield Violation("I6", row["row"], text)
