"""I8: whom a search finds is who has such a name or e-mail, no more and no fewer."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Mode, beginnings
from goodword.stats.verify.check import Violation, rows_of
from goodword.storage import tables as t


async def of_search(db: AsyncConnection) -> AsyncIterator[Violation]:
    """I8: what leads and referrers are found by. Rows of nobody are for the links to tell."""
    for people, table in ((t.leads, t.lead_search), (t.referrers, t.referrer_search)):
        async for violation in _of(db, people, table):
            yield violation


async def _of(db: AsyncConnection, people: Table, table: Table) -> AsyncIterator[Violation]:
    p, s = people.c, table.c
    query = (
        select(p.id, p.name, p.email, s.text)
        .outerjoin(table, (s.campaign_id == p.campaign_id) & (table.columns[1] == p.id))
        .where(p.mode != Mode.TEST)
        .order_by(p.campaign_id, p.id)
    )
    who: tuple[str, ...] = ()
    found: set[str] = set()
    async for row in rows_of(db, query):
        each = (row["id"], row["name"], row["email"])
        if each != who:
            for violation in _wrong(who, found):
                yield violation
            who, found = each, set()
        found |= {row["text"]} - {None}
    for violation in _wrong(who, found):
        yield violation


def _wrong(who: tuple[str, ...], found: set[str]) -> list[Violation]:
    if not who or found == set(beginnings(*who[1:])):
        return []
    return [Violation("I8", who[0], "is found by other texts than its name and e-mail")]
