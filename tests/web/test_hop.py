"""`/r/CODE`, `/p.gif` and the scripts."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from goodword.lifecycle.set_up import create_referrer
from goodword.signing import sign_payload
from goodword.web.pixel import GIF
from lifecycle.world import World

PAGE = {"sec-fetch-dest": "document"}


async def test_the_hop_records_the_visit_and_leads_on(w: World, shop: httpx.AsyncClient) -> None:
    answer = await shop.get(f"/r/{w.ada.code.lower()}", headers=PAGE)
    target = urlsplit(answer.headers["location"])
    query = parse_qs(target.query)
    assert (answer.status_code, target.netloc) == (302, "shop.example")
    assert query["ref"] == [w.ada.code]
    assert query["_gw"][0] in answer.headers["set-cookie"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert await w.count("hits") == 1


async def test_the_tag_behind_the_hop_makes_no_second_hit(
    w: World, shop: httpx.AsyncClient
) -> None:
    answer = await shop.get(f"/r/{w.ada.code}", headers=PAGE)
    token = parse_qs(urlsplit(answer.headers["location"]).query)["_gw"][0]
    call = {"v": 1, "s": w.campaign.site_key, "e": "hit", "c": w.ada.code, "t": token, "f": 1}
    assert (await shop.post("/e", json=call)).json()["t"] == token
    assert await w.count("hits") == 1


async def test_a_vanity_code_leads_on_in_its_campaign(w: World, shop: httpx.AsyncClient) -> None:
    await create_referrer(w.context, w.campaign, "cy@example.org", "Cy", "test", "cy")
    answer = await shop.get(f"/r/{w.campaign.slug}/CY", headers=PAGE)
    assert "ref=cy&_gw=" in answer.headers["location"]


@pytest.mark.parametrize("code", ["0000000000000000", "nobody", "none/x", "A" * 9000])
async def test_an_unknown_code_is_a_404_that_helps(shop: httpx.AsyncClient, code: str) -> None:
    answer = await shop.get(f"/r/{code}", headers=PAGE)
    assert (answer.status_code, "Ask your friend" in answer.text) == (404, True)


async def test_an_unknown_vanity_code_still_finds_the_shop(
    w: World, shop: httpx.AsyncClient
) -> None:
    answer = await shop.get(f"/r/{w.campaign.slug}/nobody", headers=PAGE)
    assert answer.headers["location"] == "https://shop.example/"
    assert await w.count("hits") == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-dest": "image"},
        {"sec-fetch-dest": "iframe"},
        {"sec-purpose": "prefetch;prerender", "sec-fetch-dest": "document"},
        {"user-agent": "WhatsApp/2.23.20.0 A"},
    ],
)
async def test_what_is_no_visit_is_led_on_without_a_row(
    w: World, shop: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await shop.get(f"/r/{w.ada.code}", headers=headers)
    assert answer.headers["location"] == f"https://shop.example/?ref={w.ada.code}"
    assert "set-cookie" not in answer.headers
    assert await w.count("hits") == 0


async def test_privacy_control_leaves_nothing_behind(w: World, shop: httpx.AsyncClient) -> None:
    answer = await shop.get(f"/r/{w.ada.code}", headers=PAGE | {"sec-gpc": "1"})
    assert answer.headers["location"] == f"https://shop.example/?ref={w.ada.code}"
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("to", "allowed"),
    [
        ("https://shop.example/sale?a=1", True),
        ("https://www.shop.example/", True),
        ("https://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https:evil.example", False),
        ("https://shop.example@evil.example/", False),
        ("https://shop.example.evil.example/", False),
        ("https://shop.example\\@evil.example/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://shop.example/\r\nset-cookie: a=b", False),
        ("https://shоp.example/", False),
    ],
)
async def test_a_link_leads_only_to_the_campaigns_own_pages(
    w: World, shop: httpx.AsyncClient, to: str, allowed: bool
) -> None:
    answer = await shop.get(f"/r/{w.ada.code}", params={"to": to}, headers=PAGE)
    location = answer.headers["location"]
    host = urlsplit(location).hostname
    assert host in ("shop.example", "www.shop.example")
    assert location.startswith(to) is allowed


async def test_the_pixel_is_a_picture_of_43_bytes(w: World, shop: httpx.AsyncClient) -> None:
    answer = await shop.get("/p.gif", params={"s": w.campaign.site_key, "e": "purchase"})
    assert (answer.content, len(GIF)) == (GIF, 43)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-goodword"] == "ignored; no_hit"


async def test_a_signed_pixel_qualifies_its_lead(w: World, shop: httpx.AsyncClient) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    secret = w.campaign.signing_secret
    sig = sign_payload(secret, "purchase", "1042", "49.00", "EUR", "cy@example.org")
    said = {"order": "1042", "amount": "49.00", "currency": "EUR", "email": "cy@example.org"}
    query = {"s": w.campaign.site_key, "e": "purchase", "sig": sig} | said
    answer = await shop.get("/p.gif", params=query)
    assert answer.headers["x-goodword"] == "counted"


async def test_a_pixel_with_a_cookie_converts_and_one_with_a_code_only_claims(
    w: World, shop: httpx.AsyncClient
) -> None:
    query = {"s": w.campaign.site_key, "e": "purchase", "order": "1042"}
    claim = await shop.get("/p.gif", params=query | {"c": w.ada.code})
    assert claim.headers["x-goodword"] == "held; needs_evidence"
    assert await w.count("leads") == 0
    cookie = f"_gw_{w.campaign.site_key}={(await w.visit()).token}"
    answer = await shop.get("/p.gif", params=query, headers={"cookie": cookie})
    assert answer.headers["x-goodword"] == "counted"


async def test_scripts_come_compressed_and_are_remembered(shop: httpx.AsyncClient) -> None:
    plain = await shop.get("/gw.js", headers={"accept-encoding": "identity"})
    brotli = await shop.get("/gw.js", headers={"accept-encoding": "br"})
    assert brotli.headers["content-encoding"] == "br"
    assert brotli.text == plain.text
    head = await shop.head("/gw.js", headers={"accept-encoding": "identity"})
    assert (head.content, int(head.headers["content-length"])) == (b"", len(plain.content))
    assert (await shop.post("/gw.js")).status_code == 405
    known = await shop.get("/gw.js", headers={"if-none-match": plain.headers["etag"]})
    assert known.status_code == 304
    versions = (await shop.get("/gw.versions.json")).json()
    version = versions["current"]["gw"]
    released = await shop.get(f"/gw.{version}.js")
    assert "immutable" in released.headers["cache-control"]
    assert released.text == plain.text
    assert released.headers["access-control-allow-origin"] == "*"
