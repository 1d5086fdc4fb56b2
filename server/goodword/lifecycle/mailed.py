"""Links that are mailed: each opens one thing for the owner of the mailbox, for seven days.

What they open is a page whose button acts, never the act itself: mail scanners follow links.
"""

from __future__ import annotations

from goodword.lifecycle.act import Act
from goodword.lifecycle.context import Context
from goodword.model import Campaign, Mode, Referrer
from goodword.referrers import record as referrers
from goodword.signing import mint_mailed_link, read_mailed_link

_OWN_PAGE = "own page"


def own_page_link(context: Context, referrer: Referrer) -> str:
    """The address of the referrer's own page, to be sent to their mailbox and shown nowhere."""
    subject = (referrer.campaign_id, referrer.id)
    text = mint_mailed_link(context.keys, _OWN_PAGE, subject, context.now())
    return f"{context.settings.public_url}/p/{text}"


async def open_own_page(context: Context, text: str) -> tuple[Campaign, Referrer] | None:
    """Whose page the last part of the address is for; None when it is forged, seven days old,
    revoked, or of a person who is gone."""
    found = read_mailed_link(context.keys, _OWN_PAGE, text, context.now())
    if found is None:
        return None
    campaign_id, referrer_id = found.subject
    campaign = await context.directory.by_id(campaign_id)
    if campaign is None:
        return None
    async with context.storage.read() as db:
        referrer = await referrers.by_id(db, campaign_id, referrer_id)
    if referrer is None or referrer.mode is Mode.TEST or found.at < referrer.links_from:
        return None
    return campaign, referrer


async def revoke_links(act: Act, referrer_id: str) -> None:
    """Whatever was mailed to the referrer until now opens nothing more."""
    await referrers.set_links_from(act.db, act.campaign.id, referrer_id, act.at + 1)
    await act.log("referrer.links_revoked", referrer_id=referrer_id)
