"""Who is let in: the first admin, passwords, API keys. On each engine."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import select

from goodword.access.decide import ApiKey, Scope
from goodword.clock import MINUTE, SECOND
from goodword.lifecycle.admit import (
    authenticate,
    create_admin,
    create_api_key,
    create_first_admin,
    has_admin,
    revoke_api_key,
    set_password,
    setup_link,
    setup_open,
)
from goodword.lifecycle.context import open_context
from goodword.lifecycle.log_in import Session, log_in
from goodword.lifecycle.set_up import Refused
from goodword.storage import open_storage
from goodword.storage.tables import metadata
from lifecycle.world import World

EMAIL, PASSWORD = "ada@shop.example", "correct horse"


async def rows(w: World, table: str) -> list[dict[str, Any]]:
    async with w.context.storage.read() as db:
        found = await db.execute(select(metadata.tables[table]))
        return [row._asdict() for row in found]


async def token_of(w: World) -> str:
    link = await setup_link(w.context)
    assert link is not None
    return link.removeprefix("https://go.shop.example/setup/")


# Admins


async def test_an_admin_logs_in_with_the_password_that_was_given(w: World) -> None:
    admin, shown = await create_admin(w.context, " Ada@Shop.Example", PASSWORD)
    assert (admin.email, shown) == (EMAIL, None)
    assert await has_admin(w.context)
    assert isinstance(await log_in(w.context, EMAIL, PASSWORD, "x"), Session)


async def test_without_a_password_one_is_made_and_shown(w: World) -> None:
    _, shown = await create_admin(w.context, EMAIL, None)
    assert shown is not None
    assert len(shown) == 20
    assert isinstance(await log_in(w.context, EMAIL, shown, "x"), Session)


async def test_the_database_holds_no_password(w: World) -> None:
    _, shown = await create_admin(w.context, EMAIL, None)
    [admin] = await rows(w, "admins")
    assert admin["password_hash"].startswith("$argon2id$")
    assert str(shown) not in str(admin)


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("ada", PASSWORD, "email"),
        ("", PASSWORD, "email"),
        ("ada@shop.example\0", PASSWORD, "email"),
        (EMAIL, "short", "password"),
        (EMAIL, "", "password"),
        (EMAIL, "x" * 257, "password"),
    ],
)
async def test_an_admin_that_will_not_do_is_refused_by_field(
    w: World, email: str, password: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await create_admin(w.context, email, password)
    assert refused.value.field == field
    assert not await has_admin(w.context)


async def test_an_email_is_an_admin_once_in_any_spelling(w: World) -> None:
    await create_admin(w.context, EMAIL, PASSWORD)
    with pytest.raises(Refused, match="admin already"):
        await create_admin(w.context, EMAIL.upper(), "another password")
    assert isinstance(await log_in(w.context, EMAIL, PASSWORD, "x"), Session)


async def test_a_new_password_ends_every_session_and_the_old_password(w: World) -> None:
    await create_admin(w.context, EMAIL, PASSWORD)
    for _ in range(2):
        await log_in(w.context, EMAIL, PASSWORD, "x")
    await set_password(w.context, EMAIL, "battery staple")
    assert await rows(w, "sessions") == []
    assert await log_in(w.context, EMAIL, PASSWORD, "x") is None
    assert isinstance(await log_in(w.context, EMAIL, "battery staple", "x"), Session)


async def test_a_new_password_for_nobody_is_refused(w: World) -> None:
    with pytest.raises(Refused, match="there is no admin"):
        await set_password(w.context, EMAIL, PASSWORD)


# The first admin


async def test_the_setup_address_makes_one_admin_and_then_none(w: World) -> None:
    token = await token_of(w)
    assert await setup_open(w.context, token)
    admin = await create_first_admin(w.context, token, EMAIL, PASSWORD)
    assert admin is not None
    assert not await setup_open(w.context, token)
    assert await create_first_admin(w.context, token, "eve@evil.example", PASSWORD) is None
    assert [row["email"] for row in await rows(w, "admins")] == [EMAIL]


async def test_of_many_at_one_setup_address_one_becomes_admin(w: World) -> None:
    token = await token_of(w)
    made = await asyncio.gather(
        *(create_first_admin(w.context, token, f"a{n}@shop.example", PASSWORD) for n in range(6))
    )
    assert len([admin for admin in made if admin]) == 1
    assert len(await rows(w, "admins")) == 1


async def test_a_later_start_makes_the_earlier_setup_address_void(w: World) -> None:
    first, second = await token_of(w), await token_of(w)
    assert first != second
    assert not await setup_open(w.context, first)
    assert await setup_open(w.context, second)


async def test_a_refused_form_leaves_the_setup_address_open(w: World) -> None:
    token = await token_of(w)
    with pytest.raises(Refused):
        await create_first_admin(w.context, token, EMAIL, "short")
    assert await setup_open(w.context, token)


async def test_with_an_admin_there_is_no_setup_address(w: World) -> None:
    token = await token_of(w)
    await create_admin(w.context, EMAIL, PASSWORD)
    assert await setup_link(w.context) is None
    assert not await setup_open(w.context, token)
    assert await create_first_admin(w.context, token, "eve@evil.example", PASSWORD) is None


@pytest.mark.parametrize("token", ["", "x", "\0", "ü" * 40, "a" * 10_000])
async def test_another_setup_token_is_refused(w: World, token: str) -> None:
    await token_of(w)
    assert not await setup_open(w.context, token)


async def test_the_database_does_not_know_the_setup_token(w: World) -> None:
    token = await token_of(w)
    assert token not in str(await rows(w, "installation"))


# API keys


async def key(w: World, campaign_id: str | None = None, scope: str = "write") -> tuple[str, str]:
    id_, text = await create_api_key(w.context, campaign_id, scope)
    return id_, f"Bearer {text}"


async def test_a_key_is_recognised_with_its_campaign_and_scope(w: World) -> None:
    id_, header = await key(w, w.campaign.id, "read")
    found = await authenticate(w.context, header)
    assert isinstance(found, ApiKey)
    assert (found.id, found.campaign_id, found.scope) == (id_, w.campaign.id, Scope.READ)


async def test_a_key_is_43_random_characters_that_the_database_does_not_know(w: World) -> None:
    id_, header = await key(w)
    assert re.fullmatch(r"Bearer gwk_[A-Za-z0-9_-]{43}", header)
    assert id_.startswith("key_")
    assert header.removeprefix("Bearer gwk_") not in str(await rows(w, "api_keys"))


@pytest.mark.parametrize(
    ("campaign_id", "scope", "field"),
    [(None, "admin", "scope"), (None, "", "scope"), ("camp_none", "read", "campaign")],
)
async def test_a_key_that_will_not_do_is_refused_by_field(
    w: World, campaign_id: str | None, scope: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await create_api_key(w.context, campaign_id, scope)
    assert refused.value.field == field
    assert await rows(w, "api_keys") == []


async def test_what_is_no_key_is_refused(w: World) -> None:
    _, header = await key(w)
    text = header.removeprefix("Bearer ")
    for other in ("", text, f"Basic {text}", header[:-1], header + "A", "Bearer", "Bearer \0"):
        assert await authenticate(w.context, other) is None
    assert await authenticate(w.context, "Bearer gwk_" + "A" * 43) is None
    assert await authenticate(w.context, "Bearer gwk_" + "ü" * 43) is None
    assert await authenticate(w.context, f"bearer  {text} ") is not None


async def test_a_revoked_key_is_refused_at_once(w: World) -> None:
    id_, header = await key(w)
    assert await authenticate(w.context, header) is not None
    assert await revoke_api_key(w.context, id_)
    assert await authenticate(w.context, header) is None
    assert not await revoke_api_key(w.context, id_)


async def test_a_key_revoked_in_another_process_is_refused_after_two_seconds(w: World) -> None:
    id_, header = await key(w)
    assert await authenticate(w.context, header) is not None
    storage = open_storage(w.context.settings.database_url)
    other = await open_context(w.context.settings, storage, w.context.now)
    assert await revoke_api_key(other, id_)
    await storage.close()
    w.wait(2 * SECOND)
    assert await authenticate(w.context, header) is None


async def test_the_use_of_a_key_is_noted_once_a_minute(w: World) -> None:
    _, header = await key(w)
    noted = []
    for _ in range(5):
        await authenticate(w.context, header)
        [row] = await rows(w, "api_keys")
        noted.append(row["last_used_at"])
        w.wait(MINUTE // 2)
    assert noted == [noted[0], noted[0], noted[0] + MINUTE, noted[2], noted[0] + 2 * MINUTE]
