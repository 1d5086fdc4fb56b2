"""From an e-mail and a password to a session, and to its end. On each engine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from goodword.access.passwords import NOBODYS_HASH, password_holds
from goodword.clock import DAY, HOUR, SECOND
from goodword.lifecycle import log_in as verb
from goodword.lifecycle.admit import create_admin, set_password
from goodword.lifecycle.context import Context, open_context
from goodword.lifecycle.log_in import (
    Session,
    Wait,
    change_password,
    log_in,
    log_out,
    resume,
)
from goodword.lifecycle.set_up import Refused
from goodword.storage import open_storage
from goodword.storage.tables import login_failures, metadata
from lifecycle.world import World

EMAIL, PASSWORD, ADDRESS = "ada@shop.example", "correct horse", "203.0.113.9"


@pytest.fixture
async def a(w: World) -> World:
    """A world with one admin."""
    await create_admin(w.context, EMAIL, PASSWORD)
    return w


@pytest.fixture
async def other(a: World) -> AsyncIterator[Context]:
    """Another process on the same database."""
    storage = open_storage(a.context.settings.database_url)
    yield await open_context(a.context.settings, storage, a.context.now)
    await storage.close()


async def logged_in(w: World, former: str = "") -> Session:
    session = await log_in(w.context, EMAIL, PASSWORD, ADDRESS, former)
    assert isinstance(session, Session)
    return session


async def fail(w: World, times: int, email: str = EMAIL, address: str = ADDRESS) -> list[object]:
    return [await log_in(w.context, email, "wrong", address) for _ in range(times)]


# Sessions


async def test_a_session_says_who_it_is_until_it_is_ended(a: World) -> None:
    session = await logged_in(a)
    assert session.email == EMAIL
    assert await resume(a.context, session.token) == session
    await log_out(a.context, session.token)
    assert await resume(a.context, session.token) is None


async def test_the_database_does_not_know_the_token_of_a_session(a: World) -> None:
    session = await logged_in(a)
    async with a.context.storage.read() as db:
        [row] = (await db.execute(select(metadata.tables["sessions"]))).all()
    assert session.token not in str(row)
    assert session.token.encode() not in bytes(row.hash)


async def test_logging_in_again_ends_the_session_before(a: World) -> None:
    first = await logged_in(a)
    second = await logged_in(a, first.token)
    assert first.token != second.token
    assert first.csrf != second.csrf
    assert await resume(a.context, first.token) is None
    assert await resume(a.context, second.token) is not None


async def test_a_session_ends_after_14_days_without_use(a: World) -> None:
    session = await logged_in(a)
    a.wait(14 * DAY - 1)
    assert await resume(a.context, session.token) is not None
    a.wait(14 * DAY)
    assert await resume(a.context, session.token) is None


async def test_a_session_ends_30_days_after_the_log_in_however_much_it_is_used(a: World) -> None:
    session = await logged_in(a)
    for _ in range(29):
        a.wait(DAY)
        assert await resume(a.context, session.token) is not None
    a.wait(DAY)
    assert await resume(a.context, session.token) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "ü" * 43, "\0" * 43, "A" * 5000])
async def test_what_is_no_token_is_nobodys_session(a: World, token: str) -> None:
    await logged_in(a)
    assert await resume(a.context, token) is None


async def test_the_csrf_word_of_a_session_needs_the_secret_key(a: World) -> None:
    session = await logged_in(a)
    settings = replace(a.context.settings, secret_keys=(b"z" * 32,))
    stranger = await resume(replace(a.context, settings=settings), session.token)
    assert stranger is not None
    assert stranger.csrf != session.csrf


async def test_ended_sessions_are_removed_at_the_next_log_in(a: World) -> None:
    for _ in range(3):
        await logged_in(a)
    a.wait(15 * DAY)
    await logged_in(a)
    assert await a.count("sessions") == 1


# Back-off


async def test_a_wrong_password_an_unknown_email_and_no_email_get_the_same_answer(
    a: World,
) -> None:
    assert await fail(a, 1, EMAIL, "1") == [None]
    assert await fail(a, 1, "eve@shop.example", "2") == [None]
    assert await fail(a, 1, "no address\0", "3") == [None]


async def test_an_unknown_email_costs_one_check_as_a_known_one_does(
    a: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    async def holds(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return await password_holds(password_hash, password)

    monkeypatch.setattr(verb, "password_holds", holds)
    await fail(a, 1, EMAIL, "1")
    await fail(a, 1, "eve@shop.example", "2")
    assert len(checked) == 2
    assert checked[0].startswith("$argon2id$")
    assert checked[1] == NOBODYS_HASH


async def test_after_five_failures_the_wait_begins_and_doubles(a: World) -> None:
    assert await fail(a, 6) == [None] * 5 + [Wait(1)]
    a.wait(SECOND)
    assert await fail(a, 2) == [None, Wait(2)]
    a.wait(2 * SECOND)
    assert await fail(a, 2) == [None, Wait(4)]


async def test_while_waiting_even_the_right_password_is_not_tried(a: World) -> None:
    await fail(a, 5)
    assert await log_in(a.context, EMAIL, PASSWORD, ADDRESS) == Wait(1)
    a.wait(SECOND)
    await logged_in(a)


async def test_tries_while_waiting_make_the_wait_no_longer(a: World) -> None:
    await fail(a, 5)
    await fail(a, 50)
    a.wait(SECOND)
    await logged_in(a)


async def test_an_account_waits_whatever_address_it_is_tried_from(a: World) -> None:
    tries = [await log_in(a.context, EMAIL, "wrong", f"198.51.100.{n}") for n in range(6)]
    assert tries == [None] * 5 + [Wait(1)]
    assert await fail(a, 1, EMAIL.upper(), "198.51.100.99") == [Wait(1)]


async def test_an_address_waits_whatever_account_it_tries(a: World) -> None:
    tries = [await log_in(a.context, f"a{n}@b.example", "wrong", ADDRESS) for n in range(6)]
    assert tries == [None] * 5 + [Wait(1)]


async def test_an_unknown_account_waits_as_a_known_one_does(a: World) -> None:
    assert await fail(a, 6, "eve@shop.example", "1") == await fail(a, 6, EMAIL, "2")


async def test_success_clears_the_failures(a: World) -> None:
    await fail(a, 4)
    await logged_in(a)
    assert await a.count("login_failures") == 0
    assert await fail(a, 5) == [None] * 5


async def test_failures_are_counted_over_all_processes(a: World, other: Context) -> None:
    tries = [await log_in(context, EMAIL, "wrong", ADDRESS) for context in (a.context, other) * 3]
    assert tries == [None] * 5 + [Wait(1)]


async def test_of_many_tries_at_once_five_are_evaluated(a: World, other: Context) -> None:
    tries = await asyncio.gather(
        *(log_in(context, EMAIL, "wrong", ADDRESS) for context in (a.context, other) * 8)
    )
    assert Counter(tries) == {None: 5, Wait(1): 11}


async def test_of_guesses_all_through_an_hour_fewer_than_twenty_are_evaluated(
    a: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def holds(password_hash: str, password: str) -> bool:
        return False

    monkeypatch.setattr(verb, "password_holds", holds)
    evaluated = 0
    for _ in range(360):
        evaluated += (await fail(a, 1)).count(None)
        a.wait(HOUR // 360)
    assert evaluated < 20


async def test_old_failures_are_removed_a_day_later(a: World) -> None:
    await fail(a, 6, "eve@shop.example", "1")
    a.wait(2 * DAY)
    await logged_in(a)
    assert await a.count("login_failures") == 0


async def test_the_database_knows_no_email_and_no_address_of_who_failed(a: World) -> None:
    await fail(a, 1, "eve@shop.example")
    async with a.context.storage.read() as db:
        names = (await db.execute(select(func.max(login_failures.c.account)))).scalars().all()
    assert names
    assert not [name for name in names if "eve" in name or ADDRESS in name]


# Another password


async def test_who_knows_the_password_changes_it_and_stays_in_with_a_new_session(
    a: World,
) -> None:
    session, elsewhere = await logged_in(a), await logged_in(a)
    changed = await change_password(a.context, session, PASSWORD, "battery staple", ADDRESS)
    assert isinstance(changed, Session)
    assert await resume(a.context, changed.token) is not None
    for ended in (session, elsewhere):
        assert await resume(a.context, ended.token) is None
    assert await log_in(a.context, EMAIL, PASSWORD, ADDRESS) is None


async def test_who_does_not_know_the_password_changes_nothing_and_must_wait(a: World) -> None:
    session = await logged_in(a)
    tries = [
        await change_password(a.context, session, "wrong", "battery staple", ADDRESS)
        for _ in range(6)
    ]
    assert tries == [None] * 5 + [Wait(1)]
    assert await resume(a.context, session.token) is not None


async def test_a_new_password_that_will_not_do_changes_nothing(a: World) -> None:
    session = await logged_in(a)
    with pytest.raises(Refused, match="at least 8"):
        await change_password(a.context, session, PASSWORD, "short", ADDRESS)
    assert await resume(a.context, session.token) == session


async def test_a_password_changed_during_a_log_in_gives_no_session(
    a: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def holds_then_changes(password_hash: str, password: str) -> bool:
        held = await password_holds(password_hash, password)
        await set_password(a.context, EMAIL, "battery staple")
        return held

    monkeypatch.setattr(verb, "password_holds", holds_then_changes)
    assert await log_in(a.context, EMAIL, PASSWORD, ADDRESS) is None
    assert await a.count("sessions") == 0
