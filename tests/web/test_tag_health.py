"""Tag health from the wire to the page: what a report says of its page, in words."""

from __future__ import annotations

import json

import httpx
import pytest
from starlette.applications import Starlette

from goodword.clock import DAY
from goodword.lifecycle.admit import create_api_key
from goodword.lifecycle.sighting import see
from goodword.stats.decide import Advice, Way
from goodword.web.admin_tag_health import ADVICE, Board, Line, board
from goodword.web.api import Api
from goodword.web.versions import CURRENT, RELEASED
from lifecycle.world import World
from web.stage import one_engine

SHOP = "https://shop.example"
[VERSION] = CURRENT


async def report(here: World, shop: httpx.AsyncClient, e: str, **more: object) -> dict[str, str]:
    body = {"v": 1, "s": here.campaign.site_key, "e": e, "w": VERSION, "k": e} | more
    answer = await shop.post("/e", content=json.dumps(body))
    assert answer.status_code == 200, answer.text
    said: dict[str, str] = answer.json()
    return said


async def seen(w: World) -> Board:
    """The board, once all is stored; nothing can be counted afterwards."""
    await w.context.storage.hits.close()
    return await board(w.context, w.campaign)


async def line(w: World) -> Line:
    [only] = (await seen(w)).lines
    return only


async def test_a_whole_referral_shows_how_it_travelled(w: World, shop: httpx.AsyncClient) -> None:
    token = (await report(w, shop, "hit", c=w.ada.code))["t"]
    await report(w, shop, "hit", c=w.bob.code, t=token, f=1)
    await report(w, shop, "lead", t=token, h=3, p={"email": "cy@example.org"})
    await report(w, shop, "convert", t=token, h=3, p={"order": "1042"})
    await report(w, shop, "convert", k="", p=None)
    found = await line(w)
    assert (found.title, found.last_at) == (SHOP, w.context.now())
    assert found.version == f"{VERSION}, the current one"
    assert found.storage == "Works: cookie and localStorage"
    assert found.ways == ("cookie and localStorage: 2", "link: 1")
    assert (found.without, found.private) == ("1 of 2", "0 of 2")
    assert found.advice == ()


async def test_what_leaves_nobodys_conversion_is_counted_by_its_origin(
    w: World, shop: httpx.AsyncClient
) -> None:
    body = {"v": 1, "s": w.campaign.site_key, "e": "convert", "k": ""}
    for _ in range(3):
        answer = await shop.post("/e", content=json.dumps(body))
        assert answer.json() == {"status": "ignored", "reason": "no_hit"}
    found = await line(w)
    assert (found.without, found.version, found.ways) == ("3 of 3", "", ())


@pytest.mark.parametrize(
    ("kept", "storage"),
    [
        ({"h": 1}, "Cookie only: localStorage is barred or full"),
        ({"h": 2}, "localStorage only: the cookie is blocked"),
        ({"h": 3}, "Works: cookie and localStorage"),
        ({}, "Nothing is kept beyond the page"),
        ({"w": ""}, ""),
    ],
)
@one_engine
async def test_storage_is_what_reports_with_a_token_tell(
    w: World, shop: httpx.AsyncClient, kept: dict[str, object], storage: str
) -> None:
    token = (await report(w, shop, "hit", c=w.ada.code))["t"]
    await report(w, shop, "lead", t=token, p={"email": "cy@example.org"}, **kept)
    assert (await line(w)).storage == storage


@one_engine
async def test_visits_under_privacy_control_are_counted(w: World, shop: httpx.AsyncClient) -> None:
    await report(w, shop, "hit", c=w.ada.code, g=1)
    await report(w, shop, "hit", c=w.bob.code)
    await report(w, shop, "hit", c="producthunt")
    assert (await line(w)).private == "1 of 2"


@one_engine
async def test_a_code_that_is_none_still_shows_that_the_tag_is_there(
    w: World, shop: httpx.AsyncClient
) -> None:
    await report(w, shop, "hit", c="producthunt")
    found = await line(w)
    assert (found.last_at, found.private) == (w.context.now(), "")


@one_engine
async def test_a_code_alone_is_a_way_too(w: World, shop: httpx.AsyncClient) -> None:
    await report(w, shop, "convert", c=w.ada.code, p={"order": "1042"})
    assert (await line(w)).ways == ("code alone: 1",)


@one_engine
async def test_a_made_up_version_is_not_remembered(w: World, shop: httpx.AsyncClient) -> None:
    for number in range(30):
        await report(w, shop, "hit", c=w.ada.code, w=f"{number}.6.6")
    found = await line(w)
    assert found.version == "Not one of this server's"
    assert found.advice == (ADVICE[Advice.UNKNOWN_VERSION],)
    assert await w.count("tag_health") == 1


@one_engine
async def test_a_refused_origin_leaves_no_trace_here(w: World, shop: httpx.AsyncClient) -> None:
    body = json.dumps({"v": 1, "s": w.campaign.site_key, "e": "hit", "c": w.ada.code})
    for number in range(5):
        origin = {"origin": f"https://evil{number}.example"}
        assert (await shop.post("/e", content=body, headers=origin)).status_code == 403
    await w.context.storage.hits.close()
    assert await w.count("tag_health") == 0
    assert await w.count("refusals") == 5


@one_engine
async def test_a_report_that_is_refused_shows_no_health(w: World, shop: httpx.AsyncClient) -> None:
    body = {"v": 1, "s": w.campaign.site_key, "e": "convert", "k": "", "p": {"order": "1"}}
    assert (await shop.post("/e", content=json.dumps(body))).status_code == 400
    await w.context.storage.hits.close()
    assert await w.count("tag_health") == 0


@one_engine
async def test_the_pixel_is_counted_for_the_page_that_shows_it(
    w: World, shop: httpx.AsyncClient
) -> None:
    token = (await report(w, shop, "hit", c=w.ada.code))["t"]
    site = w.campaign.site_key
    shop.cookies.clear()
    for referer, cookie in (
        (f"{SHOP}/thanks", f"_gw_{site}={token}"),
        ("https://elsewhere.example/", ""),
        ("", ""),
    ):
        await shop.get(f"/p.gif?s={site}&order=1", headers={"referer": referer, "cookie": cookie})
    page, unnamed = (await seen(w)).lines
    assert (page.title, page.ways, page.without) == (SHOP, ("cookie alone: 1",), "0 of 1")
    assert (unnamed.page, unnamed.without) == (False, "2 of 2")


@one_engine
async def test_a_token_that_the_sites_server_brings_travelled_by_form(
    w: World, shop: httpx.AsyncClient
) -> None:
    token = (await w.visit()).token
    _, key = await create_api_key(w.context, w.campaign.id, "write")
    api = httpx.ASGITransport(Starlette(routes=Api(w.context).routes()))
    async with httpx.AsyncClient(transport=api, base_url="https://go.shop.example") as server:
        for body in ({"token": token, "order": "1"}, {"code": w.ada.code, "order": "2"}):
            headers = {"authorization": f"Bearer {key}"}
            await server.post("/api/v1/conversions", json=body, headers=headers)
    unnamed = (await seen(w)).lines[0]
    assert unnamed.ways == ("code alone: 1", "form or server: 1")


async def test_an_origin_that_was_never_seen_says_so(w: World) -> None:
    found = await board(w.context, w.campaign)
    assert not found.seen
    assert [(each.title, each.last_at) for each in found.lines] == [(SHOP, None)]


@one_engine
async def test_the_www_twin_stands_for_its_origin(w: World) -> None:
    see(w.context, w.campaign, "hit", Way.PAGE, "https://www.shop.example", VERSION)
    assert [each.title for each in (await seen(w)).lines] == ["https://www.shop.example"]


@one_engine
async def test_an_origin_that_is_no_longer_allowed_is_not_shown(w: World) -> None:
    see(w.context, w.campaign, "hit", Way.PAGE, "https://old.example", VERSION)
    assert [each.title for each in (await seen(w)).lines] == [SHOP]


@one_engine
async def test_a_thank_you_page_that_never_reports_is_told(w: World) -> None:
    w.clock[0] -= 20 * DAY
    for _ in range(20):
        see(w.context, w.campaign, "hit", Way.PAGE, SHOP, VERSION)
        see(w.context, w.campaign, "lead", Way.BOTH, SHOP, VERSION)
        w.wait(DAY)
    assert (await seen(w)).advice == [ADVICE[Advice.NO_CONVERSIONS]]


@one_engine
async def test_a_conversion_by_another_door_silences_that_advice(w: World) -> None:
    token = (await w.visit()).token
    w.clock[0] -= 20 * DAY
    for _ in range(20):
        see(w.context, w.campaign, "hit", Way.PAGE, SHOP, VERSION)
        see(w.context, w.campaign, "lead", Way.BOTH, SHOP, VERSION)
        w.wait(DAY)
    await w.convert(token=token, order="1", door="api")
    assert (await seen(w)).advice == []


def test_every_advice_has_words() -> None:
    assert set(ADVICE) == set(Advice)
    assert all(text.rstrip().endswith((".", "}")) for text in ADVICE.values())


def test_the_current_version_was_released() -> None:
    assert CURRENT <= RELEASED
