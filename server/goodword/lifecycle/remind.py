"""Who asked to join and brought nobody is reminded of the link, once, where a campaign wants it."""

from __future__ import annotations

from goodword.clock import DAY
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.wording import of_referrer
from goodword.lifecycle.writing import Writing, letter_message, person_of, put
from goodword.model import Campaign, Letter
from goodword.notifications import mail as mails
from goodword.referrers import record as referrers

_LATE = 7 * DAY
"""Who should have been reminded longer ago than this is left in peace: the letter was off then."""

_BATCH = 200


async def remind(context: Context, campaign: Campaign) -> None:
    """Writes to everybody whose day has come; nobody twice, whatever the clock does."""
    async with context.storage.read() as db:
        text = (await mails.letters(db, campaign.id))[Letter.REFERRER_REMINDER]
        until = context.now() - text.days * DAY
        span = (campaign.id, until - _LATE, until, _BATCH)
        if not text.on or campaign.paused or not await referrers.to_remind(db, *span):
            return
    async with begin(context, campaign, "clock") as act:
        found = await referrers.to_remind(act.db, *span)
        writing = Writing(act.db, campaign, act.at, {}, context.settings.public_url)
        for referrer in found:
            values = await of_referrer(writing, referrer, text) | {"days": str(text.days)}
            message = letter_message(campaign, act.at, text, person_of(referrer), values)
            await put(writing, message)
        await referrers.set_reminded(act.db, campaign.id, [each.id for each in found], act.at)
