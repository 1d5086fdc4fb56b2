"""`/c/SLUG`: whoever leaves a name joins, and the answer says nothing of who was there before."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from goodword.lifecycle.set_up import set_paused
from goodword.model import Mode, Reason, Referrer, Status
from goodword.referrers import record as referrers
from goodword.stats import refusals
from lifecycle.world import START, World
from web.hosted_app import field_of, text_of, visiting, with_mail
from web.stage import one_engine

CY = {"name": "Cy Young", "email": "cy@example.org"}


async def known(w: World, email: str = CY["email"]) -> Referrer:
    async with w.context.storage.read() as db:
        found = await referrers.by_email(db, w.campaign.id, Mode.LIVE, email)
    assert found is not None
    return found


async def test_it_names_the_reward_and_makes_a_referrer(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.get("/c/demo")
    assert "Recommend Demo, get 10.00 EUR" in text_of(page)
    answer = await person.post("/c/demo", data=CY)
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/demo?done=1")
    assert (await known(w)).name == "Cy Young"


@pytest.mark.parametrize(
    ("mail", "promise"),
    [(True, "We have mailed you your link"), (False, "Demo will send you your link")],
)
async def test_a_new_and_a_known_address_are_answered_alike_to_the_last_byte(
    w: World, mail: bool, promise: str
) -> None:
    answers = []
    async with visiting(with_mail(w) if mail else w.context) as person:
        for email in ("cy@example.org", "cy@example.org", "ada@example.com"):
            sent = await person.post("/c/demo", data={"name": "Cy", "email": email})
            shown = await person.get(sent.headers["location"])
            headers = sorted(sent.headers.items())
            answers.append((sent.status_code, sent.content, headers, shown.content))
    assert promise in text_of(shown)
    assert answers[0] == answers[1] == answers[2]
    assert w.ada.code not in shown.text


@pytest.mark.parametrize("way", ["cookie", "field", "link"])
async def test_a_browser_that_carries_the_campaigns_token_is_known_as_the_referrers_own(
    w: World, person: httpx.AsyncClient, way: str
) -> None:
    token = (await w.visit()).token
    fields = dict(CY)
    if way == "cookie":
        person.cookies.set(f"_gw_{w.campaign.site_key}", token)
    elif way == "field":
        fields["gw"] = token
    else:
        page = await person.get("/c/demo", params={"_gw": f"{token}~{base36(START // 1000)}"})
        fields["gw"] = field_of(page, "gw")
        assert fields["gw"] == token
    await person.post("/c/demo", data=fields)
    own = await w.visit(await known(w), token=token)
    answer = await w.sign_up(token=own.token, email="made-up@example.org")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.SAME_BROWSER)


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


@one_engine
@pytest.mark.parametrize("late", [-300, 300, 10**6])
async def test_a_link_that_carried_a_token_long_ago_carries_none(
    w: World, person: httpx.AsyncClient, late: int
) -> None:
    token = (await w.visit()).token
    for carried in (f"{token}~{base36(START // 1000 - late)}", token, f"{token}~-1", "x~1"):
        page = await person.get("/c/demo", params={"_gw": carried})
        assert field_of(page, "gw") == ""


async def test_while_paused_nobody_joins_whoever_it_is(w: World, person: httpx.AsyncClient) -> None:
    await set_paused(w.context, w.campaign, True, "boss@example.com")
    pages = [await person.post("/c/demo", data={"email": each}) for each in ("a@b.co", w.ada.email)]
    pages.append(await person.get("/c/demo"))
    assert len({page.content for page in pages}) == 1
    assert 'href="https://shop.example/"' in pages[0].text
    assert await w.count("referrers") == 3


@one_engine
async def test_a_field_that_no_person_sees_is_answered_alike_and_counted(
    w: World, person: httpx.AsyncClient
) -> None:
    answer = await person.post("/c/demo", data=CY | {"subject": "x"})
    assert answer.headers["location"] == "/c/demo?done=1"
    assert await w.count("referrers") == 3
    await w.visit()  # the count travels with a visit's commit
    async with w.context.storage.read() as db:
        [counted] = await refusals.since(db, w.campaign.id, 0)
    assert (counted.event, counted.reason, counted.count) == ("join", Reason.HONEYPOT, 1)


@one_engine
async def test_what_is_no_address_is_said_and_nothing_typed_is_lost(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.post("/c/demo", data={"name": "<b>Cy</b>", "email": "cy@example"})
    assert page.status_code == 422
    assert "no e-mail address" in text_of(page)
    assert 'value="&lt;b&gt;Cy&lt;/b&gt;"' in page.text
    assert await w.count("referrers") == 3


@one_engine
async def test_another_sites_page_can_t_send_the_form(w: World, person: httpx.AsyncClient) -> None:
    """It would make the browser of whoever looks at that page a referrer's own."""
    headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert (await person.post("/c/demo", data=CY, headers=headers)).status_code == 403
    assert await w.count("referrers") == 3


@one_engine
async def test_only_the_campaigns_own_sites_may_frame_it(
    w: World, person: httpx.AsyncClient
) -> None:
    await w.limits(origins=("https://shop.example", "https://*.blog.example", "http://localhost:*"))
    page = await person.get("/c/demo")
    assert page.headers["content-security-policy"].partition("frame-ancestors ")[2] == (
        "https://shop.example https://*.blog.example http://localhost:* https://www.shop.example"
    )
    assert "x-frame-options" not in page.headers
    assert page.headers["cache-control"] == "no-store"


@one_engine
async def test_too_many_calls_are_told_when_to_come_again(w: World) -> None:
    """As at `/e`: a tenth of the views for forms."""
    context = replace(w.context, settings=replace(w.context.settings, rate_limit=20))
    async with visiting(context) as person:
        for _ in range(2):
            assert (await person.post("/c/demo", data=CY)).status_code == 303
        late = await person.post("/c/demo", data=CY)
        assert (late.status_code, late.headers["retry-after"]) == (429, "31")
        assert (await person.post(f"/c/demo/{w.ada.code}", data=CY)).status_code == 429
        assert (await person.post("/p/demo", data={"email": "a@b.co"})).status_code == 429
        views = [(await person.get("/c/demo")).status_code for _ in range(21)]
        assert (views[:20], views[20]) == ([200] * 20, 429)
