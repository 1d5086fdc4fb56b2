"""Appoint: who else may come in, and as what. Every act is kept for the audit trail."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access import deeds
from goodword.access import record as access
from goodword.access.decide import Admin, read_email
from goodword.access.passwords import NOBODYS_HASH
from goodword.clock import DAY, new_secret
from goodword.lifecycle.admit import add_admin, hashed, note_deed
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import items_of
from goodword.lifecycle.set_up import Refused
from goodword.model import Deed, Role
from goodword.storage import installation as notes

INVITATION_LIFE = 7 * DAY
"""How long a set-up address waits for its admin, milliseconds."""

_LAST_OWNER = "this is the only owner who can log in; make somebody else an owner first"


# Invitations ---------------------------------------------------------------------------------


async def invite(context: Context, email: str, role: Role, actor: str) -> tuple[Admin, str]:
    """A new admin without a password, and the one-time address to choose one: shown once.

    `Refused` for what is no e-mail, or an admin's.
    """
    spelled = read_email(email)
    if spelled is None:
        raise Refused("email", f"{email!r} is no e-mail address")
    async with context.storage.write() as db:
        now = context.now()
        admin = Admin(
            id=context.new_id("adm", now),
            email=spelled,
            password_hash=NOBODYS_HASH,
            created_at=now,
            role=role,
        )
        await add_admin(context, db, admin, actor)
        return admin, await _new_address(context, db, admin.id, now)


async def invite_again(context: Context, admin_id: str, actor: str) -> tuple[Admin, str]:
    """Another address for an admin who has no password yet; the one before is void.

    `Refused` when there is no such admin.
    """
    async with context.storage.write() as db:
        admin = await _existing(db, admin_id)
        if admin.password_hash != NOBODYS_HASH:
            raise Refused("id", f"{admin.email} has a password already")
        now = context.now()
        before = {admin.id: f"- {admin.role} {admin.email}"}
        await note_deed(context, db, now, actor, "invite", "admin", before)
        return admin, await _new_address(context, db, admin.id, now)


async def invited(context: Context, token: str) -> Admin | None:
    """Whose set-up address this is; None when it was used, replaced or has expired."""
    async with context.storage.read() as db:
        return await _invited(context, db, token)


async def accept(context: Context, token: str, password: str) -> Admin | None:
    """Gives an invited admin the password of their choice; None as `invited`.

    `Refused` for a password that won't do; the address may then be used again.
    """
    if await invited(context, token) is None:
        return None
    password_hash, _ = await hashed(password)
    async with context.storage.write() as db:
        admin = await _invited(context, db, token)
        if admin is None or not await notes.forget(db, _note(admin.id)):
            return None
        return await access.set_password_hash(db, admin.email, password_hash)


async def _new_address(context: Context, db: AsyncConnection, admin_id: str, now: int) -> str:
    secret = urlsafe_b64encode(new_secret(24)).decode()
    await notes.write(db, _note(admin_id), f"{now + INVITATION_LIFE} {_hash(secret)}")
    return f"{context.settings.public_url}/setup/{admin_id}.{secret}"


async def _invited(context: Context, db: AsyncConnection, token: str) -> Admin | None:
    admin_id, _, secret = token.partition(".")
    if not admin_id.isascii() or not admin_id.isprintable():
        return None
    kept = await notes.read(db, _note(admin_id)) if secret else None
    if kept is None:
        return None
    expires_at, _, hash_ = kept.partition(" ")
    if context.now() >= int(expires_at) or not hmac.compare_digest(hash_, _hash(secret)):
        return None
    return await access.admin_by_id(db, admin_id)


def _note(admin_id: str) -> str:
    return f"invitation {admin_id}"


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()


# Roles ---------------------------------------------------------------------------------------


async def change_role(context: Context, admin_id: str, role: Role, actor: str) -> Deed | None:
    """Gives an admin another role, from their next click on; None when it is the same.

    `Refused` when there is no such admin, or it is the last owner.
    """
    async with context.storage.write() as db:
        return await _change_role(context, db, admin_id, role, actor, context.now())


def can_undo_role(deed: Deed) -> bool:
    """Whether it is a change of a role that nobody took back, and takes none back itself."""
    changed = (deed.subject, deed.verb) == ("admin", "change_role")
    return changed and deed.undone_at is None and deed.undoes is None


async def undo_role(context: Context, deed_id: str, actor: str) -> Deed:
    """Takes back a change of role. `Refused` when it was undone before, the role was changed
    since, or nobody would be left who is an owner."""
    async with context.storage.write() as db:
        now = context.now()
        deed = await deeds.of_installation(db, deed_id)
        if deed is None or not can_undo_role(deed):
            raise Refused("deed", "there is no such change of a role, or it was undone before")
        [(admin_id, told)] = items_of(deed).items()
        before, after, _ = told.split(" ", 2)
        admin = await _existing(db, admin_id)
        if admin.role != after or not await deeds.mark_undone(db, deed, now):
            raise Refused("deed", f"the role of {admin.email} has been changed since")
        undone = await _change_role(context, db, admin_id, Role(before), actor, now, deed)
        if undone is None:
            raise Refused("deed", f"{admin.email} has that role already")
        return undone


async def _change_role(
    context: Context,
    db: AsyncConnection,
    admin_id: str,
    role: Role,
    actor: str,
    now: int,
    undoes: Deed | None = None,
) -> Deed | None:
    able = await access.lock_owners(db)
    admin = await _existing(db, admin_id)
    if admin.role is role:
        return None
    if able == [admin.id]:
        raise Refused("role", _LAST_OWNER)
    await access.set_role(db, admin.id, admin.role, role)
    before = {admin.id: f"{admin.role} {role} {admin.email}"}
    return await note_deed(context, db, now, actor, "change_role", "admin", before, undoes=undoes)


async def remove(context: Context, admin_id: str, actor: str) -> Admin:
    """Removes an admin and ends all their sessions. `Refused` as `change_role`."""
    async with context.storage.write() as db:
        able = await access.lock_owners(db)
        admin = await _existing(db, admin_id)
        if able == [admin.id]:
            raise Refused("id", _LAST_OWNER)
        await access.remove_admin(db, admin.id)
        await notes.forget(db, _note(admin.id))
        before = {admin.id: f"{admin.role} - {admin.email}"}
        await note_deed(context, db, context.now(), actor, "remove", "admin", before)
    return admin


async def _existing(db: AsyncConnection, admin_id: str) -> Admin:
    admin = await access.admin_by_id(db, admin_id, for_update=True)
    if admin is None:
        raise Refused("id", "there is no such admin any more")
    return admin
