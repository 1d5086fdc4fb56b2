"""The one letter to a person who did not ask: the invitation that a friend has sent to them.

Off until an owner switches it on. An address is invited once for ever in a campaign, whoever asks,
and can stop it; what is kept of it is a keyed hash. Who asks learns nothing of anybody.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from enum import Enum, auto

from goodword.campaigns import brands
from goodword.clock import DAY
from goodword.leads import customers
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.links import code_of, invitation_link, link
from goodword.lifecycle.unsubscribe import address_of
from goodword.lifecycle.writing import Person, letter_message
from goodword.model import (
    Campaign,
    Letter,
    LetterText,
    LinkTo,
    Mode,
    Referrer,
    canonical_email,
    is_email,
    plain_name,
)
from goodword.notifications import mail as mails
from goodword.referrers import invited
from goodword.referrers import record as referrers

MOST_A_DAY = 5
"""So many friends a referrer may have invited in 24 hours."""


class Invited(Enum):
    """What is said of it. `TAKEN` says nothing of the address: whoever was invited before, wants
    no e-mails, or is known already is not written to."""

    TAKEN = auto()
    NO_ADDRESS = auto()
    TOO_MANY = auto()
    OFF = auto()


async def may_invite(context: Context, campaign: Campaign, referrer: Referrer) -> bool:
    """Whether the campaign sends invitations, and this referrer has a link that works."""
    if context.settings.mail_server is None or campaign.paused or referrer.disabled_at:
        return False
    async with context.storage.read() as db:
        return (await mails.letters(db, campaign.id))[Letter.FRIEND_INVITATION].on


async def invite_friend(
    context: Context, campaign: Campaign, referrer: Referrer, email: str
) -> Invited:
    """Has the invitation sent to a friend's address, where it may go."""
    if not is_email(email):
        return Invited.NO_ADDRESS
    if not await may_invite(context, campaign, referrer):
        return Invited.OFF
    async with begin(context, campaign, "page") as act:
        since = act.at - DAY
        if await invited.count_since(act.db, campaign.id, referrer.id, since) >= MOST_A_DAY:
            return Invited.TOO_MANY
        address = address_of(campaign, email)
        first = await invited.add(act.db, campaign.id, address, referrer.id, act.at)
        if first and await _is_stranger(act, email, address):
            await _write(act, referrer, email, address)
            await act.log("referrer.invited_friend", referrer_id=referrer.id)
    return Invited.TAKEN


async def _is_stranger(act: Act, email: str, address: str) -> bool:
    """Whether the address is nobody's who is known here, and wants e-mails."""
    campaign_id, canonical = act.campaign.id, canonical_email(email)
    if (address, "") in await mails.unwanted(act.db, campaign_id, [address]):
        return False
    known = (
        await leads.by_email(act.db, campaign_id, Mode.LIVE, canonical),
        await referrers.by_email(act.db, campaign_id, Mode.LIVE, canonical),
        await customers.since(act.db, campaign_id, canonical),
    )
    return all(each is None for each in known)


async def _write(act: Act, referrer: Referrer, email: str, address: str) -> None:
    campaign, public_url = act.campaign, act.context.settings.public_url
    text: LetterText = (await mails.letters(act.db, campaign.id))[Letter.FRIEND_INVITATION]
    brand, code = await brands.of_campaign(act.db, campaign.id), code_of(referrer)
    direct = brand.link_to is LinkTo.SITE
    shared = link(campaign, code) if direct else invitation_link(public_url, campaign, code)
    values = {
        "campaign": campaign.name,
        "referrer": plain_name(referrer.name) or "A friend",
        "invitation": shared,
    }
    person = Person(f"inv_{address}", email.strip(), "")
    message = letter_message(campaign, act.at, text, person, values)
    # One for ever: whatever races, there is no second of this id.
    about = hashlib.sha256(f"{campaign.id}|{address}".encode()).hexdigest()[:20]
    await mails.put_if_new(act.db, replace(message, id=f"msg_{act.at:012x}{about}"))
