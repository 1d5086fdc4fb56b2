"""Who waits: leads for their qualification, rewards for a coupon code."""

from __future__ import annotations

from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Kind, RewardStatus
from goodword.storage import tables as t

lc, rw, ru, co = t.lead_counts.c, t.rewards.c, t.rules.c, t.coupons.c
_OPEN = (RewardStatus.DUE, RewardStatus.HELD, RewardStatus.FAILED)
_COUPON = "coupon"


async def pending_leads(db: AsyncConnection, campaign_id: str) -> int:
    """Those that joined and did not qualify; what was rejected is not among them."""
    waiting = func.coalesce(func.sum(lc.joined - lc.qualified), 0)
    query = select(waiting).where(lc.campaign_id == campaign_id, lc.referrer_id == t.WHOLE)
    return int((await db.execute(query)).scalar_one())


async def rewards_without_code(db: AsyncConnection, campaign_id: str) -> dict[str, int]:
    """How many open rewards of each pool have no code yet. What the index of them asks for is said
    in its own words."""
    version = and_(
        ru.campaign_id == rw.campaign_id, ru.id == rw.rule_id, ru.version == rw.rule_version
    )
    code = and_(co.campaign_id == rw.campaign_id, co.reward_id == rw.id)
    query = (
        select(ru.pool, func.count())
        .select_from(t.rewards.join(t.rules, version).outerjoin(t.coupons, code))
        .where(
            rw.campaign_id == campaign_id,
            rw.unit == literal_column(f"'{_COUPON}'"),
            rw.status.in_(_OPEN),
            ru.kind == Kind.COUPON,
            co.code.is_(None),
        )
        .group_by(ru.pool)
    )
    return {pool: rewards for pool, rewards in await db.execute(query)}
