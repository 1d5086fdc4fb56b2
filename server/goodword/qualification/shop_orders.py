"""The shelf of shops' orders: by what number everybody knows one, and how new the news of it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import ShopKind
from goodword.storage import tables as t
from goodword.storage.upsert import insert_if_new

c = t.shop_orders.c


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """`changed_at` is the shop's own time of what was heard last, milliseconds."""

    order_id: str
    changed_at: int


async def by_ref(
    db: AsyncConnection, campaign_id: str, kind: ShopKind, ref: str
) -> KnownOrder | None:
    query = select(c.order_id, c.changed_at).where(
        c.campaign_id == campaign_id, c.kind == kind, c.ref == ref
    )
    row = (await db.execute(query)).first()
    return KnownOrder(row.order_id, row.changed_at) if row else None


async def put(
    db: AsyncConnection, campaign_id: str, kind: ShopKind, ref: str, known: KnownOrder
) -> None:
    key = {"campaign_id": campaign_id, "kind": kind, "ref": ref}
    if not await insert_if_new(db, t.shop_orders, key | asdict(known)):
        where = (c[name] == value for name, value in key.items())
        await db.execute(update(t.shop_orders).where(*where).values(asdict(known)))
