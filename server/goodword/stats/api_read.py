"""Lists and single things for a site's own server: the nouns themselves, newest first.

Ids are in the order of time, so that a page is one walk along the primary key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Select, Table, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    Activity,
    Conversion,
    Lead,
    LeadStatus,
    Mode,
    Referrer,
    Reward,
)
from goodword.stats.rows import Page
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

N = TypeVar("N")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: of one campaign or, with None, of all; `where` says columns and their values;
    those after the id `after`."""

    campaign_id: str | None
    limit: int
    after: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brought:
    """How many live leads a referrer has that were not rejected, and how many qualified."""

    referrals: int = 0
    successful: int = 0


async def referrers(db: AsyncConnection, wanted: Wanted) -> Page[Referrer]:
    return await _page(db, Referrer, t.referrers, wanted)


async def leads(db: AsyncConnection, wanted: Wanted) -> Page[Lead]:
    return await _page(db, Lead, t.leads, wanted)


async def conversions(db: AsyncConnection, wanted: Wanted) -> Page[Conversion]:
    return await _page(db, Conversion, t.conversions, wanted)


async def rewards(db: AsyncConnection, wanted: Wanted) -> Page[Reward]:
    return await _page(db, Reward, t.rewards, wanted)


async def activity(db: AsyncConnection, wanted: Wanted) -> Page[Activity]:
    return await _page(db, Activity, t.activity, wanted)


async def referrer(db: AsyncConnection, campaign_id: str | None, id_: str) -> Referrer | None:
    return await _one(db, Referrer, t.referrers, campaign_id, id_)


async def lead(db: AsyncConnection, campaign_id: str | None, id_: str) -> Lead | None:
    return await _one(db, Lead, t.leads, campaign_id, id_)


async def conversion(db: AsyncConnection, campaign_id: str | None, id_: str) -> Conversion | None:
    return await _one(db, Conversion, t.conversions, campaign_id, id_)


async def reward(db: AsyncConnection, campaign_id: str | None, id_: str) -> Reward | None:
    return await _one(db, Reward, t.rewards, campaign_id, id_)


async def brought(db: AsyncConnection, people: Iterable[Referrer]) -> dict[str, Brought]:
    """What each of these referrers brought, by referrer id; who brought nobody is not in it."""
    people = list(people)
    c = t.leads.c
    qualified = case((c.status == LeadStatus.QUALIFIED, 1), else_=0)
    successful = cast(func.sum(qualified), BigInteger)
    found = await db.execute(
        select(c.referrer_id, func.count(), successful)
        .where(
            c.campaign_id.in_({each.campaign_id for each in people}),
            c.referrer_id.in_([each.id for each in people]),
            c.mode == Mode.LIVE,
            c.status != LeadStatus.REJECTED,
        )
        .group_by(c.referrer_id)
    )
    return {row[0]: Brought(row[1], row[2]) for row in found}


async def _page(db: AsyncConnection, kind: type[N], table: Table, wanted: Wanted) -> Page[N]:
    query = _live(table).where(*(table.c[name] == value for name, value in wanted.where.items()))
    if wanted.campaign_id is not None:
        query = query.where(table.c.campaign_id == wanted.campaign_id)
    if wanted.after is not None:
        query = query.where(table.c.id < wanted.after)
    found = await db.execute(query.order_by(table.c.id.desc()).limit(wanted.limit + 1))
    rows = found.all()
    page = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    return Page([noun(kind, row) for row in page], page[-1].id if more else None)


async def _one(
    db: AsyncConnection, kind: type[N], table: Table, campaign_id: str | None, id_: str
) -> N | None:
    """By the primary key, which begins with the campaign, even where that is not known."""
    campaign: ColumnElement[bool] = (
        table.c.campaign_id.in_(select(t.campaigns.c.id))
        if campaign_id is None
        else table.c.campaign_id == campaign_id
    )
    row = (await db.execute(_live(table).where(campaign, table.c.id == id_))).first()
    return maybe(kind, row)


def _live(table: Table) -> Select[Any]:
    """Without test runs."""
    query = select(table, _ALIAS) if table is t.referrers else select(table)
    return query.where(table.c.mode == Mode.LIVE) if "mode" in table.c else query


_ALIAS = (
    select(t.aliases.c.alias)
    .where(
        t.aliases.c.campaign_id == t.referrers.c.campaign_id,
        t.aliases.c.referrer_id == t.referrers.c.id,
    )
    .order_by(t.aliases.c.created_at, t.aliases.c.alias)
    .limit(1)
    .scalar_subquery()
    .label("alias")
)
