"""The words of the domain. A test holds them equal to the database's check constraints."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class CampaignStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class Mode(StrEnum):
    """`test` things run through every check and never count, never pay, and go after a day."""

    LIVE = "live"
    TEST = "test"


class LeadStatus(StrEnum):
    PENDING = "pending"
    QUALIFIED = "qualified"
    REJECTED = "rejected"


class Status(StrEnum):
    """What became of one report. The checks' verdicts map onto it one to one."""

    COUNTED = "counted"
    HELD = "held"
    REJECTED = "rejected"
    IGNORED = "ignored"


class Verdict(StrEnum):
    ALLOW = "allow"
    HOLD = "hold"
    REJECT = "reject"
    IGNORE = "ignore"


class RewardStatus(StrEnum):
    HELD = "held"
    DUE = "due"
    ISSUED = "issued"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Recipient(StrEnum):
    REFERRER = "referrer"
    LEAD = "lead"


class Occasion(StrEnum):
    """What a reward is for: the lead's joining, its qualification, or each paying conversion."""

    JOINED = "joined"
    QUALIFIED = "qualified"
    CONVERTED = "converted"


class Kind(StrEnum):
    """What a rule pays: an amount, a share of the conversion's, a thing, or a coupon code."""

    FIXED = "fixed"
    PERCENTAGE = "percentage"
    CUSTOM = "custom"
    COUPON = "coupon"


class Method(StrEnum):
    """How a reward goes out: a person sees to it, a coupon code is given, a program is told."""

    HAND = "hand"
    COUPON = "coupon"
    WEBHOOK = "webhook"


class RefundStatus(StrEnum):
    """A refund waits for an order that is not known yet; one that failed counts no more."""

    WAITING = "waiting"
    APPLIED = "applied"
    UNDONE = "undone"


class Role(StrEnum):
    """What an admin may do: all, the daily work, or only look."""

    OWNER = "owner"
    MANAGER = "manager"
    READER = "reader"


class ReportKind(StrEnum):
    LEAD = "lead"
    CONVERT = "convert"


class Evidence(IntEnum):
    """How sure a report is; the contract's E0 to E4."""

    BARE = 0
    TOKEN = 1
    SIGNED = 2
    CALLED = 3
    CONFIRMED = 4


class Reason(StrEnum):
    """Stable words that an answer, a finding or a refusal carries."""

    ALREADY_QUALIFIED = "already_qualified"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_UNREADABLE = "amount_unreadable"
    BAD_CODE = "bad_code"
    BAD_SIGNATURE = "bad_signature"
    BAD_TOKEN = "bad_token"  # noqa: S105 (a word, not a secret)
    BOT = "bot"
    BUDGET = "budget"
    BY_HAND = "by_hand"
    CAP = "cap"
    CURRENCY = "currency"
    DISABLED = "disabled"
    DISPUTED = "disputed"
    DUPLICATE = "duplicate"
    EMAIL_BY_BROWSER = "email_by_browser"
    EXISTING_CUSTOMER = "existing_customer"
    EXPIRED = "expired"
    HONEYPOT = "honeypot"
    IDENTITY_MISMATCH = "identity_mismatch"
    NEEDS_EVIDENCE = "needs_evidence"
    NO_COUPON = "no_coupon"
    NO_HIT = "no_hit"
    NO_LEAD = "no_lead"
    ORDER_CONFLICT = "order_conflict"
    ORIGIN = "origin"
    PAUSED = "paused"
    PREFETCH = "prefetch"
    REFUNDED = "refunded"
    SAME_BROWSER = "same_browser"
    SELF_REFERRAL = "self_referral"
    SHARED_TOKEN = "shared_token"  # noqa: S105
    STEP_LOST = "step_lost"
    UNDELIVERED = "undelivered"
    UNREACHABLE = "unreachable"
    WITHDRAWN = "withdrawn"
