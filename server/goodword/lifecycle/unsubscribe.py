"""Who wants no more e-mails says so with one click, and may take it back (RFC 8058).

What is kept is a keyed hash of the address: it says nothing, and outlives the erasure of the
person, so that nobody is written to again who had asked to be left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.model import Campaign, canonical_email
from goodword.notifications import mail as mails
from goodword.signing import keyed_hash, mint_mailed_link, read_mailed_link

_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Choice:
    """Whose e-mails a link is about: those of an address, or with `letter` that one alone."""

    campaign: Campaign
    address: str
    letter: str
    stopped: bool


def address_of(campaign: Campaign, email: str) -> str:
    """What is kept of an address; by a key of the campaign, which never changes."""
    return keyed_hash((campaign.code_key,), _PURPOSE, canonical_email(email))


def unsubscribe_link(context: Context, campaign: Campaign, email: str, letter: str = "") -> str:
    """The address that stops e-mails. It never ends: nobody may be told to come back sooner."""
    subject = (campaign.id, address_of(campaign, email), letter)
    text = mint_mailed_link(context.keys, _PURPOSE, subject, context.now())
    return f"{context.settings.public_url}/unsubscribe/{text}"


async def read_choice(context: Context, text: str) -> Choice | None:
    """What the last part of the address is about; None when it is not one of ours."""
    found = read_mailed_link(context.keys, _PURPOSE, text, context.now(), life=None)
    if found is None:
        return None
    campaign_id, address, letter = found.subject
    campaign = await context.directory.by_id(campaign_id)
    if campaign is None:
        return None
    async with context.storage.read() as db:
        unwanted = await mails.unwanted(db, campaign.id, [address])
    return Choice(campaign, address, letter, (address, letter) in unwanted)


async def choose(context: Context, choice: Choice, stop: bool) -> None:
    """Stops the e-mails, or lets them come again; what was so before stays so."""
    about = (choice.campaign.id, choice.address, choice.letter)
    async with begin(context, choice.campaign, "mail") as act:
        if stop:
            changed = await mails.unsubscribe(act.db, *about, act.at)
        else:
            changed = await mails.subscribe(act.db, *about)
        if changed:
            await act.log("email.unsubscribed" if stop else "email.subscribed")
