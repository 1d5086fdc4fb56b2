"""Links that are mailed: each opens one thing for the owner of the mailbox, for seven days.

What they open is a page whose button acts, never the act itself: mail scanners follow links.
"""

from __future__ import annotations

from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, keep_deed
from goodword.model import Campaign, Deed, Mode, Referrer
from goodword.referrers import record as referrers
from goodword.signing import MAILED_LIFE, mint_mailed_link, read_mailed_link

_OWN_PAGE = "own page"


def own_page_link(context: Context, referrer: Referrer) -> str:
    """The address of the referrer's own page, to be sent to their mailbox, or given to who knows
    that it is them; shown nowhere else."""
    return link_to_page(context, referrer.campaign_id, referrer.id)


def link_to_page(context: Context, campaign_id: str, referrer_id: str) -> str:
    """The same by the referrer's id."""
    text = mint_mailed_link(context.keys, _OWN_PAGE, (campaign_id, referrer_id), context.now())
    return f"{context.settings.public_url}/p/{text}"


async def open_own_page(context: Context, text: str) -> tuple[Campaign, Referrer] | None:
    """Whose page the last part of the address is for; None when it is forged, seven days old,
    revoked, or of a person who is gone."""
    return await opened(context, _OWN_PAGE, text, MAILED_LIFE)


async def opened(
    context: Context, purpose: str, text: str, life: int
) -> tuple[Campaign, Referrer] | None:
    """Whose the text is that was signed for a purpose; None as in `open_own_page`."""
    found = read_mailed_link(context.keys, purpose, text, context.now(), life)
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


async def sent_for(context: Context, text: str) -> Campaign | None:
    """The campaign that an own page link was for, even if it opens nothing any more."""
    found = read_mailed_link(context.keys, _OWN_PAGE, text, context.now(), None)
    return await context.directory.by_id(found.subject[0]) if found is not None else None


async def hand_out_link(
    context: Context, campaign: Campaign, referrer_id: str, actor: str
) -> tuple[Referrer, str, Deed | None] | None:
    """A link to the page of a referrer, for an admin to pass on; kept for the audit trail.

    Undo revokes it. None when the campaign has no such referrer.
    """
    async with begin(context, campaign, actor) as act:
        referrer = await referrers.by_id(act.db, campaign.id, referrer_id)
        if referrer is None or referrer.mode is Mode.TEST:
            return None
        deed = await keep_deed(act, "hand_out", "referrer", {referrer.id: "link"})
        await act.log("referrer.link_handed_out", referrer_id=referrer.id)
    return referrer, own_page_link(context, referrer), deed


async def revoke_links(act: Act, referrer_id: str) -> None:
    """Whatever was mailed to the referrer until now opens nothing more."""
    await referrers.set_links_from(act.db, act.campaign.id, referrer_id, act.at + 1)
    await act.log("referrer.links_revoked", referrer_id=referrer_id)


async def revoke_by_hand(
    context: Context, campaign: Campaign, referrer_id: str, actor: str
) -> Done:
    """An admin ends every link that was mailed or handed out; the audit trail keeps it, and Undo
    lets them open again what they opened."""
    async with begin(context, campaign, actor) as act:
        referrer = await referrers.by_id(act.db, campaign.id, referrer_id)
        if referrer is None or referrer.mode is Mode.TEST:
            why = "There is no such referrer in this campaign."
            return Done(None, refused=(Refusal(referrer_id, why),))
        await revoke_links(act, referrer.id)
        stood = {referrer.id: f"{referrer.links_from} {act.at + 1}"}
        return Done(await keep_deed(act, "revoke", "referrer", stood), (referrer.id,))


async def undo_revoking(act: Act, referrer_id: str, stood: str) -> str:
    """Why links stay revoked; empty where they open again what they opened."""
    before, after = map(int, stood.split())
    referrer = await referrers.by_id(act.db, act.campaign.id, referrer_id)
    if referrer is None or referrer.links_from != after:
        return "They were revoked again since."
    await referrers.set_links_from(act.db, act.campaign.id, referrer_id, before)
    await act.log("referrer.links_restored", referrer_id=referrer_id)
    return ""
