"""What time alone brings about. May stop for days, run twice at once, or see the clock jump."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access import record as access
from goodword.activity import calls
from goodword.activity import record as activity
from goodword.clock import DAY
from goodword.fraud import record as fraud
from goodword.hits import record as hits
from goodword.integrations import kept
from goodword.leads import record as leads
from goodword.lifecycle.address_key import renew_key
from goodword.lifecycle.context import Context
from goodword.lifecycle.inbound import LIFE_OF_STRANGERS as STRANGERS
from goodword.lifecycle.move_in import tidy
from goodword.lifecycle.news import tell_admins
from goodword.lifecycle.once import LIFE as ANSWERS
from goodword.lifecycle.remind import remind
from goodword.lifecycle.retain import retain
from goodword.lifecycle.ripen import ripen
from goodword.notifications import record as notifications
from goodword.qualification import record as qualification
from goodword.stats import tag_health
from goodword.storage import installation as notes

UNSENT = 90 * DAY
"""How long an e-mail waits for a mail server, milliseconds; one that brings a reward waits on."""


_TICKED = "ticked_at"


async def tick(context: Context) -> None:
    """Tells of rewards that may go out now, reminds referrers, tells admins, and forgets what is
    old: test runs after a day, answers to API calls after theirs, files that never moved in after
    7 days, what was seen of the tag, e-mails that nobody sent and the rows of imports after 90; and
    as the settings say inbound calls, messages, the browsers of visits, the words of refused
    reports and the key of addresses. `Unavailable` when storage refuses."""
    for campaign in context.directory.all():
        await ripen(context, campaign)
        await remind(context, campaign)
        await tell_admins(context, campaign)
    await tidy(context)
    await renew_key(context)
    await retain(context)
    now, keep = context.now(), context.settings.keep
    called = now - keep.calls * DAY
    async with context.storage.write() as db:
        await notes.write(db, _TICKED, str(now))
        for shelf in (fraud, qualification, leads, hits, activity):
            await shelf.forget_tests(db, now - DAY)
        await access.forget_answers(db, now - ANSWERS)
        await calls.forget(db, called, max(called, now - STRANGERS))
        await kept.forget_events(db, called)
        for campaign in context.directory.all():
            await notifications.forget(db, campaign.id, now - keep.messages * DAY, now - UNSENT)
        await tag_health.forget(db, now - tag_health.KEPT_DAYS * DAY)


async def ticked_at(db: AsyncConnection) -> int | None:
    """When any process last ticked, milliseconds; None when none ever did."""
    kept = await notes.read(db, _TICKED)
    return int(kept) if kept else None
