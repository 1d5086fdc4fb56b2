"""A small world with a shop of each kind, and what they tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from goodword.campaigns import shops
from goodword.lifecycle.inbound import Became, Came
from goodword.lifecycle.shop import (
    address_of_shop,
    make_shop,
    secret_of,
    set_shop_secret,
)
from goodword.lifecycle.shop_call import receive_from
from goodword.model import Conversion, InboundCall, Refund, Shop, ShopKind
from goodword.storage.rows import noun
from goodword.storage.tables import metadata
from lifecycle.world import World
from shop_calls import (
    Sent,
    encoded,
    shopify_order,
    shopify_refund,
    signature,
    woocommerce_order,
)

BOSS = "boss@example.com"
SECRET = "a-secret-that-shopify-shows"


@dataclass
class Tills:
    """Two shops; a call is signed unless said otherwise, and each is a delivery of its own."""

    w: World
    count: list[int] = field(default_factory=lambda: [0])

    async def shop(self, kind: ShopKind) -> Shop:
        async with self.w.context.storage.read() as db:
            found = await shops.of_kind(db, self.w.campaign.id, kind)
        assert found is not None
        return found

    async def shopify(self, topic: str = "orders/paid", /, **changes: object) -> str:
        """What became of an order of Shopify's with these changes."""
        return await self.said(ShopKind.SHOPIFY, topic, shopify_order(**changes))

    async def refund(self, amount: str = "20.00", /, **changes: object) -> str:
        sent = shopify_refund(amount, **changes)
        return await self.said(ShopKind.SHOPIFY, "refunds/create", sent)

    async def woocommerce(self, topic: str = "order.updated", /, **changes: object) -> str:
        return await self.said(ShopKind.WOOCOMMERCE, topic, woocommerce_order(**changes))

    async def said(self, kind: ShopKind, topic: str, sent: Sent) -> str:
        became = await self.send(kind, topic, encoded(sent))
        assert became is not None
        return became.result.value

    async def send(
        self,
        kind: ShopKind,
        topic: str,
        body: bytes,
        *,
        signed: str | None = None,
        delivery: str | None = None,
        token: str | None = None,
    ) -> Became | None:
        shop = await self.shop(kind)
        self.count[0] += 1
        secret = secret_of(self.w.context, shop) or SECRET
        came = Came(
            content_type="application/json",
            query="",
            headers=headers(
                kind,
                topic,
                signature(secret, body) if signed is None else signed,
                delivery or f"delivery-{self.count[0]}",
            ),
            body=body,
        )
        address = address_of_shop(self.w.context, shop)
        where = address.split("/")[-2] if token is None else token
        return await receive_from(self.w.context, kind, where, came)

    async def lead(self, email: str = "cy@example.org") -> str:
        """The code of a new pending lead of Ada's."""
        visit = await self.w.visit()
        await self.w.sign_up(token=visit.token, email=email)
        return next(each.code for each in await self.w.leads() if each.email == email)

    async def conversions(self) -> list[Conversion]:
        return [noun(Conversion, row) for row in await self._rows("conversions")]

    async def refunds(self) -> list[Refund]:
        return [noun(Refund, row) for row in await self._rows("refunds")]

    async def kept(self) -> list[InboundCall]:
        return [noun(InboundCall, row) for row in await self._rows("calls")]

    async def _rows(self, name: str) -> list[Any]:
        table = metadata.tables[name]
        async with self.w.context.storage.read() as db:
            return list(await db.execute(select(table).order_by(table.c.id)))


def headers(kind: ShopKind, topic: str, signed: str, delivery: str) -> dict[str, str]:
    """As the vendor names them, in small letters."""
    if kind is ShopKind.SHOPIFY:
        return {
            "x-shopify-topic": topic,
            "x-shopify-hmac-sha256": signed,
            "x-shopify-webhook-id": delivery,
            "x-shopify-shop-domain": "jsmith.myshopify.com",
            "x-shopify-api-version": "2025-01",
        }
    return {
        "x-wc-webhook-source": "https://shop.example/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-signature": signed,
        "x-wc-webhook-id": "3",
        "x-wc-webhook-delivery-id": delivery,
    }


async def tills_of(w: World) -> Tills:
    for kind in ShopKind:
        await make_shop(w.context, w.campaign, kind, BOSS)
    await set_shop_secret(w.context, w.campaign, ShopKind.SHOPIFY, SECRET, BOSS)
    return Tills(w)
