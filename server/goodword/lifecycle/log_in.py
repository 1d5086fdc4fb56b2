"""Log in: from an e-mail and a password to a session, and to its end."""

from __future__ import annotations

import logging
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from goodword.access import record as access
from goodword.access.decide import (
    SESSION_IDLE,
    Admin,
    KeptSession,
    after_a_try,
    may,
    password_fault,
    read_email,
    session_expiry,
    wants_renewal,
)
from goodword.access.passwords import NOBODYS_HASH, password_holds
from goodword.clock import DAY, SECOND, new_secret
from goodword.lifecycle.admit import set_password
from goodword.lifecycle.context import Context
from goodword.lifecycle.set_up import Refused
from goodword.model import Role
from goodword.signing import keyed_hash
from goodword.storage import Unavailable

_TOKEN_LENGTH = 43
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in. `csrf` belongs into every form; `expires_at` is milliseconds."""

    email: str
    csrf: str
    expires_at: int
    role: Role
    admin_id: str = ""
    token: str = field(default="", repr=False)

    def may(self, least: Role) -> bool:
        """Whether the admin has at least this role."""
        return may(self.role, least)

    @property
    def may_manage(self) -> bool:
        return self.may(Role.MANAGER)

    @property
    def may_own(self) -> bool:
        return self.may(Role.OWNER)


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing was tried: so many seconds, rounded up, are left to wait."""

    seconds: int


async def log_in(
    context: Context, email: str, password: str, address: str, former: str = ""
) -> Session | Wait | None:
    """A new session; None when e-mail or password are wrong, whichever it is.

    `address` is the caller's, as a limit groups it; `former` a session's token, which ends.
    """
    accounts = _accounts(context, email, address)
    tried = await _try(context, email, password, accounts)
    return await _succeed(context, tried, accounts, former) if isinstance(tried, Admin) else tried


async def change_password(
    context: Context, session: Session, current: str, new: str, address: str
) -> Session | Wait | None:
    """Another password for who knows the current one; None when that is wrong.

    Every session of the admin ends; the one returned is new. `Refused` when `new` won't do.
    """
    if fault := password_fault(new):
        raise Refused("password", fault)
    accounts = _accounts(context, session.email, address)
    tried = await _try(context, session.email, current, accounts)
    if not isinstance(tried, Admin):
        return tried
    admin, _ = await set_password(context, session.email, new)
    return await _succeed(context, admin, accounts, "")


async def _try(
    context: Context, email: str, password: str, accounts: list[str]
) -> Admin | Wait | None:
    """A try counts as failed until it succeeds, so that many at once gain nothing."""
    if (wait := await _begin_a_try(context, accounts)) is not None:
        return wait
    spelled = read_email(email)
    async with context.storage.read() as db:
        admin = await access.admin_by_email(db, spelled) if spelled else None
    holds = await password_holds(admin.password_hash if admin else NOBODYS_HASH, password)
    return admin if holds else None


def _accounts(context: Context, email: str, address: str) -> list[str]:
    """Names of the account and of the address that tell nothing to who reads the table."""
    return [
        "account:" + keyed_hash(context.keys, "login", read_email(email) or email),
        "address:" + keyed_hash(context.keys, "login", address),
    ]


async def _begin_a_try(context: Context, accounts: list[str]) -> Wait | None:
    async with context.storage.write() as db:
        known = await access.lock_failures(db, accounts)
        now = context.now()
        left = max((each.blocked_until - now for each in known), default=0)
        if left > 0:
            log.warning("a log-in was refused after too many failures")
            return Wait(-(-left // SECOND))
        for each in known:
            await access.set_failures(db, after_a_try(each, now))
    return None


async def _succeed(
    context: Context, admin: Admin, accounts: list[str], former: str
) -> Session | None:
    """None when the password was changed while it was being checked."""
    async with context.storage.write() as db:
        current = await access.admin_by_email(db, admin.email, for_update=True)
        if current != admin:
            return None
        now = context.now()
        await access.clear_failures(db, accounts)
        await access.forget_ended(db, now, now - DAY)
        await access.end_session(db, _hash(former))
        token = urlsafe_b64encode(new_secret(32)).rstrip(b"=").decode()
        kept = KeptSession(
            hash=_hash(token),
            admin_id=admin.id,
            email=admin.email,
            role=admin.role,
            created_at=now,
            expires_at=now + SESSION_IDLE,
        )
        await access.add_session(db, kept)
    return _session(context, kept, token)


async def open_session(context: Context, admin: Admin) -> Session | None:
    """The first session of an admin who was just made."""
    return await _succeed(context, admin, [], "")


async def resume(context: Context, token: str) -> Session | None:
    """The session of a cookie's token, prolonged by its use; None when it has ended."""
    if len(token) != _TOKEN_LENGTH:
        return None
    now = context.now()
    async with context.storage.read() as db:
        kept = await access.session(db, _hash(token), now)
    if kept is None:
        return None
    if wants_renewal(kept, now):
        await _prolong(context, kept, now)
    return _session(context, kept, token)


async def _prolong(context: Context, kept: KeptSession, now: int) -> None:
    """That a use can't be noted now is no reason to log anyone out."""
    try:
        async with context.storage.write() as db:
            await access.prolong_session(db, kept.hash, now + SESSION_IDLE)
    except Unavailable as error:
        log.warning("a session could not be prolonged: %s", error)


async def log_out(context: Context, token: str) -> None:
    async with context.storage.write() as db:
        await access.end_session(db, _hash(token))


def _session(context: Context, kept: KeptSession, token: str) -> Session:
    csrf = keyed_hash(context.keys, "csrf", token)
    return Session(kept.email, csrf, session_expiry(kept), kept.role, kept.admin_id, token)


def _hash(token: str) -> bytes:
    return sha256(token.encode(errors="replace")).digest()
