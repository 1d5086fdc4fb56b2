"""The first admin at the set-up address, and another password. On each engine."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from goodword.lifecycle.admit import setup_link
from lifecycle.world import world
from web.stage import (
    EMAIL,
    PASSWORD,
    Stage,
    csrf_of,
    error_in,
    one_engine,
    staged,
    submit,
)


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
