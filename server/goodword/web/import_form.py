"""How a file is to be read, as a form: which column says what, what its writing means.

Data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from goodword.campaigns.decide import BadCampaign, read_params
from goodword.lifecycle.move_in import Facts, missing
from goodword.moving.fields import FIELDS, STATUS_WORDS, Plan
from goodword.sheets import heading_word
from goodword.web.admin_forms import Form, is_currency

KINDS = (
    ("referrers", "People who refer, with their codes"),
    ("leads", "Friends who were referred"),
    ("rewards", "Rewards, owed or paid"),
)
DATES = (
    ("", "not said: name such rows"),
    ("dmy", "the day comes first"),
    ("mdy", "the month comes first"),
)
DECIMALS = (
    ("", "not said: name such rows"),
    (".", "a point stands before the cents"),
    (",", "a comma stands before the cents"),
)
MEANINGS = {
    "disabled": "Disabled",
    "active": "Active",
    "qualified": "Qualified",
    "pending": "Pending",
    "rejected": "Rejected",
    "issued": "Issued",
    "due": "Due",
    "left": "Not to be taken",
}
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One of our fields, and the columns that it may be, each with a word of the sample."""

    name: str
    label: str
    columns: list[tuple[str, str]]


def choices(facts: Facts) -> list[Choice]:
    columns = [("", "— not in the file —")]
    for place, heading in enumerate(facts.heading):
        shown = (row[place].strip() for row in facts.sample if place < len(row))
        example = next(filter(None, shown), "")
        columns.append((str(place), f"{heading}: {example}"[:60] if example else heading[:60]))
    return [Choice(f"is_{each.name}", each.label, columns) for each in FIELDS[facts.plan.kind]]


def form_of_plan(facts: Facts) -> Form:
    """The plan as it stands."""
    plan = facts.plan
    values: dict[str, str | bool] = {
        f"is_{each.name}": str(plan.columns.get(each.name, "")) for each in FIELDS[plan.kind]
    }
    values |= {
        f"means_{meaning}": ", ".join(plan.words.get(meaning, ()))
        for meaning in STATUS_WORDS[plan.kind]
    }
    values |= {
        "dates": plan.dates,
        "decimal": plan.decimal,
        "currency": plan.currency,
        "params": ", ".join(plan.params),
        "capitals": plan.capitals,
        "unnamed": plan.unnamed,
    }
    return Form(values)


def typed_plan(sent: Mapping[str, str], facts: Facts) -> Form:
    form = form_of_plan(facts)
    for name, value in form.values.items():
        if isinstance(value, bool):
            form.values[name] = sent.get(name) == "yes"
        elif name in sent:
            form.values[name] = sent[name].strip()[:_LONGEST]
    return form


def read_plan(form: Form, facts: Facts) -> Plan | None:
    """The plan that was asked for; None when a field is refused."""
    values, plan = form.values, facts.plan
    columns = _columns(form, facts)
    if values["dates"] not in dict(DATES) or values["decimal"] not in dict(DECIMALS):
        form.refuse("dates", "choose one of these")
    if not is_currency(values["currency"]):
        form.refuse("currency", "write three letters of a currency, such as EUR or USD")
    wanted = msgspec.structs.replace(
        plan,
        columns=columns,
        dates=values["dates"],
        decimal=values["decimal"],
        currency=values["currency"].upper(),
        capitals=values["capitals"],
        unnamed=values["unnamed"],
        words={
            meaning: tuple(map(heading_word, values[f"means_{meaning}"].split(",")))
            for meaning in STATUS_WORDS[plan.kind]
        },
        params=_params(form),
    )
    if not form.errors and (why := missing(wanted)):
        form.refuse("columns", why)
    return None if form.errors else wanted


def _columns(form: Form, facts: Facts) -> dict[str, int]:
    columns: dict[str, int] = {}
    for each in FIELDS[facts.plan.kind]:
        typed = form.values[f"is_{each.name}"]
        if not typed:
            continue
        if not (typed.isascii() and typed.isdecimal()) or int(typed) >= len(facts.heading):
            form.refuse("columns", "choose columns of the file")
        else:
            columns[each.name] = int(typed)
    return columns


def _params(form: Form) -> tuple[str, ...]:
    try:
        return read_params(form.values["params"].replace(",", " ").split())
    except BadCampaign as error:
        form.refuse("params", str(error))
        return ()
