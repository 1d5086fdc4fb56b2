"""Outside systems that may say that a lead qualified: connections, what was sent, what came back.

Vendors' times become milliseconds, their values text, as soon as they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from msgspec import Struct

from goodword.model.money import Money

INTEGRATION = "integration"
"""The kind of the outbox messages that go to an integration."""

NEW_LEAD = "lead"
COUNTS_CHANGED = "counts"
"""Their types: a lead to send, and a referrer (the body) whose numbers changed."""


class IntegrationStatus(StrEnum):
    """`installed`: set up, never answered yet; `connected` after a live check."""

    INSTALLED = "installed"
    CONNECTED = "connected"
    RECONNECT = "reconnect"
    FAILING = "failing"


class RuleKind(StrEnum):
    """What in the outside system qualifies a lead; one per integration and campaign."""

    NONE = "none"
    FIELD = "field"
    CONVERTED = "converted"
    CONVERTED_STAGE = "converted_stage"
    STAGE = "stage"
    PAID = "paid"


class Duplicates(StrEnum):
    """What is done with a record that was there before: left alone, or brought up to date."""

    NOTHING = "nothing"
    UPDATE = "update"


class Pushed(StrEnum):
    """How a lead's record came to be: ours, an older one that was updated, or one left alone."""

    CREATED = "created"
    UPDATED = "updated"
    EXISTED = "existed"


@dataclass(frozen=True, slots=True)
class Ref:
    """One record of an outside system: its kind as the vendor spells it, and its id there."""

    object: str
    id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A record as it was read. `links` are the records that belong to it, and to which it
    belongs; `merged` is the record it became; `gone`: the system has it no more."""

    ref: Ref
    fields: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Ref, ...] = ()
    created_at: int | None = None
    merged: Ref | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class QualificationRule:
    """When the outside system qualifies a lead. `field` and `value` are the vendor's internal
    names; a stage has its pipeline's place in `value` as the system spells it. `paid`: at least
    `amount` minor units of `currency` within `days` of joining, 0 for ever."""

    kind: RuleKind = RuleKind.NONE
    field: str = ""
    value: str = ""
    amount: int = 0
    currency: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True)
class PushSettings:
    """What a new lead becomes there: `object` "" for nothing. `fields` maps our words (`code`,
    `link`, ...) to the vendor's field names; `initial` is a field and its first value;
    `deal_stage` makes a deal too, where the system has them."""

    object: str = ""
    duplicates: Duplicates = Duplicates.NOTHING
    fields: Mapping[str, str] = field(default_factory=dict)
    initial_field: str = ""
    initial_value: str = ""
    deal_stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A connection of a campaign to one outside system, and its one qualification rule.

    `login` names the way of connecting; `inputs` is what the admin typed and `tokens` what the
    system gave, `awaiting` an OAuth round under way: sealed JSON all. `secret` is the sealed
    secret of the hook's address, `hash` its hash; `signing` is the vendor's own, sealed, where
    `subscription` brought one. `leased_until`: some process sees to it; `renewing_until`: some
    process fetches a token.
    """

    id: str
    campaign_id: str
    system: str
    login: str
    status: IntegrationStatus
    account: str = ""
    inputs: bytes = field(repr=False)
    tokens: bytes | None = field(default=None, repr=False)
    awaiting: bytes | None = field(default=None, repr=False)
    awaiting_hash: bytes | None = field(default=None, repr=False)
    awaiting_until: int | None = None
    secret: bytes = field(repr=False)
    hash: bytes = field(repr=False)
    signing: bytes | None = field(default=None, repr=False)
    push: PushSettings = PushSettings()
    rule: QualificationRule = QualificationRule()
    subscription: str = ""
    renew_at: int | None = None
    checked_at: int | None = None
    failing_since: int | None = None
    failure: str = ""
    paused_until: int = 0
    polled_at: int = 0
    leased_until: int = 0
    renewing_until: int = 0
    created_by: str
    created_at: int

    @property
    def works(self) -> bool:
        """Whether it was answered once, and waits for no person."""
        return self.status in (IntegrationStatus.CONNECTED, IntegrationStatus.FAILING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A lead's record in an outside system.

    `armed`: the awaited value was not there when last seen, so that its coming counts; None until
    it was looked at under the present rule. `met`: it was there when last seen. `seen` says what
    was, in words; `told_at` is when the vendor last reported a change, and `told` which.
    `conversion_id` is what it qualified the lead by.
    """

    campaign_id: str
    integration_id: str
    lead_id: str
    object: str
    external_id: str
    outcome: Pushed
    deal: str = ""
    conversion_id: str | None = None
    existed_at: int | None = None
    armed: bool | None = None
    met: bool = False
    seen: str = ""
    seen_at: int | None = None
    told: str = ""
    told_at: int | None = None
    gone: bool = False
    poll_at: int | None = None
    created_at: int

    @property
    def ref(self) -> Ref:
        return Ref(self.object, self.external_id)


class EventBecame(StrEnum):
    """What became of a call from an outside system."""

    RECEIVED = "received"
    QUALIFIED = "qualified"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"
    HELD = "held"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    REFUNDED = "refunded"
    RESTORED = "restored"
    NOT_OURS = "not_ours"
    IGNORED = "ignored"
    BAD_SIGNATURE = "bad_signature"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationEvent:
    """One call of an outside system as it came. `heard` is JSON of what was read of it, `said`
    the same in words without names of persons; `key` is the same for the same call."""

    campaign_id: str
    id: str
    integration_id: str
    key: str
    received_at: int
    body: bytes = field(repr=False)
    heard: str = field(repr=False)
    said: str
    became: EventBecame = EventBecame.RECEIVED
    lead_id: str | None = None


class Paid(Struct, frozen=True, tag=True):
    """A payment that a payment system reports. `payment` is its own id; `order` the shop's, from
    the metadata; `names` may each be a token or a lead code. Without `money` it says only who
    the customer is, such as a checkout that begins a subscription."""

    payment: str
    money: Money | None
    at: int
    order: str = ""
    names: tuple[str, ...] = ()
    customer: str = ""
    email: str = ""


class ReturnKind(StrEnum):
    """What happened to money that was paid."""

    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class Returned(Struct, frozen=True, tag=True):
    """Money that went back, or is asked back. `id` is the refund's or dispute's own; without
    `money` all of it."""

    kind: ReturnKind
    payment: str
    id: str
    money: Money | None = None
    order: str = ""


Fact = Paid | Returned


def whole_refund(payment: str) -> str:
    """The id of a refund that is told without one: all of that payment went back."""
    return f"{payment}:all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as it was kept. `lead_id` None: nobody we know paid, or nobody yet.

    `order_id` is what it counts under, its own id where the shop gave none; `customer` the
    system's own; `conversion_id` what it was reported as. `before` holds what went back before
    the payment itself came, as JSON.
    """

    campaign_id: str
    integration_id: str
    payment: str
    lead_id: str | None
    order_id: str
    amount: int | None
    currency: str | None
    customer: str = ""
    conversion_id: str | None = None
    returned: int = 0
    before: str = ""
    paid_at: int
    created_at: int
