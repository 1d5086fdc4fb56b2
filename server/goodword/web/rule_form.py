"""A rule in a form: as it stands, as it was typed, and as it is read. Data in, data out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from goodword.campaigns.decide import BadCampaign
from goodword.campaigns.rules import LONGEST_DELAY, check_rule, percent, read_milestones
from goodword.clock import DAY
from goodword.model import Kind, Method, Money, Occasion, Recipient, Rule
from goodword.web.admin_forms import Form, read_currency, read_money, read_whole

FOR = {
    "referrer": (Recipient.REFERRER,),
    "lead": (Recipient.LEAD,),
    "both": (Recipient.REFERRER, Recipient.LEAD),
}
CHOICES = (
    *("kind", "amount", "currency", "percent", "at_most", "quantity", "unit", "pool"),
    *("for", "delay", "method", "pace", "every", "milestones", "months"),
)
SWITCHES = ("qualified", "auto")
_PERCENT = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))? ?%?")
_FIELD_OF = {"rate": "percent", "recipients": "for", "occasion": "pace"}
E = TypeVar("E", bound=StrEnum)


class Pace(StrEnum):
    """What a reward is for, beside joining: a referral, a number of them, or each conversion."""

    EACH = "each"
    EVERY = "every"
    MILESTONES = "milestones"
    CONVERSIONS = "conversions"


def empty_rule(currency: str) -> dict[str, str | bool]:
    """A new rule before anything was typed."""
    chosen = {
        "kind": Kind.FIXED.value,
        "currency": currency,
        "quantity": "1",
        "for": "referrer",
        "delay": "30",
        "method": Method.HAND.value,
        "pace": Pace.EACH.value,
    }
    return dict.fromkeys(CHOICES, "") | chosen | {"qualified": True, "auto": False}


def form_of_rule(rule: Rule) -> Form:
    """A rule as it stands."""
    values = empty_rule(rule.currency)
    values |= {
        "kind": rule.kind.value,
        "for": next(word for word, who in FOR.items() if set(who) == set(rule.recipients)),
        "delay": str(-(-rule.delay // DAY)),
        "method": rule.method.value,
        "qualified": rule.occasion is not Occasion.JOINED,
        "auto": rule.auto,
        "pace": _pace(rule).value,
        "every": str(rule.every or ""),
        "milestones": rule.milestones.replace(",", ", "),
        "months": str(rule.months) if rule.occasion is Occasion.CONVERTED else "",
        "pool": rule.pool,
    }
    if rule.kind is Kind.FIXED:
        values["amount"] = str(rule.money)
    elif rule.kind is Kind.CUSTOM:
        values |= {"quantity": str(rule.amount), "unit": rule.unit}
    elif rule.kind is Kind.PERCENTAGE:
        most = "" if rule.at_most is None else str(Money(rule.at_most, rule.currency))
        values |= {"percent": percent(rule.rate).removesuffix(" %"), "at_most": most}
    return Form(values)


def _pace(rule: Rule) -> Pace:
    if rule.occasion is Occasion.CONVERTED:
        return Pace.CONVERSIONS
    if rule.every:
        return Pace.EVERY
    return Pace.MILESTONES if rule.milestones else Pace.EACH


def typed_rule(sent: Mapping[str, str], currency: str) -> Form:
    form = Form(dict(empty_rule(currency)))
    type_rule(form, sent)
    return form


def type_rule(form: Form, sent: Mapping[str, str]) -> None:
    """Puts what was sent over what stands; a switch that was not sent is off."""
    for name in CHOICES:
        if name in sent:
            form.values[name] = sent[name].strip()[:500]
    for name in SWITCHES:
        form.values[name] = sent.get(name) == "yes"


def read_rule(form: Form, amount: str = "amount") -> Rule | None:
    """What the form asks for; None when a field is refused. `amount` names its field."""
    values, typed = form.values, len(form.errors)
    kind, method = _choice(form, "kind", Kind), _choice(form, "method", Method)
    pace = _choice(form, "pace", Pace)
    recipients = FOR.get(values["for"])
    if recipients is None:
        form.refuse("for", "choose for whom the reward is")
    delay = read_whole(form, "delay", f"write a number of days from 0 to {LONGEST_DELAY}")
    if kind is None or method is None or pace is None or recipients is None:
        return None
    rule = Rule(
        id="",
        campaign_id="",
        version=0,
        recipients=recipients,
        occasion=_occasion(form, pace),
        currency=read_currency(form),
        kind=kind,
        delay=min(delay or 0, (LONGEST_DELAY + 1)) * DAY,
        method=method,
        auto=bool(values["auto"]) and method is not Method.HAND,
        created_at=0,
        **_what(form, kind, amount),
        **_steps(form, pace),
    )
    return _checked(form, rule, amount) if len(form.errors) == typed else None


def _checked(form: Form, rule: Rule, amount: str) -> Rule | None:
    try:
        return check_rule(rule)
    except BadCampaign as error:
        field = amount if error.field == "amount" else _FIELD_OF.get(error.field, error.field)
        form.refuse(field, str(error))
        return None


def _choice(form: Form, name: str, words: type[E]) -> E | None:
    try:
        return words(form.values[name])
    except ValueError:
        form.refuse(name, "choose one of these")
        return None


def _occasion(form: Form, pace: Pace) -> Occasion:
    if form.values["qualified"]:
        return Occasion.CONVERTED if pace is Pace.CONVERSIONS else Occasion.QUALIFIED
    if pace is not Pace.EACH:
        form.refuse("pace", "this counts qualified referrals: let the reward be only for those")
    return Occasion.JOINED


def _what(form: Form, kind: Kind, amount: str) -> dict[str, Any]:
    """What the kind has a use for; nothing else that was typed is looked at."""
    match kind:
        case Kind.FIXED:
            return {"amount": read_money(form, amount, form.values["currency"]) or 0}
        case Kind.PERCENTAGE:
            most = read_money(form, "at_most", form.values["currency"])
            return {"amount": 0, "rate": _rate(form), "at_most": most}
        case Kind.CUSTOM:
            quantity = read_whole(form, "quantity", "write a whole number, such as 1")
            return {"amount": quantity or 0, "unit": form.values["unit"]}
        case Kind.COUPON:
            return {"amount": 1, "pool": form.values["pool"]}


def _rate(form: Form) -> int:
    match = _PERCENT.fullmatch(form.values["percent"])
    if match is None or not form.values["percent"].isascii():
        form.refuse("percent", "write a percentage such as 10 or 12.5")
        return 0
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _steps(form: Form, pace: Pace) -> dict[str, Any]:
    match pace:
        case Pace.EVERY:
            return {"every": read_whole(form, "every", "write a number, such as 5") or 1}
        case Pace.MILESTONES:
            try:
                return {"milestones": read_milestones(form.values["milestones"])}
            except BadCampaign as error:
                form.refuse(error.field, str(error))
                return {}
        case Pace.CONVERSIONS:
            typed = form.values["months"]
            months = read_whole(form, "months", "write a number of months") if typed else 0
            return {"months": months or 0}
        case Pace.EACH:
            return {}
