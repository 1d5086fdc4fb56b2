"""Why a referral does not qualify through an integration: questions, each answered now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from goodword.integrations import SYSTEMS, kept
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, System
from goodword.integrations.decide import NO_FIELD, awaited, ordered
from goodword.leads import record as leads
from goodword.lifecycle.account import outbound_of
from goodword.lifecycle.connect import check, choices
from goodword.lifecycle.context import Context
from goodword.lifecycle.watch import target_of
from goodword.model import (
    Campaign,
    Duplicates,
    Integration,
    IntegrationStatus,
    Lead,
    LeadStatus,
    Message,
    MessageStatus,
    Payment,
    Pushed,
    Record,
    RuleKind,
    worth,
)
from goodword.notifications import read as outbox
from goodword.outbound import Outbound

_CHOOSE_AGAIN = (
    "It was renamed or removed there: choose it again on the Leads tab and press Save Changes."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A question, whether its answer is as it should be (None: it does not matter yet), the
    answer, and the one next step where it is not. `at` is when it was so."""

    question: str
    ok: bool | None
    answer: str
    step: str = ""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of an integration, and of one lead in it."""

    integration: Integration
    system: System
    lead: Lead | None
    record: Record | None
    message: Message | None
    last_call: int | None
    blocked: int
    payments: Sequence[Payment]


async def checklist(
    context: Context, campaign: Campaign, integration: Integration, lead_id: str = "", *, live: bool
) -> list[Line]:
    """The questions for an integration, or for one lead in it. `live` asks the outside system
    whether it answers now; without it the last answer stands."""
    watched: list[Line] = []
    if live:
        async with outbound_of(context) as outbound:
            works = (await check(context, outbound, campaign, integration)).works
            watched = await _watched(context, outbound, integration) if works else []
    seen = await _look(context, campaign, integration.id, lead_id)
    if seen is None:
        return []
    lines = [_connected(seen, live), _rule(seen), *watched]
    if lead_id and isinstance(seen.system, Crm):
        lines += [_first(seen), _sent(seen), _duplicate(seen), _reported(seen), _change(seen)]
    elif lead_id:
        lines += [_first(seen), _paid(seen)]
    else:
        lines += [_calls(seen), _duplicates(seen)]
    return lines


async def of_lead(context: Context, campaign: Campaign, lead_id: str) -> dict[str, list[Line]]:
    """For each integration of the campaign, by its title, without asking it now."""
    async with context.storage.read() as db:
        known = await integrations.of_campaign(db, campaign.id)
    return {
        SYSTEMS[each.system].title: await checklist(context, campaign, each, lead_id, live=False)
        for each in known
        if each.system in SYSTEMS
    }


async def _look(
    context: Context, campaign: Campaign, integration_id: str, lead_id: str
) -> _Seen | None:
    async with context.storage.read() as db:
        known = await integrations.by_id(db, integration_id)
        if known is None:
            return None
        lead = await leads.by_id(db, campaign.id, lead_id) if lead_id else None
        record = await integrations.record_of(db, known, lead_id) if lead_id else None
        message = await outbox.of_lead(db, campaign.id, known.id, lead_id) if lead_id else None
        last_call = await kept.last_event_at(db, known)
        blocked = await integrations.count(db, known, Pushed.EXISTED)
        paid = await kept.payments_of(db, known, lead_id) if lead_id else []
    return _Seen(known, SYSTEMS[known.system], lead, record, message, last_call, blocked, paid)


def _connected(seen: _Seen, live: bool) -> Line:
    question, known = "Is the integration connected?", seen.integration
    title = seen.system.title
    if known.status is IntegrationStatus.CONNECTED:
        now = "answers now" if live else "answered"
        return Line(question, True, f"{title} {now}: {known.account}.", at=known.checked_at)
    if known.status is IntegrationStatus.INSTALLED:
        return Line(question, False, "It is installed, not connected.", "Press Connect.")
    if known.status is IntegrationStatus.RECONNECT:
        answer = f"{title} no longer accepts the connection: {known.failure}"
        return Line(question, False, answer, "Connect again.", known.failing_since)
    answer = f"{title} does not answer: {known.failure}"
    step = "It is tried again by itself; press Check now once you have mended it."
    return Line(question, False, answer, step, known.failing_since)


def _rule(seen: _Seen) -> Line:
    question, rule = "Is a qualification rule saved?", seen.integration.rule
    if rule.kind is RuleKind.NONE:
        step = "Choose a rule on the Leads tab and press Save Changes."
        return Line(question, False, "It says: Do not qualify my referrals.", step)
    return Line(question, True, f"It waits until {wanted(seen.system, seen.integration)}.")


async def _watched(context: Context, outbound: Outbound, integration: Integration) -> list[Line]:
    """Whether the field and the value that the rule awaits are still there; nothing where the
    system can't say."""
    system, rule = SYSTEMS[integration.system], integration.rule
    target = target_of(system, integration.push.object) if isinstance(system, Crm) else None
    where = ordered(rule, target) if target else None
    if where is None:
        return []
    try:
        fields = await choices(context, outbound, integration, where[0])
    except Failed:
        return []
    question, title = "Is what the rule watches still there?", system.title
    field = next((each for each in fields if each.name == where[1]), None)
    if field is None:
        return [Line(question, False, f"{title} has no field {where[1]} any more.", _CHOOSE_AGAIN)]
    values = [value for value, _ in field.options]
    if values and rule.value not in values:
        answer = f"{field.label} can't be “{rule.value}” any more."
        return [Line(question, False, answer, _CHOOSE_AGAIN)]
    return [Line(question, True, f"Yes: {field.label}.")]


def wanted(system: System, integration: Integration) -> str:
    """What the saved rule waits for, in words."""
    target = target_of(system, integration.push.object) if isinstance(system, Crm) else None
    if target is not None:
        return awaited(integration.rule, target)
    rule = integration.rule
    if not rule.amount:
        return "something is paid"
    within = f" within {rule.days} days" if rule.days else ""
    return f"at least {worth(rule.amount, rule.currency)} is paid{within}"


def _calls(seen: _Seen) -> Line:
    question = f"When did {seen.system.title} last report a change?"
    if seen.last_call is not None:
        return Line(question, True, "It called.", at=seen.last_call)
    answer = "It has never called; its records are looked at every few minutes all the same."
    return Line(question, None, answer)


def _duplicates(seen: _Seen) -> Line:
    question, push = "Does duplicate handling block qualification?", seen.integration.push
    if push.duplicates is Duplicates.UPDATE:
        return Line(question, True, "No: older records are updated and may qualify.")
    if not seen.blocked:
        return Line(question, True, "Nobody was there before their referral so far.")
    answer = f"{seen.blocked} were there before their referral and never qualify."
    return Line(question, None, f"{answer} This keeps existing customers from being referred.")


def _first(seen: _Seen) -> Line:
    question = "Was the lead here first?"
    if seen.lead is None:
        step = "Only who came through a referral link can qualify."
        return Line(question, False, "There is no such lead in this campaign.", step)
    if seen.lead.status is LeadStatus.REJECTED:
        step = "Reopen the lead if that was wrong."
        return Line(question, False, "It is, but it was rejected.", step)
    return Line(question, True, "Yes, it joined through a referral.", at=seen.lead.joined_at)


def _sent(seen: _Seen) -> Line:
    question, title = f"Was it sent to {seen.system.title}?", seen.system.title
    record, message = seen.record, seen.message
    if record is not None and record.gone:
        step = "If they converted all the same, qualify the lead by hand."
        return Line(question, False, f"{title} has the record no more.", step, record.seen_at)
    if record is not None:
        how = {
            Pushed.CREATED: "its record was made",
            Pushed.UPDATED: "the record that was there was updated",
            Pushed.EXISTED: "a record was there before, and was left alone",
        }[record.outcome]
        return Line(question, True, f"Yes: {how}.", at=record.created_at)
    if message is not None and message.status is MessageStatus.FAILED:
        step = "See why under What was sent on the Activity tab, then press Send them now."
        return Line(question, False, f"{title} refused it.", step, message.sent_at)
    if message is not None:
        return Line(question, None, "It waits to be sent.", at=message.created_at)
    if not seen.integration.push.object:
        step = "Choose what a new lead becomes on the Leads tab and press Save Changes."
        return Line(question, False, "No: it is not said what a new lead becomes.", step)
    step = "Press Send them now on the Leads tab."
    return Line(question, False, "No: it came before that was set up.", step)


def _duplicate(seen: _Seen) -> Line:
    question = "Does duplicate handling block this lead?"
    if seen.record is None:
        return Line(question, None, "That shows once it was sent.")
    if seen.record.outcome is Pushed.EXISTED:
        answer = f"Yes: {seen.system.title} had them before they were referred."
        step = "This is intended. If it is wrong, qualify the lead by hand."
        return Line(question, False, answer, step, seen.record.existed_at)
    return Line(question, True, "No.")


def _reported(seen: _Seen) -> Line:
    title, record = seen.system.title, seen.record
    question = f"When did {title} last report a change of it?"
    if record is None:
        return Line(question, None, "That shows once it was sent.")
    if record.told_at is not None:
        return Line(question, True, f"It reported {record.told or 'a change'}.", at=record.told_at)
    answer = "Never: it is looked at every few minutes all the same."
    if seen.last_call is None:
        answer = f"Never, and nothing else either: {answer[7:]}"
    return Line(question, None, answer)


def _change(seen: _Seen) -> Line:
    """What is there against what is awaited. Where a line above says why it can't count, there is
    no other step than that one's."""
    question, record = "Did the awaited change happen?", seen.record
    if record is None:
        return Line(question, None, "That shows once it was sent.")
    if record.gone:
        return Line(question, None, "That can't be seen any more.", at=record.seen_at)
    now = f"{record.seen}." if record.seen else "it was not looked at yet."
    if seen.integration.rule.kind is RuleKind.NONE:
        return Line(question, None, "Nothing is awaited without a rule.", at=record.seen_at)
    if record.met:
        return Line(question, True, f"Yes: {now}", at=record.seen_at)
    awaits = f"No: {now} Awaited: {wanted(seen.system, seen.integration)}."
    if record.seen.startswith(NO_FIELD):
        return Line(question, False, awaits, _CHOOSE_AGAIN, record.seen_at)
    if record.outcome is Pushed.EXISTED:
        return Line(question, None, f"{awaits} It would not count.", at=record.seen_at)
    if record.armed is False:
        step = "It was so from the start; it has to change away from that and back."
        return Line(question, False, awaits, step, record.seen_at)
    return Line(
        question, False, awaits, f"Make that change in {seen.system.title}.", record.seen_at
    )


def _paid(seen: _Seen) -> Line:
    question, title = "Was enough paid?", seen.system.title
    sums: Counter[str] = Counter()
    for each in seen.payments:
        sums[each.currency or ""] += (each.amount or 0) - each.returned
    told = ", ".join(worth(minor, currency) for currency, minor in sorted(sums.items()) if minor)
    at = max((each.paid_at for each in seen.payments), default=None)
    if any(each.conversion_id for each in seen.payments):
        return Line(question, True, f"Yes: {told or 'nothing'}.", at=at)
    if seen.integration.rule.kind is RuleKind.NONE:
        return Line(question, None, "Nothing is awaited without a rule.")
    awaits = f"Awaited: {wanted(seen.system, seen.integration)}."
    if seen.payments:
        return Line(
            question, False, f"No: {told or 'nothing'} so far. {awaits}", "Wait for more.", at
        )
    step = (
        f"See in {title} that the payment names the lead: its code, its e-mail address or its id."
    )
    return Line(question, False, f"No: {title} reported no payment of it. {awaits}", step)
