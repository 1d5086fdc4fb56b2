"""Reads the whole ledger and says what must never be: the invariants I1 to I10.

| invariant | holds that |
|---|---|
| I1 | an occasion has one live reward at most, an order one counted conversion |
| I2 | a reversal takes back what was issued, and together never more than that |
| I3 | only qualified leads are owed for qualifying, and the log says by what they qualified |
| I4 | what a wholly refunded order earned is cancelled or reversed |
| I5 | a status is a word, and moves as its table allows |
| I6 | nothing was issued before its time, unless a person meant it |
| I7 | the log tells of every lead, conversion and reward, and a deed of what it was done to |
| I8 | counters say what a recount finds |
| I9 | what a row names is there |
| I10 | an amount is an integer of a known currency, or of a unit |
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.stats.verify.check import Violation
from goodword.stats.verify.counters import of_counters
from goodword.stats.verify.leads import of_leads
from goodword.stats.verify.links import of_links
from goodword.stats.verify.log import Moves, of_log
from goodword.stats.verify.rewards import of_rewards
from goodword.stats.verify.search import of_search
from goodword.storage import tables as t

__all__ = ["Moves", "Violation", "checked", "hold_still", "violations"]


async def hold_still(db: AsyncConnection) -> None:
    """Makes all that is read on the connection from here on one state of the database.

    To be called before anything is read. On SQLite a transaction is one state anyhow.
    """
    if db.dialect.name == "postgresql":
        await db.execute(text("set transaction isolation level repeatable read, read only"))


async def violations(
    db: AsyncConnection, lead_moves: Moves, reward_moves: Moves
) -> AsyncIterator[Violation]:
    """Every violation in every campaign. Only offenders are read into memory."""
    async for violation in of_rewards(db):
        yield violation
    async for violation in of_leads(db):
        yield violation
    async for violation in of_log(db, lead_moves, reward_moves):
        yield violation
    async for violation in of_counters(db):
        yield violation
    async for violation in of_search(db):
        yield violation
    async for violation in of_links(db):
        yield violation


async def checked(db: AsyncConnection) -> dict[str, int]:
    """How many rows there are of what the invariants are about."""
    found = {}
    for table in (t.campaigns, t.leads, t.conversions, t.rewards, t.refunds, t.hits, t.activity):
        rows = await db.execute(select(func.count()).select_from(table))
        found[table.name] = int(rows.scalar_one())
    return found
