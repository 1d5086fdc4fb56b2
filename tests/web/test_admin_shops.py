"""The page of shops: an address and a secret for each, for who may see them; their calls beside the
others, those of strangers out of sight."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
import pytest
from starlette.applications import Starlette

from goodword.access.decide import Admin
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.log_in import open_session
from goodword.lifecycle.shop import address_of_shop, secret_of
from goodword.model import Role, ShopKind
from goodword.web.hooks import Hooks
from goodword.web.session import cookie_name
from lifecycle.tills import SECRET, Tills, headers, tills_of
from shop_calls import encoded, notes, shopify_order, signature, woocommerce_order
from web.admin_app import Browsing
from web.stage import one_engine

pytestmark = one_engine
HERE = "/admin/api/shops"


async def post(admin: Browsing, verb: str, kind: str, **fields: str) -> httpx.Response:
    sent = {"campaign": admin.world.campaign.id, "kind": kind} | fields
    return await admin.post(f"{HERE}/{verb}", **sent)


def copied(page: str, name: str) -> str:
    [found] = re.findall(rf'<code id="{name}">(.*?)</code>', page)
    return unescape(found)


async def test_each_shop_is_given_an_address_and_woocommerce_a_secret(admin: Browsing) -> None:
    assert "Make the address for Shopify" in await admin.get(HERE)
    for kind in ShopKind:
        assert (await post(admin, "make", kind)).status_code == 303
    page, t = await admin.get(HERE), Tills(admin.world)
    for kind in ShopKind:
        shop = await t.shop(kind)
        assert copied(page, f"address-{kind}") == address_of_shop(admin.world.context, shop)
    shown = copied(page, "secret-woocommerce")
    assert shown == secret_of(admin.world.context, await t.shop(ShopKind.WOOCOMMERCE))
    assert len(shown) == 64
    assert "Shopify's secret is not set" in unescape(page)


async def test_the_secret_that_shopify_shows_is_pasted_and_never_shown(admin: Browsing) -> None:
    await post(admin, "make", "shopify")
    answer = await post(admin, "secret", "shopify", secret="short")
    assert answer.status_code == 422
    assert "Paste the secret as the shop shows it" in answer.text
    answer = await post(admin, "secret", "shopify", secret=f" {SECRET} ")
    assert answer.status_code == 303
    shop = await Tills(admin.world).shop(ShopKind.SHOPIFY)
    assert secret_of(admin.world.context, shop) == SECRET
    page = await admin.get(answer.headers["location"])
    assert "Undo" in page
    assert SECRET not in page
    assert "is not set" not in page


async def test_a_shop_is_removed_and_comes_back(admin: Browsing) -> None:
    await post(admin, "make", "woocommerce")
    shop = await Tills(admin.world).shop(ShopKind.WOOCOMMERCE)
    answer = await post(admin, "remove", "woocommerce")
    page = await admin.get(answer.headers["location"])
    assert "Make the address for WooCommerce" in page
    [deed] = re.findall(r'name="deed" value="([^"]+)"', page)
    await admin.post("/admin/undo", campaign=admin.world.campaign.id, deed=deed)
    assert await Tills(admin.world).shop(ShopKind.WOOCOMMERCE) == shop


@pytest.mark.parametrize("verb", ["make", "secret", "remove"])
async def test_what_is_no_kind_of_shop_changes_nothing(admin: Browsing, verb: str) -> None:
    answer = await post(admin, verb, "amazon", secret=SECRET)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")
    assert await admin.world.count("shops") == 0


async def test_who_only_reads_sees_neither_address_nor_secret(admin: Browsing) -> None:
    t = await tills_of(admin.world)
    context = admin.world.context
    reader, _ = await create_admin(context, "eve@shop.example", "correct horse", Role.READER)
    session = await open_session(context, reader)
    assert isinstance(reader, Admin)
    assert session is not None
    admin.client.cookies = httpx.Cookies({cookie_name(True): session.token})
    page = await admin.get(HERE)
    for kind in ShopKind:
        shop = await t.shop(kind)
        assert address_of_shop(context, shop) not in page
        assert secret_of(context, shop) not in page
    assert "<button" not in page.partition("<main")[2].replace("Sign out", "")


async def test_calls_of_shops_stand_beside_the_others_and_strangers_out_of_sight(
    admin: Browsing,
) -> None:
    t = await tills_of(admin.world)
    visit = await t.w.visit()
    await t.shopify(note_attributes=notes(gw=visit.token or ""))
    await t.woocommerce(email="stranger@example.org", number="1999")
    await t.refund("5.00", order_id=7)
    page = await admin.get("/admin/api/inbound")
    assert "Shopify orders/paid" in page
    assert "Qualified" in page
    assert "stranger@example.org" not in page
    every = await admin.get("/admin/api/inbound?calls=all")
    assert "WooCommerce order.updated" in every
    assert "stranger@example.org" in every
    assert "Waits for its order" in every
    assert "Show only those of leads" in every


# Over HTTP -----------------------------------------------------------------------------------


@asynccontextmanager
async def calling(t: Tills) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=Hooks(t.w.context).routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as client:
        yield client


async def path_of(t: Tills, kind: ShopKind) -> str:
    return httpx.URL(address_of_shop(t.w.context, await t.shop(kind))).path


async def test_a_shop_calls_its_address_as_its_vendor_does(admin: Browsing) -> None:
    t = await tills_of(admin.world)
    await t.lead()
    shopify, woo = [await path_of(t, kind) for kind in ShopKind]
    secret = secret_of(t.w.context, await t.shop(ShopKind.WOOCOMMERCE))
    order, other = encoded(shopify_order()), encoded(woocommerce_order(number="1043"))
    sig, woo_sig = signature(SECRET, order), signature(secret, other)
    said = headers(ShopKind.SHOPIFY, "orders/paid", sig, "d-1")
    woo_said = headers(ShopKind.WOOCOMMERCE, "order.updated", woo_sig, "d-2")
    async with calling(t) as client:
        ping = await client.post(woo, data={"webhook_id": "3"})
        assert (ping.status_code, ping.json()) == (200, {"result": "ignored"})
        took = await client.post(shopify, content=order, headers=said)
        assert (took.status_code, took.json()) == (200, {"result": "qualified"})
        again = await client.post(woo, content=other, headers=woo_said)
        assert (again.status_code, again.json()) == (200, {"result": "already_qualified"})
        forged = await client.post(shopify, content=other, headers=said)
        assert forged.status_code == 401
        junk = headers(ShopKind.SHOPIFY, "orders/paid", signature(SECRET, b"{"), "d-3")
        unread = await client.post(shopify, content=b"{", headers=junk)
        assert (unread.status_code, unread.json()) == (200, {"result": "invalid"})


async def test_only_its_own_address_takes_a_shops_calls(admin: Browsing) -> None:
    t = await tills_of(admin.world)
    shopify, woo = [await path_of(t, kind) for kind in ShopKind]
    body = encoded(shopify_order())
    said = headers(ShopKind.SHOPIFY, "orders/paid", signature(SECRET, body), "d-1")
    async with calling(t) as client:
        for path in (woo.replace("woocommerce", "shopify"), "/webhook/x/shopify"):
            assert (await client.post(path, content=body, headers=said)).status_code == 404
        assert (await client.get(shopify)).status_code == 405
        assert (await client.post(shopify.replace("shopify", "qualify"))).status_code == 404
        huge = b"x" * (1 << 20) + b"x"
        assert (await client.post(shopify, content=huge, headers=said)).status_code == 413
    assert await t.w.count("calls") == 0
