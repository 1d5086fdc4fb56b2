"""I9: whatever a row names is there. Not everywhere does the database see to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Mode
from goodword.stats.verify.check import Check, Violation, run
from goodword.storage import tables as t
from goodword.storage.tables import metadata


def _link(
    table: Table,
    columns: dict[str, str],
    other: Table,
    only: ColumnElement[bool] | None = None,
) -> Check:
    """`columns` of the table name those of the other one; empty ones name nothing."""
    target = other.alias("target")
    there = [table.c[mine] == target.c[theirs] for mine, theirs in columns.items()]
    named = [table.c[mine].is_not(None) for mine in columns]
    row = table.c["id" if "id" in table.c else list(columns)[-1]]
    last = list(columns)[-1]
    offenders = (
        select(row.label("row"), table.c[last].label("named"))
        .outerjoin(target, _all(there))
        .where(target.c[columns[last]].is_(None), *named, true() if only is None else only)
    )
    says = f"of {table.name} names {{named}} as its {last}, which is not there"
    return Check("I9", says, offenders)


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *others = conditions
    for each in others:
        first = first & each
    return first


def _by_foreign_key() -> Iterator[Check]:
    """What the database sees to, unless somebody wrote to it with its checks off."""
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            pairs = {each.parent.name: each.column.name for each in key.elements}
            yield _link(table, pairs, key.referred_table)


def _of(table: Table, column: str, other: Table, only: Any = None) -> Check:
    return _link(table, {"campaign_id": "campaign_id", column: "id"}, other, only)


_LINKS = (
    *_by_foreign_key(),
    _of(t.hits, "referrer_id", t.referrers, t.hits.c.mode == Mode.LIVE),
    _of(t.hits, "lead_id", t.leads, t.hits.c.mode == Mode.LIVE),
    _of(t.leads, "hit_id", t.hits, t.leads.c.mode == Mode.LIVE),
    _of(t.rewards, "reverses", t.rewards),
    _of(t.rewards, "replaces", t.rewards),
    _of(t.rewards, "restores", t.refunds),
    _link(
        t.rewards,
        {"campaign_id": "campaign_id", "rule_version": "version", "rule_id": "id"},
        t.rules,
    ),
    _of(t.coupons, "reward_id", t.rewards),
    _of(t.deeds, "undoes", t.deeds),
    _of(t.visits, "referrer_id", t.referrers, t.visits.c.referrer_id != t.WHOLE),
    _of(t.lead_counts, "referrer_id", t.referrers, t.lead_counts.c.referrer_id != t.WHOLE),
    _of(t.lead_months, "referrer_id", t.referrers),
    _of(t.reward_sums, "referrer_id", t.referrers, t.reward_sums.c.referrer_id != t.WHOLE),
)


async def of_links(db: AsyncConnection) -> AsyncIterator[Violation]:
    """I9: no row names a lead, a referrer, a reward or a rule that is not there."""
    async for violation in run(db, _LINKS):
        yield violation
