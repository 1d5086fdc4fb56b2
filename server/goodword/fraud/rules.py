"""The checks, one function each: facts in, a finding or nothing out. Add one, and list it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from goodword.model import Reason, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a report when the checks look at it; e-mails are canonical."""

    email: str | None = None
    referrer_email: str | None = None
    own_browser: bool = False
    late: bool = False
    another_name: bool = False
    found_by_name: bool = False
    contradicts: bool = False
    bad_signature: bool = False
    amount_unreadable: bool = False
    was_customer: bool = False
    honeypot: bool = False
    test: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A finding before it is kept: which check, its verdict, and why in words."""

    check: Reason
    verdict: Verdict
    detail: str


class Rule(Protocol):
    """A check is a function; its name is the word that its finding carries."""

    __name__: str

    def __call__(self, facts: Facts) -> Found | None: ...


def self_referral(facts: Facts) -> Found | None:
    """The lead's mailbox is the referrer's own, in whatever spelling."""
    if facts.test or not facts.email or facts.email != facts.referrer_email:
        return None
    return Found(
        Reason.SELF_REFERRAL,
        Verdict.REJECT,
        "The e-mail is the referrer's own.",
    )


def existing_customer(facts: Facts) -> Found | None:
    """The site told of this customer, who was one before the lead joined."""
    if facts.test or not facts.was_customer:
        return None
    return Found(
        Reason.EXISTING_CUSTOMER,
        Verdict.REJECT,
        "The e-mail was a customer's before the referral.",
    )


def expired(facts: Facts) -> Found | None:
    """The visit is older than the campaign's window."""
    if not facts.late:
        return None
    return Found(
        Reason.EXPIRED,
        Verdict.REJECT,
        "The visit was longer ago than the campaign's window.",
    )


def same_browser(facts: Facts) -> Found | None:
    """The referrer's own e-mail was once reported by this browser; a household may share it."""
    if facts.test or not facts.own_browser:
        return None
    return Found(
        Reason.SAME_BROWSER,
        Verdict.HOLD,
        "The referrer has used this very browser.",
    )


def shared_token(facts: Facts) -> Found | None:
    """A second person of one browser: a family, or somebody making up friends."""
    if not facts.another_name:
        return None
    return Found(
        Reason.SHARED_TOKEN,
        Verdict.HOLD,
        "This browser already reported a lead under another name.",
    )


def honeypot(facts: Facts) -> Found | None:
    """A form's field that is out of sight: a program fills it in, rarely an over-eager browser."""
    if not facts.honeypot:
        return None
    return Found(
        Reason.HONEYPOT,
        Verdict.HOLD,
        "A field of the form that no person sees was filled in.",
    )


def email_by_browser(facts: Facts) -> Found | None:
    """Only a name that a browser typed ties the conversion to the lead."""
    if not facts.found_by_name:
        return None
    return Found(
        Reason.EMAIL_BY_BROWSER,
        Verdict.HOLD,
        "Only the e-mail or customer that a browser sent names this lead.",
    )


def identity_mismatch(facts: Facts) -> Found | None:
    """The token says one person, the e-mail or customer another."""
    if not facts.contradicts:
        return None
    return Found(
        Reason.IDENTITY_MISMATCH,
        Verdict.HOLD,
        "The e-mail or customer reported is not the lead's.",
    )


def bad_signature(facts: Facts) -> Found | None:
    """A `sig` was sent and does not hold."""
    if not facts.bad_signature:
        return None
    return Found(
        Reason.BAD_SIGNATURE,
        Verdict.HOLD,
        "The signature (data-sig) does not match what was sent.",
    )


def amount_unreadable(facts: Facts) -> Found | None:
    """Kept without an amount: a fixed reward does not depend on it."""
    if not facts.amount_unreadable:
        return None
    return Found(
        Reason.AMOUNT_UNREADABLE,
        Verdict.ALLOW,
        'The amount or currency could not be read; send "49.00" and "EUR".',
    )


def refund_unclear() -> Found:
    """A refund came for the order, in another currency than the order itself."""
    return Found(
        Reason.CURRENCY,
        Verdict.HOLD,
        "A refund of this order is in another currency than the order.",
    )


def disputed() -> Found:
    """The buyer's bank asks the money back; until that is decided nothing goes out for it."""
    return Found(
        Reason.DISPUTED, Verdict.HOLD, "The payment is disputed: the money may have to go back."
    )


def paid_before() -> Found:
    """The order moved here from a lead whose reward was already issued."""
    return Found(
        Reason.ORDER_CONFLICT,
        Verdict.HOLD,
        "A reward for this order was already issued to another referrer.",
    )


def order_conflict(verdict: Verdict) -> Found:
    """Two reports name different leads for one order; held where neither is the surer one."""
    return Found(
        Reason.ORDER_CONFLICT,
        verdict,
        "Another report named a different lead for this order.",
    )


ON_LEAD: tuple[Rule, ...] = (
    self_referral,
    existing_customer,
    expired,
    same_browser,
    shared_token,
    honeypot,
)
ON_CONVERSION: tuple[Rule, ...] = (
    self_referral,
    existing_customer,
    bad_signature,
    email_by_browser,
    identity_mismatch,
    amount_unreadable,
)
