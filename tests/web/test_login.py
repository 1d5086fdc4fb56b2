"""The doors before the admin pages, as a browser meets them. On each engine."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from goodword.clock import DAY, SECOND
from goodword.lifecycle.admit import create_admin, setup_link
from goodword.web.assets import Assets
from goodword.web.headers import PageHeaders
from goodword.web.login import Login
from goodword.web.pages import Pages
from goodword.web.session import logged_in, require_admin, session_of
from lifecycle.world import World, world

EMAIL, PASSWORD = "ada@shop.example", "correct horse"
URL = "https://go.shop.example"
FROM_HERE = {"sec-fetch-site": "same-origin", "origin": URL}
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what never reaches the database, or only as it does elsewhere."""


class Guarded:
    """A door with a page and a form for admins alone, and what the form was sent."""

    def __init__(self) -> None:
        self.done: list[str] = []

    @require_admin
    async def show(self, request: Request) -> Response:
        return PlainTextResponse(f"{logged_in(request).email} {logged_in(request).csrf}")

    @require_admin
    async def act(self, request: Request) -> Response:
        form = await request.form()
        self.done.append(str(form.get("what")))
        return PlainTextResponse("done")


async def for_everyone(request: Request) -> Response:
    return PlainTextResponse(str(session_of(request)))


@dataclass
class Stage:
    w: World
    door: Guarded
    app: PageHeaders

    def browser(self, address: str = "203.0.113.9") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url=URL, headers=FROM_HERE)


@asynccontextmanager
async def staged(w: World, public_url: str = URL) -> AsyncIterator[Stage]:
    context = replace(w.context, settings=replace(w.context.settings, public_url=public_url))
    door = Guarded()
    routes = [
        *Login(context, Pages(Assets())).routes(),
        Route("/admin/leads", door.show),
        Route("/admin/act", door.act, methods=["POST"]),
        Route("/open", for_everyone),
    ]
    app = Starlette(routes=routes)
    app.state.context = context
    yield Stage(replace(w, context=context), door, PageHeaders(app, context.settings.secure))


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with world(database_url) as w, staged(w) as made:
        await create_admin(w.context, EMAIL, PASSWORD)
        yield made


async def submit(
    browser: httpx.AsyncClient, email: str = EMAIL, password: str = PASSWORD, path: str = "/login"
) -> httpx.Response:
    return await browser.post(path, data={"email": email, "password": password})


async def csrf_of(browser: httpx.AsyncClient) -> str:
    return (await browser.get("/admin/leads")).text.split()[-1]


def error_in(page: httpx.Response) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]+)<', page.text)
    return found.group(1) if found else ""


# Log in


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


# What is guarded


async def test_a_form_counts_with_the_csrf_word_of_its_session(stage: Stage) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        form = {"csrf": await csrf_of(browser), "what": "pause"}
        assert (await browser.post("/admin/act", data=form)).status_code == 200
    assert stage.door.done == ["pause"]


@one_engine
@pytest.mark.parametrize("csrf", [None, "", "0" * 32, "ü", "\0"])
async def test_a_form_with_another_csrf_word_changes_nothing(
    stage: Stage, csrf: str | None
) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        form = {"what": "pause"} | ({} if csrf is None else {"csrf": csrf})
        answer = await browser.post("/admin/act", data=form)
    assert answer.status_code == 403
    assert "load the page again" in answer.text
    assert stage.door.done == []


async def test_the_csrf_word_of_one_admin_is_none_of_another(stage: Stage) -> None:
    await create_admin(stage.w.context, "bob@shop.example", PASSWORD)
    async with stage.browser() as ada, stage.browser() as bob:
        await submit(ada)
        await submit(bob, "bob@shop.example")
        form = {"csrf": await csrf_of(ada), "what": "pause"}
        assert (await bob.post("/admin/act", data=form)).status_code == 403
    assert stage.door.done == []


@one_engine
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
    ],
)
async def test_a_form_from_another_site_changes_nothing_even_with_the_csrf_word(
    stage: Stage, headers: dict[str, str]
) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        form = {"csrf": await csrf_of(browser), "what": "pause"}
        answer = await browser.post("/admin/act", data=form, headers=headers)
    assert answer.status_code == 403
    assert stage.door.done == []


async def test_a_form_without_a_session_is_refused_and_not_led_on(stage: Stage) -> None:
    async with stage.browser() as browser:
        answer = await browser.post("/admin/act", data={"what": "pause"})
    assert answer.status_code == 403
    assert "Log in again" in answer.text
    assert stage.door.done == []


@one_engine
async def test_a_page_for_everyone_knows_nobody(stage: Stage) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        assert (await browser.get("/open")).text == "None"


# Log out


async def test_after_the_log_out_the_cookie_of_before_is_nobodys(stage: Stage) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        kept = dict(browser.cookies)
        left = await browser.post("/logout", data={"csrf": await csrf_of(browser)})
        assert left.headers["location"] == "/login"
        assert 'goodword=""' in left.headers["set-cookie"]
        browser.cookies.update(kept)
        assert (await browser.get("/admin/leads")).status_code == 303


async def test_another_site_logs_nobody_out(stage: Stage) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        assert (await browser.post("/logout")).status_code == 403
        assert (await browser.get("/logout")).status_code == 405
        assert (await browser.get("/admin/leads")).status_code == 200


async def test_who_is_logged_out_already_is_led_to_the_log_in(stage: Stage) -> None:
    async with stage.browser() as browser:
        assert (await browser.post("/logout")).headers["location"] == "/login"


# The first admin


async def test_the_setup_address_makes_the_first_admin_and_logs_in(database_url: str) -> None:
    async with world(database_url) as w, staged(w) as stage, stage.browser() as browser:
        path = urlsplit(await setup_link(stage.w.context) or "").path
        page = await browser.get(path)
        assert page.status_code == 200
        assert page.headers["referrer-policy"] == "no-referrer"
        entered = await submit(browser, path=path)
        assert entered.headers["location"] == "/admin/"
        assert (await browser.get("/admin/leads")).text.startswith(EMAIL)
        for again in (await browser.get(path), await submit(browser, path=path)):
            assert again.status_code == 404
            assert "goodword admin create --email" in again.text


@one_engine
async def test_the_setup_form_is_taken_from_a_page_that_sends_no_origin(
    database_url: str,
) -> None:
    async with world(database_url) as w, staged(w) as stage, stage.browser() as browser:
        browser.headers.pop("sec-fetch-site")
        browser.headers["origin"] = "null"
        path = urlsplit(await setup_link(stage.w.context) or "").path
        assert (await submit(browser, path=path)).status_code == 303


@one_engine
@pytest.mark.parametrize(
    ("email", "password", "said"),
    [("ada", PASSWORD, "is no e-mail address."), (EMAIL, "short", "Use at least 8 characters")],
)
async def test_a_refused_setup_form_says_why_and_can_be_sent_again(
    database_url: str, email: str, password: str, said: str
) -> None:
    async with world(database_url) as w, staged(w) as stage, stage.browser() as browser:
        path = urlsplit(await setup_link(stage.w.context) or "").path
        refused = await submit(browser, email, password, path)
        assert refused.status_code == 422
        assert said in error_in(refused)
        assert f'value="{email}"' in refused.text
        assert (await submit(browser, path=path)).status_code == 303


async def test_a_wrong_setup_address_says_how_to_get_a_new_one(database_url: str) -> None:
    async with world(database_url) as w, staged(w) as stage, stage.browser() as browser:
        await setup_link(stage.w.context)
        for answer in (
            await browser.get("/setup/wrong"),
            await submit(browser, path="/setup/wrong"),
        ):
            assert answer.status_code == 404
            assert "restart goodword" in answer.text
        assert await w.count("admins") == 0


# Another password


async def change(browser: httpx.AsyncClient, current: str, new: str) -> httpx.Response:
    form = {"csrf": await csrf_of(browser), "current": current, "password": new}
    return await browser.post("/password", data=form)


async def test_a_changed_password_logs_out_every_other_browser(stage: Stage) -> None:
    async with stage.browser() as here, stage.browser() as elsewhere:
        for browser in (here, elsewhere):
            await submit(browser)
        assert (await here.get("/password")).status_code == 200
        assert (await change(here, PASSWORD, "battery staple")).headers["location"] == "/admin/"
        assert (await here.get("/admin/leads")).status_code == 200
        assert (await elsewhere.get("/admin/leads")).status_code == 303
        assert (await submit(elsewhere)).status_code == 403
        assert (await submit(elsewhere, password="battery staple")).status_code == 303


@one_engine
@pytest.mark.parametrize(
    ("current", "new", "status", "said"),
    [
        ("wrong", "battery staple", 403, "That is not the current password."),
        (PASSWORD, "short", 422, "Use at least 8 characters"),
    ],
)
async def test_a_password_that_is_not_changed_says_why(
    stage: Stage, current: str, new: str, status: int, said: str
) -> None:
    async with stage.browser() as browser:
        await submit(browser)
        answer = await change(browser, current, new)
        assert answer.status_code == status
        assert said in error_in(answer)
        assert (await browser.get("/admin/leads")).status_code == 200


@one_engine
async def test_the_page_that_was_asked_for_survives_in_the_address(stage: Stage) -> None:
    async with stage.browser() as browser:
        asked = await browser.get("/admin/leads", params={"q": "a&b=c#d", "u": "ü"})
    [target] = parse_qs(urlsplit(asked.headers["location"]).query)["next"]
    assert parse_qs(urlsplit(target).query) == {"q": ["a&b=c#d"], "u": ["ü"]}
