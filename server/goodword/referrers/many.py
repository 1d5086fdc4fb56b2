"""Referrers and their codes by the hundred, as an import brings them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Mode, Referrer
from goodword.storage import search
from goodword.storage import tables as t
from goodword.storage.rows import values
from goodword.storage.upsert import insert_all

c, a = t.referrers.c, t.aliases.c


@dataclass(frozen=True, slots=True)
class Alias:
    """A code by which a referrer is known beside the signed one."""

    alias: str
    referrer_id: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Person:
    """Who a code or an e-mail means."""

    id: str
    email_canonical: str


async def by_emails(
    db: AsyncConnection, campaign_id: str, emails: Iterable[str]
) -> dict[str, Person]:
    """The referrers of these canonical e-mails."""
    query = select(c.id, c.email_canonical).where(
        c.campaign_id == campaign_id, c.mode == Mode.LIVE, c.email_canonical.in_(list(emails))
    )
    return {row.email_canonical: Person(*row) for row in await db.execute(query)}


async def by_aliases(
    db: AsyncConnection, campaign_id: str, aliases: Iterable[str]
) -> dict[str, Person]:
    """Whose these codes are, as they are kept."""
    query = (
        select(a.alias, c.id, c.email_canonical)
        .join(t.referrers, (c.campaign_id == a.campaign_id) & (c.id == a.referrer_id))
        .where(a.campaign_id == campaign_id, a.alias.in_(list(aliases)))
    )
    return {row.alias: Person(row.id, row.email_canonical) for row in await db.execute(query)}


async def by_codes(
    db: AsyncConnection, campaign_id: str, codes: Iterable[str]
) -> dict[str, Person]:
    """Whose these signed codes are."""
    query = select(c.code, c.id, c.email_canonical).where(
        c.campaign_id == campaign_id, c.mode == Mode.LIVE, c.code.in_(list(codes))
    )
    return {row.code: Person(row.id, row.email_canonical) for row in await db.execute(query)}


async def by_ids(db: AsyncConnection, campaign_id: str, ids: Iterable[str]) -> dict[str, Person]:
    query = select(c.id, c.email_canonical).where(c.campaign_id == campaign_id, c.id.in_(list(ids)))
    return {row.id: Person(*row) for row in await db.execute(query)}


async def add(db: AsyncConnection, referrers: Sequence[Referrer]) -> None:
    """New referrers, all of one campaign."""
    rows = [values(each) for each in referrers]
    for row in rows:
        del row["alias"]
    await insert_all(db, t.referrers, rows)
    if referrers:
        named = ((each.id, (each.name, each.email)) for each in referrers)
        await search.put_all(db, t.referrer_search, referrers[0].campaign_id, named)


async def add_aliases(
    db: AsyncConnection, campaign_id: str, import_id: str, aliases: Sequence[Alias]
) -> None:
    mine = {"campaign_id": campaign_id, "import_id": import_id}
    await insert_all(db, t.aliases, [mine | values(each) for each in aliases])


async def close(
    db: AsyncConnection, campaign_id: str, import_id: str, ids: Sequence[str], at: int
) -> None:
    """Disables those of the referrers that the import made, as of then."""
    mine = (c.campaign_id == campaign_id, c.import_id == import_id, c.id.in_(ids))
    await db.execute(
        update(t.referrers).where(*mine, c.disabled_at.is_(None)).values(disabled_at=at)
    )


async def open_again(
    db: AsyncConnection, campaign_id: str, import_id: str, ids: Sequence[str], at: int
) -> None:
    """Enables again who was closed as of then."""
    mine = (c.campaign_id == campaign_id, c.import_id == import_id, c.id.in_(ids))
    await db.execute(update(t.referrers).where(*mine, c.disabled_at == at).values(disabled_at=None))


async def touched(
    db: AsyncConnection, campaign_id: str, import_id: str, ids: Sequence[str]
) -> set[str]:
    """Those of the referrers with whom something has happened beside the import: a visit, a lead,
    a reward, a browser of theirs, another code."""
    mine = c.campaign_id == campaign_id
    happened: Any = None
    for table in (t.visits, t.leads, t.rewards, t.own_visitors, t.aliases):
        other = table.c
        found = exists().where(other.campaign_id == campaign_id, other.referrer_id == c.id)
        if table is t.aliases:
            found = found.where((other.import_id.is_(None)) | (other.import_id != import_id))
        happened = found if happened is None else happened | found
    query = select(c.id).where(mine, c.import_id == import_id, c.id.in_(ids), happened)
    return set((await db.execute(query)).scalars())


async def remove(db: AsyncConnection, campaign_id: str, import_id: str, ids: Sequence[str]) -> None:
    """Removes what the import made of these people: whom it brought, and the codes it gave to
    those who were here."""
    mine = (a.campaign_id == campaign_id, a.import_id == import_id, a.referrer_id.in_(ids))
    await db.execute(delete(t.aliases).where(*mine))
    theirs = (c.campaign_id == campaign_id, c.import_id == import_id, c.id.in_(ids))
    brought = list((await db.execute(select(c.id).where(*theirs))).scalars())
    await search.forget(db, t.referrer_search, campaign_id, brought)
    await db.execute(delete(t.referrers).where(*theirs))
