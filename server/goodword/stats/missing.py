"""Pages of claims of missing credit, with who makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import CreditStatus
from goodword.stats.lists import PAGE
from goodword.stats.rows import Page
from goodword.storage import tables as t
from goodword.storage.rows import noun

c, rf = t.credit_claims.c, t.referrers.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    id: str
    named: str
    said: str
    status: CreditStatus
    created_at: int
    answer: str
    referrer_id: str
    referrer_name: str
    referrer_email: str


async def claims(
    db: AsyncConnection, campaign_id: str, only_open: bool, cursor: str = "", limit: int = PAGE
) -> Page[ClaimRow]:
    """Newest first; all of them, or those that wait for a decision."""
    own: list[Column[Any]] = [c[name] for name in ClaimRow.__dataclass_fields__ if name in c]
    of = (rf.campaign_id == c.campaign_id) & (rf.id == c.referrer_id)
    query: Select[Any] = (
        select(*own, rf.name.label("referrer_name"), rf.email.label("referrer_email"))
        .select_from(t.credit_claims.join(t.referrers, of))
        .where(c.campaign_id == campaign_id)
        .order_by(c.id.desc())
        .limit(limit + 1)
    )
    if only_open:
        query = query.where(c.status == CreditStatus.OPEN)
    if cursor:
        query = query.where(c.id < cursor)
    found = [noun(ClaimRow, row) for row in await db.execute(query)]
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)
