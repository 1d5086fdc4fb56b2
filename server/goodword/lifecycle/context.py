"""What every verb needs: storage, keys, the campaigns in memory, and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from goodword import clock
from goodword.lifecycle.directory import Directory
from goodword.model import Campaign, Reason
from goodword.settings import Settings
from goodword.storage import Storage


@dataclass(frozen=True, slots=True)
class Context:
    """Passed to every verb. A backtest passes its recorded clock."""

    settings: Settings
    storage: Storage
    directory: Directory
    now: Callable[[], int] = clock.now
    new_id: Callable[[str, int], str] = clock.new_id

    @property
    def keys(self) -> tuple[bytes, ...]:
        return self.settings.secret_keys

    def refuse(self, campaign: Campaign, event: str, reason: Reason, origin: str = "") -> None:
        """Counts what was refused, by campaign, reason and hour; no row of its own."""
        now = self.now()
        key = (campaign.id, now - now % clock.HOUR, event, reason.value, origin[:100])
        self.storage.hits.count(key, now)


async def open_context(
    settings: Settings, storage: Storage, now: Callable[[], int] = clock.now
) -> Context:
    """A context whose directory is loaded; `ValueError` when the keys open nothing."""
    directory = Directory(storage, settings.secret_keys, now)
    await directory.load()
    return Context(settings, storage, directory, now)


async def watch(context: Context) -> None:
    """Sees what other processes changed, within a second. Runs until cancelled."""
    while True:
        await asyncio.sleep(1)
        await context.directory.check()
