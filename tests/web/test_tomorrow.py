"""/tomorrow/...: looking holds nothing, a button does, without a log-in; only of its own day."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.appoint import change_role
from goodword.lifecycle.digest import digest_link
from goodword.model import RewardStatus, Role
from goodword.web.assets import Assets
from goodword.web.headers import PageHeaders
from goodword.web.pages import Pages
from goodword.web.tomorrow import Tomorrow
from lifecycle.world import DAY, World
from web.stage import one_engine

pytestmark = one_engine


@pytest.fixture
async def reader(w: World) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever opens the mail, logged in nowhere."""
    app = Starlette(
        routes=Tomorrow(w.context, Pages(Assets())).routes(),
        middleware=[Middleware(PageHeaders, secure=True)],
    )
    app.state.context = w.context
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://go.shop.example"
    ) as client:
        yield client


async def _link(w: World, email: str = "owner@shop.example") -> tuple[str, str]:
    """The link of a day with one reward, and its admin's id."""
    lead = await w.buyer("1")
    [reward] = await w.rewards(lead.id)
    admin, _ = await create_admin(w.context, email, "correct horse battery")
    day = reward.issue_after - reward.issue_after % DAY
    return digest_link(w.context, w.campaign, admin.id, day), admin.id


async def _status(w: World) -> RewardStatus:
    [reward] = await w.rewards((await w.only_lead()).id)
    return reward.status


async def test_a_button_holds_and_undo_lets_go(w: World, reader: httpx.AsyncClient) -> None:
    link, _ = await _link(w)
    page = await reader.get(link)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert await _status(w) is RewardStatus.DUE
    [reward] = re.findall(r'name="one" value="(rwd_\w+)"', page.text)
    held = await reader.post(link, data={"one": reward})
    assert "1 reward is held." in held.text
    assert await _status(w) is RewardStatus.HELD
    [deed] = re.findall(r'name="undo" value="(deed_\w+)"', held.text)
    undone = await reader.post(link, data={"undo": deed})
    assert "1 reward is due again." in undone.text
    assert await _status(w) is RewardStatus.DUE
    again = await reader.post(link, data={"id": [reward, "rwd_nothing"]})
    assert "1 reward is held." in again.text


async def test_nothing_else_can_be_done_through_it(w: World, reader: httpx.AsyncClient) -> None:
    link, _ = await _link(w)
    other = await w.buyer("2")
    [reward] = await w.rewards(other.id)
    done = await w.pay("hold", reward)
    assert done.deed is not None
    for fields in ({"undo": done.deed.id}, {"undo": "x"}, {"one": "rwd_nothing"}, {}):
        answer = await reader.post(link, data=fields)
        assert "Nothing was changed." in answer.text
    [reward] = await w.rewards(other.id)
    assert reward.status is RewardStatus.HELD


async def test_a_forged_link_or_one_of_a_former_manager_opens_nothing(
    w: World, reader: httpx.AsyncClient
) -> None:
    await create_admin(w.context, "first@shop.example", "correct horse battery")
    link, admin_id = await _link(w)
    assert (await reader.get(f"{link[:-4]}")).status_code == 404
    await change_role(w.context, admin_id, Role.READER, "first@shop.example")
    answer = await reader.get(link)
    assert answer.status_code == 404
    assert "This link does not work" in answer.text
