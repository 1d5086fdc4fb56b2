"""Looks at leads' records in an outside system, and moves the leads by what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Target, Trouble, unless
from goodword.integrations.decide import (
    Look,
    Turn,
    Turned,
    code_field,
    look,
    next_poll,
    ordered,
    turn,
    worth_of,
)
from goodword.leads import record as leads
from goodword.lifecycle.account import Account
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.convert import take
from goodword.lifecycle.report import Answer, Sent, prove
from goodword.lifecycle.withdraw import withdraw
from goodword.model import (
    Amount,
    Campaign,
    EventBecame,
    Integration,
    Lead,
    LeadStatus,
    Pushed,
    Record,
    Ref,
    RuleKind,
    Snapshot,
    Status,
    read_amount,
)

EVENT = "qualified"
"""The event of a qualification by a CRM: one for a lead, however many systems watch it."""

_FOLLOWS = (RuleKind.CONVERTED, RuleKind.CONVERTED_STAGE, RuleKind.STAGE)


def target_of(system: Crm, object_: str) -> Target | None:
    return next((each for each in system.targets if each.name == object_), None)


async def look_at(
    context: Context, campaign: Campaign, account: Account, system: Crm, records: Sequence[Record]
) -> dict[str, EventBecame]:
    """Reads these records, of whatever kind, and does what follows: for each lead what it came
    to. `Failed` when the system can't be asked."""
    became: dict[str, EventBecame] = {}
    for object_ in sorted({each.object for each in records}):
        mine = [each for each in records if each.object == object_]
        target = target_of(system, object_)
        if target is None:
            continue
        for start in range(0, len(mine), system.batch):
            group = mine[start : start + system.batch]
            became |= await _look_at(context, campaign, account, system, target, group)
    return became


async def _look_at(
    context: Context,
    campaign: Campaign,
    account: Account,
    system: Crm,
    target: Target,
    group: Sequence[Record],
) -> dict[str, EventBecame]:
    found = await read(account, system, target, [each.ref for each in group])
    for each in group:
        if found.get(each.ref, Snapshot(each.ref, gone=True)).gone:
            found[each.ref] = await _found_again(context, account, system, target, each)
    linked = await read_linked(account, system, target, found.values())
    shown = {
        each.ref: _Shown(found[each.ref], _belonging(found[each.ref], linked)) for each in group
    }
    left = [
        e for e in group if e.met and _seen(account.integration, target, shown[e.ref]).met is False
    ]
    later = await _later(account, system, target) if left else ()
    return {
        each.lead_id: await _settle(
            context, campaign, account, target, each, replace(shown[each.ref], later=later)
        )
        for each in group
    }


@dataclass(frozen=True, slots=True)
class _Shown:
    """A record as it was read, with what belongs to it, and the values that only follow the
    awaited one."""

    record: Snapshot
    linked: Sequence[Snapshot]
    later: Sequence[str] = ()


def _belonging(found: Snapshot, linked: Mapping[Ref, Snapshot]) -> list[Snapshot]:
    return [linked[ref] for ref in found.links if ref in linked]


def _seen(
    integration: Integration, target: Target, shown: _Shown, later: Sequence[str] = ()
) -> Look:
    return look(integration.rule, target, shown.record, shown.linked, later)


async def _later(account: Account, system: Crm, target: Target) -> Sequence[str]:
    """The values that follow the awaited one, where the system has an order and shows it."""
    rule = account.integration.rule
    where = ordered(rule, target)
    if where is None:
        return ()
    asked = system.later(account.api, *where, rule.value)
    return await unless(Trouble.REJECTED, asked) or ()


async def read(
    account: Account, system: Crm, target: Target, refs: Sequence[Ref]
) -> dict[Ref, Snapshot]:
    """These records with what the rule wants to know of them, found by what they were."""
    rule = account.integration.rule
    fields = [rule.field] if rule.kind is RuleKind.FIELD else []
    try:
        found = await system.read(account.api, refs, fields)
    except Failed as failed:
        if failed.kind is not Trouble.GONE or len(refs) > 1:
            raise
        found = [Snapshot(refs[0], gone=True)]
    return {each.ref: each for each in found}


async def _found_again(
    context: Context, account: Account, system: Crm, target: Target, record: Record
) -> Snapshot:
    """What a record that is gone lives on in: not every system says into which one it was merged,
    but our code is in it."""
    lost, name = Snapshot(record.ref, gone=True), code_field(target, account.integration.push)
    async with context.storage.read() as db:
        lead = await leads.by_id(db, record.campaign_id, record.lead_id)
    if lead is None or not name:
        return lost
    other = await system.find(account.api, target.name, "", lead.code, [name])
    if other is None or other.ref == record.ref or other.fields.get(name) != lead.code:
        return lost
    now = (await read(account, system, target, [other.ref]))[other.ref]
    return replace(now, ref=record.ref, merged=now.merged or other.ref)


async def read_linked(
    account: Account, system: Crm, target: Target, found: Iterable[Snapshot]
) -> dict[Ref, Snapshot]:
    """What the records led to, where the rule follows it."""
    if account.integration.rule.kind not in _FOLLOWS:
        return {}
    refs = list({ref for each in found for ref in each.links if ref.object == target.linked})
    fields = [name for name in (target.stage, target.amount, target.currency) if name]
    linked: dict[Ref, Snapshot] = {}
    for start in range(0, len(refs), system.batch):
        some = await system.read(account.api, refs[start : start + system.batch], fields)
        linked |= {each.ref: each for each in some}
    return linked


async def _settle(
    context: Context,
    campaign: Campaign,
    account: Account,
    target: Target,
    before: Record,
    shown: _Shown,
) -> EventBecame:
    """One transaction: how the record stands, and what its lead comes to. The record is taken as
    it is now: another process may have looked meanwhile. One that had the awaited value and went
    on from there has it still."""
    async with begin(context, campaign, account.system.name) as act:
        integration = await integrations.by_id(act.db, account.integration.id)
        if integration is None:
            return EventBecame.NOT_OURS
        known = await integrations.record_of(act.db, integration, before.lead_id)
        if known is None:
            return EventBecame.NOT_OURS
        was_gone, known = known.gone, _followed(known, shown.record)
        seen = _seen(integration, target, shown, shown.later if known.met else ())
        at = next_poll(known, act.at, account.system.poll_every, was_gone)
        turned = turn(known, seen, act.at, at)
        became, after = await _act_on(act, integration, target, turned, shown.linked)
        await integrations.put_record(act.db, after)
    return became


def _followed(record: Record, shown: Snapshot) -> Record:
    """The record under the id it has now; a record that is gone is one no more."""
    now = shown.merged or record.ref
    return replace(record, object=now.object, external_id=now.id, gone=shown.gone)


async def _act_on(
    act: Act, integration: Integration, target: Target, turned: Turned, linked: Sequence[Snapshot]
) -> tuple[EventBecame, Record]:
    record = turned.record
    lead = await leads.by_id(act.db, act.campaign.id, record.lead_id)
    if lead is None or turned.turn is Turn.NONE:
        return EventBecame.UNCHANGED, record
    if turned.turn is Turn.BLOCKED:
        return EventBecame.BLOCKED, record
    if turned.turn is Turn.WITHDRAW:
        if await _handed_on(act, record):
            return EventBecame.UNCHANGED, replace(record, conversion_id=None)
        done = await withdraw(act, record.conversion_id or "")
        return EventBecame.WITHDRAWN if done else EventBecame.UNCHANGED, record
    if lead.status is LeadStatus.QUALIFIED:
        return EventBecame.UNCHANGED, record
    worth, currency = worth_of(integration.rule, target, linked)
    amount = read_amount(worth, currency or act.campaign.currency) if worth else Amount()
    answer = await qualify(act, integration, lead, amount)
    became = _BECAME.get(answer.status, EventBecame.UNCHANGED)
    return became, replace(record, conversion_id=answer.id)


async def _handed_on(act: Act, record: Record) -> bool:
    """Whether another integration still says what this one no longer does: then it is that one
    which the lead is qualified by."""
    known = await integrations.of_leads(act.db, act.campaign.id, [record.lead_id])
    others = [each for each in known if each.integration_id != record.integration_id]
    heir = next((e for e in others if e.met and e.outcome is not Pushed.EXISTED), None)
    if heir is None or record.conversion_id is None:
        return False
    kept = heir.conversion_id or record.conversion_id
    await integrations.put_record(act.db, replace(heir, conversion_id=kept))
    return True


_BECAME = {
    Status.COUNTED: EventBecame.QUALIFIED,
    Status.HELD: EventBecame.HELD,
    Status.REJECTED: EventBecame.REJECTED,
}


async def qualify(act: Act, integration: Integration, lead: Lead, amount: Amount) -> Answer:
    """What a record that was read back says of its lead, as one report of the best evidence."""
    sent = Sent(
        door=integration.system,
        key=f"{integration.id}:{act.at}",
        lead_id=lead.id,
        event=EVENT,
        amount=amount,
        confirmed=True,
    )
    proof = await prove(act.context, act.campaign, sent)
    return await take(replace(act, mode=lead.mode), sent, proof)
