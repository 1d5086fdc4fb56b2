"""What is kept no longer than its time: words about people go, what was counted stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY, HOUR
from goodword.hits import record as hits
from goodword.lifecycle.context import Context
from goodword.model import Campaign
from goodword.qualification import record as qualification
from goodword.storage import installation as notes

_STEPS = 24
"""So many transactions a tick and campaign: a long backlog keeps nobody waiting."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows of one kind: `first` finds the moment of the oldest between two, `forget` takes the
    words out of those; `step` is how much time one transaction covers, milliseconds."""

    name: str
    step: int
    first: Callable[[AsyncConnection, str, int, int], Awaitable[int | None]]
    forget: Callable[[AsyncConnection, str, int, int], Awaitable[None]]


_VISITS = _Kind("visits", HOUR, hits.first_between, hits.forget_browsers)
_REFUSED = _Kind("refused", DAY, qualification.first_refused, qualification.forget_refused)


async def retain(context: Context) -> None:
    """Takes out what is too old, from where the last tick came to. `Unavailable`."""
    keep, now = context.settings.keep, context.now()
    for campaign in context.directory.all():
        await _sweep(context, campaign, _VISITS, now - keep.visits * DAY)
        await _sweep(context, campaign, _REFUSED, now - keep.refused * DAY)


async def _sweep(context: Context, campaign: Campaign, kind: _Kind, until: int) -> None:
    place = f"forgotten:{kind.name}:{campaign.id}"
    for _ in range(_STEPS):
        async with context.storage.read() as db:
            since = int(await notes.read(db, place) or 0)
            start = await kind.first(db, campaign.id, since, until)
        if start is None:
            return
        end = min(start + kind.step, until)
        async with context.storage.write(campaign.id) as db:
            await kind.forget(db, campaign.id, start, end)
            await notes.write(db, place, str(end))
