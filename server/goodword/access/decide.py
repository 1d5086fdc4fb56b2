"""Who may come in, and how long one who guesses must wait. Data in, data out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from goodword.model import Role, canonical_email, is_email

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256

SESSION_IDLE = 14 * 86_400_000
"""How long a session lasts without being used, milliseconds."""

SESSION_LIFE = 30 * 86_400_000
"""How long a session lasts at most, milliseconds."""

FREE_FAILURES = 5
LONGEST_WAIT = 15 * 60_000
"""The longest wait between two tries at one account, milliseconds."""

_RENEWAL = 3_600_000
_RANKS = (Role.READER, Role.MANAGER, Role.OWNER)


class Scope(StrEnum):
    """What an API key may do; `write` includes read."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    id: str
    email: str
    password_hash: str = field(repr=False)
    created_at: int
    role: Role = Role.OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAdmin:
    """An admin as the list shows one. `active` once there is a password; `seen_at` is the last
    use of a session that is still kept, to the hour."""

    id: str
    email: str
    role: Role
    created_at: int
    active: bool
    seen_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A row of `sessions` with the e-mail and the role of its admin, as they are now.

    `expires_at` is 14 days after its last use; `session_expiry` says when it ends.
    """

    hash: bytes = field(repr=False)
    admin_id: str
    email: str
    role: Role
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How many log-ins in a row failed for one account or address, and until when it waits."""

    account: str
    failures: int
    blocked_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """`campaign_id` None: a key of the whole installation."""

    id: str
    campaign_id: str | None
    scope: Scope
    created_at: int
    last_used_at: int | None
    revoked_at: int | None

    def may(self, scope: Scope) -> bool:
        """Whether the key may do this at all."""
        return self.scope in (scope, Scope.WRITE)

    def allows(self, scope: Scope, campaign_id: str) -> bool:
        """Whether the key may do this in that campaign."""
        if self.campaign_id not in (None, campaign_id):
            return False
        return self.may(scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a call of a key under an `Idempotency-Key` was answered; `content` lies sealed.

    `hash` is of the whole call, so that another one under the same key is noticed.
    """

    api_key_id: str
    key: str
    hash: bytes
    status: int
    content: bytes
    created_at: int


def may(role: Role, least: Role) -> bool:
    """Whether who has this role may do what asks for at least that one."""
    return _RANKS.index(role) >= _RANKS.index(least)


def approves_own(actor: str, emails: Iterable[str | None]) -> bool:
    """Whether the admin who acts is one of the people it is about, however either is spelled."""
    own = canonical_email(actor)
    return any(canonical_email(email) == own for email in emails if email)


def read_email(text: str) -> str | None:
    """The one spelling of an admin's e-mail; None for what is no address."""
    email = text.strip().lower()
    return email if is_email(email) else None


def password_fault(password: str) -> str | None:
    """What is wrong with a new password, for the person who chose it; None when it will do."""
    if len(password) < SHORTEST_PASSWORD:
        return f"use at least {SHORTEST_PASSWORD} characters; a few words in a row are good"
    if len(password) > LONGEST_PASSWORD:
        return f"use at most {LONGEST_PASSWORD} characters"
    if not password.isprintable():
        return "use no tabs, line breaks or other control characters"
    return None


def wait_after(failures: int) -> int:
    """Milliseconds to wait after so many failures in a row: none up to the fourth, then 1 s and
    twice as long each time, up to 15 minutes."""
    if failures < FREE_FAILURES:
        return 0
    return min(1000 << min(failures - FREE_FAILURES, 20), LONGEST_WAIT)


def after_a_try(known: Failures, now: int) -> Failures:
    """What is kept once one more try has begun at `now`; it counts as failed until it succeeds."""
    failures = known.failures + 1
    return Failures(
        account=known.account, failures=failures, blocked_until=now + wait_after(failures)
    )


def session_expiry(session: KeptSession) -> int:
    """When a session ends: 14 days after its last use, 30 days after the log-in at the latest."""
    return min(session.expires_at, session.created_at + SESSION_LIFE)


def wants_renewal(session: KeptSession, now: int) -> bool:
    """Whether it is worth a write to note that the session was used."""
    return now + SESSION_IDLE - session.expires_at >= _RENEWAL


def local_path(text: str) -> str | None:
    """The path within this server that a log-in may lead on to; None for any other address.

    Browsers read `//host` and `/\\host` as another host, and skip tabs and line breaks.
    """
    if not text.startswith("/") or text.startswith("//"):
        return None
    if "\\" in text or not text.isprintable() or len(text) > 2000:
        return None
    return text
