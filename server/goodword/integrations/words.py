"""The words of `base`: ways of connecting, calls and their failures,
what is heard, and what a lead may become there. Nouns alone, used by every system's file."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Protocol, TypeVar

from goodword.model import Fact, Ref, RuleKind

T = TypeVar("T")

# How one connects ----------------------------------------------------------------------------


class Grant(Enum):
    """What a login asks the vendor for: nothing, a person's consent, or a token by itself."""

    STATIC = auto()
    CODE = auto()
    CLIENT_CREDENTIALS = auto()


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that the admin types or pastes. Optional ones wait behind *More*. Of a `host` the
    name alone is kept, though it was pasted as an address."""

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    host: bool = False


APP = (Input("client_id", "Client id"), Input("client_secret", "Client secret", secret=True))
"""What an app of the admin's own is known by, in the words of most vendors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A way of connecting: a row of the OAuth table.

    Every template may name the inputs, `token`, and what the token answer brought (`{token}`,
    `{api_domain}`). `base` is the address of the API, `headers` go
    with every call to it, a bearer's unless said; an input `address`, which every login has
    without naming it, replaces its scheme and host, and those of the other addresses, for a proxy,
    a sandbox or a test double.
    `token_host` names the parameter of the callback that says where tokens are (Zoho's
    `accounts-server`), one of `token_hosts`; templates know it as `{token_host}`. `lifetime` is
    seconds where the answer has no `expires_in`, 0: until refused. The steps are shown on the
    tile; `{redirect}` and `{hook}` in them are addresses to
    copy.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    inputs: tuple[Input, ...]
    base: str
    headers: Mapping[str, str] = field(default_factory=lambda: {"authorization": "Bearer {token}"})
    grant: Grant = Grant.STATIC
    authorize_url: str = ""
    token_url: str = ""
    scope: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    pkce: bool = False
    basic: bool = False
    token_host: str = ""
    token_hosts: tuple[str, ...] = ()
    lifetime: int = 0


# Calls ---------------------------------------------------------------------------------------


class Trouble(StrEnum):
    """Kinds of failure, whatever the vendor calls them."""

    AUTH = "auth"
    THROTTLED = "throttled"
    DUPLICATE = "duplicate"
    GONE = "gone"
    REJECTED = "rejected"
    SERVER = "server"


class Failed(Exception):
    """A call that did not succeed. `wait` is seconds that the vendor asks for; `ref` the record
    that a duplicate is of, where the vendor says so."""

    def __init__(
        self, kind: Trouble, message: str, *, wait: float = 0, ref: Ref | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.wait = wait
        self.ref = ref


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the vendor. `data` is its JSON, None where it is none."""

    status: int
    headers: Mapping[str, str]
    data: Any
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def told(self) -> Mapping[str, Any]:
        """The JSON where it is an object; empty where it is anything else."""
        return self.data if isinstance(self.data, dict) else {}


class Api(Protocol):
    """Calls to one connected account; tokens, retries of an expired one, time-outs and failures
    are its affair."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """What the admin typed, and what the token answer brought."""

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        json: object = None,
        form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One call to `path` below the login's base. `Failed` unless the vendor is content."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call of the vendor to our hook as it came: header names in small letters, `url` the
    public address that was configured, with the query."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: int

    @property
    def seconds(self) -> float:
        return self.at / 1000

    @property
    def hash(self) -> str:
        """The same for the same body: the key of an event that has none."""
        return sha256(self.body).hexdigest()[:40]


class BadSignature(Exception):
    """The vendor did not send this, or too long ago."""


class Unreadable(Exception):
    """What came is not what the vendor documents; the message says what was missing."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to a record: look there. `key` is the same for the same event; `said`
    what the vendor reported, such as `lifecyclestage = customer`. Nothing is believed of it."""

    ref: Ref
    key: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a call to the hook said. `reply` is the body that the vendor wants, empty for none.
    `about` is shown of a call that says nothing of a record: what it was about, such as `ping`."""

    hints: tuple[Hint, ...] = ()
    facts: tuple[tuple[str, Fact], ...] = ()  # each with its key
    about: str = ""
    reply: str = ""
    reply_type: str = "text/plain"


# What a lead becomes there -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An object that a new lead may become.

    `fields` are the vendor's names for `email`, `first_name`, `last_name`, `name`, `company` and,
    where they are always there, `code` (the lead's own, by which our record is known again).
    `makes` are our words that `ensure_fields` can make fields for. `status` is the field usually
    chosen for the initial value. `linked` is the object whose `stage` field a rule may follow,
    and `amount` and `currency` those of its fields that say what it is worth; `deals`: one can be
    made with the lead. `required` are values without which the vendor takes no record.
    """

    name: str
    title: str
    rules: tuple[RuleKind, ...]
    fields: Mapping[str, str]
    required: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    linked: str = ""
    linked_title: str = ""
    stage: str = ""
    amount: str = ""
    currency: str = ""
    deals: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object as a drop-down shows it. `options` are (value, label)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Subscription:
    """That the vendor calls our hook. `data` is what `System.subscribe` wants to see again;
    `expires_at` milliseconds, None for never; `secret` replaces the hook's signing secret."""

    data: str
    expires_at: int | None = None
    secret: str = ""


# What vendors write --------------------------------------------------------------------------


def prove(right: str, sent: str, why: str) -> None:
    """`BadSignature`, with why, unless what was sent is what is right: told in constant time."""
    if not compare_digest(right.encode(), sent.encode()):
        raise BadSignature(why)


async def unless(kind: Trouble, call: Awaitable[T]) -> T | None:
    """What a call brings; None where it fails in this way."""
    try:
        return await call
    except Failed as failed:
        if failed.kind is kind:
            return None
        raise


def after(values: Sequence[str], value: str) -> Sequence[str]:
    """What follows a value in an order; nothing where it is not in it."""
    return values[values.index(value) + 1 :] if value in values else ()


def wait_of(reply: Reply) -> float:
    """Seconds of a `Retry-After` header; 0 where it says none."""
    text = reply.headers.get("retry-after", "")
    return float(text) if text.replace(".", "", 1).isdecimal() and len(text) < 9 else 0
