"""What every program of goodword begins with: its settings' database, migrated, and a context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from goodword import clock
from goodword.lifecycle.context import Context, open_context
from goodword.lifecycle.set_up import adopt_keys, remembered_address
from goodword.settings import Settings
from goodword.storage import migrate, open_storage


@asynccontextmanager
async def opened(settings: Settings, now: Callable[[], int] = clock.now) -> AsyncIterator[Context]:
    """A context on a migrated database, closed at the end; a backtest brings its own clock.

    `NewerDatabase` and `ForeignKeys` when this program must not touch the database.
    """
    storage = open_storage(settings.database_url)
    try:
        async with storage.write() as db:
            await migrate(db)
        await adopt_keys(settings, storage)
        if not settings.public_url:
            settings = replace(settings, public_url=await remembered_address(storage))
        yield await open_context(settings, storage, now)
    finally:
        await storage.close()
