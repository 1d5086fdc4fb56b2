"""The shelf of what people are found by: texts kept beside their names and addresses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Table, delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import AFTER_ALL, beginnings


async def put(
    db: AsyncConnection, table: Table, campaign_id: str, id_: str, *texts: str | None
) -> None:
    """Keeps what the person of that id is found by, in `lead_search` or `referrer_search`, in the
    place of what was kept before."""
    whose = table.columns[1]
    await db.execute(delete(table).where(table.c.campaign_id == campaign_id, whose == id_))
    kept = {"campaign_id": campaign_id, whose.name: id_}
    if rows := [kept | {"text": text} for text in beginnings(*texts)]:
        await db.execute(insert(table), rows)


async def put_all(
    db: AsyncConnection,
    table: Table,
    campaign_id: str,
    people: Iterable[tuple[str, tuple[str | None, ...]]],
) -> None:
    """`put` for many people who are new: each one's id and texts."""
    whose = table.columns[1].name
    rows = [
        {"campaign_id": campaign_id, whose: id_, "text": text}
        for id_, texts in people
        for text in beginnings(*texts)
    ]
    if rows:
        await db.execute(insert(table), rows)


async def forget(db: AsyncConnection, table: Table, campaign_id: str, ids: Sequence[str]) -> None:
    """Forgets what these people are found by."""
    mine = (table.c.campaign_id == campaign_id, table.columns[1].in_(ids))
    await db.execute(delete(table).where(*mine))


def begins(table: Table, campaign_id: str, text: str) -> ColumnElement[bool]:
    """Rows of a search table that go on from such a text, which `sought` spells."""
    c = table.c
    return (c.campaign_id == campaign_id) & (c.text >= text) & (c.text < text + AFTER_ALL)
