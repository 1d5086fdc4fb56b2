"""What an outside system is to goodword: one file that knows its words, and nothing else.

A system says how one connects (`logins`), what a lead may become there (`targets`), and speaks
its wire protocol through an `Api` that is passed in. It decides nothing, keeps nothing and knows
no clock: everything common (push, duplicates, rules, polling, tokens, retries) is written once,
in `lifecycle`. `hints`, `facts` and `failure` are pure readings of what the vendor sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Protocol, TypeVar

from goodword.model import Fact, Paid, Ref, RuleKind, Snapshot

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A way of connecting: a row of the OAuth table.

    Every template may name the inputs, `token`, and what the token answer brought (`{token}`,
    `{api_domain}`). `base` is the address of the API; an input `address` replaces its scheme and
    host, and those of the other addresses, for a proxy, a sandbox or a test double.
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
    headers: Mapping[str, str]
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
    `about` is what a call that says nothing of a record was about, such as `ping`."""

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


class System(ABC):
    """An outside system. A subclass has the class variables and the calls; each is a few lines.

    A subclass may take what a vendor documents for granted. Where that is not what came, its
    calls fail with SERVER, and what it hears is `Unreadable`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    logins: ClassVar[tuple[Login, ...]]
    poll_every: ClassVar[int] = 5 * 60_000  # milliseconds between looks at what is newest
    beta: ClassVar[str] = ""  # what is not certain, in words for the admin

    def __init_subclass__(cls) -> None:
        for name, call in list(vars(cls).items()):
            if iscoroutinefunction(call):
                setattr(cls, name, _answered(call))
        if "heard" in vars(cls):
            cls.heard = _read(cls.heard)  # type: ignore[method-assign]

    def failure(self, reply: Reply) -> Failed | None:
        """What an answer says went wrong; None where it is a success."""
        if reply.ok:
            return None
        kinds = {
            401: Trouble.AUTH,
            404: Trouble.GONE,
            409: Trouble.DUPLICATE,
            410: Trouble.GONE,
            429: Trouble.THROTTLED,
        }
        other = Trouble.SERVER if reply.status >= 500 else Trouble.REJECTED
        return Failed(kinds.get(reply.status, other), reply.text[:300], wait=wait_of(reply))

    @abstractmethod
    async def check(self, api: Api) -> str:
        """The name of the account: proof that the connection works now."""

    async def subscribe(
        self, api: Api, url: str, secret: str, before: str, now: int
    ) -> Subscription | None:
        """Has the vendor call `url`; renews what `before` says there is. None where the admin
        sets it up there, or where there is no such thing."""
        return None

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        """What a call to our hook says. `BadSignature`, `Unreadable`. `secret` is the hook's own,
        or what `subscribe` put in its place."""
        raise Unreadable(f"{self.title} calls nobody")


_OTHERWISE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def _answered(call: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    @wraps(call)
    async def answered(self: System, *args: Any, **named: Any) -> T:
        try:
            return await call(self, *args, **named)
        except _OTHERWISE as error:
            told = f"{self.title} answered otherwise than it documents: {error!r}"
            raise Failed(Trouble.SERVER, told[:300]) from error

    return answered


def _read(heard: Callable[..., Heard]) -> Callable[..., Heard]:
    @wraps(heard)
    def read(self: System, *args: Any, **named: Any) -> Heard:
        try:
            return heard(self, *args, **named)
        except _OTHERWISE as error:
            raise Unreadable(f"otherwise than {self.title} documents: {error!r}"[:300]) from error

    return read


class Crm(System):
    """A system that keeps people: leads are sent there, and qualify by what becomes of them."""

    targets: ClassVar[tuple[Target, ...]]
    batch: ClassVar[int] = 100  # records that `read` is asked for at once

    @abstractmethod
    async def choices(self, api: Api, object_: str) -> list[Field]:
        """The fields of an object; of a linked object at least its stage, with all options."""

    @abstractmethod
    async def find(
        self, api: Api, object_: str, email: str, code: str, fields: Sequence[str]
    ) -> Snapshot | None:
        """The record of our `code`, else the oldest of that e-mail address, with these fields.
        Looks wherever an older acquaintance may lie (Salesforce: among contacts too)."""

    @abstractmethod
    async def create(self, api: Api, object_: str, values: Mapping[str, str]) -> Ref:
        """A new record. `Failed` DUPLICATE when the vendor has one like it."""

    @abstractmethod
    async def update(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        """Writes some fields of a record."""

    @abstractmethod
    async def read(self, api: Api, refs: Sequence[Ref], fields: Sequence[str]) -> list[Snapshot]:
        """These records of one kind as they are now, with these fields and with links both ways;
        one that is gone is said to be. At most `batch` are asked for."""

    async def later(self, api: Api, object_: str, field: str, value: str) -> Sequence[str]:
        """The values that a field takes only after this one: who leaves a stage for one of them
        went on, not back. Those of what is lost are none of them. Empty where there is no order."""
        return ()

    async def ensure_fields(self, api: Api, object_: str, words: Sequence[str]) -> dict[str, str]:
        """Makes fields for our words where they are missing: each word with the vendor's name.
        Empty where the admin makes them there."""
        return {}

    async def create_deal(self, api: Api, ref: Ref, title: str, stage: str) -> Ref | None:
        """A deal of that person at that stage, where the system has deals."""
        return None

    def link(self, ref: Ref, inputs: Mapping[str, str]) -> str:
        """Where a person sees the record; empty where it can't be told."""
        return ""


class PaymentSystem(System):
    """A system that reports payments: each is a conversion, confirmed by its money."""

    @abstractmethod
    async def missed(self, api: Api, since: int) -> list[tuple[str, Fact]]:
        """What happened since a moment, each fact under its key, whether a call told it or not."""

    @abstractmethod
    async def note(self, api: Api, paid: Paid, values: Mapping[str, str]) -> None:
        """Writes our words (`referral_code`, ...) to the system's record of the payer."""


MADE: Mapping[str, tuple[str, str]] = {
    "code": ("referral_code", "Referral code"),
    "link": ("referral_link", "Referral link"),
    "referrals": ("referrals", "Referrals"),
    "referrals_successful": ("referrals_successful", "Successful referrals"),
    "referrer_name": ("referrer_name", "Referred by"),
    "referrer_email": ("referrer_email", "Referred by (e-mail)"),
}
"""Name and label of the fields that `ensure_fields` makes for our words; `NUMBERS` are counts."""

NUMBERS = ("referrals", "referrals_successful")


# What vendors write --------------------------------------------------------------------------


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
