"""`POST /e`: what a stranger may send, and the one clear answer to each."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodword.lifecycle.set_up import set_paused
from goodword.storage import Unavailable
from goodword.web.collect import Collect
from goodword.web.site import Site
from lifecycle.world import CHROME, World, world
from web.browser import browser


def body(w: World, e: str, **more: object) -> str:
    return json.dumps({"v": 1, "s": w.campaign.site_key, "e": e} | more)


async def hit(w: World, shop: httpx.AsyncClient, **more: object) -> httpx.Response:
    return await shop.post("/e", content=body(w, "hit", c=w.ada.code, **more))


async def test_a_hit_is_answered_with_its_token(w: World, shop: httpx.AsyncClient) -> None:
    answer = await hit(w, shop, u="https://shop.example/?ref=x", r="")
    said = answer.json()
    assert answer.status_code == 200
    assert (said["c"], said["m"], said["n"]) == (w.ada.code, 34_560_000, "Ada")
    assert said["d"] == "shop.example"
    assert await w.count("hits") == 1


async def test_a_lead_tells_how_its_referral_came_along(w: World, shop: httpx.AsyncClient) -> None:
    token = (await hit(w, shop)).json()["t"]
    person = {"email": "cy@example.org"}
    await shop.post("/e", content=body(w, "lead", t=token, k="a", h=3, p=person))
    for order, kept in (("1", 2), ("2", 2), ("3", 0)):
        bought = person | {"order": order}
        await shop.post("/e", content=body(w, "convert", t=token, k=order, h=kept, p=bought))
    await shop.post("/e", content=body(w, "lead", c=w.ada.code, k="b", p={"email": "di@x.example"}))
    first, second = await w.leads()
    assert [(each.what, each.how) for each in (await w.explain(first.id)).captured] == [
        ("Visit", "a referral link, by the tag on the page"),
        ("Sign-up", "a token kept in cookie and localStorage"),
        ("Conversion", "a token kept in localStorage alone"),
        ("Conversion", "a token of this page view, as the browser kept nothing"),
    ]
    [only] = (await w.explain(second.id)).captured
    assert only.how == "the code alone, typed or from the address"


async def test_the_answer_is_for_the_campaigns_origin_alone(
    w: World, shop: httpx.AsyncClient
) -> None:
    headers = (await hit(w, shop)).headers
    assert headers["access-control-allow-origin"] == "https://shop.example"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-expose-headers"] == "Retry-After"
    assert headers["vary"] == "Origin"


async def test_a_page_of_the_same_site_gets_a_cookie_of_the_server(
    w: World, shop: httpx.AsyncClient
) -> None:
    cookie = (await hit(w, shop)).headers["set-cookie"]
    assert cookie.startswith(f"_gw_{w.campaign.site_key}=")
    assert "Domain=shop.example" in cookie
    assert "; SameSite=Lax; Secure" in cookie
    assert "HttpOnly" not in cookie
    private = await hit(w, shop, g=1)
    assert "set-cookie" not in private.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "https://shop.example.evil"]
)
async def test_a_foreign_origin_is_told_not_to_try_again(
    w: World, shop: httpx.AsyncClient, origin: str
) -> None:
    answer = await shop.post("/e", content=body(w, "hit", c=w.ada.code), headers={"origin": origin})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert await w.count("hits") == 0


async def test_the_www_twin_may_report(w: World, shop: httpx.AsyncClient) -> None:
    answer = await shop.post(
        "/e",
        content=body(w, "hit", c=w.ada.code),
        headers={"origin": "https://www.shop.example"},
    )
    assert answer.status_code == 200


BAD_BODIES = [
    (b"", 400, None),
    (b"no json", 400, None),
    (b"[]", 400, None),
    (b"[" * 4000, 400, None),
    (b'{"s":"SITE","e":"hit","c":"\\ud800"}', 400, None),
    (b'{"s":"SITE","e":"hit","c":"\xed\xa0\x80"}', 400, None),
    (b'{"s":"SITE","e":"hit","c":7}', 400, "c"),
    (b'{"s":"SITE","e":"dance"}', 400, "e"),
    (b'{"e":"hit"}', 400, "s"),
    (b'{"s":"unknown","e":"hit"}', 400, "s"),
    (b'{"s":"SITE","e":"lead","k":"","p":{"email":"a@b.cd"}}', 400, "k"),
    (b'{"s":"SITE","e":"lead","k":"x","p":{"email":"nobody"}}', 400, "email"),
    (b'{"s":"SITE","e":"lead","k":"x","p":{"name":"a\\u0000b"}}', 400, "name"),
    (b'{"s":"SITE","e":"convert","k":"x","p":{"order":"a\\u0000b"}}', 400, "order"),
    (b'{"s":"SITE","e":"convert","k":"x","p":{"order":"a|b"}}', 400, "order"),
    (b'{"s":"SITE","e":"convert","k":"x","p":{"order":"' + b"9" * 2000 + b'"}}', 400, "order"),
    (b'{"s":"SITE","e":"convert","k":"x","p":{"order":["1"]}}', 400, "order"),
    (b'{"s":"SITE","e":"hit","c":"' + b"A" * 5000 + b'"}', 413, None),
]


@pytest.mark.parametrize(("sent", "status", "field"), BAD_BODIES)
async def test_bad_input_gets_a_clear_answer_and_stores_nothing(
    w: World, shop: httpx.AsyncClient, sent: bytes, status: int, field: str | None
) -> None:
    answer = await shop.post("/e", content=sent.replace(b"SITE", w.campaign.site_key.encode()))
    error = answer.json()["error"]
    assert (answer.status_code, error.get("field")) == (status, field)
    assert error["message"]
    allowed = "*" if error["code"] == "unknown_site" else "https://shop.example"
    assert answer.headers["access-control-allow-origin"] == allowed
    assert await w.count("reports") == await w.count("hits") == await w.count("leads") == 0


@pytest.mark.parametrize("code", ["A" * 3000, "0" * 16, "", "producthunt", "' or 1=1 --"])
async def test_a_code_that_is_none_makes_no_hit(
    w: World, shop: httpx.AsyncClient, code: str
) -> None:
    answer = await shop.post("/e", content=body(w, "hit", c=code))
    assert (answer.status_code, answer.json()) == (200, {"reason": "bad_code"})
    assert await w.count("hits") == 0


@pytest.mark.parametrize("amount", ["-1", "1e400", '"49,00 €"', "[1]", "4.5", "true", '"9" '])
async def test_no_amount_refuses_a_conversion(
    w: World, shop: httpx.AsyncClient, amount: str
) -> None:
    token = (await hit(w, shop)).json()["t"]
    payload = f'{{"order":"1042","amount":{amount},"currency":"EUR"}}'
    sent = body(w, "convert", t=token, k="purchase:1042", p=0).replace('"p": 0', f'"p": {payload}')
    answer = await shop.post("/e", content=sent)
    assert (answer.status_code, answer.json()["status"]) == (200, "counted")


async def test_the_whole_way_over_the_wire(w: World, shop: httpx.AsyncClient) -> None:
    token = (await hit(w, shop)).json()["t"]
    lead = body(w, "lead", t=token, k="lead:cy", p={"email": "cy@example.org", "name": "Cy"})
    first = (await shop.post("/e", content=lead)).json()
    again = (await shop.post("/e", content=lead)).json()
    assert first["status"] == "counted"
    assert again == first | {"dup": True}
    order = {"event": "purchase", "order": 1042, "amount": "49.00", "currency": "EUR"}
    sent = body(w, "convert", t=token, k="purchase:1042", p=order)
    answer = (await shop.post("/e", content=sent)).json()
    assert answer["status"] == "counted"
    assert answer["id"].startswith("conv_")
    [reward] = await w.rewards(first["id"])
    assert str(reward.money) == "10.00"


async def test_a_page_without_anything_is_counted_and_no_row_is_made(
    w: World, shop: httpx.AsyncClient
) -> None:
    answer = await shop.post("/e", content=body(w, "convert", k=""))
    assert answer.json() == {"status": "ignored", "reason": "no_hit"}
    assert await w.count("reports") == 0


async def test_a_paused_campaign_says_so(w: World, shop: httpx.AsyncClient) -> None:
    await set_paused(w.context, w.campaign, True, "test")
    assert (await hit(w, shop)).json() == {"reason": "paused"}


async def test_too_many_calls_are_told_when_to_come_back(w: World) -> None:
    context = replace(w.context, settings=replace(w.context.settings, rate_limit=20))
    app = Collect(context, Site("https://go.shop.example"))
    headers = {"origin": "https://shop.example", "user-agent": CHROME}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://go.shop.example", headers=headers
    ) as shop:
        statuses = [(await hit(w, shop)).status_code for _ in range(21)]
        assert statuses == [200] * 20 + [429]
        answer = await hit(w, shop)
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


async def test_storage_that_refuses_is_a_503_and_never_a_success(
    w: World, shop: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Unavailable("disk full")

    monkeypatch.setattr(w.context.storage.hits, "add", full)
    answer = await hit(w, shop)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
PAYLOADS = st.dictionaries(
    st.sampled_from(("event", "order", "amount", "currency", "email", "sig", "customer", "name")),
    st.text(max_size=20) | st.integers(),
)
CALLS = st.builds(
    lambda said, e, p: said | {"e": e} | ({} if p is None else {"p": p}),
    st.dictionaries(st.sampled_from(("c", "l", "t", "u", "r", "b", "g", "k", "f")), ANYTHING),
    st.sampled_from(("hit", "lead", "convert")),
    st.none() | ANYTHING | PAYLOADS,
)


@settings(max_examples=12, deadline=None)
@given(calls=st.lists(CALLS, min_size=20, max_size=30))
def test_nothing_a_stranger_sends_is_a_500(
    sqlite_template: Path, calls: list[dict[str, object]]
) -> None:
    async def send() -> None:
        with TemporaryDirectory() as folder:
            file = shutil.copyfile(sqlite_template, Path(folder) / "goodword.db")
            async with world(f"sqlite+aiosqlite:///{file}") as w, browser(w) as shop:
                token = (await hit(w, shop)).json()["t"]
                for call in calls:
                    said = {"t": token, "k": "x", "s": w.campaign.site_key} | call
                    answer = await shop.post("/e", content=json.dumps(said)[:5000])
                    assert answer.status_code in (200, 400, 413), (said, answer.text)

    asyncio.run(send())


async def test_a_currency_of_any_length_refuses_nothing(w: World, shop: httpx.AsyncClient) -> None:
    token = (await hit(w, shop)).json()["t"]
    payload = {"order": "1042", "amount": "49.00", "currency": "E" * 600}
    answer = await shop.post("/e", content=body(w, "convert", t=token, k="k", p=payload))
    assert (answer.status_code, answer.json()["reason"]) == (200, "amount_unreadable")


async def test_errors_for_an_unknown_site_are_readable_by_anyone(
    w: World, shop: httpx.AsyncClient
) -> None:
    answer = await shop.post("/e", content='{"s":"unknown","e":"hit"}')
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_only_accepted_hits_use_the_allowance_up(w: World) -> None:
    context = replace(w.context, settings=replace(w.context.settings, rate_limit=20))
    app = Collect(context, Site("https://go.shop.example"))
    headers = {"origin": "https://shop.example", "user-agent": CHROME}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://go.shop.example", headers=headers
    ) as shop:
        refused = [await shop.post("/e", content=body(w, "hit", c="nobody")) for _ in range(12)]
        assert [answer.status_code for answer in refused] == [200] * 10 + [429] * 2
        assert [(await hit(w, shop)).status_code for _ in range(20)] == [200] * 20
