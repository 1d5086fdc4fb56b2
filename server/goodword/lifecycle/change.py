"""Change what stands: a campaign's name, pages and reward, a person's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goodword.campaigns import record as campaigns
from goodword.campaigns.decide import BadCampaign, read_origin
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.directory import bump
from goodword.lifecycle.review import NoSuchLead
from goodword.lifecycle.set_up import read_landing
from goodword.model import (
    Campaign,
    CampaignStatus,
    Lead,
    Mode,
    Money,
    Occasion,
    Recipient,
    Referrer,
    Rule,
)
from goodword.referrers import record as referrers


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a campaign pays from now on; `money` None: nothing. `delay` in milliseconds."""

    money: Money | None
    recipients: tuple[Recipient, ...] = (Recipient.REFERRER,)
    occasion: Occasion = Occasion.QUALIFIED
    delay: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be otherwise with a campaign; None leaves it as it is."""

    name: str | None = None
    status: CampaignStatus | None = None
    origins: Sequence[str] | None = None
    landing: str | None = None
    terms: Terms | None = None


async def change_campaign(
    context: Context, campaign: Campaign, changes: Changes, actor: str
) -> Campaign:
    """The campaign with the changes, which are made together or not at all.

    Leads that have joined keep the reward they joined under. `BadCampaign` names the field that
    can't be used.
    """
    async with begin(context, campaign, actor) as act:
        current = next(c for c in await campaigns.load(act.db) if c.id == campaign.id)
        await _change_name(act, current, changes.name)
        await _change_pages(act, current, changes)
        await _change_status(act, current, changes.status)
        await _change_terms(act, current, changes.terms)
        await bump(act.db)
    await context.directory.load()
    return await context.directory.by_id(campaign.id) or campaign


async def _change_name(act: Act, current: Campaign, text: str | None) -> None:
    if text is None:
        return
    name = " ".join(text.split())[:100]
    if not name or not name.isprintable():
        raise BadCampaign("name", "a campaign needs a name")
    if name != current.name:
        await campaigns.set_name(act.db, current.id, name)
        await act.log("campaign.renamed", name=name)


async def _change_pages(act: Act, current: Campaign, changes: Changes) -> None:
    if changes.origins is not None and not changes.origins:
        raise BadCampaign("origin", "a campaign needs the origin of its site")
    said = current.origins if changes.origins is None else changes.origins
    origins = tuple(dict.fromkeys(map(read_origin, said)))
    landing = current.landing
    if changes.landing is not None:
        landing = read_landing(changes.landing, origins[0])
    if (origins, landing) != (current.origins, current.landing):
        await campaigns.set_origins(act.db, current.id, origins)
        await campaigns.set_landing(act.db, current.id, landing)
        await act.log("campaign.pages_changed", origins=" ".join(origins), landing=landing)


async def _change_status(act: Act, current: Campaign, status: CampaignStatus | None) -> None:
    if status is None:
        return
    paused = status is CampaignStatus.PAUSED
    if await campaigns.set_status(act.db, current.id, status, act.at if paused else None):
        await act.log("campaign.paused" if paused else "campaign.resumed")


async def _change_terms(act: Act, current: Campaign, terms: Terms | None) -> None:
    if terms is None:
        return
    rule = current.rules[0] if current.rules else None
    if terms.money is None:
        if rule is not None:
            await campaigns.retire_rules(act.db, current.id, act.at)
            await act.log("campaign.reward_changed", amount=None)
    elif rule is None or _terms_of(rule) != terms:
        await campaigns.retire_rules(act.db, current.id, act.at)
        await campaigns.add_rule(act.db, _rule(act, rule, terms, terms.money))
        money = terms.money
        await act.log("campaign.reward_changed", amount=str(money), currency=money.currency)


def _terms_of(rule: Rule) -> Terms:
    return Terms(
        money=rule.money, recipients=rule.recipients, occasion=rule.occasion, delay=rule.delay
    )


def _rule(act: Act, former: Rule | None, terms: Terms, money: Money) -> Rule:
    """The next version of the rule, or a first one."""
    return Rule(
        id=former.id if former else act.new_id("rule"),
        campaign_id=act.campaign.id,
        version=former.version + 1 if former else 1,
        recipients=terms.recipients,
        occasion=terms.occasion,
        amount=money.minor,
        currency=money.currency,
        delay=terms.delay,
        created_at=act.at,
    )


async def rename_referrer(
    context: Context, campaign: Campaign, referrer_id: str, name: str, actor: str
) -> Referrer | None:
    """The referrer with the new name; None when the campaign has no such referrer."""
    async with begin(context, campaign, actor) as act:
        before = await referrers.by_id(act.db, campaign.id, referrer_id)
        if before is None or before.mode is Mode.TEST or before.name == name:
            return before
        renamed = await referrers.rename(act.db, campaign.id, referrer_id, name)
        await act.log("referrer.renamed", referrer_id=referrer_id)
        await bump(act.db)
    await context.directory.load()
    return renamed


async def rename_lead(
    context: Context, campaign: Campaign, lead_id: str, name: str | None, actor: str
) -> Lead:
    """The lead with the new name. `NoSuchLead`."""
    async with begin(context, campaign, actor) as act:
        lead = await leads.by_id(act.db, campaign.id, lead_id)
        if lead is None:
            raise NoSuchLead(lead_id)
        if lead.name == name:
            return lead
        await act.log("lead.renamed", referrer_id=lead.referrer_id, lead_id=lead.id)
        return await leads.rename(act.db, lead, name)
