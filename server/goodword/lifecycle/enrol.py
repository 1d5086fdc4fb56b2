"""A person joins on the page that goodword hosts, and their browser is known to be theirs."""

from __future__ import annotations

from goodword.lifecycle.context import Context
from goodword.lifecycle.own_page import ask_for_link
from goodword.lifecycle.set_up import create_referrer
from goodword.model import Campaign
from goodword.signing import read_token


async def enrol(context: Context, campaign: Campaign, email: str, name: str, token: str) -> None:
    """Makes the person of that e-mail a referrer, or knows them already: the mailbox alone is told
    which, by a welcome or by their links once more.

    `token` is what the browser kept of a visit, empty or forged where it is worth nothing.
    `Refused` for what is no e-mail.
    """
    found = read_token(context.keys, token)
    own = found is not None and found.campaign_id == campaign.id and not found.test
    visitor = found.visitor if found is not None and own else None
    _, new = await create_referrer(
        context, campaign, email, name, "page", visitor=visitor, welcome=True
    )
    if not new:
        await ask_for_link(context, campaign, email)
