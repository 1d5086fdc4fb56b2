"""The shelf of admins, sessions, failed log-ins, API keys and what these were answered."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access.decide import (
    SESSION_IDLE,
    SESSION_LIFE,
    Admin,
    ApiKey,
    Failures,
    KeptAnswer,
    KeptSession,
    ListedAdmin,
)
from goodword.access.passwords import NOBODYS_HASH
from goodword.model import Role
from goodword.storage import tables as t
from goodword.storage.rows import maybe, noun
from goodword.storage.upsert import insert_if_new

_KEY_COLUMNS = [column for column in t.api_keys.c if column.name != "hash"]


# Admins --------------------------------------------------------------------------------------


async def has_admin(db: AsyncConnection) -> bool:
    found = await db.execute(select(t.admins.c.id).limit(1))
    return found.first() is not None


async def add_admin(db: AsyncConnection, admin: Admin) -> bool:
    """False when there is an admin with that e-mail already."""
    return await insert_if_new(db, t.admins, asdict(admin))


async def admin_by_email(db: AsyncConnection, email: str, for_update: bool = False) -> Admin | None:
    """`for_update` makes a change of the password wait for this transaction, and the reverse."""
    query = select(t.admins).where(t.admins.c.email == email)
    row = (await db.execute(query.with_for_update() if for_update else query)).first()
    return maybe(Admin, row)


async def admin_by_id(db: AsyncConnection, admin_id: str, for_update: bool = False) -> Admin | None:
    """`for_update` as `admin_by_email`."""
    query = select(t.admins).where(t.admins.c.id == admin_id)
    row = (await db.execute(query.with_for_update() if for_update else query)).first()
    return maybe(Admin, row)


async def admins(db: AsyncConnection) -> list[ListedAdmin]:
    """All of them, the first that was made first."""
    a, s = t.admins.c, t.sessions.c
    used = func.max(s.expires_at) - SESSION_IDLE
    query = (
        select(t.admins, used.label("seen_at"))
        .outerjoin(t.sessions, s.admin_id == a.id)
        .group_by(a.id)
        .order_by(a.created_at, a.id)
    )
    found = await db.execute(query)
    return [noun(ListedAdmin, row, active=row.password_hash != NOBODYS_HASH) for row in found]


async def lock_owners(db: AsyncConnection) -> list[str]:
    """The ids of the owners who can log in, locked until the transaction ends: of two changes
    at once the second sees what the first has left."""
    a = t.admins.c
    able = select(a.id).where(a.role == Role.OWNER, a.password_hash != NOBODYS_HASH)
    return [str(id_) for id_ in (await db.execute(able.order_by(a.id).with_for_update())).scalars()]


async def set_role(db: AsyncConnection, admin_id: str, before: Role, role: Role) -> bool:
    """False when the admin is gone or had another role."""
    a = t.admins
    changed = await db.execute(
        update(a).where(a.c.id == admin_id, a.c.role == before).values(role=role).returning(a.c.id)
    )
    return changed.first() is not None


async def remove_admin(db: AsyncConnection, admin_id: str) -> None:
    """Together with all sessions."""
    await end_sessions_of(db, admin_id)
    await db.execute(delete(t.admins).where(t.admins.c.id == admin_id))


async def owners(db: AsyncConnection, limit: int) -> list[str]:
    """The e-mails of the owners, the first of them first."""
    a = t.admins.c
    query = select(a.email).where(a.role == Role.OWNER).order_by(a.created_at, a.id).limit(limit)
    return [str(email) for email in (await db.execute(query)).scalars()]


async def set_password_hash(db: AsyncConnection, email: str, password_hash: str) -> Admin | None:
    """The admin with the new hash; None when there is none with that e-mail."""
    a = t.admins
    changed = await db.execute(
        update(a).where(a.c.email == email).values(password_hash=password_hash).returning(a)
    )
    row = changed.first()
    return maybe(Admin, row)


# Sessions ------------------------------------------------------------------------------------


async def add_session(db: AsyncConnection, new: KeptSession) -> None:
    values = asdict(new)
    del values["email"], values["role"]
    await db.execute(insert(t.sessions).values(values))


async def session(db: AsyncConnection, hash_: bytes, now: int) -> KeptSession | None:
    """The session of a token's hash, unless it has ended."""
    s = t.sessions.c
    row = (
        await db.execute(
            select(t.sessions, t.admins.c.email, t.admins.c.role)
            .join(t.admins, t.admins.c.id == s.admin_id)
            .where(s.hash == hash_, s.expires_at > now, s.created_at > now - SESSION_LIFE)
        )
    ).first()
    return maybe(KeptSession, row)


async def prolong_session(db: AsyncConnection, hash_: bytes, expires_at: int) -> None:
    s = t.sessions
    await db.execute(update(s).where(s.c.hash == hash_).values(expires_at=expires_at))


async def end_session(db: AsyncConnection, hash_: bytes) -> None:
    await db.execute(delete(t.sessions).where(t.sessions.c.hash == hash_))


async def end_sessions_of(db: AsyncConnection, admin_id: str) -> None:
    await db.execute(delete(t.sessions).where(t.sessions.c.admin_id == admin_id))


# Failed log-ins ------------------------------------------------------------------------------


async def lock_failures(db: AsyncConnection, accounts: list[str]) -> list[Failures]:
    """What is known of these, locked until the transaction ends; always in one order, so that
    two tries never wait for each other."""
    f = t.login_failures
    for account in sorted(accounts):
        await insert_if_new(db, f, {"account": account, "failures": 0, "blocked_until": 0})
    found = await db.execute(
        select(f).where(f.c.account.in_(accounts)).order_by(f.c.account).with_for_update()
    )
    return [noun(Failures, row) for row in found]


async def set_failures(db: AsyncConnection, known: Failures) -> None:
    f = t.login_failures
    await db.execute(
        update(f)
        .where(f.c.account == known.account)
        .values(failures=known.failures, blocked_until=known.blocked_until)
    )


async def clear_failures(db: AsyncConnection, accounts: list[str]) -> None:
    f = t.login_failures
    await db.execute(delete(f).where(f.c.account.in_(accounts)))


async def forget_ended(db: AsyncConnection, sessions_before: int, failures_before: int) -> None:
    """Removes sessions that have ended and failures long past."""
    s, f = t.sessions, t.login_failures
    await db.execute(delete(s).where(s.c.expires_at <= sessions_before))
    await db.execute(delete(f).where(f.c.blocked_until < failures_before))


# API keys ------------------------------------------------------------------------------------


async def add_api_key(db: AsyncConnection, key: ApiKey, hash_: bytes) -> None:
    await db.execute(insert(t.api_keys).values({**asdict(key), "hash": hash_}))


async def api_key(db: AsyncConnection, hash_: bytes) -> ApiKey | None:
    """The key behind a hash, unless it was revoked."""
    k = t.api_keys.c
    query = select(*_KEY_COLUMNS).where(k.hash == hash_, k.revoked_at.is_(None))
    row = (await db.execute(query)).first()
    return maybe(ApiKey, row)


async def api_keys(db: AsyncConnection) -> list[ApiKey]:
    """Every key there was, newest first; a revoked one is kept for the record."""
    k = t.api_keys.c
    found = await db.execute(select(*_KEY_COLUMNS).order_by(k.created_at.desc(), k.id.desc()))
    return [noun(ApiKey, row) for row in found]


async def note_use(db: AsyncConnection, key_id: str, now: int, used_before: int) -> None:
    """Notes the use of a key, unless one since `used_before` is noted already."""
    k = t.api_keys.c
    stale = or_(k.last_used_at.is_(None), k.last_used_at <= used_before)
    await db.execute(update(t.api_keys).where(k.id == key_id, stale).values(last_used_at=now))


async def revoke_api_key(db: AsyncConnection, key_id: str, at: int) -> ApiKey | None:
    """The key as it was revoked; None when there is no such key in use."""
    k = t.api_keys.c
    changed = await db.execute(
        update(t.api_keys)
        .where(k.id == key_id, k.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(*_KEY_COLUMNS)
    )
    return maybe(ApiKey, changed.first())


# Answers to repeat ---------------------------------------------------------------------------


async def answer_of(db: AsyncConnection, api_key_id: str, key: str) -> KeptAnswer | None:
    """What the call under this `Idempotency-Key` was answered, if there was one."""
    i = t.idempotency.c
    query = select(t.idempotency).where(i.api_key_id == api_key_id, i.key == key)
    return maybe(KeptAnswer, (await db.execute(query)).first())


async def keep_answer(db: AsyncConnection, answer: KeptAnswer) -> bool:
    """False when another call has been answered under that key."""
    return await insert_if_new(db, t.idempotency, asdict(answer))


async def forget_answers(db: AsyncConnection, before: int) -> None:
    i = t.idempotency
    await db.execute(delete(i).where(i.c.created_at < before))
