"""Leads by the hundred, as an import brings them; the counts go along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.leads import counts
from goodword.model import Lead, Mode
from goodword.storage import search
from goodword.storage import tables as t
from goodword.storage.rows import noun, values
from goodword.storage.upsert import insert_all

c = t.leads.c


async def by_emails(
    db: AsyncConnection, campaign_id: str, emails: Iterable[str]
) -> dict[str, Lead]:
    """The leads of these canonical e-mails."""
    found = await _all(db, campaign_id, c.email_canonical.in_(list(emails)))
    return {lead.email_canonical or "": lead for lead in found}


async def by_customers(
    db: AsyncConnection, campaign_id: str, customers: Iterable[str]
) -> dict[str, Lead]:
    found = await _all(db, campaign_id, c.customer.in_(list(customers)))
    return {lead.customer or "": lead for lead in found}


async def add(db: AsyncConnection, leads: Sequence[Lead]) -> None:
    """New leads, all of one campaign."""
    await insert_all(db, t.leads, [values(lead) for lead in leads])
    if leads:
        named = ((lead.id, (lead.name, lead.email)) for lead in leads)
        await search.put_all(db, t.lead_search, leads[0].campaign_id, named)
    await counts.shift_all(db, [(None, lead) for lead in leads])


async def brought_by(
    db: AsyncConnection, campaign_id: str, import_id: str, ids: Iterable[str]
) -> set[str]:
    """Those of the leads that came with the import."""
    query = select(c.id).where(
        c.campaign_id == campaign_id, c.import_id == import_id, c.id.in_(list(ids))
    )
    return set((await db.execute(query)).scalars())


async def remove(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> None:
    """Removes the leads, and counts them no longer."""
    gone = await _all(db, campaign_id, c.id.in_(ids))
    await search.forget(db, t.lead_search, campaign_id, ids)
    await db.execute(delete(t.leads).where(c.campaign_id == campaign_id, c.id.in_(ids)))
    await counts.shift_all(db, [(lead, None) for lead in gone])


async def _all(db: AsyncConnection, campaign_id: str, where: ColumnElement[bool]) -> list[Lead]:
    query = select(t.leads).where(c.campaign_id == campaign_id, c.mode == Mode.LIVE, where)
    return [noun(Lead, row) for row in await db.execute(query)]
