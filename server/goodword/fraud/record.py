"""The shelf of findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Finding, Verdict
from goodword.storage import tables as t
from goodword.storage.rows import noun

c = t.findings.c


async def add(db: AsyncConnection, finding: Finding) -> None:
    await db.execute(insert(t.findings).values(asdict(finding)))


async def of_lead(db: AsyncConnection, campaign_id: str, lead_id: str) -> list[Finding]:
    """Findings about the lead or about any conversion of it, oldest first."""
    conversions = select(t.conversions.c.id).where(
        t.conversions.c.campaign_id == campaign_id, t.conversions.c.lead_id == lead_id
    )
    found = await db.execute(
        select(t.findings)
        .where(
            c.campaign_id == campaign_id,
            or_(c.lead_id == lead_id, c.conversion_id.in_(conversions)),
        )
        .order_by(c.id)
    )
    return [noun(Finding, row) for row in found]


async def holding(
    db: AsyncConnection, campaign_id: str, lead_id: str, conversion_id: str | None
) -> list[Finding]:
    """The open findings that hold the rewards of a lead, or of this conversion of it."""
    about = [c.lead_id == lead_id]
    about += [c.conversion_id == conversion_id] if conversion_id else []
    found = await db.execute(
        select(t.findings)
        .where(
            c.campaign_id == campaign_id,
            or_(*about),
            c.verdict == Verdict.HOLD,
            c.cleared_at.is_(None),
        )
        .order_by(c.id)
    )
    return [noun(Finding, row) for row in found]


async def clear_conversion(
    db: AsyncConnection, campaign_id: str, conversion_id: str, at: int, by: str
) -> None:
    """Closes what was said of a conversion, once something better is known."""
    await db.execute(
        update(t.findings)
        .where(
            c.campaign_id == campaign_id,
            c.conversion_id == conversion_id,
            c.cleared_at.is_(None),
        )
        .values(cleared_at=at, cleared_by=by)
    )


async def clear(
    db: AsyncConnection, campaign_id: str, ids: Sequence[str], at: int, by: str
) -> None:
    """Closes these findings, as far as they are open."""
    await db.execute(
        update(t.findings)
        .where(c.campaign_id == campaign_id, c.id.in_(ids), c.cleared_at.is_(None))
        .values(cleared_at=at, cleared_by=by)
    )


async def open_again(
    db: AsyncConnection, campaign_id: str, ids: Sequence[str], cleared_at: int
) -> bool:
    """Opens what was closed at that moment; false when none of it is closed still."""
    opened = await db.execute(
        update(t.findings)
        .where(c.campaign_id == campaign_id, c.id.in_(ids), c.cleared_at == cleared_at)
        .values(cleared_at=None, cleared_by=None)
        .returning(c.id)
    )
    return opened.first() is not None


async def forget_tests(db: AsyncConnection, before: int) -> None:
    """Findings of test leads and conversions."""
    leads = select(t.leads.c.id).where(t.leads.c.mode == t.TEST, t.leads.c.joined_at < before)
    conversions = select(t.conversions.c.id).where(
        t.conversions.c.mode == t.TEST, t.conversions.c.created_at < before
    )
    await db.execute(
        delete(t.findings).where(or_(c.lead_id.in_(leads), c.conversion_id.in_(conversions)))
    )
