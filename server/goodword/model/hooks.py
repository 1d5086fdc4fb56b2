"""What comes in by webhook: the secret address of a campaign, and each call to it as it came."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class CallResult(StrEnum):
    """What a call is answered. `received`: kept, but the process ended before it was read.

    `refunded`, `waiting` (a refund, for its order) and `no_lead` (an order of nobody who was
    referred) are said of shops' calls alone.
    """

    QUALIFIED = "qualified"
    ALREADY_QUALIFIED = "already_qualified"
    HELD = "held"
    REJECTED = "rejected"
    REFUNDED = "refunded"
    WAITING = "waiting"
    NO_LEAD = "no_lead"
    UNKNOWN_CODE = "unknown_code"
    REFERRER_CODE = "referrer_code"
    IGNORED = "ignored"
    INVALID = "invalid"
    BAD_SIGNATURE = "bad_signature"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """The inbound webhook of a campaign, and how a call to it is read.

    `token` is sealed, as it lies in the table, and known by its `hash`; the former one works
    until `former_until`. A `..._field` is a name or a path such as `data.lead.code`, empty where
    nothing is read. With an `only_field` a call counts whose field equals `only_value`. A whole
    number is an amount in minor units, unless `minor_units` is off. With a `signature_header`
    each body has to be signed under the sealed `signature_secret`.
    """

    id: str
    campaign_id: str
    hash: bytes = field(repr=False)
    token: bytes = field(repr=False)
    former_hash: bytes | None = field(default=None, repr=False)
    former_until: int | None = None
    code_field: str = "code"
    event_field: str = "event"
    order_field: str = "order"
    amount_field: str = "amount"
    currency_field: str = "currency"
    only_field: str = ""
    only_value: str = ""
    minor_units: bool = True
    signature_header: str = ""
    signature_secret: bytes | None = field(default=None, repr=False)
    created_at: int

    @property
    def signed(self) -> bool:
        return bool(self.signature_header)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundCall:
    """One call as it came. `query` is without secrets, `signature` what the header said.

    `hook_id` is the inbound webhook's, or the shop's, whose calls have a `topic` and a `delivery`,
    the same for the same call sent again; `order_ref` is the shop's id of the order it is about.
    `reason` says more of the result: a stable word, or the field that could not be read.
    """

    campaign_id: str
    id: str
    hook_id: str
    received_at: int
    content_type: str
    query: str
    signature: str
    body: bytes = field(repr=False)
    result: CallResult
    reason: str | None = None
    lead_id: str | None = None
    conversion_id: str | None = None
    replayed_of: str | None = None
    topic: str = ""
    delivery: str = ""
    order_ref: str = ""
