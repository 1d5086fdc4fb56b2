"""What a file may say of a person or a reward: the columns that an import looks for."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from goodword.model import ImportKind


@dataclass(frozen=True, slots=True)
class Field:
    """`name` is ours; `label` is what people read; `words` are headings that usually mean it, in
    the spelling of `sheets.heading_word`."""

    name: str
    label: str
    words: tuple[str, ...] = ()


_EMAIL = ("email", "e mail", "email address", "e mail address", "mail", "email id")
_FIRST = Field("first_name", "First name", ("first name", "firstname", "given name", "fname"))
_LAST = Field("last_name", "Last name", ("last name", "lastname", "surname", "family name"))
_NAME = ("name", "full name", "customer name", "lead name", "referred name", "friend name")
_MADE = ("created at", "created", "created utc", "date", "joined", "joined at", "joined utc")
_STATUS = ("status", "state", "conversion state", "referral status", "lead status")
_REFERRER_CODE = Field(
    "referrer_code",
    "Referrer's code or link",
    (
        *("referrer code", "referral code", "referred by code", "affiliate code", "link token"),
        *("ref id", "ref token", "via", "referred by", "affiliate token", "referrer id"),
    ),
)
_REFERRER_EMAIL = Field(
    "referrer_email",
    "Referrer's e-mail",
    (
        *("referrer email", "referrer e mail", "referrer s e mail", "affiliate email"),
        *("email address of the referrer", "referred by email", "promoter email"),
        *("partner email", "advocate email", "referring email"),
    ),
)
_ORDER = Field(
    "order",
    "Order",
    (
        *("order", "order id", "order number", "external reference id", "invoice id"),
        *("transaction id", "external id", "event id", "stripe charge id"),
    ),
)
_CURRENCY = Field("currency", "Currency", ("currency", "currency code"))
_CUSTOMER = Field(
    "customer",
    "Customer id",
    ("customer", "customer id", "stripe customer id", "uid", "user id", "imported id"),
)

REFERRERS = (
    Field("email", "E-mail", _EMAIL),
    Field(
        "code",
        "Code or link",
        (
            *("code", "token", "referral code", "ref id", "ref token", "link token"),
            *("referral link", "link", "url", "share url", "share link", "affiliate link"),
        ),
    ),
    Field("more_codes", "More codes", ("codes", "other codes", "coupon", "coupons")),
    Field("name", "Name", ("name", "full name", "affiliate name", "promoter name")),
    _FIRST,
    _LAST,
    Field("joined", "Joined", (*_MADE, "date joined", "sign up date", "signup date")),
    Field("status", "Status", ("status", "state")),
)

LEADS = (
    Field(
        "email",
        "E-mail",
        (*_EMAIL, "customer email", "lead email", "referral email", "friend email"),
    ),
    _CUSTOMER,
    Field("name", "Name", _NAME),
    _FIRST,
    _LAST,
    _REFERRER_CODE,
    _REFERRER_EMAIL,
    Field("status", "Status", (*_STATUS, "qualified")),
    Field("joined", "Joined", (*_MADE, "became lead at", "referral timestamp", "referred at")),
    Field(
        "converted",
        "Converted",
        (
            *("converted", "converted at", "converted utc", "qualified at", "customer since"),
            *("became conversion at", "conversion date", "qualified on"),
        ),
    ),
    _ORDER,
    Field(
        "amount", "Amount of the order", ("amount", "sale amount", "order amount", "invoice amount")
    ),
    Field("cents", "The same in cents", ("amount cents", "sale amount cents")),
    _CURRENCY,
)

REWARDS = (
    _REFERRER_CODE,
    _REFERRER_EMAIL,
    Field(
        "email",
        "Friend's e-mail",
        (
            *("customer email", "referral email", "lead email", "friend email", "referred email"),
            *("friend s e mail", "lead s e mail"),
        ),
    ),
    Field("customer", "Friend's customer id", (*_CUSTOMER.words, "referral uid")),
    Field("recipient", "Who gets it", ("recipient", "reward for", "for")),
    Field("amount", "Amount", ("amount", "commission", "commission amount", "reward", "value")),
    Field("cents", "Amount in cents", ("amount cents", "commission cents", "amount in cents")),
    _CURRENCY,
    Field("unit", "Unit, where it is no money", ("unit", "reward type")),
    Field("status", "Status", ("status", "state", "is paid", "paid")),
    Field("earned", "Earned", (*_MADE, "earned", "earned at", "made utc")),
    Field(
        "due", "Issue from", ("due at", "due", "due date", "issue from utc", "issue from", "due on")
    ),
    Field(
        "paid",
        "Issued",
        ("paid at", "paid on", "issued at", "issued utc", "issued", "payment date"),
    ),
    _ORDER,
    Field("id", "Its id there", ("id", "commission id", "reward id", "payout id")),
)

FIELDS = {
    ImportKind.REFERRERS: REFERRERS,
    ImportKind.LEADS: LEADS,
    ImportKind.REWARDS: REWARDS,
}

DATES = ("joined", "converted", "earned", "due", "paid")
"""Fields that hold a day or a moment."""

STATUS_WORDS: dict[ImportKind, dict[str, tuple[str, ...]]] = {
    ImportKind.REFERRERS: {
        "disabled": (
            *("disabled", "inactive", "deactivated", "banned", "blocked", "suspicious"),
            *("rejected", "denied", "declined", "no", "false", "0"),
        ),
        "active": ("active", "approved", "accepted", "enabled", "pending", "yes", "true", "1"),
    },
    ImportKind.LEADS: {
        "qualified": (
            *("qualified", "conversion", "converted", "customer", "credit awarded", "awarded"),
            *("active", "approved", "paid", "successful", "completed", "complete", "won"),
            *("yes", "true", "1"),
        ),
        "pending": (
            *("pending", "lead", "signup", "sign up", "subscribed", "credit pending", "open"),
            *("no", "false", "0", "not qualified", "unqualified", "credit expired", "trial"),
        ),
        "rejected": (
            *("rejected", "denied", "declined", "disqualified", "refunded", "fraud", "spam"),
        ),
        "left": ("visitor", "deleted", "moved"),
    },
    ImportKind.REWARDS: {
        "issued": (
            *("issued", "paid", "fulfilled", "sent", "delivered", "complete", "completed"),
            *("yes", "true", "1", "redeemed"),
        ),
        "due": (
            *("due", "pending", "approved", "unpaid", "open", "scheduled", "eligible", "held"),
            *("no", "false", "0", "processing"),
        ),
        "left": (
            *("voided", "void", "denied", "declined", "cancelled", "canceled", "refunded"),
            *("rejected", "reversed", "expired", "failed"),
        ),
    },
}
"""What the words of a status column mean, by our own word for it."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read: which column says what, and what its writing means.

    `columns` are places counted from 0. `dates` is `dmy` or `mdy` where figures alone leave that
    open, `decimal` the sign before the cents; both empty where nobody has said. `capitals`: `aB`
    and `ab` are two codes. `unnamed`: a reward that names no friend makes one without a name.
    `words` are the words of the status column by our own word.
    """

    kind: ImportKind
    columns: dict[str, int]
    heading: bool = True
    dates: str = ""
    decimal: str = ""
    currency: str = "EUR"
    capitals: bool = False
    unnamed: bool = False
    leave_wrong: bool = False
    words: dict[str, tuple[str, ...]] = {}
    params: tuple[str, ...] = ()
