"""The shelf of leads. Only this file writes their status; the counts go along with every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.leads import counts
from goodword.leads.decide import MOVES
from goodword.model import Lead, LeadStatus, Mode, Reason
from goodword.storage import search
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun

c = t.leads.c


async def add(db: AsyncConnection, lead: Lead) -> None:
    await db.execute(insert(t.leads).values(asdict(lead)))
    await _make_found(db, lead)
    await counts.shift(db, None, lead)


async def by_id(db: AsyncConnection, campaign_id: str, lead_id: str) -> Lead | None:
    return await _one(db, c.campaign_id == campaign_id, c.id == lead_id)


async def by_ids(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> list[Lead]:
    """Those of the ids that the campaign has, oldest first."""
    found = await db.execute(
        select(t.leads).where(c.campaign_id == campaign_id, c.id.in_(ids)).order_by(c.id)
    )
    return [noun(Lead, row) for row in found]


async def by_code(db: AsyncConnection, campaign_id: str, code: str) -> Lead | None:
    return await _one(db, c.campaign_id == campaign_id, c.code == code)


async def by_email(db: AsyncConnection, campaign_id: str, mode: Mode, email: str) -> Lead | None:
    return await _one(db, c.campaign_id == campaign_id, c.mode == mode, c.email_canonical == email)


async def by_customer(
    db: AsyncConnection, campaign_id: str, mode: Mode, customer: str
) -> Lead | None:
    return await _one(db, c.campaign_id == campaign_id, c.mode == mode, c.customer == customer)


async def by_hit(db: AsyncConnection, campaign_id: str, hit_id: str) -> Lead | None:
    """The lead that this hit's token became."""
    return await _one(db, c.campaign_id == campaign_id, c.hit_id == hit_id)


async def by_visitor(
    db: AsyncConnection, campaign_id: str, mode: Mode, visitor: str
) -> Lead | None:
    """The newest lead of a browser; a rejected one before others, since it binds the browser."""
    return await _one(
        db, c.campaign_id == campaign_id, c.mode == mode, c.visitor == visitor, newest=True
    )


async def of_visitor(
    db: AsyncConnection, campaign_id: str, visitor: str, referrer_id: str
) -> list[Lead]:
    """What one browser brought one referrer, oldest first."""
    found = await db.execute(
        select(t.leads)
        .where(c.campaign_id == campaign_id, c.visitor == visitor, c.referrer_id == referrer_id)
        .order_by(c.id)
    )
    return [noun(Lead, row) for row in found]


async def counting(
    db: AsyncConnection, campaign_id: str, referrer_id: str, since: int
) -> tuple[int, Lead | None]:
    """How many qualified leads of a referrer have no open finding, and the last to qualify.

    Only those that qualified at `since` (milliseconds) or later, and here: what had qualified
    before it moved in was counted there.
    """
    mine = (
        c.campaign_id == campaign_id,
        c.referrer_id == referrer_id,
        c.mode == literal_column("'live'"),
        c.status == literal_column("'qualified'"),
        c.settled == literal_column("0"),
        c.converted_at >= since,
        c.id.not_in(_doubted(campaign_id)),
    )
    count = (await db.execute(select(func.count()).select_from(t.leads).where(*mine))).scalar_one()
    last = select(t.leads).where(*mine).order_by(c.converted_at.desc(), c.id.desc()).limit(1)
    return int(count), _lead((await db.execute(last)).first())


def _doubted(campaign_id: str) -> CompoundSelect[tuple[str | None]]:
    """The leads that an open finding is about, or is about a conversion of. Literals, so that the
    index of the few open ones is seen to fit."""
    f, v = t.findings.c, t.conversions.c
    is_open = (
        f.campaign_id == campaign_id,
        f.verdict == literal_column("'hold'"),
        f.cleared_at.is_(None),
    )
    itself = select(f.lead_id).where(*is_open, f.lead_id.is_not(None))
    mine = (v.campaign_id == f.campaign_id) & (v.id == f.conversion_id)
    of_conversion = select(v.lead_id).join_from(t.findings, t.conversions, mine)
    return itself.union(of_conversion.where(*is_open, v.lead_id.is_not(None)))


async def move(
    db: AsyncConnection,
    lead: Lead,
    after: LeadStatus,
    *,
    reason: Reason | None = None,
    converted_at: int | None = None,
) -> Lead | None:
    """The lead after the move; None when it no longer was what `lead` says.

    ValueError for a move that the table of moves does not allow.
    """
    if (lead.status, after) not in MOVES:
        raise ValueError(f"a lead can't go from {lead.status} to {after}")
    moved = await db.execute(
        update(t.leads)
        .where(c.campaign_id == lead.campaign_id, c.id == lead.id, c.status == lead.status)
        .values(status=after, reason=reason, converted_at=converted_at)
        .returning(t.leads)
    )
    now = _lead(moved.first())
    if now is not None:
        await counts.shift(db, lead, now)
    return now


async def complete(
    db: AsyncConnection,
    lead: Lead,
    *,
    email: str | None,
    email_canonical: str | None,
    customer: str | None,
    name: str | None,
) -> Lead:
    """Fills in what the lead lacks; what it has stays."""
    filled = await db.execute(
        update(t.leads)
        .where(c.campaign_id == lead.campaign_id, c.id == lead.id)
        .values(
            email=lead.email or email,
            email_canonical=lead.email_canonical or email_canonical,
            customer=lead.customer or customer,
            name=lead.name or name,
        )
        .returning(t.leads)
    )
    now = noun(Lead, filled.one())
    if (now.name, now.email) != (lead.name, lead.email):
        await _make_found(db, now)
    return now


async def rename(db: AsyncConnection, lead: Lead, name: str | None) -> Lead:
    renamed = await db.execute(
        update(t.leads)
        .where(c.campaign_id == lead.campaign_id, c.id == lead.id)
        .values(name=name)
        .returning(t.leads)
    )
    now = noun(Lead, renamed.one())
    await _make_found(db, now)
    return now


async def forget_person(db: AsyncConnection, lead: Lead) -> Lead:
    """The lead without anything that says who it is."""
    forgotten = await db.execute(
        update(t.leads)
        .where(c.campaign_id == lead.campaign_id, c.id == lead.id)
        .values(name=None, email=None, email_canonical=None, customer=None)
        .returning(t.leads)
    )
    now = noun(Lead, forgotten.one())
    await _make_found(db, now)
    return now


async def forget_tests(db: AsyncConnection, before: int) -> None:
    await db.execute(delete(t.leads).where(c.mode == t.TEST, c.joined_at < before))


async def _make_found(db: AsyncConnection, lead: Lead) -> None:
    """Test leads are in no list that could be searched."""
    if lead.mode is not Mode.TEST:
        await search.put(db, t.lead_search, lead.campaign_id, lead.id, lead.name, lead.email)


async def _one(
    db: AsyncConnection, *where: ColumnElement[bool], newest: bool = False
) -> Lead | None:
    query = select(t.leads).where(*where).limit(1)
    if newest:
        query = query.order_by((c.status == LeadStatus.REJECTED).desc(), c.id.desc())
    return _lead((await db.execute(query)).first())


def _lead(row: Any) -> Lead | None:
    return maybe(Lead, row)
