"""What a referrer may see: how many came and count, who by a first name, and their own rewards.

Nothing else leaves the database for it: no e-mail, no order, no reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    LeadStatus,
    Mode,
    Occasion,
    Recipient,
    RewardStatus,
    shown_name,
    worth,
)
from goodword.storage import tables as t

MOST = 100
"""Of friends and of rewards so many are listed, the newest; the counts are of all."""

le, rw, co, lc = t.leads.c, t.rewards.c, t.coupons.c, t.lead_counts.c


@dataclass(frozen=True, slots=True)
class Friend:
    """`name` is a first name and an initial, or empty; `converted_at` is None while pending."""

    name: str
    joined_at: int
    converted_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReward:
    """A reward of the referrer's own; `worth` is empty while it can't be told. `coupon` is its
    code once it was issued, and `shown` says whether somebody has seen that."""

    id: str
    worth: str
    status: RewardStatus
    occasion: Occasion
    step: int
    issue_after: int
    created_at: int
    issued_at: int | None
    takes_back: bool
    coupon: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Own:
    """All of the referrer's page. Who was rejected is neither counted nor listed."""

    referrals: int
    successful: int
    friends: list[Friend]
    rewards: list[OwnReward]


async def own(db: AsyncConnection, campaign_id: str, referrer_id: str) -> Own:
    referrals, successful = await _counts(db, campaign_id, referrer_id)
    friends = await _friends(db, campaign_id, referrer_id)
    return Own(referrals, successful, friends, await _rewards(db, campaign_id, referrer_id))


async def _counts(db: AsyncConnection, campaign_id: str, referrer_id: str) -> tuple[int, int]:
    joined, qualified = (
        cast(func.coalesce(func.sum(each), 0), BigInteger) for each in (lc.joined, lc.qualified)
    )
    mine = (lc.campaign_id == campaign_id, lc.referrer_id == referrer_id)
    row = (await db.execute(select(joined, qualified).where(*mine))).one()
    return int(row[0]), int(row[1])


async def _friends(db: AsyncConnection, campaign_id: str, referrer_id: str) -> list[Friend]:
    query = (
        select(le.name, le.joined_at, le.converted_at, le.status)
        .where(
            le.campaign_id == campaign_id,
            le.referrer_id == referrer_id,
            le.mode == Mode.LIVE,
            le.status != LeadStatus.REJECTED,
        )
        .order_by(le.joined_at.desc(), le.id.desc())
        .limit(MOST)
    )
    return [
        Friend(
            shown_name(row.name or ""),
            row.joined_at,
            row.converted_at if row.status == LeadStatus.QUALIFIED else None,
        )
        for row in await db.execute(query)
    ]


async def _rewards(db: AsyncConnection, campaign_id: str, referrer_id: str) -> list[OwnReward]:
    coupon = and_(co.campaign_id == rw.campaign_id, co.reward_id == rw.id)
    query = (
        select(t.rewards, co.code, co.shown_at)
        .select_from(t.rewards.outerjoin(t.coupons, coupon))
        .where(
            rw.campaign_id == campaign_id,
            rw.referrer_id == referrer_id,
            rw.recipient == Recipient.REFERRER,
        )
        .order_by(rw.created_at.desc(), rw.id.desc())
        .limit(MOST)
    )
    return [
        OwnReward(
            id=row.id,
            worth=worth(row.amount, row.currency, row.unit) if row.amount else "",
            status=RewardStatus(row.status),
            occasion=Occasion(row.occasion),
            step=row.step,
            issue_after=row.issue_after,
            created_at=row.created_at,
            issued_at=row.issued_at,
            takes_back=row.reverses is not None,
            coupon=(row.code or "") if row.status == RewardStatus.ISSUED else "",
            shown=row.shown_at is not None,
        )
        for row in await db.execute(query)
    ]
