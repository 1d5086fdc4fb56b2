"""The referrer's own page: who asks is mailed a link, and what that link opens lasts two hours.

What a browser keeps meanwhile is signed, as the link is, and ends with it when links are revoked.
"""

from __future__ import annotations

from goodword.clock import HOUR
from goodword.credits import record as credits
from goodword.credits.decide import has_room
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.mailed import opened, revoke_links
from goodword.lifecycle.reveal import reveal_coupons
from goodword.model import (
    Campaign,
    CreditClaim,
    CreditStatus,
    Mode,
    Referrer,
    canonical_email,
    is_email,
)
from goodword.referrers import record as referrers
from goodword.signing import mint_mailed_link
from goodword.stats.own import Own, own

SESSION_LIFE = 2 * HOUR
_SESSION = "own session"


def open_session(context: Context, referrer: Referrer) -> str:
    """What a browser shows to see the page again, for two hours."""
    subject = (referrer.campaign_id, referrer.id)
    return mint_mailed_link(context.keys, _SESSION, subject, context.now())


async def resume_session(context: Context, campaign: Campaign, text: str) -> Referrer | None:
    """Whose page of this campaign a browser may see; None when that has ended."""
    found = await opened(context, _SESSION, text, SESSION_LIFE)
    return found[1] if found is not None and found[0].id == campaign.id else None


async def read_own_page(context: Context, campaign: Campaign, referrer: Referrer) -> Own:
    """What the referrer may see. Coupon codes count as seen from now on."""
    async with context.storage.read() as db:
        page = await own(db, campaign.id, referrer.id)
    unseen = [each.id for each in page.rewards if each.coupon and not each.shown]
    if unseen:
        await reveal_coupons(context, campaign, unseen, "page")
    return page


async def claims_of(
    context: Context, campaign: Campaign, referrer: Referrer
) -> tuple[list[CreditClaim], bool]:
    """What the referrer asked of missing credit, newest first, and whether they may ask more."""
    async with context.storage.read() as db:
        known = await credits.of_referrer(db, campaign.id, referrer.id)
    shown = [each for each in known if each.status is not CreditStatus.WITHDRAWN]
    return shown, has_room(known, context.now())


async def ask_for_link(context: Context, campaign: Campaign, email: str) -> None:
    """Mails the referrer of that e-mail their links again. Nothing tells whether there is one."""
    if not is_email(email):
        return
    async with begin(context, campaign, "page") as act:
        known = await referrers.by_email(act.db, campaign.id, Mode.LIVE, canonical_email(email))
        if known is not None:
            await act.log("referrer.asked", referrer_id=known.id)


async def close_links(context: Context, campaign: Campaign, referrer: Referrer) -> None:
    """Whatever was mailed to the referrer, and whatever it opened, ends now."""
    async with begin(context, campaign, "page") as act:
        await revoke_links(act, referrer.id)
