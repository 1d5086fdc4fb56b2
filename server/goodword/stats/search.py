"""Whom a search finds: an index knows by which texts, however many people there are."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, Table, false, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Mode, canonical_email, is_email, sought
from goodword.storage import tables as t
from goodword.storage.search import begins

FEW = 2_000
"""So many people are fetched and put in order; of more, a list soon meets enough on its way."""

le, rf, al = t.leads.c, t.referrers.c, t.aliases.c


async def found_leads(db: AsyncConnection, campaign_id: str, typed: str) -> ColumnElement[bool]:
    """The leads that somebody means: by a beginning of a word of their name or e-mail, or by their
    whole code or customer number. A whole address finds the one who has it, however spelled."""
    if is_email(typed):
        return le.email_canonical == canonical_email(typed)
    mine = (le.campaign_id == campaign_id, le.mode == Mode.LIVE)
    exactly = (le.code == typed.upper(), le.customer == typed)
    by_code, by_customer = (select(le.id).where(*mine, each) for each in exactly)
    return await _found(db, t.lead_search, le.id, campaign_id, typed, by_code, by_customer)


async def found_referrers(db: AsyncConnection, campaign_id: str, typed: str) -> ColumnElement[bool]:
    """The referrers that somebody means: by a beginning of a word of their name or e-mail, or by a
    whole code of theirs."""
    by_code = select(rf.id).where(rf.campaign_id == campaign_id, rf.code == typed.upper())
    by_alias = select(al.referrer_id).where(
        al.campaign_id == campaign_id, al.alias == typed.lower()
    )
    return await _found(db, t.referrer_search, rf.id, campaign_id, typed, by_code, by_alias)


async def _found(
    db: AsyncConnection,
    table: Table,
    id_: ColumnElement[str],
    campaign_id: str,
    typed: str,
    *exactly: Select[tuple[str]],
) -> ColumnElement[bool]:
    whose, text = table.columns[1], sought(typed)
    matches = begins(table, campaign_id, text) if text else false()
    ids = select(whose).where(matches)
    some = select(func.count()).select_from(ids.limit(FEW + 1).subquery())
    if (await db.execute(some)).scalar_one() <= FEW:
        return id_.in_(union_all(ids, *exactly))
    # Asked of each on its way: PostgreSQL would make a table of all whom `exists` may mean first.
    meant = select(literal(1)).where(matches, whose == id_).limit(1).scalar_subquery()
    return or_(meant.is_not(None), *(id_.in_(each) for each in exactly))
