"""A campaign's rules as the API tells them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from goodword import model
from goodword.campaigns.rules import sentence
from goodword.clock import DAY
from goodword.model import Kind, Method, Money, Occasion, Recipient
from goodword.web.api.words import Time, moment

For = Literal["referrer", "lead", "both"]
RECIPIENTS: dict[For, tuple[Recipient, ...]] = {
    "referrer": (Recipient.REFERRER,),
    "lead": (Recipient.LEAD,),
    "both": (Recipient.REFERRER, Recipient.LEAD),
}
Decimal = Annotated[str, Meta(examples=["10.00"])]


class CampaignRule(msgspec.Struct, kw_only=True):
    """The active version of a rule; `says` is it in words.

    `fixed` has an `amount`, `percentage` a `percent` of the conversion's amount and perhaps
    `at_most`, `custom` a `quantity` of a `unit`, `coupon` the `pool` that codes are taken from.
    `every` and `milestones` count the referrer's qualified leads; `months` bounds the conversions
    that pay, null for ever. It holds for leads that joined at `holds_from` or later, null for all.
    """

    id: str
    version: int
    created_at: Time
    says: str
    kind: Kind
    amount: Decimal | None
    currency: str
    percent: Decimal | None
    at_most: Decimal | None
    quantity: int | None
    unit: str | None
    pool: str | None
    for_: For = msgspec.field(name="for")
    on: Occasion
    every: int | None
    milestones: list[int]
    months: int | None
    delay_days: int
    method: Method
    auto: bool
    holds_from: Time | None


def shape_rule(rule: model.Rule) -> CampaignRule:
    return CampaignRule(
        id=rule.id,
        version=rule.version,
        created_at=moment(rule.created_at),
        says=sentence(rule),
        kind=rule.kind,
        amount=str(rule.money) if rule.kind is Kind.FIXED else None,
        currency=rule.currency,
        percent=f"{rule.rate / 100:.2f}" if rule.kind is Kind.PERCENTAGE else None,
        at_most=None if rule.at_most is None else str(Money(rule.at_most, rule.currency)),
        quantity=rule.amount if rule.kind is Kind.CUSTOM else None,
        unit=rule.unit or None,
        pool=rule.pool or None,
        for_=for_whom(rule),
        on=rule.occasion,
        every=rule.every or None,
        milestones=[int(step) for step in rule.milestones.split(",") if step],
        months=rule.months or None,
        delay_days=days(rule.delay),
        method=rule.method,
        auto=rule.auto,
        holds_from=moment(rule.holds_from) if rule.holds_from else None,
    )


def for_whom(rule: model.Rule) -> For:
    return next(word for word, who in RECIPIENTS.items() if set(who) == set(rule.recipients))


def days(milliseconds: int) -> int:
    """Days begun: a reward never seems to go out earlier than it does."""
    return -(-milliseconds // DAY)
