"""The shelf of the room, on each engine."""

from __future__ import annotations

import asyncio
import hashlib

from goodword.access import record as access
from goodword.access.decide import SESSION_IDLE, Admin, ApiKey, Failures, KeptSession, Scope
from goodword.access.passwords import NOBODYS_HASH
from goodword.model import Role
from goodword.storage import Storage

ADA = Admin(id="adm_1", email="ada@shop.example", password_hash="$argon2id$", created_at=1)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _session(token: str, expires_at: int, admin: Admin = ADA) -> KeptSession:
    return KeptSession(
        hash=_hash(token),
        admin_id=admin.id,
        email=admin.email,
        role=admin.role,
        created_at=1,
        expires_at=expires_at,
    )


def _key(number: str) -> ApiKey:
    return ApiKey(
        id=number,
        campaign_id=None,
        scope=Scope.WRITE,
        created_at=1,
        last_used_at=None,
        revoked_at=None,
    )


async def test_an_admin_is_found_as_it_was_added(storage: Storage) -> None:
    async with storage.write() as db:
        assert not await access.has_admin(db)
        assert await access.add_admin(db, ADA)
        assert not await access.add_admin(db, ADA)
        assert await access.has_admin(db)
        assert await access.admin_by_email(db, ADA.email) == ADA
        assert await access.admin_by_email(db, "bob@shop.example", for_update=True) is None


async def test_a_session_is_found_until_its_last_millisecond(storage: Storage) -> None:
    kept = _session("token", expires_at=100)
    async with storage.write() as db:
        await access.add_admin(db, ADA)
        await access.add_session(db, kept)
        assert await access.session(db, kept.hash, 99) == kept
        assert await access.session(db, kept.hash, 100) is None
        assert await access.session(db, _hash("other"), 1) is None


async def test_what_has_ended_is_forgotten_and_the_rest_stays(storage: Storage) -> None:
    old, young = _session("old", 100), _session("young", 200)
    async with storage.write() as db:
        await access.add_admin(db, ADA)
        for kept in (old, young):
            await access.add_session(db, kept)
        for known in await access.lock_failures(db, ["past", "present"]):
            until = 50 if known.account == "past" else 100
            await access.set_failures(
                db, Failures(account=known.account, failures=3, blocked_until=until)
            )
        await access.forget_ended(db, 100, 100)
        assert await access.session(db, old.hash, 1) is None
        assert await access.session(db, young.hash, 1) == young
        assert [(f.account, f.failures) for f in await access.lock_failures(db, ["past"])] == [
            ("past", 0)
        ]
        assert [f.failures for f in await access.lock_failures(db, ["present"])] == [3]


async def test_tries_that_begin_at_once_are_counted_one_after_the_other(storage: Storage) -> None:
    async def fail(accounts: list[str]) -> None:
        async with storage.write() as db:
            for known in await access.lock_failures(db, accounts):
                more = Failures(account=known.account, failures=known.failures + 1, blocked_until=0)
                await access.set_failures(db, more)

    both = ["account:a", "address:b"]
    await asyncio.gather(*(fail(both if n % 2 else both[::-1]) for n in range(12)))
    async with storage.write() as db:
        counted = await access.lock_failures(db, both)
    assert [(each.account, each.failures) for each in counted] == [
        ("account:a", 12),
        ("address:b", 12),
    ]


async def test_a_use_of_a_key_is_noted_unless_a_fresh_one_is(storage: Storage) -> None:
    async def used_at() -> int | None:
        found = await access.api_key(db, _hash("k"))
        return found.last_used_at if found else None

    async with storage.write() as db:
        await access.add_api_key(db, _key("key_1"), _hash("k"))
        assert await access.api_key(db, _hash("k")) == _key("key_1")
        await access.note_use(db, "key_1", now=100, used_before=40)
        assert await used_at() == 100
        await access.note_use(db, "key_1", now=120, used_before=60)
        assert await used_at() == 100
        await access.note_use(db, "key_1", now=160, used_before=100)
        assert await used_at() == 160


async def test_a_revoked_key_is_not_found_and_not_revoked_twice(storage: Storage) -> None:
    async with storage.write() as db:
        await access.add_api_key(db, _key("key_1"), _hash("k"))
        assert await access.revoke_api_key(db, "key_1", 5)
        assert not await access.revoke_api_key(db, "key_1", 6)
        assert await access.api_key(db, _hash("k")) is None


async def test_the_list_says_who_has_a_password_and_was_seen_when(storage: Storage) -> None:
    bob = Admin(
        id="adm_2",
        email="bob@shop.example",
        password_hash=NOBODYS_HASH,
        created_at=2,
        role=Role.READER,
    )
    async with storage.write() as db:
        await access.add_admin(db, bob)
        await access.add_admin(db, ADA)
        for token, used_at in (("old", 5), ("new", 9)):
            await access.add_session(db, _session(token, expires_at=used_at + SESSION_IDLE))
        listed = await access.admins(db)
    seen = [(each.email, each.role, each.active, each.seen_at) for each in listed]
    assert seen == [
        ("ada@shop.example", Role.OWNER, True, 9),
        ("bob@shop.example", Role.READER, False, None),
    ]


async def test_a_role_changes_from_the_one_it_is_known_to_be(storage: Storage) -> None:
    async with storage.write() as db:
        await access.add_admin(db, ADA)
        assert not await access.set_role(db, ADA.id, Role.READER, Role.MANAGER)
        assert await access.set_role(db, ADA.id, Role.OWNER, Role.MANAGER)
        found = await access.admin_by_id(db, ADA.id)
        assert found is not None
        assert found.role is Role.MANAGER
        assert await access.owners(db, 3) == []


async def test_a_session_brings_the_role_as_it_is_now(storage: Storage) -> None:
    kept = _session("token", expires_at=100)
    async with storage.write() as db:
        await access.add_admin(db, ADA)
        await access.add_session(db, kept)
        await access.set_role(db, ADA.id, Role.OWNER, Role.READER)
        found = await access.session(db, kept.hash, 99)
    assert found is not None
    assert found.role is Role.READER


async def test_a_removed_admin_leaves_no_session(storage: Storage) -> None:
    kept = _session("token", expires_at=100)
    async with storage.write() as db:
        await access.add_admin(db, ADA)
        await access.add_session(db, kept)
        await access.remove_admin(db, ADA.id)
        assert await access.session(db, kept.hash, 1) is None
        assert await access.admin_by_id(db, ADA.id) is None
