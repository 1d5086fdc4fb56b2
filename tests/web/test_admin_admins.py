"""The owners' page of admins and roles, and the set-up address it makes. On each engine."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx

from goodword.access import record as access
from goodword.access.decide import ListedAdmin
from goodword.clock import DAY
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.log_in import open_session
from goodword.model import Role
from goodword.web.session import cookie_name
from web.admin_app import EMAIL, Browsing, app_of
from web.stage import one_engine

HERE, BOB, PASSWORD = "/admin/admins", "bob@shop.example", "correct horse battery"


async def admins(admin: Browsing) -> dict[str, ListedAdmin]:
    async with admin.world.context.storage.read() as db:
        return {each.email: each for each in await access.admins(db)}


async def add(admin: Browsing, email: str = BOB, role: str = "reader") -> httpx.Response:
    return await admin.post(HERE, email=email, role=role)


def link_in(page: httpx.Response) -> str:
    found = re.search(r'id="setup-link">([^<]+)<', page.text)
    assert found is not None
    return unescape(found.group(1))


def stranger(admin: Browsing) -> httpx.AsyncClient:
    context = admin.world.context
    transport = httpx.ASGITransport(app_of(context))
    return httpx.AsyncClient(transport=transport, base_url=context.settings.public_url)


async def test_an_added_admin_comes_in_by_the_address_that_is_shown_once(admin: Browsing) -> None:
    added = await add(admin)
    link = link_in(added)
    assert link not in await admin.get(HERE)
    assert "Has not set a password yet" in await admin.get(HERE)
    async with stranger(admin) as bob:
        page = await bob.get(link)
        assert "Choose your password" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        entered = await bob.post(link, data={"password": PASSWORD})
        assert entered.headers["location"] == "/admin/"
        assert (await bob.get("/admin/leads")).status_code == 200
        assert (await bob.get(HERE)).status_code == 403
        assert (await bob.post(link, data={"password": "another one"})).status_code == 404
    assert (await admins(admin))[BOB].role is Role.READER


async def test_a_password_that_will_not_do_is_asked_for_again(admin: Browsing) -> None:
    link = link_in(await add(admin))
    async with stranger(admin) as bob:
        again = await bob.post(link, data={"password": "short"})
        assert again.status_code == 422
        assert "at least 8 characters" in again.text
        assert (await bob.post(link, data={"password": PASSWORD})).status_code == 303


async def test_an_expired_address_says_what_to_do(admin: Browsing) -> None:
    link = link_in(await add(admin))
    admin.world.wait(7 * DAY)
    async with stranger(admin) as bob:
        page = await bob.get(link)
    assert page.status_code == 404
    assert "ask for a new one" in page.text


async def test_a_new_address_is_made_for_who_lost_theirs(admin: Browsing) -> None:
    first = link_in(await add(admin))
    bob = (await admins(admin))[BOB]
    second = link_in(await admin.post(f"{HERE}/link", id=bob.id))
    async with stranger(admin) as client:
        assert (await client.get(first)).status_code == 404
        assert (await client.get(second)).status_code == 200


@one_engine
async def test_what_will_not_do_is_asked_for_again(admin: Browsing) -> None:
    for email, role, says in (
        ("<b>bob", "reader", "is no e-mail address"),
        (EMAIL, "reader", "is an admin already"),
        (BOB, "king", "Choose a role"),
    ):
        answer = await add(admin, email, role)
        assert answer.status_code == 422
        assert says in answer.text
        assert "<b>bob" not in answer.text
    assert list(await admins(admin)) == [EMAIL]


async def test_a_role_is_changed_and_the_change_undone(admin: Browsing) -> None:
    bob, _ = await create_admin(admin.world.context, BOB, PASSWORD, Role.READER)
    changed = await admin.post(f"{HERE}/role", id=bob.id, role="manager")
    assert (await admins(admin))[BOB].role is Role.MANAGER
    page = await admin.get(changed.headers["location"])
    assert "Changed the role of bob@shop.example from read-only to manager." in page
    [deed] = parse_qs(urlsplit(changed.headers["location"]).query)["deed"]
    assert f'name="deed" value="{deed}"' in page
    undone = await admin.post(f"{HERE}/undo", deed=deed)
    assert (await admins(admin))[BOB].role is Role.READER
    page = await admin.get(undone.headers["location"])
    assert "Undone: changed the role of bob@shop.example from read-only to manager." in page
    assert 'name="deed"' not in page
    again = await admin.post(f"{HERE}/undo", deed=deed)
    assert again.status_code == 422
    assert "it was undone before" in again.text


async def test_the_last_owner_is_neither_demoted_nor_removed(admin: Browsing) -> None:
    mine = (await admins(admin))[EMAIL].id
    for path, more in ((f"{HERE}/role", {"role": "reader"}), (f"{HERE}/remove", {})):
        answer = await admin.post(path, id=mine, **more)
        assert answer.status_code == 422
        assert "make somebody else an owner first" in answer.text
    assert (await admins(admin))[EMAIL].role is Role.OWNER


async def test_a_removed_admin_is_logged_out(admin: Browsing) -> None:
    context = admin.world.context
    bob, _ = await create_admin(context, BOB, PASSWORD, Role.MANAGER)
    session = await open_session(context, bob)
    assert session is not None
    async with stranger(admin) as client:
        client.cookies.set(cookie_name(True), session.token)
        assert (await client.get("/admin/leads")).status_code == 200
        removed = await admin.post(f"{HERE}/remove", id=bob.id)
        assert "logged out everywhere" in await admin.get(removed.headers["location"])
        assert (await client.get("/admin/leads")).status_code == 303
    assert list(await admins(admin)) == [EMAIL]


async def test_an_owner_who_steps_down_is_led_where_they_may_be(admin: Browsing) -> None:
    await create_admin(admin.world.context, BOB, PASSWORD)
    mine = (await admins(admin))[EMAIL].id
    stepped = await admin.post(f"{HERE}/role", id=mine, role="manager")
    assert stepped.headers["location"] == "/admin/"
    assert (await admin.client.get(HERE)).status_code == 403


async def test_an_owner_who_removes_themselves_is_logged_out(admin: Browsing) -> None:
    await create_admin(admin.world.context, BOB, PASSWORD)
    mine = (await admins(admin))[EMAIL].id
    assert (await admin.post(f"{HERE}/remove", id=mine)).headers["location"] == "/login"
    assert (await admin.client.get("/admin/")).status_code == 303
    assert list(await admins(admin)) == [BOB]


async def test_the_list_tells_when_each_was_seen(admin: Browsing) -> None:
    await create_admin(admin.world.context, BOB, PASSWORD)
    admin.world.wait(2 * DAY)
    page = await admin.get(HERE)
    assert "Not logged in" in page
    seen = (await admins(admin))[EMAIL].seen_at
    assert seen == admin.world.clock[0]


@one_engine
async def test_an_act_on_nobody_is_refused(admin: Browsing) -> None:
    for path in ("link", "role", "remove"):
        for id_ in ("", "adm_none", "\0"):
            answer = await admin.post(f"{HERE}/{path}", id=id_, role="reader")
            assert answer.status_code == 422
            assert "no such admin" in answer.text
