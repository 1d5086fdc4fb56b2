"""What an outside system is to goodword: one file that knows its words, and nothing else.

A system says how one connects (`logins`), what a lead may become there (`targets`), and speaks
its wire protocol through an `Api` that is passed in. It decides nothing, keeps nothing and knows
no clock: everything common (push, duplicates, rules, polling, tokens, retries) is written once,
in `lifecycle`. `hints`, `facts` and `failure` are pure readings of what the vendor sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, ClassVar, TypeVar

from goodword.integrations.words import (
    APP,
    Api,
    BadSignature,
    Failed,
    Field,
    Grant,
    Heard,
    Hint,
    Input,
    Login,
    Reply,
    Request,
    Subscription,
    Target,
    Trouble,
    Unreadable,
    after,
    prove,
    unless,
    wait_of,
)
from goodword.model import Fact, Paid, Ref, Snapshot

T = TypeVar("T")


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
        if "logins" in vars(cls):
            hint = f"of a proxy, in the place of {cls.title}'s"
            address = Input("address", "Address", hint, optional=True)
            cls.logins = tuple(replace(e, inputs=(*e.inputs, address)) for e in cls.logins)
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
        return self.refusal(reply, kinds.get(reply.status, other))

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        """What an answer that is no success says, in the vendor's own words; `kind` is what the
        status alone tells. Return `failed(...)`."""
        return self.failed(reply, kind, reply.text)

    def failed(
        self, reply: Reply, kind: Trouble, message: str, *, rest: float = 0, ref: Ref | None = None
    ) -> Failed:
        """That failure, with what there is to say of it. `rest` is seconds to wait after too many
        calls where the answer has no `Retry-After`; `ref` the record that a duplicate is of."""
        wait = wait_of(reply) or (rest if kind is Trouble.THROTTLED else 0)
        return Failed(
            kind, message[:300] or f"{self.title} answered {reply.status}", wait=wait, ref=ref
        )

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

    async def update_heir(self, api: Api, ref: Ref, values: Mapping[str, str]) -> None:
        """Writes to what became of a record that can't be written to any more: what it was merged
        or converted into. `Failed` GONE where it became nothing."""
        [now] = await self.read(api, [ref], [])
        kinds = [each.name for each in self.targets]
        heirs = [each for each in (now.merged, *now.links) if each and each.object in kinds]
        if not heirs:
            raise Failed(Trouble.GONE, f"{ref.object} {ref.id} is deleted")
        await self.update(api, heirs[0], values)

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
        """Where a person sees the record; empty where it can't be told. `inputs` are those of
        `Api`, with `account` as `check` called it."""
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

__all__ = [
    "APP",
    "Api",
    "BadSignature",
    "Crm",
    "Failed",
    "Field",
    "Grant",
    "Heard",
    "Hint",
    "Input",
    "Login",
    "MADE",
    "NUMBERS",
    "PaymentSystem",
    "Reply",
    "Request",
    "Subscription",
    "System",
    "Target",
    "Trouble",
    "Unreadable",
    "after",
    "prove",
    "unless",
    "wait_of",
]
