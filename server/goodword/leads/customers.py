"""The shelf of customers: e-mails that the site knew before, which can't be referred as new."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage import tables as t
from goodword.storage.upsert import keep_least

c = t.customers.c

Known = tuple[str, int]
"""A canonical e-mail, and the moment (milliseconds) from which it was a customer's."""


async def since(db: AsyncConnection, campaign_id: str, email: str) -> int | None:
    """From when the canonical e-mail was a customer's; None where it is nobody's known."""
    found = await db.execute(
        select(c.since).where(c.campaign_id == campaign_id, c.email_canonical == email)
    )
    at: int | None = found.scalar_one_or_none()
    return at


async def put(db: AsyncConnection, campaign_id: str, known: Iterable[Known], at: int) -> None:
    """Keeps each e-mail with its earliest `since`; `at` is when a new one was told of."""
    rows = [
        {"campaign_id": campaign_id, "email_canonical": email, "since": day, "created_at": at}
        for email, day in known
    ]
    if rows:
        await keep_least(db, t.customers, rows, "since")


async def count(db: AsyncConnection, campaign_id: str) -> int:
    query = select(func.count()).select_from(t.customers).where(c.campaign_id == campaign_id)
    return int((await db.execute(query)).scalar_one())


async def remove(db: AsyncConnection, campaign_id: str, email: str) -> int | None:
    """Forgets the canonical e-mail: from when it was a customer's; None where nobody knew it."""
    gone = await db.execute(
        delete(t.customers)
        .where(c.campaign_id == campaign_id, c.email_canonical == email)
        .returning(c.since)
    )
    at: int | None = gone.scalar_one_or_none()
    return at


async def forget_told(db: AsyncConnection, campaign_id: str, at: int) -> None:
    """Forgets those that were first told of at that very moment: one upload."""
    await db.execute(delete(t.customers).where(c.campaign_id == campaign_id, c.created_at == at))
