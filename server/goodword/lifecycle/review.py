"""A person, or the site's own server, decides about a lead: qualify, unqualify, reject, reopen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.lead import reject as reject_lead
from goodword.lifecycle.reward import cancel, owe
from goodword.model import Campaign, Evidence, Lead, LeadStatus, Occasion, Reason


class NoSuchLead(LookupError):
    """The campaign has no lead of that id."""


class NotAllowed(Exception):
    """The lead can't make this move from where it is; `allowed` are the verbs that it can."""

    def __init__(self, verb: str, lead: Lead, allowed: tuple[str, ...]) -> None:
        known = " or ".join(allowed)
        super().__init__(f"the lead is {lead.status}: it can't {verb}; what it can: {known}")
        self.status = lead.status
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The lead as it is now. `changed` is false when it was so already."""

    lead: Lead
    changed: bool


async def qualify(context: Context, campaign: Campaign, lead_id: str, actor: str) -> Reviewed:
    """pending -> qualified, as sure as a call of the site's own server.

    What an earlier unqualify or reject cancelled is owed again. `NoSuchLead`, `NotAllowed`.
    """
    return await _review(context, campaign, lead_id, actor, "qualify")


async def unqualify(context: Context, campaign: Campaign, lead_id: str, actor: str) -> Reviewed:
    """qualified -> pending; cancels what qualifying earned and is not issued yet."""
    return await _review(context, campaign, lead_id, actor, "unqualify")


async def reject(context: Context, campaign: Campaign, lead_id: str, actor: str) -> Reviewed:
    """pending or qualified -> rejected; cancels whatever is not issued yet."""
    return await _review(context, campaign, lead_id, actor, "reject")


async def reopen(context: Context, campaign: Campaign, lead_id: str, actor: str) -> Reviewed:
    """rejected -> pending; what joining earned is owed again."""
    return await _review(context, campaign, lead_id, actor, "reopen")


async def _review(
    context: Context, campaign: Campaign, lead_id: str, actor: str, verb: str
) -> Reviewed:
    async with begin(context, campaign, actor) as act:
        lead = await leads.by_id(act.db, campaign.id, lead_id)
        if lead is None:
            raise NoSuchLead(lead_id)
        goal = _VERBS[verb]
        if lead.status is goal.after:
            return Reviewed(lead, changed=False)
        if lead.status not in goal.before:
            raise NotAllowed(verb, lead, _allowed(lead))
        return Reviewed(await goal.do(replace(act, mode=lead.mode), lead), changed=True)


async def _qualify(act: Act, lead: Lead) -> Lead:
    moved = await _move(act, lead, LeadStatus.QUALIFIED, converted_at=act.at)
    await act.log(
        "lead.qualified",
        referrer_id=lead.referrer_id,
        lead_id=lead.id,
        evidence=int(Evidence.CALLED),
    )
    await owe(act, moved, Occasion.QUALIFIED, None)
    return moved


async def _unqualify(act: Act, lead: Lead) -> Lead:
    moved = await _move(act, lead, LeadStatus.PENDING)
    await _log(act, moved, "lead.unqualified")
    await cancel(act, moved, Reason.BY_HAND, (Occasion.QUALIFIED,))
    return moved


async def _reject(act: Act, lead: Lead) -> Lead:
    return await reject_lead(act, lead, Reason.BY_HAND)


async def _reopen(act: Act, lead: Lead) -> Lead:
    moved = await _move(act, lead, LeadStatus.PENDING)
    await _log(act, moved, "lead.reopened")
    await owe(act, moved, Occasion.JOINED, None)
    return moved


async def _move(
    act: Act, lead: Lead, after: LeadStatus, *, converted_at: int | None = None
) -> Lead:
    moved = await leads.move(act.db, lead, after, converted_at=converted_at)
    if moved is None:
        raise RuntimeError(f"{lead.id} changed while its campaign was locked")
    return moved


async def _log(act: Act, lead: Lead, type_: str) -> None:
    await act.log(type_, referrer_id=lead.referrer_id, lead_id=lead.id, reason=Reason.BY_HAND)


@dataclass(frozen=True, slots=True)
class _Verb:
    """Where it starts, where it leads, and what it does on the way."""

    before: tuple[LeadStatus, ...]
    after: LeadStatus
    do: Callable[[Act, Lead], Awaitable[Lead]]


_VERBS = {
    "qualify": _Verb((LeadStatus.PENDING,), LeadStatus.QUALIFIED, _qualify),
    "unqualify": _Verb((LeadStatus.QUALIFIED,), LeadStatus.PENDING, _unqualify),
    "reject": _Verb((LeadStatus.PENDING, LeadStatus.QUALIFIED), LeadStatus.REJECTED, _reject),
    "reopen": _Verb((LeadStatus.REJECTED,), LeadStatus.PENDING, _reopen),
}


def _allowed(lead: Lead) -> tuple[str, ...]:
    """The verbs that start where the lead is."""
    return tuple(verb for verb, goal in _VERBS.items() if lead.status in goal.before)
