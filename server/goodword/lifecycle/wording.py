"""What the variables of a letter stand for. Of other people a letter says the first name alone."""

from __future__ import annotations

from goodword.campaigns import brands
from goodword.leads import counts
from goodword.lifecycle.links import code_of, invitation_link, link
from goodword.lifecycle.writing import Writing
from goodword.model import (
    Lead,
    LetterText,
    LinkTo,
    Referrer,
    Reward,
    RewardStatus,
    day_of,
    plain_name,
)
from goodword.notifications.letters import names_in
from goodword.rewards import coupons

SOMEBODY = "a friend"
"""What a person is called whose name we do not know, or may not say."""


MADE_LATER = "(a link that is made when this is sent)"
"""What stands for a link that opens something, as long as the letter lies in the outbox."""


async def of_referrer(writing: Writing, referrer: Referrer, text: LetterText) -> dict[str, str]:
    campaign, code = writing.campaign, code_of(referrer)
    values = hello(writing, referrer.name) | {"link": link(campaign, code), "page": MADE_LATER}
    brand = await brands.of_campaign(writing.db, campaign.id)
    first = brand.link_to is LinkTo.INVITATION
    values["invitation"] = invitation_link(writing.public_url, campaign, code) if first else ""
    if {"referrals", "successful"} & set(names_in(text.subject + text.text)):
        made, won = await counts.of_referrer(writing.db, writing.campaign.id, referrer.id)
        values |= {"referrals": str(made), "successful": str(won)}
    return values


def of_lead(writing: Writing, lead: Lead, referrer: Referrer) -> dict[str, str]:
    who = plain_name(referrer.name) or SOMEBODY
    return hello(writing, lead.name or "") | {"referrer": who, "site": writing.campaign.landing}


def hello(writing: Writing, name: str) -> dict[str, str]:
    first = plain_name(name)
    return {
        "campaign": writing.campaign.name,
        "hello": f"Hello {first}," if first else "Hello,",
        "name": first,
    }


async def of_reward(writing: Writing, reward: Reward | None) -> dict[str, str]:
    """What a letter says of a reward: what it is, and its code once it has gone out."""
    if reward is None:
        return {"reward": "", "day": "", "coupon": ""}
    code = await coupons.code_of(writing.db, writing.campaign.id, reward.id)
    gone = reward.status is RewardStatus.ISSUED
    return {
        "reward": "" if code and not gone else reward.worth,
        "day": "" if gone else day_of(reward.issue_after),
        "coupon": (code or "") if gone else "",
    }
