"""A lead is sent to an outside system, once, whatever is lost on the way; its numbers follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from goodword.clock import MINUTE
from goodword.hits import record as hits
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Target, Trouble
from goodword.integrations.decide import (
    code_field,
    look,
    next_poll,
    outcome_of,
    turn,
    values_for,
    words_of,
)
from goodword.leads import record as leads
from goodword.lifecycle.account import Account
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.links import code_of, link
from goodword.lifecycle.watch import read, read_linked, target_of
from goodword.model import (
    Campaign,
    Lead,
    LeadStatus,
    Mode,
    Pushed,
    PushSettings,
    Record,
    Ref,
    Referrer,
    RuleKind,
    Snapshot,
)
from goodword.referrers import record as referrers
from goodword.stats.api_read import brought


@dataclass(frozen=True, slots=True)
class _Told:
    """A lead with all that its record is told, and the moment of its referral."""

    lead: Lead
    referrer: Referrer | None
    words: Mapping[str, str]
    referred_at: int


async def send_lead(
    context: Context, campaign: Campaign, account: Account, lead_id: str
) -> Record | None:
    """Finds or makes the record of a lead, and notes how it stands under the rule.

    None where nothing is to be sent. May be called again after whatever went wrong: a record that
    was made and not noted is found by our code. `Failed`.
    """
    system, push = account.system, account.integration.push
    if not isinstance(system, Crm) or not push.object:
        return None
    target = target_of(system, push.object)
    told = await _told(context, campaign, lead_id)
    if target is None or told is None or told.lead.status is LeadStatus.REJECTED:
        return None
    async with context.storage.read() as db:
        record = await integrations.record_of(db, account.integration, lead_id)
    if record is None:
        record = await _send(context, campaign, account, system, target, told)
    await _make_deal(context, account, system, told, record)
    return record


async def _send(
    context: Context,
    campaign: Campaign,
    account: Account,
    system: Crm,
    target: Target,
    told: _Told,
) -> Record:
    push = account.integration.push
    ref, outcome, existed_at = await _find_or_create(account, system, target, push, told)
    record = Record(
        campaign_id=campaign.id,
        integration_id=account.integration.id,
        lead_id=told.lead.id,
        object=ref.object,
        external_id=ref.id,
        outcome=outcome,
        existed_at=existed_at,
        poll_at=context.now() + MINUTE,
        created_at=context.now(),
    )
    record = await _noted(context, account, system, record)
    async with begin(context, campaign, system.name) as act:
        await integrations.put_record(act.db, record)
        await act.log(
            "integration.pushed", lead_id=told.lead.id, system=system.name, outcome=outcome.value
        )
    return record


async def _told(context: Context, campaign: Campaign, lead_id: str) -> _Told | None:
    async with context.storage.read() as db:
        lead = await leads.by_id(db, campaign.id, lead_id)
        if lead is None or lead.mode is Mode.TEST:
            return None
        referrer = await referrers.by_id(db, campaign.id, lead.referrer_id)
        hit = await hits.by_id(db, campaign.id, lead.hit_id) if lead.hit_id else None
        own = lead.email_canonical and await referrers.by_email(
            db, campaign.id, Mode.LIVE, lead.email_canonical
        )
        address, counts = "", (0, 0)
        if own:
            found = (await brought(db, [own])).get(own.id)
            counts = (found.referrals, found.successful) if found else (0, 0)
            address = link(campaign, code_of(own))
    words = words_of(lead, referrer, address, counts)
    return _Told(lead, referrer, words, hit.created_at if hit else lead.joined_at)


async def _find_or_create(
    account: Account, system: Crm, target: Target, push: PushSettings, told: _Told
) -> tuple[Ref, Pushed, int | None]:
    """The record, how it came to be, and when it was made if it was there before."""
    found = await _find(account, system, target, push, told)
    if found is None:
        values = values_for(target, push, told.words, new=True)
        try:
            return await system.create(account.api, target.name, values), Pushed.CREATED, None
        except Failed as failed:
            if failed.kind is not Trouble.DUPLICATE:
                raise
            found = await _twin(account, system, target, push, told, failed)
    outcome = outcome_of(
        found, code_field(target, push), told.lead.code, told.referred_at, push.duplicates
    )
    if outcome is not Pushed.EXISTED:
        values = values_for(target, push, told.words, new=False)
        await system.update(account.api, found.ref, values)
    return found.ref, outcome, None if outcome is Pushed.CREATED else found.created_at


async def _find(
    account: Account, system: Crm, target: Target, push: PushSettings, told: _Told
) -> Snapshot | None:
    name = code_field(target, push)
    fields = [name] if name else []
    email = told.lead.email or ""
    return await system.find(account.api, target.name, email, told.lead.code, fields)


async def _twin(
    account: Account,
    system: Crm,
    target: Target,
    push: PushSettings,
    told: _Told,
    failed: Failed,
) -> Snapshot:
    """The record that the vendor would not have twice. Its search may lag behind."""
    name = code_field(target, push)
    if failed.ref is not None:
        [found] = await system.read(account.api, [failed.ref], [name] if name else [])
        return found
    again = await _find(account, system, target, push, told)
    if again is None:
        raise Failed(Trouble.SERVER, f"a duplicate that can't be found yet: {failed}")
    return again


async def _noted(context: Context, account: Account, system: Crm, record: Record) -> Record:
    """The record as it stands under the rule from the start. One of ours that can't be read yet
    (its search lags behind) stands as new ones do: without the awaited value."""
    rule, target = account.integration.rule, target_of(system, record.object)
    if rule.kind is RuleKind.NONE or target is None:
        return record
    found = await read(account, system, target, [record.ref])
    shown = found.get(record.ref, Snapshot(record.ref, gone=True))
    linked = await read_linked(account, system, target, [shown])
    seen = look(rule, target, shown, list(linked.values()))
    at = context.now()
    noted = turn(record, seen, at, next_poll(record, at, system.poll_every)).record
    fresh = noted.armed is None and record.outcome is Pushed.CREATED
    return replace(noted, armed=True) if fresh else noted


async def _make_deal(
    context: Context, account: Account, system: Crm, told: _Told, record: Record
) -> None:
    """A deal for a lead that is new there, where one is wished for: at most one. Deals carry no
    code to be found by, so that none is made again after an answer that was lost."""
    stage = account.integration.push.deal_stage
    if not stage or record.deal or record.outcome is not Pushed.CREATED:
        return
    await _put(context, replace(record, deal=_UNCERTAIN))
    try:
        title = f"{told.words['name']} (referred)"
        deal = await system.create_deal(account.api, record.ref, title, stage)
    except Failed as failed:
        if failed.kind is not Trouble.SERVER:
            await _put(context, record)
        raise
    await _put(context, replace(record, deal=deal.id if deal else ""))


_UNCERTAIN = "?"


async def _put(context: Context, record: Record) -> None:
    async with context.storage.write(record.campaign_id) as db:
        await integrations.put_record(db, record)


async def send_counts(
    context: Context, campaign: Campaign, account: Account, referrer_id: str
) -> bool:
    """Writes a referrer's code, link and numbers to their own record, where the system has one;
    whether it has. Nobody is made a record for having referred. `Failed`."""
    system, push = account.system, account.integration.push
    target = target_of(system, push.object) if isinstance(system, Crm) else None
    if not isinstance(system, Crm) or target is None:
        return False
    async with context.storage.read() as db:
        referrer = await referrers.by_id(db, campaign.id, referrer_id)
        found = (await brought(db, [referrer])).get(referrer_id) if referrer else None
    if referrer is None or not referrer.email:
        return False
    names = {**target.fields, **push.fields}
    code = code_of(referrer)
    said = {
        "code": code,
        "link": link(campaign, code),
        "referrals": str(found.referrals if found else 0),
        "referrals_successful": str(found.successful if found else 0),
    }
    values = {names[word]: text for word, text in said.items() if names.get(word)}
    own = values and await system.find(account.api, target.name, referrer.email, code, [])
    if own:
        await system.update(account.api, own.ref, values)
    return bool(own)
