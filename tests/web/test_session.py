"""What only admins may do, and the end of a session. On each engine."""

from __future__ import annotations

import pytest

from goodword.lifecycle.admit import create_admin
from web.stage import (
    PASSWORD,
    Stage,
    csrf_of,
    one_engine,
    submit,
)


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
