"""Every door of the admin's pages with every role: who may do what is a table (ASVS 5.0, 8.2).

The table is held against the router: a new door without a line here fails.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from html import unescape
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.routing import Route

from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.appoint import change_role
from goodword.lifecycle.log_in import Session, open_session
from goodword.model import Reason, Role
from goodword.web.session import cookie_name
from lifecycle.world import World, world
from web.admin_app import app_of
from web.doors import DOORS, MANAGER, OPEN, OWNER, READER
from web.stage import one_engine

GUARDED = {door: least for door, least in DOORS.items() if least is not OPEN}
PASSWORD = "correct horse battery"
LACKS = re.compile(r"Your role is (owner|manager|read-only)\. Ask an owner, owner@shop\.example,")
pytestmark = one_engine


class Caller:
    """Somebody at the pages: an admin of a role, or nobody."""

    def __init__(self, client: httpx.AsyncClient, session: Session | None) -> None:
        self._client = client
        self.session = session

    async def call(self, door: str, **fields: str) -> httpx.Response:
        """Through a door of the table, with a path of nothing that there is."""
        method, path = door.split(" ")
        return await self.request(method, re.sub(r"\{[^}]+\}", "none", path), **fields)

    async def request(self, method: str, path: str, **fields: str) -> httpx.Response:
        if method == "GET":
            return await self._client.get(path)
        csrf = self.session.csrf if self.session else "0" * 32
        return await self._client.post(path, data={"csrf": csrf} | fields)


class Stage:
    def __init__(self, w: World, stack: AsyncExitStack) -> None:
        self.w = w
        self.app = app_of(w.context)
        self._stack = stack

    async def caller(self, role: Role | None) -> Caller:
        context = self.w.context
        session = None
        if role is not None:
            admin, _ = await create_admin(context, f"{role}@shop.example", PASSWORD, role)
            session = await open_session(context, admin)
        cookies = {cookie_name(True): session.token} if session else {}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url=context.settings.public_url,
            cookies=cookies,
        )
        return Caller(await self._stack.enter_async_context(client), session)


@asynccontextmanager
async def staged(database_url: str) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack, world(database_url) as w:
        yield Stage(w, stack)


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    async with staged(database_url) as made:
        yield made


def doors(stage: Stage) -> Iterator[str]:
    for route in stage.app.routes:
        assert isinstance(route, Route), f"{route} hides its doors from the table"
        for method in sorted((route.methods or {"GET", "POST"}) - {"HEAD"}):
            yield f"{method} {route.path}"


async def test_every_door_has_its_line_and_every_line_its_door(stage: Stage) -> None:
    found = set(doors(stage))
    assert found - set(DOORS) == set(), "say in DOORS which role each of these asks for"
    assert set(DOORS) - found == set(), "these doors are gone"


async def test_each_role_comes_through_the_doors_of_the_table_and_no_other(stage: Stage) -> None:
    wrong = []
    for role in (OWNER, MANAGER, READER):
        caller = await stage.caller(role)
        for door, least in GUARDED.items():
            answer = await caller.call(door)
            refused = answer.status_code == 403 and LACKS.search(answer.text) is not None
            if refused is role_covers(role, least) or answer.status_code >= 500:
                wrong.append(f"{role}: {door}: {answer.status_code}")
    assert wrong == []


def role_covers(role: Role, least: Role) -> bool:
    order = (READER, MANAGER, OWNER)
    return order.index(role) >= order.index(least)


async def test_nobody_comes_through_a_guarded_door(stage: Stage) -> None:
    await stage.caller(OWNER)
    nobody = await stage.caller(None)
    for door in GUARDED:
        answer = await nobody.call(door)
        if door.startswith("GET"):
            assert answer.status_code == 303, door
            assert answer.headers["location"].startswith("/login?next="), door
        else:
            assert answer.status_code == 403, door
            assert "logged out" in answer.text, door


async def test_a_door_that_changes_something_asks_more_than_looking(stage: Stage) -> None:
    own = {"POST /password", "POST /admin/emails/letters/{letter}/preview"}
    assert [
        door
        for door, least in GUARDED.items()
        if door.startswith("POST") and least is READER and door not in own
    ] == []


async def test_no_page_offers_what_its_reader_may_not_do(stage: Stage) -> None:
    await lived_in(stage.w)
    offered = []
    for role in (OWNER, MANAGER, READER):
        caller = await stage.caller(role)
        for path in await pages(caller, role):
            page = await caller.request("GET", path)
            offered += [
                f"{role}: {path} offers {door}"
                for door in doors_on(page.text)
                if (least := DOORS[door]) is not None and not role_covers(role, least)
            ]
    assert offered == []


async def test_an_owner_is_offered_every_form_that_stands_on_a_page(stage: Stage) -> None:
    """So that the test above looks at pages where there is something to leave out."""
    await lived_in(stage.w)
    caller = await stage.caller(OWNER)
    seen = {
        door
        for path in await pages(caller, OWNER)
        for door in doors_on((await caller.request("GET", path)).text)
    }
    assert {"POST /admin/set-up/pause", "POST /admin/referrers", "POST /admin/tag/allow"} <= seen
    assert {"POST /admin/admins/remove", "GET /admin/admins", "GET /admin/campaigns/new"} <= seen


async def lived_in(w: World) -> None:
    """Something in each list, so that its rows bring their buttons."""
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="friend@example.com")
    await w.convert(token=arrived.token, order="1")
    pending = await w.visit()
    await w.sign_up(token=pending.token, email="other@example.com")
    w.context.refuse(w.campaign, "hit", Reason.ORIGIN, "https://staging.shop.example")
    await w.visit()


async def pages(caller: Caller, role: Role) -> list[str]:
    """The pages that a role may see, and those of the rows in the lists."""
    paths = [
        door.removeprefix("GET ")
        for door, least in GUARDED.items()
        if door.startswith("GET") and "{" not in door and role_covers(role, least)
    ]
    for path in ("/admin/leads", "/admin/rewards", "/admin/emails"):
        listed = (await caller.request("GET", path)).text
        paths += sorted(set(re.findall(rf'href="({path}/[^"]+)"', listed)))
    return paths


def doors_on(page: str) -> set[str]:
    """The doors that links and forms of a page lead to."""
    links = re.findall(r'<a [^>]*href="(/[^"]*)"', page)
    forms = re.findall(r'<form [^>]*method="post"[^>]*action="(/[^"]*)"', page)
    return {_door("GET", each) for each in links} | {_door("POST", each) for each in forms}


def _door(method: str, address: str) -> str:
    """The line of the table for an address on a page."""
    path = urlsplit(unescape(address)).path
    for door in DOORS:
        asked, _, template = door.partition(" ")
        if asked == method and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return door
    raise AssertionError(f"a page leads to {method} {path}, which is no door")


async def test_a_reader_sees_no_secret(stage: Stage) -> None:
    reader, manager = await _reader_and_manager(stage)
    secret = stage.w.campaign.signing_secret
    assert secret in (await manager.request("GET", "/admin/set-up")).text
    for path in await pages(reader, READER):
        assert secret not in (await reader.request("GET", path)).text, path


async def test_a_changed_role_holds_from_the_next_request_on(stage: Stage) -> None:
    reader, manager = await _reader_and_manager(stage)
    assert manager.session is not None
    mine = stage.w.campaign.id
    done = await manager.call("POST /admin/set-up/pause", campaign=mine)
    assert done.status_code == 303
    await change_role(stage.w.context, manager.session.admin_id, READER, "owner@shop.example")
    refused = await manager.call("POST /admin/set-up/resume", campaign=mine)
    assert refused.status_code == 403
    campaign = await stage.w.context.directory.by_id(mine)
    assert campaign is not None
    assert campaign.paused


async def test_who_lacks_a_role_is_told_whom_to_ask_in_the_frame_of_the_pages(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    reader, _ = await _reader_and_manager(stage)
    with caplog.at_level(logging.WARNING, "goodword"):
        answers = [await reader.call("POST /admin/set-up/pause") for _ in range(2)]
    text = "Your role is read-only. Ask an owner, owner@shop.example, to do this or to change"
    assert text in answers[0].text
    assert "Sign out" in answers[0].text
    assert answers[0].headers["cache-control"] == "no-store"
    told = [record.getMessage() for record in caplog.records]
    assert [line.partition("(")[2] for line in told] == [
        "1 such since the start)",
        "2 such since the start)",
    ]
    assert reader.session is not None
    assert reader.session.csrf not in caplog.text
    assert reader.session.token not in caplog.text
    assert "@" not in caplog.text


async def test_a_form_without_its_proof_is_refused_whatever_the_role(stage: Stage) -> None:
    owner = await stage.caller(OWNER)
    for door in GUARDED:
        if door.startswith("POST"):
            answer = await owner.call(door, csrf="0" * 32)
            assert answer.status_code == 403, door
            assert "load the page again" in answer.text, door


async def _reader_and_manager(stage: Stage) -> tuple[Caller, Caller]:
    await stage.caller(OWNER)
    return await stage.caller(READER), await stage.caller(MANAGER)
