"""What was owed lately and how sure it was: what Auto Issue would have made of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Campaign, Evidence, Occasion, RewardStatus
from goodword.storage import tables as t

rw, cv, le = t.rewards.c, t.conversions.c, t.leads.c
_BY_HAND = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """So many rewards alike; `evidence` is None for a person's own hand, `two` says that two
    people issue such a reward."""

    status: RewardStatus
    evidence: Evidence | None
    two: bool
    rewards: int


async def rewards_since(
    db: AsyncConnection, campaign: Campaign, since: int, rule_id: str | None = None
) -> list[Seen]:
    """The rewards made since then, in milliseconds: of one rule, or with None of all rules.

    Where no conversion stands behind a reward for joining or for a number of referrals, the lead
    is as sure as who reported it: the site's own server, or a browser.
    """
    by_hand = and_(rw.occasion != Occasion.JOINED, rw.step == 0)
    evidence = case(
        (rw.conversion_id.is_not(None), func.coalesce(cv.evidence, Evidence.BARE.value)),
        (by_hand, _BY_HAND),
        (le.source == "api", Evidence.CALLED.value),
        else_=Evidence.TOKEN.value,
    )
    facts = select(
        rw.status.label("status"),
        evidence.label("evidence"),
        case((_for_two(campaign), 1), else_=0).label("two"),
    )
    conversion = and_(cv.campaign_id == rw.campaign_id, cv.id == rw.conversion_id)
    lead = and_(le.campaign_id == rw.campaign_id, le.id == rw.lead_id)
    each = facts.select_from(t.rewards.join(t.leads, lead).outerjoin(t.conversions, conversion))
    made = each.where(
        rw.campaign_id == campaign.id,
        rw.created_at >= since,
        rw.reverses.is_(None),
        rw.replaces.is_(None),
        rw.restores.is_(None),
    )
    f = (made if rule_id is None else made.where(rw.rule_id == rule_id)).subquery().c
    found = await db.execute(
        select(f.status, f.evidence, f.two, func.count()).group_by(f.status, f.evidence, f.two)
    )
    return [
        Seen(RewardStatus(status), _grade(grade), bool(both), rewards)
        for status, grade, both, rewards in found
    ]


def _for_two(campaign: Campaign) -> ColumnElement[bool]:
    if campaign.second_eyes is None:
        return false()
    return and_(rw.currency == campaign.currency, rw.amount >= campaign.second_eyes)


def _grade(number: int) -> Evidence | None:
    return None if number == _BY_HAND else Evidence(number)
