"""The shelf of coupon codes: pools that people fill, out of which each reward takes one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage import tables as t

c = t.coupons.c
_AT_ONCE = 500
"""Rows in one statement: both engines limit how many values one may have."""


class Pool(NamedTuple):
    """How many codes of a pool are left, and how many were given."""

    pool: str
    left: int
    given: int


class Added(NamedTuple):
    """How many codes were new to the pool, and how many it had before."""

    new: int
    known: int


async def add_codes(
    db: AsyncConnection, campaign_id: str, pool: str, codes: Sequence[str], at: int
) -> Added:
    """Puts codes into a pool, each once; what the pool has already stays as it is."""
    known: set[str] = set()
    for part in _parts(codes):
        mine = select(c.code).where(c.campaign_id == campaign_id, c.pool == pool, c.code.in_(part))
        known.update((await db.execute(mine)).scalars())
    new = [code for code in dict.fromkeys(codes) if code not in known]
    for part in _parts(new):
        row = {"campaign_id": campaign_id, "pool": pool, "created_at": at}
        await db.execute(insert(t.coupons), [row | {"code": code} for code in part])
    return Added(len(new), len(known))


def _parts(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    return (codes[start : start + _AT_ONCE] for start in range(0, len(codes), _AT_ONCE))


async def last_added(db: AsyncConnection, campaign_id: str, pool: str) -> int:
    """When codes were put into the pool last, 0 for never."""
    newest = select(func.max(c.created_at)).where(c.campaign_id == campaign_id, c.pool == pool)
    return int((await db.execute(newest)).scalar_one() or 0)


async def remove_codes(db: AsyncConnection, campaign_id: str, pool: str, at: int) -> list[str]:
    """Takes out what was put in at that time and not given to anybody since."""
    removed = await db.execute(
        delete(t.coupons)
        .where(
            c.campaign_id == campaign_id,
            c.pool == pool,
            c.created_at == at,
            c.reward_id.is_(None),
        )
        .returning(c.code)
    )
    return list(removed.scalars())


async def pools(db: AsyncConnection, campaign_id: str) -> list[Pool]:
    """Every pool that ever had a code, by name."""
    given = func.count(c.reward_id)
    counted = (
        select(c.pool, func.count() - given, given)
        .where(c.campaign_id == campaign_id)
        .group_by(c.pool)
        .order_by(c.pool)
    )
    return [Pool(*row) for row in await db.execute(counted)]


async def take(db: AsyncConnection, campaign_id: str, pool: str, reward_id: str) -> str | None:
    """The oldest code that is left, which is the reward's from now on; the one it has already;
    None when the pool is empty.

    On PostgreSQL takers pass over the row that another is just taking, and never wait.
    """
    mine = await code_of(db, campaign_id, reward_id)
    if mine is not None:
        return mine
    left = (c.campaign_id == campaign_id, c.pool == pool, c.reward_id.is_(None))
    oldest = (
        select(c.code)
        .where(*left)
        .order_by(c.created_at, c.code)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = await db.execute(
        update(t.coupons)
        .where(*left, c.code == oldest)
        .values(reward_id=reward_id)
        .returning(c.code)
    )
    code: str | None = taken.scalar_one_or_none()
    return code


async def give_back(db: AsyncConnection, campaign_id: str, reward_id: str) -> bool:
    """Puts a reward's code back into its pool; False when somebody has seen it, or it has none."""
    back = await db.execute(
        update(t.coupons)
        .where(c.campaign_id == campaign_id, c.reward_id == reward_id, c.shown_at.is_(None))
        .values(reward_id=None)
        .returning(c.code)
    )
    return back.first() is not None


async def code_of(db: AsyncConnection, campaign_id: str, reward_id: str) -> str | None:
    """The code that a reward took."""
    mine = select(c.code).where(c.campaign_id == campaign_id, c.reward_id == reward_id)
    code: str | None = (await db.execute(mine)).scalar_one_or_none()
    return code


async def shown_code(db: AsyncConnection, campaign_id: str, reward_id: str) -> str | None:
    """The code of a reward, once somebody has seen it, or was sent it."""
    mine = (c.campaign_id == campaign_id, c.reward_id == reward_id, c.shown_at.is_not(None))
    code: str | None = (await db.execute(select(c.code).where(*mine))).scalar_one_or_none()
    return code


async def mark_shown(db: AsyncConnection, campaign_id: str, reward_id: str, at: int) -> bool:
    """Notes that somebody has seen a reward's code, or was sent it; False when noted before."""
    shown = await db.execute(
        update(t.coupons)
        .where(c.campaign_id == campaign_id, c.reward_id == reward_id, c.shown_at.is_(None))
        .values(shown_at=at)
        .returning(c.code)
    )
    return shown.first() is not None
