"""Change what stands: a campaign's name, pages, limits and reward, a person's name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from goodword.campaigns import record as campaigns
from goodword.campaigns.decide import (
    check_numbers,
    read_landing,
    read_name,
    read_origins,
    read_params,
)
from goodword.campaigns.rules import says_the_same
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.directory import bump
from goodword.lifecycle.review import NoSuchLead
from goodword.lifecycle.rule import replace_rules
from goodword.model import (
    Campaign,
    CampaignStatus,
    Deed,
    Evidence,
    Lead,
    Mode,
    Money,
    Occasion,
    Recipient,
    Referrer,
    Rule,
)
from goodword.referrers import record as referrers

T = TypeVar("T")

AS_IT_WAS = json.dumps({"before": {}, "after": {}})
"""What a deed keeps of a campaign of which Undo has nothing to set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The one plain reward that a campaign pays from now on, instead of every rule it has;
    `money` None: nothing. `delay` in milliseconds."""

    money: Money | None
    recipients: tuple[Recipient, ...] = (Recipient.REFERRER,)
    occasion: Occasion = Occasion.QUALIFIED
    delay: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be otherwise with a campaign; what is not said stays.

    `window` is milliseconds, `budget` and `second_eyes` minor units of its currency; where None
    can be said, it means none. Rules and rewards keep the `currency` that they have: another one
    holds for new rules, for reports that say none, and for the budget and the second person.
    """

    name: str | None = None
    status: CampaignStatus | None = None
    origins: Sequence[str] | None = None
    one_more_origin: str | None = None
    params: Sequence[str] | None = None
    landing: str | None = None
    window: int | None = None
    least_evidence: Evidence | None = None
    cap: int | None | UnsetType = UNSET
    budget: int | None | UnsetType = UNSET
    batch_day: int | None | UnsetType = UNSET
    second_eyes: int | None | UnsetType = UNSET
    currency: str | None = None
    terms: Terms | None = None


async def change_campaign(
    context: Context, campaign: Campaign, changes: Changes, actor: str
) -> Campaign:
    """The campaign with the changes; see `edit_campaign`."""
    await edit_campaign(context, campaign, changes, actor)
    return await context.directory.by_id(campaign.id) or campaign


async def edit_campaign(context: Context, campaign: Campaign, changes: Changes, actor: str) -> Done:
    """Makes the changes together or not at all; done without a deed when they change nothing.

    Leads that have joined keep the reward they joined under. `BadCampaign` names the field that
    can't be used.
    """
    async with begin(context, campaign, actor) as act:
        current = await _current(act)
        changed = await _apply(act, current, _changed(current, changes))
        items = {current.id: changed} if changed else {}
        deed = await keep_deed(act, "change", "campaign", items)
        terms = await _change_terms(act, current, changes.terms)
    await context.directory.load()
    return Done(deed or terms, (campaign.id,) if deed or terms else ())


async def undo_campaign(act: Act, deed: Deed) -> Done:
    """Sets back what a deed changed of the campaign; what was changed again since is refused.

    Who calls it keeps the deed of it.
    """
    current = await _current(act)
    said: dict[str, dict[str, Any]] = json.loads(items_of(deed)[current.id])
    now, before, after = _facts(current), said["before"], said["after"]
    again = [name for name in before if now[name] != after[name]]
    wanted = {name: _READ.get(name, _same)(before[name]) for name in before if name not in again}
    changed = await _apply(act, current, replace(current, **wanted))
    refused = tuple(
        Refusal(current.id, f"The {_CALLED.get(name, name)} was changed again since.")
        for name in again
    )
    return Done(None, (current.id,) if changed else (), refused)


_FIELDS = (
    *("name", "status", "origins", "landing", "window", "least_evidence"),
    *("cap", "budget", "batch_day", "second_eyes", "currency", "params"),
)
_PAGES = {"origins", "landing"}
_CALLED = {
    "origins": "site",
    "params": "parameters of old links",
    "landing": "page that links lead to",
    "least_evidence": "least evidence",
    "batch_day": "day of the month",
    "second_eyes": "amount from which two people issue",
}


def _same(value: Any) -> Any:
    return value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "status": CampaignStatus,
    "origins": tuple,
    "params": tuple,
    "least_evidence": Evidence,
}


async def _current(act: Act) -> Campaign:
    """The campaign as the database has it, which may be newer than what is in memory."""
    found = await campaigns.by_id(act.db, act.campaign.id)
    if found is None:
        raise RuntimeError(f"{act.campaign.id} is in memory and not in the database")
    return found


def _changed(current: Campaign, changes: Changes) -> Campaign:
    said = current.origins if changes.origins is None else changes.origins
    more = (changes.one_more_origin,) if changes.one_more_origin is not None else ()
    origins, landing = read_origins((*said, *more)), changes.landing
    return check_numbers(
        replace(
            current,
            name=current.name if changes.name is None else read_name(changes.name),
            status=changes.status or current.status,
            origins=origins,
            landing=current.landing if landing is None else read_landing(landing, origins[0]),
            window=current.window if changes.window is None else changes.window,
            least_evidence=_said(changes.least_evidence, current.least_evidence),
            cap=_or(changes.cap, current.cap),
            budget=_or(changes.budget, current.budget),
            batch_day=_or(changes.batch_day, current.batch_day),
            second_eyes=_or(changes.second_eyes, current.second_eyes),
            currency=_said(changes.currency, current.currency),
            params=current.params if changes.params is None else read_params(changes.params),
        )
    )


def _said(value: T | None, stands: T) -> T:
    return stands if value is None else value


def _or(value: T | UnsetType, stands: T) -> T:
    return stands if isinstance(value, UnsetType) else value


def _facts(campaign: Campaign) -> dict[str, Any]:
    """What an owner may set, as it is told and compared."""
    facts: dict[str, Any] = {name: getattr(campaign, name) for name in _FIELDS}
    return facts | {"origins": list(campaign.origins), "params": list(campaign.params)}


async def _apply(act: Act, current: Campaign, wanted: Campaign) -> str:
    """Writes and logs what is otherwise; what a deed keeps of it, or nothing where nothing is."""
    before, after = _facts(current), _facts(wanted)
    changed = [name for name in _FIELDS if before[name] != after[name]]
    if not changed:
        return ""
    if "status" in changed:
        wanted = replace(wanted, paused_at=act.at if wanted.paused else None)
    await campaigns.change(act.db, wanted)
    await _log(act, wanted, set(changed))
    await bump(act.db)
    items = {
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
    return json.dumps(items)


async def _log(act: Act, campaign: Campaign, changed: set[str]) -> None:
    """One line of activity for each kind of change."""
    if "name" in changed:
        await act.log("campaign.renamed", name=campaign.name)
    if changed & _PAGES:
        origins = " ".join(campaign.origins)
        await act.log("campaign.pages_changed", origins=origins, landing=campaign.landing)
    if "status" in changed:
        await act.log("campaign.paused" if campaign.paused else "campaign.resumed")
    if numbers := changed - _PAGES - {"name", "status"}:
        said = _facts(campaign) | {"params": " ".join(campaign.params)}
        data = {name: said[name] for name in sorted(numbers)}
        await act.log("campaign.settings_changed", **data)


async def _change_terms(act: Act, current: Campaign, terms: Terms | None) -> Deed | None:
    if terms is None:
        return None
    rule = None if terms.money is None else _plain(current, terms, terms.money)
    if rule is None and not current.rules:
        return None
    if rule and len(current.rules) == 1 and says_the_same(current.rules[0], rule):
        return None
    return await replace_rules(act, rule)


def _plain(current: Campaign, terms: Terms, money: Money) -> Rule:
    """A rule of an amount of money for each occasion; what gives it its place comes with it."""
    return Rule(
        id="",
        campaign_id=current.id,
        version=0,
        recipients=terms.recipients,
        occasion=terms.occasion,
        amount=money.minor,
        currency=money.currency,
        delay=terms.delay,
        created_at=0,
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
