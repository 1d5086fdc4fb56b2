"""Admit: who may use the admin pages and the API. The first admin, passwords, API keys."""

from __future__ import annotations

import hmac
import json
import logging
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access import deeds
from goodword.access import record as access
from goodword.access.decide import Admin, ApiKey, Scope, password_fault, read_email
from goodword.access.passwords import hash_password
from goodword.clock import MINUTE, SECOND, new_secret
from goodword.lifecycle.context import Context
from goodword.lifecycle.set_up import COMMAND_LINE, Refused
from goodword.model import Deed, Role
from goodword.storage import Storage, Unavailable
from goodword.storage import installation as notes

_SETUP = "setup_token"
_KEY_PREFIX = "gwk_"
_KEY_LENGTH = len(_KEY_PREFIX) + 43
_REMEMBERED = 2 * SECOND
_MOST_REMEMBERED = 10_000
log = logging.getLogger(__name__)


# Admins --------------------------------------------------------------------------------------


async def has_admin(context: Context) -> bool:
    async with context.storage.read() as db:
        return await access.has_admin(db)


async def create_admin(
    context: Context, email: str, password: str | None, role: Role = Role.OWNER
) -> tuple[Admin, str | None]:
    """The new admin and, where no password was given, the one that was made: shown once.

    `Refused` for what is no e-mail, an admin's e-mail, a password that won't do, or a first
    admin who is no owner: nobody could make another.
    """
    admin, made = await _new_admin(context, email, password, role)
    async with context.storage.write() as db:
        if role is not Role.OWNER and not await access.has_admin(db):
            raise Refused("role", "the first admin has to be an owner")
        await add_admin(context, db, admin, COMMAND_LINE)
        await notes.forget(db, _SETUP)
    return admin, made


async def set_password(
    context: Context, email: str, password: str | None
) -> tuple[Admin, str | None]:
    """Gives an admin another password and ends all its sessions; returns as `create_admin`.

    `Refused` when there is no such admin, or the password won't do.
    """
    spelled = _email(email)
    password_hash, made = await hashed(password)
    async with context.storage.write() as db:
        admin = await access.set_password_hash(db, spelled, password_hash)
        if admin is None:
            raise Refused("email", f"there is no admin {spelled}")
        await access.end_sessions_of(db, admin.id)
    return admin, made


async def _new_admin(
    context: Context, email: str, password: str | None, role: Role
) -> tuple[Admin, str | None]:
    spelled = _email(email)
    password_hash, made = await hashed(password)
    now = context.now()
    admin = Admin(
        id=context.new_id("adm", now),
        email=spelled,
        password_hash=password_hash,
        created_at=now,
        role=role,
    )
    return admin, made


async def add_admin(context: Context, db: AsyncConnection, admin: Admin, actor: str) -> None:
    """Adds the admin and its deed. `Refused` when that e-mail is an admin's already."""
    if not await access.add_admin(db, admin):
        raise Refused("email", f"{admin.email} is an admin already; use another address")
    before = {admin.id: f"- {admin.role} {admin.email}"}
    await note_deed(context, db, admin.created_at, actor, "add", "admin", before)


async def note_deed(
    context: Context,
    db: AsyncConnection,
    at: int,
    actor: str,
    verb: str,
    subject: str,
    before: Mapping[str, str],
    campaign_id: str | None = None,
    undoes: Deed | None = None,
) -> Deed:
    """Appends a deed about the installation: `keep_deed` is for those in a campaign.

    `before` of an admin is `role-before role-after e-mail`, with `-` for no role.
    """
    deed = Deed(
        id=context.new_id("deed", at),
        campaign_id=campaign_id,
        actor=actor,
        verb=verb,
        subject=subject,
        items=json.dumps(dict(before)),
        note="",
        created_at=at,
        undoes=undoes.id if undoes else None,
    )
    await deeds.add(db, deed)
    return deed


def _email(text: str) -> str:
    spelled = read_email(text)
    if spelled is None:
        raise Refused("email", f"{text!r} is no e-mail address")
    return spelled


async def hashed(password: str | None) -> tuple[str, str | None]:
    """The hash of the password, or of a new one, which is returned too."""
    made = _random_text(15) if password is None else None
    chosen = made or password or ""
    if fault := password_fault(chosen):
        raise Refused("password", fault)
    return await hash_password(chosen, new_secret(16)), made


def _random_text(size: int) -> str:
    """`size` random bytes as url-safe characters."""
    return urlsafe_b64encode(new_secret(size)).rstrip(b"=").decode()


# The first admin -----------------------------------------------------------------------------


async def setup_link(context: Context) -> str | None:
    """A new one-time address that makes the first admin; None when there is one.

    The address of an earlier start is void from now on.
    """
    token = _random_text(24)
    async with context.storage.write() as db:
        if await access.has_admin(db):
            return None
        await notes.write(db, _SETUP, _setup_hash(token))
    return f"{context.settings.public_url}/setup/{token}"


async def setup_open(context: Context, token: str) -> bool:
    """Whether this is the token of the set-up address that still waits for its admin."""
    async with context.storage.read() as db:
        return await _is_setup(db, token) and not await access.has_admin(db)


async def create_first_admin(
    context: Context, token: str, email: str, password: str
) -> Admin | None:
    """The first admin, made through the set-up address; None when that is used or unknown.

    `Refused` as `create_admin`; the address may then be used again.
    """
    if not await setup_open(context, token):
        return None
    admin, _ = await _new_admin(context, email, password, Role.OWNER)
    async with context.storage.write() as db:
        if not await _is_setup(db, token) or not await notes.forget(db, _SETUP):
            return None
        await add_admin(context, db, admin, admin.email)
    return admin


async def _is_setup(db: AsyncConnection, token: str) -> bool:
    kept = await notes.read(db, _SETUP)
    return kept is not None and hmac.compare_digest(kept, _setup_hash(token))


def _setup_hash(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


# API keys ------------------------------------------------------------------------------------

# Per storage, so that two installations in one process never share what they know.
_known: WeakKeyDictionary[Storage, dict[bytes, tuple[int, ApiKey]]] = WeakKeyDictionary()


async def create_api_key(
    context: Context, campaign_id: str | None, scope: str, actor: str = COMMAND_LINE
) -> tuple[str, str]:
    """The id of a new key and the key itself, which is kept nowhere: shown once.

    Without a campaign it is for the whole installation. `Refused` for an unknown campaign or
    scope (`read`, `write`).
    """
    if scope not in list(Scope):
        raise Refused("scope", f"{scope!r} is no scope; use one of {', '.join(Scope)}")
    if campaign_id is not None and await context.directory.by_id(campaign_id) is None:
        raise Refused("campaign", f"there is no campaign {campaign_id!r}")
    key, now = _KEY_PREFIX + _random_text(32), context.now()
    made = ApiKey(
        id=context.new_id("key", now),
        campaign_id=campaign_id,
        scope=Scope(scope),
        created_at=now,
        last_used_at=None,
        revoked_at=None,
    )
    async with context.storage.write() as db:
        await access.add_api_key(db, made, _key_hash(key))
        await note_deed(context, db, now, actor, "create", "key", {made.id: ""}, campaign_id)
    return made.id, key


async def revoke_api_key(context: Context, key_id: str, actor: str = COMMAND_LINE) -> bool:
    """Whether the key was in use. Every process refuses it within 2 seconds, this one at once."""
    async with context.storage.write() as db:
        now = context.now()
        revoked = await access.revoke_api_key(db, key_id, now)
        if revoked is not None:
            before = {revoked.id: ""}
            await note_deed(context, db, now, actor, "revoke", "key", before, revoked.campaign_id)
    _known.pop(context.storage, None)
    return revoked is not None


async def authenticate(context: Context, header_value: str) -> ApiKey | None:
    """The key behind an `Authorization: Bearer KEY` header; None when it is none or revoked.

    What was found is remembered for 2 seconds. `Unavailable` when it can't be looked up.
    """
    scheme, _, key = header_value.strip().partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or len(key) != _KEY_LENGTH or not key.startswith(_KEY_PREFIX):
        return None
    known, hash_, now = _known.setdefault(context.storage, {}), _key_hash(key), context.now()
    seen_at, found = known.get(hash_, (-_REMEMBERED, None))
    if found is None or not 0 <= now - seen_at < _REMEMBERED:
        known.pop(hash_, None)
        found = await _look_up(context, hash_, now)
        if found is not None:
            _remember(known, hash_, now, found)
    return found


async def _look_up(context: Context, hash_: bytes, now: int) -> ApiKey | None:
    async with context.storage.read() as db:
        found = await access.api_key(db, hash_)
    if found is not None and now - (found.last_used_at or -MINUTE) >= MINUTE:
        await _note_use(context, found, now)
    return found


async def _note_use(context: Context, key: ApiKey, now: int) -> None:
    """That a use can't be noted now is no reason to refuse the call."""
    try:
        async with context.storage.write() as db:
            await access.note_use(db, key.id, now, now - MINUTE)
    except Unavailable as error:
        log.warning("the use of API key %s could not be noted: %s", key.id, error)


def _remember(
    known: dict[bytes, tuple[int, ApiKey]], hash_: bytes, now: int, found: ApiKey
) -> None:
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known[hash_] = (now, found)


def _key_hash(key: str) -> bytes:
    return sha256(key.encode(errors="replace")).digest()
