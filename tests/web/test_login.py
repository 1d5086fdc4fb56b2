"""The log-in, as a browser meets it. On each engine."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from goodword.clock import DAY, SECOND
from goodword.lifecycle.admit import create_admin
from lifecycle.world import world
from web.stage import (
    EMAIL,
    PASSWORD,
    URL,
    Stage,
    error_in,
    one_engine,
    staged,
    submit,
)


async def test_who_is_not_logged_in_is_led_to_the_log_in_and_back(stage: Stage) -> None:
    async with stage.browser() as browser:
        asked = await browser.get("/admin/leads?sort=joined&page=2")
        assert asked.status_code == 303
        login = asked.headers["location"]
        assert urlsplit(login).path == "/login"
        page = await browser.get(login)
        assert page.status_code == 200
        [action] = re.findall(r'action="(/login[^"]+)"', page.text)
        entered = await submit(browser, path=action)
        assert entered.headers["location"] == "/admin/leads?sort=joined&page=2"
        assert (await browser.get("/admin/leads")).text.startswith(EMAIL)


async def test_a_log_in_leads_to_the_admin_pages_by_default(stage: Stage) -> None:
    async with stage.browser() as browser:
        assert (await submit(browser)).headers["location"] == "/admin/"
        assert (await browser.get("/login")).headers["location"] == "/admin/"


@one_engine
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_a_log_in_leads_to_no_other_site(stage: Stage, target: str) -> None:
    async with stage.browser() as browser:
        answer = await browser.post(
            "/login", params={"next": target}, data={"email": EMAIL, "password": PASSWORD}
        )
        assert answer.headers["location"] == "/admin/"


async def test_the_cookie_is_for_this_host_by_https_and_for_no_script(stage: Stage) -> None:
    async with stage.browser() as browser:
        cookie = (await submit(browser)).headers["set-cookie"]
    name, *attributes = cookie.split("; ")
    assert re.fullmatch(r"__Host-goodword=[A-Za-z0-9_-]{43}", name)
    assert {each.lower() for each in attributes} == {
        "httponly",
        f"max-age={30 * DAY // SECOND}",
        "path=/",
        "samesite=lax",
        "secure",
    }


async def test_without_https_the_cookie_needs_none(database_url: str) -> None:
    async with world(database_url) as w, staged(w, "http://127.0.0.1:8000") as stage:
        await create_admin(w.context, EMAIL, PASSWORD)
        async with stage.browser() as browser:
            cookie = (await submit(browser)).headers["set-cookie"]
    assert cookie.startswith("goodword=")
    assert "secure" not in cookie.lower()


async def test_every_wrong_log_in_gets_the_same_answer(stage: Stage) -> None:
    pages = []
    for n, email in enumerate((EMAIL, "eve@shop.example", "no address", "")):
        async with stage.browser(f"198.51.100.{n}") as browser:
            page = await submit(browser, email, "wrong")
            assert page.status_code == 403
            assert "set-cookie" not in page.headers
            pages.append(page.text.replace(f'value="{email}"', ""))
    assert error_in(page) == "Wrong e-mail or password."
    assert len({text.replace(" autofocus", "") for text in pages}) == 1


async def test_who_guesses_is_told_how_long_to_wait(stage: Stage) -> None:
    async with stage.browser() as browser:
        for _ in range(5):
            assert (await submit(browser, password="wrong")).status_code == 403
        waiting = await submit(browser)
        assert waiting.status_code == 429
        assert waiting.headers["retry-after"] == "1"
        assert "Wait 1 second " in error_in(waiting)
        stage.w.wait(SECOND)
        assert (await submit(browser)).status_code == 303


async def test_a_forged_forwarded_address_does_not_help_who_guesses(database_url: str) -> None:
    async with world(database_url) as w, staged(w) as stage:
        await create_admin(w.context, EMAIL, PASSWORD)
        async with stage.browser() as browser:
            for n in range(6):
                forged = {"x-forwarded-for": f"198.51.100.{n}"}
                page = await browser.post(
                    "/login", data={"email": f"a{n}@b.example", "password": "x"}, headers=forged
                )
        assert page.status_code == 429


@one_engine
async def test_what_was_typed_is_shown_escaped(stage: Stage) -> None:
    async with stage.browser() as browser:
        page = await submit(browser, '"><script>alert(1)</script>', "wrong")
    assert "<script>alert" not in page.text


@one_engine
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": URL}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://go.shop.example"}, 403),
        ({"origin": "https://go.shop.example.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 303),
    ],
)
async def test_a_log_in_that_another_site_sends_is_refused(
    stage: Stage, headers: dict[str, str], status: int
) -> None:
    async with stage.browser() as browser:
        browser.headers.pop("sec-fetch-site")
        browser.headers.pop("origin")
        answer = await browser.post(
            "/login", data={"email": EMAIL, "password": PASSWORD}, headers=headers
        )
    assert answer.status_code == status


@one_engine
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", ""),
        (b"\xff\xfe\x00%%%&&&===", "application/x-www-form-urlencoded"),
        (b"email=a%00b%40c.example&password=%ed%a0%80", "application/x-www-form-urlencoded"),
        (b"email[]=x&password[a]=y", "application/x-www-form-urlencoded"),
        (b'{"email":"x"}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"a=1&" * 500, "application/x-www-form-urlencoded"),
        (b"password=" + b"x" * 100_000, "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_a_refused_log_in(stage: Stage, content: bytes, kind: str) -> None:
    async with stage.browser() as browser:
        answer = await browser.post("/login", content=content, headers={"content-type": kind})
    assert answer.status_code in (400, 403)


async def test_without_any_admin_the_log_in_says_how_to_make_one(database_url: str) -> None:
    async with world(database_url) as w, staged(w) as stage, stage.browser() as browser:
        assert "goodword admin create" in (await browser.get("/login")).text


@one_engine
async def test_the_page_that_was_asked_for_survives_in_the_address(stage: Stage) -> None:
    async with stage.browser() as browser:
        asked = await browser.get("/admin/leads", params={"q": "a&b=c#d", "u": "ü"})
    [target] = parse_qs(urlsplit(asked.headers["location"]).query)["next"]
    assert parse_qs(urlsplit(target).query) == {"q": ["a&b=c#d"], "u": ["ü"]}
