"""Leads, conversions and refunds: who qualified and why, and what a refund leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import BigInteger, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    LeadStatus,
    Mode,
    Occasion,
    Reason,
    RefundStatus,
    RewardStatus,
    Status,
)
from goodword.stats.verify.check import Check, Violation, distinct, run
from goodword.storage import tables as t

le, rw, ac, cv, rf = t.leads.c, t.rewards.c, t.activity.c, t.conversions.c, t.refunds.c

_OPEN = (RewardStatus.DUE, RewardStatus.HELD, RewardStatus.FAILED)
_OF_LEAD = (le.campaign_id == rw.campaign_id) & (le.id == rw.lead_id)
_left = (ac.type == "lead.unqualified") | (ac.type == "lead.rejected")
_qualified = distinct("was", (ac.campaign_id, ac.lead_id), ac.type == "lead.qualified")
_unqualified = distinct("went", (ac.campaign_id, ac.lead_id), _left)

_LEADS = (
    Check(
        "I3",
        "is {status} for the lead {lead}, which is {standing}",
        select(rw.id.label("row"), rw.status, rw.lead_id.label("lead"), le.status.label("standing"))
        .join(t.leads, _OF_LEAD)
        .where(
            rw.status.in_(_OPEN),
            or_(
                and_(rw.occasion != Occasion.JOINED, le.status != LeadStatus.QUALIFIED),
                le.status == LeadStatus.REJECTED,
            ),
        ),
    ),
    Check(
        "I3",
        "is issued for the lead {lead}, which is {standing} and by the log was never otherwise",
        select(rw.id.label("row"), rw.lead_id.label("lead"), le.status.label("standing"))
        .join(t.leads, _OF_LEAD)
        .outerjoin(
            _unqualified,
            (_unqualified.c.campaign_id == rw.campaign_id) & (_unqualified.c.lead_id == rw.lead_id),
        )
        .where(
            rw.status == RewardStatus.ISSUED,
            rw.reverses.is_(None),
            rw.reversed < rw.amount,
            rw.occasion != Occasion.JOINED,
            le.status != LeadStatus.QUALIFIED,
            _unqualified.c.lead_id.is_(None),
        ),
    ),
    Check(
        "I3",
        "is qualified, but no line of the log says by what",
        select(le.id.label("row"))
        .outerjoin(
            _qualified,
            (_qualified.c.campaign_id == le.campaign_id) & (_qualified.c.lead_id == le.id),
        )
        .where(
            le.status == LeadStatus.QUALIFIED,
            le.mode == Mode.LIVE,
            _qualified.c.lead_id.is_(None),
        ),
    ),
    Check(
        "I3",
        "is qualified, but not since when",
        select(le.id.label("row")).where(
            le.status == LeadStatus.QUALIFIED, le.converted_at.is_(None)
        ),
    ),
    Check(
        "I3",
        "is {status}, but has a time at which it converted",
        select(le.id.label("row"), le.status).where(
            le.status != LeadStatus.QUALIFIED, le.converted_at.is_not(None)
        ),
    ),
)

_CONVERSIONS = (
    Check(
        "I1",
        "is one of {rows} conversions counted for one order",
        select(func.min(cv.id).label("row"), func.count().label("rows"))
        .where(cv.order_id.is_not(None), cv.status == Status.COUNTED)
        .group_by(cv.campaign_id, cv.mode, cv.order_id)
        .having(func.count() > 1),
    ),
    Check(
        "I3",
        "is counted, but for no lead",
        select(cv.id.label("row")).where(cv.status == Status.COUNTED, cv.lead_id.is_(None)),
    ),
)

_REFUNDED = (cv.status == Status.IGNORED) & (cv.reason == Reason.REFUNDED)
_EARNED = (
    (cv.campaign_id == rw.campaign_id) & (cv.id == rw.conversion_id) & (cv.lead_id == rw.lead_id)
)
_APPLIED = (
    (rf.campaign_id == cv.campaign_id)
    & (rf.conversion_id == cv.id)
    & (rf.status == RefundStatus.APPLIED)
)
_STANDS = (
    cv.mode == Mode.LIVE,
    cv.status.in_((Status.COUNTED, Status.HELD)),
    cv.evidence > 0,
    or_(cv.reason.is_(None), cv.reason != Reason.NEEDS_EVIDENCE),
)
_sum = cast(func.coalesce(func.sum(rf.amount), 0), BigInteger)
# By order where there is one: a refund may name a row of it that another lead had before.
_orders = (
    select(rf.campaign_id, rf.mode, rf.order_id, rf.currency, _sum.label("back"))
    .where(rf.order_id.is_not(None), rf.status != RefundStatus.UNDONE)
    .group_by(rf.campaign_id, rf.mode, rf.order_id, rf.currency)
    .subquery("orders")
)
_alone = (
    select(rf.campaign_id, rf.conversion_id, rf.currency, _sum.label("back"))
    .where(rf.order_id.is_(None), rf.status != RefundStatus.UNDONE)
    .group_by(rf.campaign_id, rf.conversion_id, rf.currency)
    .subquery("alone")
)
_SUMMED = func.coalesce(_orders.c.back, _alone.c.back, 0)
_BACK = case((cv.amount < _SUMMED, cv.amount), else_=_SUMMED)

_REFUNDS = (
    Check(
        "I4",
        "is {status}, but the whole of it was refunded",
        select(cv.id.label("row"), cv.status)
        .join(t.refunds, _APPLIED)
        .where(rf.amount.is_(None), *_STANDS)
        .distinct(),
    ),
    Check(
        "I4",
        "says that {said} went back to the buyer, its refunds add up to {back}",
        select(cv.id.label("row"), cv.refunded.label("said"), _BACK.label("back"))
        .outerjoin(
            _orders,
            (_orders.c.campaign_id == cv.campaign_id)
            & (_orders.c.mode == cv.mode)
            & (_orders.c.order_id == cv.order_id)
            & (_orders.c.currency == cv.currency),
        )
        .outerjoin(
            _alone,
            (_alone.c.campaign_id == cv.campaign_id)
            & (_alone.c.conversion_id == cv.id)
            & (_alone.c.currency == cv.currency),
        )
        .where(cv.amount.is_not(None), cv.refunded != _BACK, *_STANDS),
    ),
    Check(
        "I4",
        "is {status} for the conversion {conversion}, which was wholly refunded",
        select(rw.id.label("row"), rw.status, cv.id.label("conversion"))
        .join(t.conversions, _EARNED)
        .where(_REFUNDED, rw.status.in_(_OPEN)),
    ),
    Check(
        "I4",
        "was issued for the conversion {conversion}, which was wholly refunded, and not reversed",
        select(rw.id.label("row"), cv.id.label("conversion"))
        .join(t.conversions, _EARNED)
        .where(
            _REFUNDED,
            rw.status == RewardStatus.ISSUED,
            rw.reverses.is_(None),
            rw.reversed < rw.amount,
        ),
    ),
    Check(
        "I4",
        "is applied, but to no conversion",
        select(rf.id.label("row")).where(
            rf.status == RefundStatus.APPLIED, rf.conversion_id.is_(None)
        ),
    ),
)


async def of_leads(db: AsyncConnection) -> AsyncIterator[Violation]:
    """I3 and I4, and every order counted once."""
    async for violation in run(db, (*_LEADS, *_CONVERSIONS, *_REFUNDS)):
        yield violation
