"""The shelf of claims of missing credit. Only this file writes their status."""

from __future__ import annotations

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import CreditClaim, CreditStatus
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun, values
from goodword.storage.sweep import GONE

c = t.credit_claims.c


async def add(db: AsyncConnection, claim: CreditClaim) -> None:
    await db.execute(insert(t.credit_claims).values(values(claim)))


async def by_id(db: AsyncConnection, campaign_id: str, claim_id: str) -> CreditClaim | None:
    query = select(t.credit_claims).where(c.campaign_id == campaign_id, c.id == claim_id)
    return maybe(CreditClaim, (await db.execute(query)).first())


async def of_referrer(
    db: AsyncConnection, campaign_id: str, referrer_id: str, limit: int = 100
) -> list[CreditClaim]:
    """The referrer's claims, newest first."""
    query = (
        select(t.credit_claims)
        .where(c.campaign_id == campaign_id, c.referrer_id == referrer_id)
        .order_by(c.id.desc())
        .limit(limit)
    )
    return [noun(CreditClaim, row) for row in await db.execute(query)]


async def count_open(db: AsyncConnection, campaign_id: str) -> int:
    query = select(func.count()).where(c.campaign_id == campaign_id, c.status == CreditStatus.OPEN)
    return int((await db.execute(query)).scalar_one())


async def decide(
    db: AsyncConnection,
    claim: CreditClaim,
    after: CreditStatus,
    *,
    answer: str = "",
    lead_id: str | None = None,
    at: int | None = None,
    by: str | None = None,
) -> bool:
    """Moves the claim; false when it no longer was what `claim` says."""
    moved = await db.execute(
        update(t.credit_claims)
        .where(c.campaign_id == claim.campaign_id, c.id == claim.id, c.status == claim.status)
        .values(status=after, answer=answer, lead_id=lead_id, decided_at=at, decided_by=by)
        .returning(c.id)
    )
    return moved.first() is not None


async def forget_words(
    db: AsyncConnection, campaign_id: str, *, referrer_id: str = "", lead_id: str = ""
) -> None:
    """Takes out what was written about a person who is forgotten: by them, or about them."""
    whose = c.referrer_id == referrer_id if referrer_id else c.lead_id == lead_id
    forgotten = update(t.credit_claims).where(c.campaign_id == campaign_id, whose)
    await db.execute(forgotten.values(named=GONE, said="", answer=""))
