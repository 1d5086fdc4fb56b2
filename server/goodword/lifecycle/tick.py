"""What time alone brings about. May stop for days, run twice at once, or see the clock jump."""

from __future__ import annotations

from goodword.access import record as access
from goodword.activity import record as activity
from goodword.clock import DAY
from goodword.fraud import record as fraud
from goodword.hits import record as hits
from goodword.leads import record as leads
from goodword.lifecycle.context import Context
from goodword.lifecycle.once import LIFE as ANSWERS
from goodword.qualification import record as qualification


async def tick(context: Context) -> None:
    """Forgets test runs after a day, answers to API calls after theirs. `Unavailable` when
    storage refuses."""
    now = context.now()
    async with context.storage.write() as db:
        for shelf in (fraud, qualification, leads, hits, activity):
            await shelf.forget_tests(db, now - DAY)
        await access.forget_answers(db, now - ANSWERS)
