"""The shelf of referrers, their aliases and the browsers known to be theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Mode, Referrer
from goodword.storage import search
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun
from goodword.storage.upsert import insert_if_new

_named = t.aliases.alias()
_ALIAS = (
    select(_named.c.alias)
    .where(
        _named.c.campaign_id == t.referrers.c.campaign_id,
        _named.c.referrer_id == t.referrers.c.id,
    )
    .order_by(_named.c.created_at, _named.c.alias)
    .limit(1)
    .correlate(t.referrers)
    .scalar_subquery()
    .label("alias")
)


def _select() -> Select[Any]:
    return select(t.referrers, _ALIAS)


async def by_code(db: AsyncConnection, campaign_id: str, code: str) -> Referrer | None:
    c = t.referrers.c
    return await _one(db, _select().where(c.campaign_id == campaign_id, c.code == code))


async def by_alias(db: AsyncConnection, campaign_id: str, alias: str) -> Referrer | None:
    a = t.aliases.c
    found = _select().join(
        t.aliases,
        (a.campaign_id == t.referrers.c.campaign_id) & (a.referrer_id == t.referrers.c.id),
    )
    return await _one(db, found.where(a.campaign_id == campaign_id, a.alias == alias))


async def by_id(db: AsyncConnection, campaign_id: str, referrer_id: str) -> Referrer | None:
    c = t.referrers.c
    return await _one(db, _select().where(c.campaign_id == campaign_id, c.id == referrer_id))


async def by_email(
    db: AsyncConnection, campaign_id: str, mode: Mode, canonical: str
) -> Referrer | None:
    c = t.referrers.c
    return await _one(
        db,
        _select().where(
            c.campaign_id == campaign_id, c.mode == mode, c.email_canonical == canonical
        ),
    )


async def add(db: AsyncConnection, referrer: Referrer) -> None:
    values = asdict(referrer)
    del values["alias"]
    await db.execute(insert(t.referrers).values(values))
    await _make_found(db, referrer)


async def rename(
    db: AsyncConnection, campaign_id: str, referrer_id: str, name: str
) -> Referrer | None:
    """The referrer with the new name; None when the campaign has no such referrer."""
    c = t.referrers.c
    mine = (c.campaign_id == campaign_id, c.id == referrer_id)
    await db.execute(update(t.referrers).where(*mine).values(name=name))
    renamed = await by_id(db, campaign_id, referrer_id)
    if renamed is not None:
        await _make_found(db, renamed)
    return renamed


async def forget_person(db: AsyncConnection, referrer: Referrer, at: int) -> Referrer:
    """The referrer under a pseudonym, with codes that are disabled and no browser of theirs."""
    c, own = t.referrers.c, t.own_visitors.c
    pseudonym = f"erased-{referrer.id.partition('_')[2]}@invalid"
    await db.execute(
        update(t.referrers)
        .where(c.campaign_id == referrer.campaign_id, c.id == referrer.id)
        .values(
            name="Erased person",
            email=pseudonym,
            email_canonical=pseudonym,
            disabled_at=referrer.disabled_at or at,
        )
    )
    await db.execute(
        delete(t.own_visitors).where(
            own.campaign_id == referrer.campaign_id, own.referrer_id == referrer.id
        )
    )
    now = await by_id(db, referrer.campaign_id, referrer.id)
    if now is None:
        raise LookupError(referrer.id)
    await _make_found(db, now)
    return now


async def set_disabled(
    db: AsyncConnection, campaign_id: str, referrer_id: str, disabled_at: int | None
) -> bool:
    """Disables or enables the codes of a referrer; false when they were so already."""
    c = t.referrers.c
    other = c.disabled_at.is_(None) if disabled_at is not None else c.disabled_at.is_not(None)
    changed = await db.execute(
        update(t.referrers)
        .where(c.campaign_id == campaign_id, c.id == referrer_id, other)
        .values(disabled_at=disabled_at)
        .returning(c.id)
    )
    return changed.first() is not None


async def set_links_from(
    db: AsyncConnection, campaign_id: str, referrer_id: str, links_from: int
) -> None:
    """Links that were mailed to the referrer before then open nothing more."""
    c = t.referrers.c
    mine = (c.campaign_id == campaign_id, c.id == referrer_id)
    await db.execute(update(t.referrers).where(*mine).values(links_from=links_from))


async def to_remind(
    db: AsyncConnection, campaign_id: str, since: int, until: int, limit: int
) -> list[Referrer]:
    """Who asked to join within that time, has brought nobody, and was not reminded of it yet."""
    c, lead = t.referrers.c, t.leads.c
    brought = exists().where(lead.campaign_id == c.campaign_id, lead.referrer_id == c.id)
    found = await db.execute(
        _select()
        .where(
            c.campaign_id == campaign_id,
            c.created_at >= since,
            c.created_at < until,
            c.mode == Mode.LIVE,
            c.asked_at.is_not(None),
            c.reminded_at.is_(None),
            c.disabled_at.is_(None),
            ~brought,
        )
        .order_by(c.created_at, c.id)
        .limit(limit)
    )
    return [noun(Referrer, row) for row in found]


async def set_reminded(
    db: AsyncConnection, campaign_id: str, referrer_ids: Sequence[str], at: int
) -> None:
    c = t.referrers.c
    mine = (c.campaign_id == campaign_id, c.id.in_(referrer_ids))
    await db.execute(update(t.referrers).where(*mine).values(reminded_at=at))


async def add_alias(
    db: AsyncConnection, campaign_id: str, alias: str, referrer_id: str, at: int
) -> bool:
    """False when the campaign knows that alias already, whoever owns it."""
    return await insert_if_new(
        db,
        t.aliases,
        {
            "campaign_id": campaign_id,
            "alias": alias,
            "referrer_id": referrer_id,
            "created_at": at,
        },
    )


async def own_visitor(
    db: AsyncConnection, campaign_id: str, visitor: str, referrer_id: str, at: int
) -> None:
    """Notes that this browser is the referrer's own."""
    await insert_if_new(
        db,
        t.own_visitors,
        {
            "campaign_id": campaign_id,
            "visitor": visitor,
            "referrer_id": referrer_id,
            "created_at": at,
        },
    )


async def owns_visitor(
    db: AsyncConnection, campaign_id: str, visitor: str, referrer_id: str
) -> bool:
    c = t.own_visitors.c
    found = await db.execute(
        select(c.visitor).where(
            c.campaign_id == campaign_id, c.visitor == visitor, c.referrer_id == referrer_id
        )
    )
    return found.first() is not None


async def _make_found(db: AsyncConnection, referrer: Referrer) -> None:
    """Test referrers are in no list that could be searched."""
    if referrer.mode is not Mode.TEST:
        named = (referrer.name, referrer.email)
        await search.put(db, t.referrer_search, referrer.campaign_id, referrer.id, *named)


async def _one(db: AsyncConnection, query: Select[Any]) -> Referrer | None:
    row = (await db.execute(query)).first()
    return maybe(Referrer, row)
