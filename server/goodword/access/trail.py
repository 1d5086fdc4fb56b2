"""The audit trail as a page reads it: deeds, what undid them, and what they were done to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Deed
from goodword.storage import tables as t
from goodword.storage.rows import noun

PAGE = 50
c = t.deeds.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deeds: of a campaign and of the installation; a person's, or about one kind of thing.

    `before` is the id of the last deed of the page before.
    """

    campaign_id: str | None
    actor: str = ""
    subject: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What a deed was done to, by its names; `lead_id` where a lead's page tells of it."""

    id: str
    name: str | None = None
    email: str | None = None
    other: str | None = None
    lead_id: str | None = None


async def page(db: AsyncConnection, wanted: Wanted, limit: int = PAGE) -> list[Deed]:
    """The newest deeds that are wanted, newest first."""
    places = (None,) if wanted.campaign_id is None else (wanted.campaign_id, None)
    found = [deed for place in places for deed in await _of(db, place, wanted, limit)]
    return sorted(found, key=lambda deed: (deed.created_at, deed.id), reverse=True)[:limit]


async def _of(db: AsyncConnection, place: str | None, wanted: Wanted, limit: int) -> list[Deed]:
    query = select(t.deeds).where(_in(place))
    if wanted.actor:
        query = query.where(c.actor == wanted.actor)
    if wanted.subject:
        query = query.where(c.subject == wanted.subject)
    if wanted.before:
        query = query.where(c.id < wanted.before)
    found = await db.execute(query.order_by(c.created_at.desc(), c.id.desc()).limit(limit))
    return [noun(Deed, row) for row in found]


def _in(place: str | None) -> ColumnElement[bool]:
    return c.campaign_id.is_(None) if place is None else c.campaign_id == place


async def linked(db: AsyncConnection, shown: Sequence[Deed]) -> list[Deed]:
    """The deeds that undid these, and those that these undid."""
    undone = {deed.id for deed in shown if deed.undone_at is not None}
    at = {deed.undone_at for deed in shown if deed.undone_at is not None}
    taken_back = {deed.undoes for deed in shown if deed.undoes is not None}
    if not undone and not taken_back:
        return []
    # An undoing is written at the very moment that it marks, which is what the index knows.
    undoing = c.created_at.in_(at) & c.undoes.in_(undone)
    found: list[Row[Any]] = []
    for place in {deed.campaign_id for deed in shown}:
        either = or_(undoing, c.id.in_(taken_back))
        found += await db.execute(select(t.deeds).where(_in(place), either))
    return [noun(Deed, row) for row in found]


async def things(
    db: AsyncConnection, campaign_id: str, ids: Mapping[str, Iterable[str]]
) -> dict[str, Thing]:
    """Who and what the ids are, by subject: `lead`, `reward`, `referrer`, `refund` or `credit`."""
    known: dict[str, Thing] = {}
    for subject, wanted in ids.items():
        query = _QUERIES.get(subject)
        if query is None:
            continue
        table, select_ = query
        rows = select_.where(table.c.campaign_id == campaign_id, table.c.id.in_(list(wanted)))
        for row in await db.execute(rows):
            known[row.id] = noun(Thing, row)
    return known


def _reward_query() -> Select[Any]:
    rw, le = t.rewards.c, t.leads.c
    return select(rw.id, le.name, le.email, le.customer.label("other"), rw.lead_id).join(
        t.leads, (le.campaign_id == rw.campaign_id) & (le.id == rw.lead_id)
    )


def _refund_query() -> Select[Any]:
    rf, cv = t.refunds.c, t.conversions.c
    return select(rf.id, rf.order_id.label("other"), cv.lead_id).outerjoin(
        t.conversions, (cv.campaign_id == rf.campaign_id) & (cv.id == rf.conversion_id)
    )


_L, _R = t.leads.c, t.referrers.c
_QUERIES: dict[str, tuple[Any, Select[Any]]] = {
    "lead": (
        t.leads,
        select(_L.id, _L.name, _L.email, _L.customer.label("other"), _L.id.label("lead_id")),
    ),
    "reward": (t.rewards, _reward_query()),
    "referrer": (t.referrers, select(_R.id, _R.name, _R.email)),
    "refund": (t.refunds, _refund_query()),
}
_C = t.credit_claims.c
_QUERIES["credit"] = (t.credit_claims, select(_C.id, _C.named.label("other"), _C.lead_id))
_QUERIES["finding"] = _QUERIES["lead"]
