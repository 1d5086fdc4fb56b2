"""What people are told by e-mail: which letters there are, what one says, and one to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

EMAIL = "email"
"""The way of a message that a mail server takes; its target is the id of a person."""


class Letter(StrEnum):
    """Every e-mail there is: to whom, and about what."""

    REFERRER_WELCOME = "referrer.welcome"
    REFERRER_LINK = "referrer.link"
    REFERRER_REFERRAL = "referrer.referral"
    REFERRER_QUALIFIED = "referrer.qualified"
    REFERRER_REWARD = "referrer.reward"
    REFERRER_REMINDER = "referrer.reminder"
    LEAD_WELCOME = "lead.welcome"
    LEAD_QUALIFIED = "lead.qualified"
    LEAD_REWARD = "lead.reward"
    FRIEND_INVITATION = "friend.invitation"
    ADMIN_REVIEW = "admin.review"
    ADMIN_FAILURES = "admin.failures"
    ADMIN_STOCK = "admin.stock"
    ADMIN_DIGEST = "admin.digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterText:
    """What a letter of a campaign says: its standard words, or what an admin made of them.

    Subject and text carry variables such as `{{link}}`. `days` is how long the reminder waits.
    """

    letter: Letter
    on: bool
    subject: str
    text: str
    days: int = 0


class Mail(Struct, frozen=True, kw_only=True):
    """One letter to one person, as it lies in the outbox: the words of that moment and what their
    variables stand for. Links that open something are made when it is sent."""

    to: str
    name: str
    subject: str
    text: str
    values: dict[str, str]
