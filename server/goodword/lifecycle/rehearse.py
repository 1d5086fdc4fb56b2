"""A dry run: what would happen with a lead in an outside system, now; nothing is written there."""

from __future__ import annotations

from dataclasses import dataclass

from goodword.hits import record as hits
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Target
from goodword.integrations.decide import awaited, look, outcome_of
from goodword.leads import record as leads
from goodword.lifecycle.account import Account, open_account, outbound_of
from goodword.lifecycle.context import Context
from goodword.lifecycle.watch import read, read_linked, target_of
from goodword.model import Campaign, Integration, Lead, LeadStatus, Pushed, Ref, RuleKind

_PUSHED = {
    Pushed.CREATED: "there is a record that is ours: it would be brought up to date",
    Pushed.UPDATED: "there is an older record: it would be updated, and may qualify",
    Pushed.EXISTED: "there is an older record: it would be left alone; the lead never qualifies",
}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What was found there and what would follow, in sentences; `failure` where it can't be
    asked."""

    steps: tuple[str, ...] = ()
    failure: str = ""


async def rehearse(
    context: Context, campaign: Campaign, integration: Integration, lead_id: str
) -> Rehearsed:
    """Asks the outside system about one lead, and says what each outcome would do."""
    async with context.storage.read() as db:
        lead = await leads.by_id(db, campaign.id, lead_id)
    if lead is None:
        return Rehearsed(failure="There is no such lead in this campaign.")
    async with outbound_of(context) as outbound:
        account = open_account(context, outbound, integration)
        system, object_ = account.system, integration.push.object
        target = target_of(system, object_) if isinstance(system, Crm) else None
        if not isinstance(system, Crm) or target is None:
            return Rehearsed(failure="Choose first what a new lead becomes there.")
        try:
            return Rehearsed(tuple(await _steps(context, campaign, account, system, target, lead)))
        except Failed as failed:
            return Rehearsed(failure=f"{system.title} says: {failed}")


async def _steps(
    context: Context,
    campaign: Campaign,
    account: Account,
    system: Crm,
    target: Target,
    lead: Lead,
) -> list[str]:
    async with context.storage.read() as db:
        record = await integrations.record_of(db, account.integration, lead.id)
        hit = await hits.by_id(db, campaign.id, lead.hit_id) if lead.hit_id else None
    push, rule = account.integration.push, account.integration.rule
    if record is not None:
        ref, first = record.ref, f"It was sent: {record.object} {record.external_id}."
    else:
        code_field = push.fields.get("code") or target.fields.get("code", "")
        fields = [code_field] if code_field else []
        found = await system.find(account.api, target.name, lead.email or "", lead.code, fields)
        if found is None:
            return ["Nobody there has this code or e-mail: a new record would be made."]
        at = hit.created_at if hit else lead.joined_at
        outcome = outcome_of(found, code_field, lead.code, at, push.duplicates)
        ref, first = found.ref, f"Found {found.ref.object} {found.ref.id}: {_PUSHED[outcome]}."
    return [first, *await _under_rule(account, system, target, ref, lead, rule.kind)]


async def _under_rule(
    account: Account, system: Crm, target: Target, ref: Ref, lead: Lead, kind: RuleKind
) -> list[str]:
    rule = account.integration.rule
    if kind is RuleKind.NONE:
        return ["No rule is saved: nothing there would qualify it."]
    shown = (await read(account, system, target, [ref])).get(ref)
    if shown is None or shown.gone:
        return [f"{system.title} has the record no more: nothing would follow."]
    linked = list((await read_linked(account, system, target, [shown])).values())
    seen = look(rule, target, shown, linked)
    waits = f"Now {seen.seen}. The rule waits until {awaited(rule, target)}."
    if lead.status is not LeadStatus.PENDING:
        return [waits, f"The lead is {lead.status} already: a change there would add nothing."]
    if seen.met:
        return [waits, "It is so already: it has to change away from that and back to count."]
    return [waits, "When that happens the lead qualifies, and its rewards fall due."]
