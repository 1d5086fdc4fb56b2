"""What is said and answered, as the OpenAPI document of the server has it.

A test holds every path, field and word here against that document. An answer may have more fields
than these: new ones come without notice, none of these goes.
"""

# Annotations are not postponed here: `Required` would then be unknown at run time.
from decimal import Decimal
from typing import Literal, NotRequired, Required, TypedDict

LeadStatus = Literal["pending", "qualified", "rejected"]
ReportStatus = Literal["counted", "held", "rejected", "ignored"]
RefundStatus = Literal["waiting", "applied", "undone"]
ReferrerStatus = Literal["active", "disabled"]

Amount = str | int | Decimal
"""A string or a `Decimal` is decimal (`"49.00"`), an integer is minor units (`4900`)."""


class NewLead(TypedDict, total=False):
    """Name the referrer by `referral_code` or by `referrer_id`; `customer` is your own id."""

    referral_code: str | None
    referrer_id: str | None
    email: str | None
    name: str | None
    customer: str | int | None
    campaign_id: str | None


class NewReferrer(TypedDict, total=False):
    """`code` is a vanity code; without one they get a signed code."""

    email: Required[str]
    name: str | None
    code: str | None
    campaign_id: str | None


class NewConversion(TypedDict, total=False):
    """Name the lead by at least one of `lead_id`, `code` (the lead's), `token` (the form field
    `gw`), `customer` and `email`. Without an `event` it is a `purchase`."""

    lead_id: str | None
    code: str | None
    token: str | None
    customer: str | int | None
    email: str | None
    event: str | None
    order: str | int | None
    amount: Amount | None
    currency: str | None
    campaign_id: str | None


class NewRefund(TypedDict, total=False):
    """Without an `amount` all of the order went back. `refund_id` is the payment system's own."""

    order: Required[str | int]
    amount: Amount | None
    currency: str | None
    reason: str | None
    refund_id: str | None
    campaign_id: str | None


class NamedLead(TypedDict, total=False):
    """Exactly one of `id`, `code` (the lead's) and `email`."""

    id: str | None
    code: str | None
    email: str | None
    campaign_id: str | None


class Lead(TypedDict):
    """Times are RFC 3339 in UTC; `reason` says why it was rejected."""

    id: str
    campaign_id: str
    created_at: str
    status: LeadStatus
    reason: str | None
    email: str | None
    name: str | None
    customer: str | None
    code: str
    referrer_id: str
    joined_at: str
    converted_at: str | None


class Referrer(TypedDict):
    """`link` leads to your site, `hop_link` by way of goodword."""

    id: str
    campaign_id: str
    created_at: str
    status: ReferrerStatus
    email: str
    name: str
    code: str
    link: str
    hop_link: str
    referrals: int
    referrals_successful: int


class Conversion(TypedDict):
    """`status` and `reason` say what became of the report; `amount` is decimal. `dup` where it
    repeats one; it is not there where a conversion is shown beside its refund."""

    id: str
    campaign_id: str
    created_at: str
    status: ReportStatus
    reason: str | None
    lead_id: str | None
    event: str
    order: str | None
    amount: str | None
    currency: str | None
    evidence: str
    refunded: str | None
    dup: NotRequired[bool]


class Refund(TypedDict):
    """`waiting` for its order with `conversion` null, or `applied`; `dup` where it was told
    before."""

    id: str
    campaign_id: str
    created_at: str
    status: RefundStatus
    order: str | None
    conversion_id: str | None
    refund_id: str | None
    amount: str | None
    currency: str | None
    reason: str
    conversion: Conversion | None
    dup: bool
