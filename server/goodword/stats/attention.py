"""What a person should know of without looking: new doubts, failures, and what is due tomorrow."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    MessageStatus,
    Mode,
    Reason,
    Recipient,
    RewardStatus,
    Status,
    Verdict,
    first_id,
    worth,
)
from goodword.stats.owed import Total
from goodword.storage import tables as t
from goodword.storage.rows import noun

f, rw, cv, o, le, rf = (
    *(t.findings.c, t.rewards.c, t.conversions.c),
    *(t.outbox.c, t.leads.c, t.referrers.c),
)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A reward that may go out on a day, and who gets it for whom."""

    id: str
    amount: int
    currency: str
    unit: str
    recipient: Recipient
    status: RewardStatus
    referrer_email: str
    lead_email: str | None
    lead_customer: str | None
    lead_id: str

    @property
    def worth(self) -> str:
        return worth(self.amount, self.currency, self.unit)

    @property
    def lead(self) -> str:
        """What the lead is known by."""
        return self.lead_email or self.lead_customer or self.lead_id

    @property
    def to(self) -> str:
        return self.referrer_email if self.recipient is Recipient.REFERRER else self.lead


async def doubts(db: AsyncConnection, campaign_id: str, since: int) -> dict[Reason, int]:
    """The open findings that hold something, found since then, by their check."""
    of_test = select(le.id).where(
        le.campaign_id == f.campaign_id, le.id == f.lead_id, le.mode == Mode.TEST
    )
    query = (
        select(f.check, func.count())
        .where(
            f.campaign_id == campaign_id,
            f.id > first_id("find", since),
            f.verdict == Verdict.HOLD,
            f.cleared_at.is_(None),
            ~of_test.exists(),
        )
        .group_by(f.check)
    )
    return {Reason(check): count for check, count in await db.execute(query)}


async def stopped(db: AsyncConnection, campaign_id: str, since: int) -> dict[Reason, int]:
    """The rewards made since then that something else than a finding or a person holds."""
    query = (
        select(rw.hold, func.count())
        .where(
            rw.campaign_id == campaign_id,
            rw.status == RewardStatus.HELD,
            rw.created_at > since,
            rw.hold.is_not(None),
            rw.hold != Reason.BY_HAND,
        )
        .group_by(rw.hold)
    )
    return {Reason(hold): count for hold, count in await db.execute(query)}


async def claims(db: AsyncConnection, campaign_id: str, since: int) -> int:
    """The conversions since then that are claims: better evidence or a person must confirm."""
    query = select(func.count()).where(
        cv.campaign_id == campaign_id,
        cv.id > first_id("conv", since),
        cv.status == Status.HELD,
        cv.reason == Reason.NEEDS_EVIDENCE,
        cv.mode == Mode.LIVE,
    )
    return int((await db.execute(query)).scalar_one())


async def failed_messages(db: AsyncConnection, campaign_id: str, since: int) -> dict[str, int]:
    """The messages that failed since then, by the way they go."""
    query = (
        select(o.kind, func.count())
        .where(
            o.campaign_id == campaign_id,
            o.status == MessageStatus.FAILED,
            o.next_at > since,
        )
        .group_by(o.kind)
    )
    return {kind: count for kind, count in await db.execute(query)}


async def failed_rewards(db: AsyncConnection, campaign_id: str) -> dict[Reason, int]:
    """The rewards that could not go out by themselves, by what was wrong."""
    query = (
        select(rw.reason, func.count())
        .where(rw.campaign_id == campaign_id, rw.status == RewardStatus.FAILED)
        .group_by(rw.reason)
    )
    return {Reason(reason): count for reason, count in await db.execute(query) if reason}


async def due_between(
    db: AsyncConnection, campaign_id: str, since: int, until: int, limit: int
) -> list[DueRow]:
    """The rewards that are due and may go out from then on, the largest first; held ones too."""
    lead = t.rewards.join(t.leads, (le.campaign_id == rw.campaign_id) & (le.id == rw.lead_id))
    both = lead.join(t.referrers, (rf.campaign_id == rw.campaign_id) & (rf.id == rw.referrer_id))
    query = (
        select(
            *(rw.id, rw.amount, rw.currency, rw.unit, rw.recipient, rw.status),
            rf.email.label("referrer_email"),
            *(le[name].label(f"lead_{name}") for name in ("email", "customer", "id")),
        )
        .select_from(both)
        .where(
            rw.campaign_id == campaign_id,
            rw.status.in_((RewardStatus.DUE, RewardStatus.HELD)),
            rw.issue_after >= since,
            rw.issue_after < until,
        )
        .order_by(rw.currency.desc(), rw.amount.desc(), rw.id)
        .limit(limit)
    )
    return [noun(DueRow, row) for row in await db.execute(query)]


async def due_totals(db: AsyncConnection, campaign_id: str, since: int, until: int) -> list[Total]:
    """How many rewards are due from then on, and what they come to in each currency and thing."""
    query = (
        select(func.count(), func.sum(rw.amount), rw.currency, rw.unit)
        .where(
            rw.campaign_id == campaign_id,
            rw.status == RewardStatus.DUE,
            rw.issue_after >= since,
            rw.issue_after < until,
        )
        .group_by(rw.currency, rw.unit)
        .order_by(rw.currency.desc(), rw.unit)
    )
    return [Total(count, int(amount), *of) for count, amount, *of in await db.execute(query)]
