"""Who else may come in, and as what. On each engine."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select

from goodword.access import record as access
from goodword.access.decide import Admin
from goodword.clock import DAY
from goodword.lifecycle.admit import create_admin, create_api_key, revoke_api_key
from goodword.lifecycle.appoint import (
    accept,
    change_role,
    invite,
    invite_again,
    invited,
    remove,
    undo_role,
)
from goodword.lifecycle.log_in import Session, log_in, resume
from goodword.lifecycle.set_up import Refused, create_referrer, set_paused
from goodword.model import Deed, Role
from goodword.storage.rows import noun
from goodword.storage.tables import deeds
from lifecycle.world import World

ANN, BOB, PASSWORD = "ann@shop.example", "bob@shop.example", "correct horse"


@pytest.fixture
async def ann(w: World) -> Admin:
    """The first owner."""
    return (await create_admin(w.context, ANN, PASSWORD))[0]


async def made(w: World, role: Role = Role.MANAGER, email: str = BOB) -> Admin:
    return (await create_admin(w.context, email, PASSWORD, role))[0]


async def kept(w: World) -> list[Deed]:
    """Every deed, oldest first."""
    async with w.context.storage.read() as db:
        found = await db.execute(select(deeds).order_by(deeds.c.id))
        return [noun(Deed, row) for row in found]


async def role_of(w: World, admin: Admin) -> Role | None:
    async with w.context.storage.read() as db:
        found = await access.admin_by_id(db, admin.id)
    return found.role if found else None


def token(link: str) -> str:
    assert link.startswith("https://go.shop.example/setup/")
    return link.removeprefix("https://go.shop.example/setup/")


# Invitations


async def test_who_is_invited_chooses_a_password_and_comes_in_with_the_role(
    w: World, ann: Admin
) -> None:
    bob, link = await invite(w.context, " Bob@Shop.Example", Role.READER, ANN)
    assert await log_in(w.context, BOB, PASSWORD, "x") is None
    found = await invited(w.context, token(link))
    assert found is not None
    assert found.email == BOB
    assert await accept(w.context, token(link), PASSWORD) is not None
    session = await log_in(w.context, BOB, PASSWORD, "x")
    assert isinstance(session, Session)
    assert (session.role, session.may_manage, session.may_own) == (Role.READER, False, False)


async def test_a_set_up_address_works_once_and_for_seven_days(w: World, ann: Admin) -> None:
    _, link = await invite(w.context, BOB, Role.READER, ANN)
    w.wait(7 * DAY - 1)
    assert await accept(w.context, token(link), PASSWORD) is not None
    assert await accept(w.context, token(link), "another password") is None
    _, late = await invite(w.context, "eve@shop.example", Role.READER, ANN)
    w.wait(7 * DAY)
    assert await invited(w.context, token(late)) is None
    assert await accept(w.context, token(late), PASSWORD) is None


async def test_of_many_at_one_set_up_address_one_sets_the_password(w: World, ann: Admin) -> None:
    _, link = await invite(w.context, BOB, Role.READER, ANN)
    came = await asyncio.gather(
        *(accept(w.context, token(link), f"password {n}") for n in range(5))
    )
    assert len([admin for admin in came if admin]) == 1


async def test_a_new_set_up_address_makes_the_one_before_void(w: World, ann: Admin) -> None:
    bob, first = await invite(w.context, BOB, Role.READER, ANN)
    _, second = await invite_again(w.context, bob.id, ANN)
    assert await invited(w.context, token(first)) is None
    assert await invited(w.context, token(second)) is not None
    await accept(w.context, token(second), PASSWORD)
    with pytest.raises(Refused, match="has a password"):
        await invite_again(w.context, bob.id, ANN)


async def test_a_password_that_will_not_do_leaves_the_address_open(w: World, ann: Admin) -> None:
    _, link = await invite(w.context, BOB, Role.READER, ANN)
    with pytest.raises(Refused, match="at least 8"):
        await accept(w.context, token(link), "short")
    assert await invited(w.context, token(link)) is not None


async def test_the_address_of_one_admin_is_none_of_another(w: World, ann: Admin) -> None:
    bob, link = await invite(w.context, BOB, Role.READER, ANN)
    eve, _ = await invite(w.context, "eve@shop.example", Role.OWNER, ANN)
    secret = token(link).partition(".")[2]
    for other in (f"{eve.id}.{secret}", f"{bob.id}.", f"{bob.id}.x", f".{secret}", "\0.x", "ü.ü"):
        assert await invited(w.context, other) is None


async def test_an_admin_is_not_invited_again_as_another(w: World, ann: Admin) -> None:
    with pytest.raises(Refused, match="admin already"):
        await invite(w.context, ANN.upper(), Role.READER, ANN)
    with pytest.raises(Refused, match="no e-mail"):
        await invite(w.context, "bob", Role.READER, ANN)
    assert await w.count("admins") == 1


async def test_the_first_admin_has_to_be_an_owner(w: World) -> None:
    with pytest.raises(Refused, match="owner"):
        await made(w, Role.MANAGER)
    assert await w.count("admins") == 0


# Roles


async def test_a_changed_role_holds_for_the_session_that_is_open(w: World, ann: Admin) -> None:
    bob = await made(w)
    session = await log_in(w.context, BOB, PASSWORD, "x")
    assert isinstance(session, Session)
    assert session.may_manage
    await change_role(w.context, bob.id, Role.READER, ANN)
    now = await resume(w.context, session.token)
    assert now is not None
    assert now.role is Role.READER


async def test_the_last_owner_stays_one(w: World, ann: Admin) -> None:
    bob = await made(w)
    await invite(w.context, "eve@shop.example", Role.OWNER, ANN)
    for act in (change_role(w.context, ann.id, Role.READER, ANN), remove(w.context, ann.id, ANN)):
        with pytest.raises(Refused, match="only owner who can log in"):
            await act
    await change_role(w.context, bob.id, Role.OWNER, ANN)
    await change_role(w.context, ann.id, Role.READER, BOB)
    assert await role_of(w, ann) is Role.READER


async def test_of_two_owners_who_demote_each_other_at_once_one_remains(
    w: World, ann: Admin
) -> None:
    bob = await made(w, Role.OWNER)
    done = await asyncio.gather(
        change_role(w.context, bob.id, Role.READER, ANN),
        remove(w.context, ann.id, BOB),
        return_exceptions=True,
    )
    assert len([each for each in done if isinstance(each, Refused)]) == 1
    roles = [await role_of(w, each) for each in (ann, bob)]
    assert roles.count(Role.OWNER) == 1


async def test_a_role_that_an_admin_has_already_is_no_deed(w: World, ann: Admin) -> None:
    bob = await made(w)
    before = len(await kept(w))
    assert await change_role(w.context, bob.id, Role.MANAGER, ANN) is None
    assert len(await kept(w)) == before


async def test_a_change_of_a_role_is_undone_once(w: World, ann: Admin) -> None:
    bob = await made(w)
    deed = await change_role(w.context, bob.id, Role.OWNER, ANN)
    assert deed is not None
    undone = await undo_role(w.context, deed.id, ANN)
    assert await role_of(w, bob) is Role.MANAGER
    assert undone.undoes == deed.id
    for id_ in (deed.id, undone.id, "deed_none"):
        with pytest.raises(Refused, match="no such change"):
            await undo_role(w.context, id_, ANN)


async def test_undo_leaves_a_role_that_was_changed_since(w: World, ann: Admin) -> None:
    bob = await made(w)
    deed = await change_role(w.context, bob.id, Role.OWNER, ANN)
    await change_role(w.context, bob.id, Role.READER, ANN)
    assert deed is not None
    with pytest.raises(Refused, match="changed since"):
        await undo_role(w.context, deed.id, ANN)
    assert await role_of(w, bob) is Role.READER
    assert {each.undone_at for each in await kept(w)} == {None}


async def test_undo_leaves_the_last_owner(w: World, ann: Admin) -> None:
    bob = await made(w)
    deed = await change_role(w.context, bob.id, Role.OWNER, ANN)
    await change_role(w.context, ann.id, Role.READER, BOB)
    assert deed is not None
    with pytest.raises(Refused, match="only owner"):
        await undo_role(w.context, deed.id, BOB)
    assert await role_of(w, bob) is Role.OWNER


async def test_a_removed_admin_is_out_at_once(w: World, ann: Admin) -> None:
    bob = await made(w)
    session = await log_in(w.context, BOB, PASSWORD, "x")
    assert isinstance(session, Session)
    await remove(w.context, bob.id, ANN)
    assert await resume(w.context, session.token) is None
    assert await log_in(w.context, BOB, PASSWORD, "x") is None
    with pytest.raises(Refused, match="no such admin"):
        await remove(w.context, bob.id, ANN)


async def test_the_set_up_address_of_a_removed_admin_is_void(w: World, ann: Admin) -> None:
    bob, link = await invite(w.context, BOB, Role.OWNER, ANN)
    await remove(w.context, bob.id, ANN)
    assert await accept(w.context, token(link), PASSWORD) is None


# The audit trail


async def test_every_act_about_admins_and_keys_is_kept(w: World, ann: Admin) -> None:
    bob, _ = await invite(w.context, BOB, Role.READER, ANN)
    await invite_again(w.context, bob.id, ANN)
    await change_role(w.context, bob.id, Role.MANAGER, ANN)
    await remove(w.context, bob.id, ANN)
    key, _ = await create_api_key(w.context, w.campaign.id, "read")
    assert await revoke_api_key(w.context, key)
    assert not await revoke_api_key(w.context, key)
    told = [
        (each.actor, each.verb, each.subject, each.campaign_id, json.loads(each.items))
        for each in (await kept(w))
        if each.subject in ("admin", "key")
    ]
    assert told == [
        ("command line", "add", "admin", None, {ann.id: f"- owner {ANN}"}),
        (ANN, "add", "admin", None, {bob.id: f"- reader {BOB}"}),
        (ANN, "invite", "admin", None, {bob.id: f"- reader {BOB}"}),
        (ANN, "change_role", "admin", None, {bob.id: f"reader manager {BOB}"}),
        (ANN, "remove", "admin", None, {bob.id: f"manager - {BOB}"}),
        ("command line", "create", "key", w.campaign.id, {key: ""}),
        ("command line", "revoke", "key", w.campaign.id, {key: ""}),
    ]


async def test_what_a_person_does_to_a_campaign_is_kept_and_what_a_program_does_is_not(
    w: World, ann: Admin
) -> None:
    before = len(await kept(w))
    await set_paused(w.context, w.campaign, True, ANN)
    await set_paused(w.context, w.campaign, False, ANN)
    await create_referrer(w.context, w.campaign, "new@example.com", "New", ANN)
    await create_referrer(w.context, w.campaign, "new@example.com", "New", ANN)
    await create_referrer(w.context, w.campaign, "by-api@example.com", "", "api")
    told = [(each.actor, each.verb, each.subject) for each in (await kept(w))[before:]]
    assert told == [
        (ANN, "change", "campaign"),
        (ANN, "change", "campaign"),
        (ANN, "add", "referrer"),
    ]
