"""Verify: reads the whole ledger and names whatever must never be."""

from __future__ import annotations

from collections.abc import AsyncIterator

from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.context import Context
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import Violation, checked, hold_still, violations


async def verify(context: Context) -> AsyncIterator[Violation]:
    """Each violation as it is found; the server may go on serving. `Unavailable`."""
    async with context.storage.read() as db:
        await hold_still(db)
        async for violation in violations(db, LEAD_MOVES, REWARD_MOVES):
            yield violation


async def ledger_size(context: Context) -> dict[str, int]:
    """How many rows there are of each kind that `verify` looks at."""
    async with context.storage.read() as db:
        return await checked(db)
