"""`/c/SLUG/CODE`: who invites, the form, and where it leads; and whom it leads on all the same."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from goodword.lifecycle.disable import set_disabled
from goodword.lifecycle.set_up import create_referrer, set_paused
from goodword.model import Reason
from goodword.signing import mint_test_code
from lifecycle.world import World
from web.hosted_app import field_of, text_of
from web.stage import one_engine

FRIEND = {"name": "Cy Young", "email": "cy@example.org"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def query_of(answer: httpx.Response) -> dict[str, list[str]]:
    return parse_qs(urlsplit(answer.headers["location"]).query)


async def test_it_says_who_invites_by_the_first_name_alone(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.get(f"/c/demo/{w.ada.code}")
    assert page.status_code == 200
    assert "Ada invites you to Demo" in text_of(page)
    assert "Lovelace" not in page.text
    assert "ada@example.com" not in page.text
    assert (await w.count("hits"), await w.count("leads")) == (0, 0)


async def test_the_form_leads_on_with_both_codes_and_keeps_the_token(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.get(f"/c/demo/{w.ada.code}")
    answer = await person.post(page.url.path, data=FRIEND | {"k": field_of(page, "k")})
    lead = await w.only_lead()
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        f"https://shop.example/?ref={w.ada.code}&lead={lead.code}"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert f"_gw_{w.campaign.site_key}=" in answer.headers["set-cookie"]
    assert "Domain=shop.example" in answer.headers["set-cookie"]
    assert (lead.name, lead.email, await w.count("hits")) == ("Cy Young", "cy@example.org", 1)


async def test_a_vanity_code_works_in_any_case_and_leads_on_as_itself(
    w: World, person: httpx.AsyncClient
) -> None:
    await create_referrer(w.context, w.campaign, "di@example.org", "Di", "test", "di")
    answer = await person.post("/c/demo/DI", data=FRIEND)
    assert query_of(answer)["ref"] == ["di"]
    assert "lead" in query_of(answer)


async def test_a_known_address_gets_the_same_answer_without_the_code(
    w: World, person: httpx.AsyncClient
) -> None:
    await person.post(f"/c/demo/{w.bob.code}", data=FRIEND)
    person.cookies.clear()
    answer = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND)
    assert answer.status_code == 303
    assert query_of(answer) == {"ref": [w.ada.code]}
    assert len(await w.leads()) == 1


async def test_privacy_control_leaves_no_cookie_and_no_address(
    w: World, person: httpx.AsyncClient
) -> None:
    answer = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND, headers={"sec-gpc": "1"})
    assert "set-cookie" not in answer.headers
    assert set(query_of(answer)) == {"ref", "lead"}


@one_engine
@pytest.mark.parametrize(
    "agent", ["curl/8.5.0", "WhatsApp/2.23.20.0 A", "Googlebot/2.1", "facebookexternalhit/1.1"]
)
async def test_a_program_that_sends_the_form_makes_no_row(
    w: World, person: httpx.AsyncClient, agent: str
) -> None:
    answer = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND, headers={"user-agent": agent})
    assert query_of(answer) == {"ref": [w.ada.code]}
    assert (await w.count("hits"), await w.count("leads")) == (0, 0)


async def test_the_field_that_no_person_sees_holds_and_tells_nobody(
    w: World, person: httpx.AsyncClient
) -> None:
    answer = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND | {"subject": "Buy now"})
    assert set(query_of(answer)) == {"ref", "lead"}
    found = (await w.explain((await w.only_lead()).id)).findings
    assert [each.check for each in found] == [Reason.HONEYPOT]


async def test_an_unknown_or_disabled_code_still_leads_to_the_site(
    w: World, person: httpx.AsyncClient
) -> None:
    await set_disabled(w.context, w.campaign, [w.bob.id], True, "boss@example.com")
    lead = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND)
    [lead_code] = query_of(lead)["lead"]
    for code in ("nobody", "0000000000000000", w.bob.code, lead_code, "A" * 3000):
        for page in (await person.get(f"/c/demo/{code}"), await person.post(f"/c/demo/{code}")):
            assert page.status_code == 404
            assert 'href="https://shop.example/"' in page.text
    assert len(await w.leads()) == 1


async def test_while_paused_it_makes_nothing_and_leads_to_the_site(
    w: World, person: httpx.AsyncClient
) -> None:
    await set_paused(w.context, w.campaign, True, "boss@example.com")
    for page in (
        await person.get(f"/c/demo/{w.ada.code}"),
        await person.post(f"/c/demo/{w.ada.code}", data=FRIEND),
    ):
        assert page.status_code == 200
        assert 'href="https://shop.example/"' in page.text
    assert (await w.count("hits"), await w.count("leads")) == (0, 0)


@one_engine
async def test_an_unknown_campaign_is_a_page_that_helps(person: httpx.AsyncClient) -> None:
    for path in ("/c/none", "/c/none/x", "/p/none"):
        page = await person.get(path)
        assert (page.status_code, "nothing here" in text_of(page)) == (404, True)


async def test_a_test_code_is_taken_as_a_test(w: World, person: httpx.AsyncClient) -> None:
    code = mint_test_code(w.campaign.code_key, b"12345", w.clock[0] + 3_600_000)
    answer = await person.post(f"/c/demo/{code}", data=FRIEND)
    assert query_of(answer)["ref"] == [code]
    assert (await w.only_lead()).mode == "test"
    w.wait(3_600_000)
    assert (await person.get(f"/c/demo/{code}")).status_code == 404


@one_engine
@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"email": "cy@example"}, "email", "not an address"),
        ({"email": ""}, "email", "missing"),
        ({"email": "x" * 250 + "@a.bc"}, "email", "254"),
        ({"name": "x" * 201}, "name", "200"),
        ({"name": "Cy\x07"}, "name", "control"),
    ],
)
async def test_what_can_t_be_taken_is_said_beside_the_field_and_nothing_typed_is_lost(
    w: World, person: httpx.AsyncClient, fields: dict[str, str], field: str, message: str
) -> None:
    page = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND | fields)
    assert page.status_code == 422
    assert message in text_of(page)
    assert (
        f'name="{field}"' in page.text.partition('aria-invalid="true"')[0].rpartition("<input")[2]
    )
    kept = (FRIEND | fields)["name" if field == "email" else "email"]
    assert f'value="{kept}"' in page.text
    assert (await w.count("hits"), await w.count("leads")) == (0, 0)


@one_engine
async def test_markup_and_line_breaks_are_words_and_nothing_else(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.post(
        f"/c/demo/{w.ada.code}", data={"name": HOSTILE, "email": "x", "k": HOSTILE, "r": HOSTILE}
    )
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "49" not in page.text
    name = "Cy\r\nSet-Cookie: a=b"
    answer = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND | {"name": name})
    assert answer.headers["location"].startswith("https://shop.example/?ref=")
    assert (await w.only_lead()).name == "Cy Set-Cookie: a=b"


@one_engine
async def test_another_sites_page_can_t_send_the_form(w: World, person: httpx.AsyncClient) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": "null"},
    ):
        page = await person.post(f"/c/demo/{w.ada.code}", data=FRIEND, headers=headers)
        assert page.status_code == 403
        assert 'value="cy@example.org"' in page.text
    assert await w.count("leads") == 0


async def test_the_page_before_it_is_kept_with_the_visit(
    w: World, person: httpx.AsyncClient
) -> None:
    came = {"referer": "https://blog.example/post?mail=a@b.c"}
    page = await person.get(f"/c/demo/{w.ada.code}", headers=came)
    await person.post(page.url.path, data=FRIEND | {"r": field_of(page, "r")})
    story = await w.explain((await w.only_lead()).id)
    assert story.hit is not None
    assert story.hit.http_referrer == "https://blog.example/post"
    assert (story.hit.via, story.hit.url) == ("hop", f"/c/demo/{w.ada.code}")


@one_engine
async def test_its_headers_let_the_form_lead_out_and_nobody_frame_it(
    w: World, person: httpx.AsyncClient
) -> None:
    page = await person.get(f"/c/demo/{w.ada.code}")
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https:;" in policy
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "unsafe" not in policy
