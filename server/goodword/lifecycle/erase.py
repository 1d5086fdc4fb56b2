"""A person asks to be forgotten: names and addresses go, the ledger stays under a pseudonym."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, replace

from goodword.credits import record as credits
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.directory import bump
from goodword.model import Campaign, Lead, Mode, Referrer, canonical_email
from goodword.notifications import record as notifications
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers
from goodword.storage.sweep import holding, sweep


@dataclass(frozen=True, slots=True)
class Erased:
    """How many leads and referrers there were, and rows elsewhere that had the address."""

    leads: int = 0
    referrers: int = 0
    rows: int = 0


async def erase(context: Context, email: str, actor: str) -> Erased:
    """Forgets an address in every campaign: leads, referrers, messages, kept calls, the customer
    list, whatever else has it. It can't be undone."""
    done = Erased()
    canonical = canonical_email(email)
    for campaign in context.directory.all():
        async with begin(context, campaign, actor) as act:
            lead = await leads.by_email(act.db, campaign.id, Mode.LIVE, canonical)
            referrer = await referrers.by_email(act.db, campaign.id, Mode.LIVE, canonical)
            if lead is not None:
                await _forget_lead(act, lead)
                done = replace(done, leads=done.leads + 1)
            if referrer is not None:
                await _forget_referrer(act, referrer)
                done = replace(done, referrers=done.referrers + 1)
    return replace(done, rows=await _sweep(context, [email.strip(), canonical]))


async def erase_lead(context: Context, campaign: Campaign, lead: Lead, actor: str) -> Lead:
    """Forgets who a lead of a campaign was. It stays as what was counted and owed."""
    async with begin(context, campaign, actor) as act:
        after = await _forget_lead(act, lead)
    if lead.email:
        await _sweep(context, [lead.email, lead.email_canonical or ""], campaign)
    return after


async def erase_referrer(
    context: Context, campaign: Campaign, referrer: Referrer, actor: str
) -> Referrer:
    """Forgets who a referrer of a campaign was; their links bring nobody any more."""
    async with begin(context, campaign, actor) as act:
        after = await _forget_referrer(act, referrer)
    await _sweep(context, [referrer.email, referrer.email_canonical], campaign)
    await context.directory.load()
    return after


async def _forget_lead(act: Act, lead: Lead) -> Lead:
    await notifications.forget_lead(act.db, lead.campaign_id, lead.id)
    await qualification.forget_words(act.db, lead.campaign_id, lead.id)
    await credits.forget_words(act.db, lead.campaign_id, lead_id=lead.id)
    after = await leads.forget_person(act.db, lead)
    await act.log("lead.erased", lead_id=lead.id, referrer_id=lead.referrer_id)
    await keep_deed(act, "erase", "person", {lead.id: ""})
    return after


async def _forget_referrer(act: Act, referrer: Referrer) -> Referrer:
    await notifications.forget_address(act.db, referrer.campaign_id, referrer.email)
    await credits.forget_words(act.db, referrer.campaign_id, referrer_id=referrer.id)
    after = await referrers.forget_person(act.db, referrer, act.at)
    await act.log("referrer.erased", referrer_id=referrer.id)
    await keep_deed(act, "erase", "person", {referrer.id: ""})
    await bump(act.db)
    return after


async def _sweep(context: Context, words: list[str], campaign: Campaign | None = None) -> int:
    async with context.storage.write() as db:
        swept = await sweep(db, words, campaign.id if campaign else None)
    await context.storage.settle()
    return swept


async def kept_of(context: Context, email: str) -> str:
    """All that is kept of an address, as JSON lines: a table and a row each."""
    words = [email.strip(), canonical_email(email)]
    lines: list[str] = []
    async with context.storage.read() as db:
        async for table, row in holding(db, words):
            told = {"table": table.name, **{name: _shown(each) for name, each in row.items()}}
            lines.append(json.dumps(told, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def _shown(value: object) -> object:
    return b64encode(value).decode() if isinstance(value, bytes) else value
