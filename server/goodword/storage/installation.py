"""Notes of the whole installation: fingerprints of its keys, the version of the directory."""

from __future__ import annotations

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage.tables import installation as t
from goodword.storage.upsert import insert_if_new


async def read(db: AsyncConnection, name: str) -> str | None:
    found = await db.execute(select(t.c.value).where(t.c.name == name))
    value: str | None = found.scalar()
    return value


async def write(db: AsyncConnection, name: str, value: str) -> None:
    await db.execute(delete(t).where(t.c.name == name))
    await insert_if_new(db, t, {"name": name, "value": value})


async def forget(db: AsyncConnection, name: str) -> bool:
    """Whether there was such a note: only one of two that ask at once is told so."""
    gone = await db.execute(delete(t).where(t.c.name == name).returning(t.c.name))
    return gone.first() is not None


async def increase(db: AsyncConnection, name: str) -> None:
    """Counts up a number that begins at 1."""
    await db.execute(
        text(
            "insert into installation (name, value) values (:name, '1') on conflict (name)"
            " do update set value = cast(cast(installation.value as integer) + 1 as text)"
        ),
        {"name": name},
    )
