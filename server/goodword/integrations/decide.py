"""What a record in an outside system means for its lead. Data in, data out.

A rule asks for a change: a value counts when it comes after another one was seen (`armed`), and
counts no more when it goes again. A value that was there from the start never counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from goodword.integrations.base import Target
from goodword.model import (
    Duplicates,
    Lead,
    Pushed,
    PushSettings,
    QualificationRule,
    Record,
    Referrer,
    RuleKind,
    Snapshot,
    first_name,
)

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_LONGEST = 400 * _DAY
_SKEW = 5_000

WORDS = (
    "email", "first_name", "last_name", "name", "company", "code", "link", "referrals",
    "referrals_successful", "referrer_name", "referrer_email",
)  # fmt: skip
"""What goodword can write to a record; a push setting or a target maps each to a field."""

COUNTS = ("code", "link", "referrals", "referrals_successful")
"""What is written again as it changes."""


# Duplicates ----------------------------------------------------------------------------------


def outcome_of(
    found: Snapshot, code_field: str, code: str, referred_at: int, duplicates: Duplicates
) -> Pushed:
    """What a record that was found is: ours by its code, made since the referral (by the site's
    own form, or by a push whose answer was lost), or an older acquaintance.

    An older one never qualifies where duplicates are left alone: no customer is referred.
    """
    ours = bool(code_field) and found.fields.get(code_field) == code
    made = found.created_at
    if ours or (made is not None and made >= referred_at - _SKEW):
        return Pushed.CREATED
    return Pushed.UPDATED if duplicates is Duplicates.UPDATE else Pushed.EXISTED


def code_field(target: Target, push: PushSettings) -> str:
    """The field that holds our code; empty where none does."""
    return push.fields.get("code") or target.fields.get("code", "")


# What is written -----------------------------------------------------------------------------


def values_for(
    target: Target, push: PushSettings, said: Mapping[str, str], *, new: bool
) -> dict[str, str]:
    """The vendor's fields and values of a record. A record that is not new keeps its status and
    whatever names it has."""
    names = {**target.fields, **push.fields}
    kept = WORDS if new else COUNTS + ("referrer_name", "referrer_email")
    told = {names[word]: said[word] for word in kept if names.get(word) and said.get(word)}
    if not new:
        return told
    required = {name: value for name, value in target.required.items() if name not in told}
    initial = {push.initial_field: push.initial_value} if push.initial_field else {}
    return {**required, **told, **initial}


def words_of(
    lead: Lead, referrer: Referrer | None, link: str, counts: tuple[int, int]
) -> dict[str, str]:
    """What a lead's record says, under our words. A lead has no link and no referrals of its own
    unless it refers too, which `link` and `counts` tell."""
    name = lead.name or ""
    first = first_name(name)
    last = name.removeprefix(first).strip() or first
    return {
        "email": lead.email or "",
        "name": name or lead.email or lead.code,
        "first_name": first,
        "last_name": last or (lead.email or lead.code).partition("@")[0],
        "code": lead.code,
        "link": link,
        "referrals": str(counts[0]) if link else "",
        "referrals_successful": str(counts[1]) if link else "",
        "referrer_name": referrer.name if referrer else "",
        "referrer_email": referrer.email if referrer else "",
    }


# Rules ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """What a record shows under a rule. `met` None: it can't be told, `seen` says why."""

    met: bool | None
    seen: str


NO_FIELD = "there is no field"
"""How what was seen begins where the watched field was renamed or removed there."""


def look(
    rule: QualificationRule,
    target: Target,
    found: Snapshot,
    linked: Sequence[Snapshot],
    later: Sequence[str] = (),
) -> Look:
    """Holds the record, and what it led to, against the rule. `later` are values that only follow
    the awaited one: a record that had it and went on to one of them has it still."""
    if found.gone:
        return Look(None, "the record is gone")
    if rule.kind is RuleKind.FIELD:
        if rule.field not in found.fields:
            return Look(None, f"{NO_FIELD} {rule.field}")
        value = found.fields[rule.field].strip()
        return Look(value in (rule.value.strip(), *later), f"{rule.field} is “{value}”")
    if rule.kind is RuleKind.CONVERTED:
        there = any(ref.object == target.linked for ref in found.links)
        return Look(there, f"{'a' if there else 'no'} {target.linked} belongs to it")
    if rule.kind in (RuleKind.CONVERTED_STAGE, RuleKind.STAGE):
        stages = [each.fields.get(target.stage, "") for each in linked if not each.gone]
        shown = ", ".join(f"“{stage}”" for stage in stages)
        seen = f"{target.stage} is {shown}" if shown else f"no {target.linked} belongs to it"
        wanted = (rule.value, *later)
        return Look(any(_is_at(stage, each) for stage in stages for each in wanted), seen)
    return Look(None, "no rule is set")


def _is_at(stage: str, wanted: str) -> bool:
    """A deal may stand at a stage and be won too: `12;won`."""
    return wanted in (stage, *stage.split(";"))


def ordered(rule: QualificationRule, target: Target) -> tuple[str, str] | None:
    """The object and the field whose values may follow one another under this rule."""
    if rule.kind is RuleKind.FIELD:
        return target.name, rule.field
    staged = rule.kind in (RuleKind.CONVERTED_STAGE, RuleKind.STAGE)
    return (target.linked, target.stage) if staged else None


def awaited(rule: QualificationRule, target: Target) -> str:
    """What the rule waits for, in words."""
    staged = f"{target.linked}'s {target.stage} is “{rule.value}”"
    return {
        RuleKind.NONE: "nothing: do not qualify my referrals",
        RuleKind.FIELD: f"{rule.field} changes to “{rule.value}”",
        RuleKind.CONVERTED: f"it converts into a {target.linked}",
        RuleKind.CONVERTED_STAGE: f"it converts, and the {staged}",
        RuleKind.STAGE: f"a {staged}",
        RuleKind.PAID: "a payment",
    }[rule.kind]


def worth_of(
    rule: QualificationRule, target: Target, linked: Sequence[Snapshot]
) -> tuple[str, str]:
    """Amount and currency of the deal that met the rule, as the vendor spells them."""
    for each in linked:
        stage = each.fields.get(target.stage, "")
        staged = rule.kind is RuleKind.CONVERTED or _is_at(stage, rule.value)
        if staged and not each.gone:
            return each.fields.get(target.amount, ""), each.fields.get(target.currency, "")
    return "", ""


class Turn(Enum):
    """What follows from a look."""

    NONE = auto()
    QUALIFY = auto()
    WITHDRAW = auto()
    BLOCKED = auto()  # it would qualify, were it no older acquaintance


@dataclass(frozen=True, slots=True)
class Turned:
    """The record as it stands after a look, and what follows for its lead."""

    record: Record
    turn: Turn


def turn(record: Record, seen: Look, at: int, next_at: int | None) -> Turned:
    """What a look changes. The first one under a rule only notes how things stand."""
    after = replace(record, seen=seen.seen[:300], seen_at=at, poll_at=next_at)
    if seen.met is None:
        return Turned(after, Turn.NONE)
    armed = bool(record.armed) or not seen.met
    after = replace(after, armed=armed, met=seen.met and armed)
    if seen.met and not record.met and record.armed:
        blocked = record.outcome is Pushed.EXISTED
        return Turned(after, Turn.BLOCKED if blocked else Turn.QUALIFY)
    if record.met and not seen.met:
        return Turned(after, Turn.WITHDRAW)
    return Turned(after, Turn.NONE)


def next_poll(record: Record, now: int, fastest: int, was_gone: bool = True) -> int | None:
    """When to look again: often while it is young, less so later, in the end no more. What is
    gone is looked for once more, when every index of the vendor knows what became of it."""
    age = now - record.created_at
    if age > _LONGEST or (record.gone and was_gone):
        return None
    if record.gone:
        return now + _HOUR
    wait = fastest if age < 7 * _DAY else _HOUR if age < 30 * _DAY else _DAY
    return now + max(wait, fastest)


def rule_fault(
    rule: QualificationRule, target: Target, push: PushSettings
) -> tuple[str, str] | None:
    """The field at fault and why a rule can't be saved; None where it can."""
    if rule.kind is RuleKind.NONE:
        return None
    if rule.kind not in target.rules:
        return "kind", f"a {target.title} can't qualify in this way"
    if rule.kind is RuleKind.FIELD and not rule.field:
        return "field", "select the property that will change"
    needs_value = rule.kind in (RuleKind.FIELD, RuleKind.CONVERTED_STAGE, RuleKind.STAGE)
    if needs_value and not rule.value:
        return "value", "say what it changes to when the referred user converts"
    if rule.kind is RuleKind.FIELD and (rule.field, rule.value) == (
        push.initial_field,
        push.initial_value,
    ):
        return "value", "new leads start with this very value, so that it would never change to it"
    return None
