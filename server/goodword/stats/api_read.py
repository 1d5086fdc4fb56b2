"""Lists and single things for a site's own server: the nouns themselves, newest first.

Ids are in the order of time, so that a page is one walk along the primary key, and what is not
older than a moment are the ids from that moment on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    Refund,
    Reward,
    RewardStatus,
    id_text,
)
from goodword.stats.rows import Page
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

N = TypeVar("N")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: of one campaign or, with None, of all; `where` says columns and their values;
    those after the id `after`, and with `since` (milliseconds) none that is older."""

    campaign_id: str | None
    limit: int
    after: str | None = None
    since: int | None = None
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ripe:
    """Due rewards that may go out at `now` (milliseconds) or, with `yes` false, may not yet."""

    yes: bool
    now: int


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


async def rewards(db: AsyncConnection, wanted: Wanted, ripe: Ripe | None = None) -> Page[Reward]:
    c, also = t.rewards.c, []
    if ripe is not None:
        time_has_come = c.issue_after <= ripe.now if ripe.yes else c.issue_after > ripe.now
        also = [c.status == RewardStatus.DUE, time_has_come]
    return await _page(db, Reward, t.rewards, wanted, *also)


async def refunds(db: AsyncConnection, wanted: Wanted) -> Page[Refund]:
    return await _page(db, Refund, t.refunds, wanted)


async def activity(db: AsyncConnection, wanted: Wanted) -> Page[Activity]:
    """Of a reward: by way of its lead, for whose lines there is an index."""
    if "reward_id" in wanted.where:
        found = await reward(db, wanted.campaign_id, wanted.where["reward_id"])
        if found is None:
            return Page([])
        wanted = replace(wanted, where={"lead_id": found.lead_id} | dict(wanted.where))
    return await _page(db, Activity, t.activity, wanted, prefix="act")


async def referrer(db: AsyncConnection, campaign_id: str | None, id_: str) -> Referrer | None:
    return await _one(db, Referrer, t.referrers, campaign_id, id_)


async def lead(db: AsyncConnection, campaign_id: str | None, id_: str) -> Lead | None:
    return await _one(db, Lead, t.leads, campaign_id, id_)


async def conversion(db: AsyncConnection, campaign_id: str | None, id_: str) -> Conversion | None:
    return await _one(db, Conversion, t.conversions, campaign_id, id_)


async def reward(db: AsyncConnection, campaign_id: str | None, id_: str) -> Reward | None:
    return await _one(db, Reward, t.rewards, campaign_id, id_)


async def refund(db: AsyncConnection, campaign_id: str | None, id_: str) -> Refund | None:
    return await _one(db, Refund, t.refunds, campaign_id, id_)


async def rewards_by_id(
    db: AsyncConnection, campaign_id: str | None, ids: Sequence[str]
) -> list[Reward]:
    """Those of the ids that are there, in their order."""
    c = t.rewards.c
    found = await db.execute(select(t.rewards).where(_of(t.rewards, campaign_id), c.id.in_(ids)))
    known = {reward.id: reward for reward in (noun(Reward, row) for row in found)}
    return [known[id_] for id_ in ids if id_ in known]


async def reversal_of(db: AsyncConnection, reward: Reward) -> Reward | None:
    """The latest row that took something of the reward back."""
    wanted = Wanted(campaign_id=reward.campaign_id, limit=1, where={"lead_id": reward.lead_id})
    found = await _page(db, Reward, t.rewards, wanted, t.rewards.c.reverses == reward.id)
    return next(iter(found.rows), None)


async def refunds_of(
    db: AsyncConnection, campaign_id: str, conversion_ids: Iterable[str]
) -> list[Refund]:
    """What went back for any of these conversions, oldest first, the undone with it."""
    c = t.refunds.c
    mine = (c.campaign_id == campaign_id, c.conversion_id.in_(list(conversion_ids)))
    found = await db.execute(_live(t.refunds).where(*mine).order_by(c.id))
    return [noun(Refund, row) for row in found]


async def coupons(db: AsyncConnection, rewards: Iterable[Reward]) -> dict[str, str]:
    """The codes of these rewards that somebody has seen already, by reward id."""
    rewards = list(rewards)
    c = t.coupons.c
    found = await db.execute(
        select(c.reward_id, c.code).where(
            c.campaign_id.in_({each.campaign_id for each in rewards}),
            c.reward_id.in_([each.id for each in rewards]),
            c.shown_at.is_not(None),
        )
    )
    return {row[0]: row[1] for row in found}


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


async def _page(
    db: AsyncConnection,
    kind: type[N],
    table: Table,
    wanted: Wanted,
    *also: ColumnElement[bool],
    prefix: str = "",
) -> Page[N]:
    """A page of a table, whose ids begin with `prefix` (only for `since`)."""
    query = _live(table).where(
        *also, *(table.c[name] == value for name, value in wanted.where.items())
    )
    if wanted.campaign_id is not None:
        query = query.where(table.c.campaign_id == wanted.campaign_id)
    if wanted.since is not None:
        query = query.where(table.c.id >= id_text(prefix, wanted.since.to_bytes(6, "big")))
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
    query = _live(table).where(_of(table, campaign_id), table.c.id == id_)
    return maybe(kind, (await db.execute(query)).first())


def _of(table: Table, campaign_id: str | None) -> ColumnElement[bool]:
    """So that the primary key, which begins with the campaign, is used without one too."""
    if campaign_id is None:
        return table.c.campaign_id.in_(select(t.campaigns.c.id))
    return table.c.campaign_id == campaign_id


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
