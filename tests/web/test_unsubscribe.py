"""/unsubscribe/...: looking stops nothing, one click does, without a log-in or a cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from goodword.lifecycle.unsubscribe import read_choice, unsubscribe_link
from goodword.web.assets import Assets
from goodword.web.headers import PageHeaders
from goodword.web.pages import Pages
from goodword.web.unsubscribe import Unsubscribe
from lifecycle.world import World

EVE = "eve@example.com"


@pytest.fixture
async def mailbox_owner(w: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, or a mail program, that nobody is logged in with."""
    app = Starlette(
        routes=Unsubscribe(w.context, Pages(Assets())).routes(),
        middleware=[Middleware(PageHeaders, secure=True)],
    )
    app.state.context = w.context
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://go.shop.example"
    ) as client:
        yield client


async def _stopped(w: World, link: str) -> bool:
    choice = await read_choice(w.context, link.rpartition("/")[2])
    assert choice is not None
    return choice.stopped


async def test_one_click_of_a_mail_program_stops_them(
    w: World, mailbox_owner: httpx.AsyncClient
) -> None:
    link = unsubscribe_link(w.context, w.campaign, EVE)
    body = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        answer = await mailbox_owner.post(link, data=body)
        assert answer.status_code == 200
        assert not answer.is_redirect
        assert await _stopped(w, link)
    files = {"List-Unsubscribe": (None, "One-Click")}
    assert (await mailbox_owner.post(link, files=files)).status_code == 200


async def test_a_scanner_that_opens_the_link_stops_nothing(
    w: World, mailbox_owner: httpx.AsyncClient
) -> None:
    link = unsubscribe_link(w.context, w.campaign, EVE)
    for method in ("GET", "HEAD"):
        page = await mailbox_owner.request(method, link)
        assert page.status_code == 200
    assert not await _stopped(w, link)
    shown = await mailbox_owner.get(link)
    assert "Stop the e-mails?" in shown.text
    assert EVE not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store"


async def test_who_changes_their_mind_gets_them_again(
    w: World, mailbox_owner: httpx.AsyncClient
) -> None:
    link = unsubscribe_link(w.context, w.campaign, EVE)
    assert "Done: no more e-mails" in (await mailbox_owner.post(link)).text
    assert "You get no e-mails" in (await mailbox_owner.get(link)).text
    again = await mailbox_owner.post(link, data={"again": "1"})
    assert "You get e-mails again" in again.text
    assert not await _stopped(w, link)


async def test_a_forged_link_says_so_and_stops_nothing(
    w: World, mailbox_owner: httpx.AsyncClient
) -> None:
    link = unsubscribe_link(w.context, w.campaign, EVE)
    for wrong in (link[:-3], link.replace("unsubscribe/", "unsubscribe/x")):
        answer = await mailbox_owner.post(wrong)
        assert answer.status_code == 404
        assert "This link does not work" in answer.text
    assert not await _stopped(w, link)
