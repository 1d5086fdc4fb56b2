"""What was owed lately and how sure it was: what Auto Issue would have made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, false, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Campaign, Evidence, Occasion, Recipient, RewardStatus
from goodword.storage import tables as t

rw, cv, le, rf = t.rewards.c, t.conversions.c, t.leads.c, t.referrers.c
_BY_HAND = -1
_ADDRESS = case(
    (rw.recipient == Recipient.REFERRER, rf.email),
    (or_(le.source != "api", le.hit_id.is_not(None)), func.coalesce(le.email, "")),
    else_="",
)
"""Where who gets a reward is reached, if they left an address there themselves."""


@dataclass(frozen=True, slots=True)
class Seen:
    """So many rewards alike; `evidence` is None for a person's own hand, `two` says that two
    people issue such a reward, `mailed` that who gets it can be mailed a code."""

    status: RewardStatus
    evidence: Evidence | None
    two: bool
    rewards: int
    mailed: bool = True


async def rewards_since(
    db: AsyncConnection,
    campaign: Campaign,
    since: int,
    rule_id: str | None = None,
    wants_mail: Callable[[str], bool] | None = None,
) -> list[Seen]:
    """The rewards made since then, in milliseconds: of one rule, or with None of all rules.

    With `wants_mail`, which is asked of addresses that people left themselves, they are told
    apart by whether a code could be mailed.

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
        (literal("") if wants_mail is None else _ADDRESS).label("address"),
    )
    conversion = and_(cv.campaign_id == rw.campaign_id, cv.id == rw.conversion_id)
    lead = and_(le.campaign_id == rw.campaign_id, le.id == rw.lead_id)
    referrer = and_(rf.campaign_id == rw.campaign_id, rf.id == rw.referrer_id)
    people = t.rewards.join(t.leads, lead).join(t.referrers, referrer)
    each = facts.select_from(people.outerjoin(t.conversions, conversion))
    made = each.where(
        rw.campaign_id == campaign.id,
        rw.created_at >= since,
        rw.reverses.is_(None),
        rw.replaces.is_(None),
        rw.restores.is_(None),
    )
    f = (made if rule_id is None else made.where(rw.rule_id == rule_id)).subquery().c
    alike = (f.status, f.evidence, f.two, f.address)
    counts: Counter[tuple[RewardStatus, Evidence | None, bool, bool]] = Counter()
    for *of, address, rewards in await db.execute(select(*alike, func.count()).group_by(*alike)):
        mailed = wants_mail is None or (bool(address) and wants_mail(address))
        counts[RewardStatus(of[0]), _grade(of[1]), bool(of[2]), mailed] += rewards
    return [Seen(*kind[:3], rewards, kind[3]) for kind, rewards in counts.items()]


def _for_two(campaign: Campaign) -> ColumnElement[bool]:
    if campaign.second_eyes is None:
        return false()
    return and_(rw.currency == campaign.currency, rw.amount >= campaign.second_eyes)


def _grade(number: int) -> Evidence | None:
    return None if number == _BY_HAND else Evidence(number)
