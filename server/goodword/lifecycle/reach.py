"""Whether who gets a reward can be mailed its coupon code."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.unsubscribe import address_of
from goodword.model import Campaign, Recipient, Reward
from goodword.notifications import mail as mails
from goodword.notifications.decide import asked_for_mail
from goodword.referrers import record as referrers


async def is_reachable(act: Act, reward: Reward) -> bool:
    """Whether there is an address that its owner left here, and wants e-mails at."""
    email = await _email(act, reward)
    if not email:
        return False
    address = address_of(act.campaign, email)
    return (address, "") not in await mails.unwanted(act.db, act.campaign.id, [address])


async def _email(act: Act, reward: Reward) -> str | None:
    if reward.recipient is Recipient.REFERRER:
        referrer = await referrers.by_id(act.db, act.campaign.id, reward.referrer_id)
        return referrer.email if referrer else None
    lead = await leads.by_id(act.db, act.campaign.id, reward.lead_id)
    return lead.email if lead is not None and asked_for_mail(lead) else None


async def reachable(db: AsyncConnection, campaign: Campaign) -> Callable[[str], bool]:
    """What says of an address whether its owner wants e-mails, without asking again."""
    unwanted = await mails.everybody_unwanting(db, campaign.id)
    return lambda email: address_of(campaign, email) not in unwanted
