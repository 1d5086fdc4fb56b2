"""A person decides about many leads at once, and may take it back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

import msgspec
from msgspec import structs

from goodword.activity import record as activity
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.climb import climb
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of
from goodword.lifecycle.in_parts import Part, Wanted, in_parts, last
from goodword.lifecycle.lead import reject as reject_lead
from goodword.lifecycle.qualify import qualified_by
from goodword.lifecycle.review import (
    OWN,
    VERBS,
    NotAllowed,
    Own,
    claim_of,
    make_move,
    move,
    own_of,
)
from goodword.lifecycle.reward import restore
from goodword.model import (
    Campaign,
    Deed,
    Evidence,
    Lead,
    LeadStatus,
    Reason,
    Reward,
    RewardStatus,
    Status,
)
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies
from goodword.rewards import record as rewards
from goodword.rewards.decide import OPEN, is_live


class Stood(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a lead stood before a deed of the moment `at`: what Undo goes back to.

    `claim` is the conversion that the deed confirmed, with the evidence it had; `cancelled` are
    the rewards that the deed cancelled.
    """

    status: LeadStatus
    reason: Reason | None = None
    converted_at: int | None = None
    claim: str = ""
    evidence: Evidence = Evidence.BARE
    cancelled: tuple[str, ...] = ()
    at: int = 0


async def review_many(
    context: Context,
    campaign: Campaign,
    verb: str,
    ids: Sequence[str],
    actor: str,
    note: str = "",
) -> Done:
    """What `review_in_parts` came to."""
    return await last(review_in_parts(context, campaign, verb, ids, actor, note))


def review_in_parts(
    context: Context,
    campaign: Campaign,
    verb: str,
    ids: Sequence[str],
    actor: str,
    note: str = "",
) -> AsyncIterator[Done]:
    """qualify, unqualify, reject or reopen these leads, some in each transaction; those that can't
    are left as they are. ValueError for another verb, and for more leads than a deed may have.
    """
    if verb not in VERBS:
        raise ValueError(f"can't {verb} a lead")
    do = partial(_review_some, verb=verb, note=note)
    return in_parts(context, campaign, actor, Wanted(verb, "lead", note), ids, do)


async def _review_some(act: Act, ids: Sequence[str], *, verb: str, note: str) -> Part:
    stood: dict[str, str] = {}
    refused: list[Refusal] = []
    own = await own_of(act)
    found = {lead.id: lead for lead in await leads.by_ids(act.db, act.campaign.id, ids)}
    for lead_id in ids:
        lead = found.get(lead_id)
        if lead is None:
            refused.append(Refusal(lead_id, "There is no such lead in this campaign."))
            continue
        try:
            stood[lead_id] = _text(await _review(act, lead, verb, own, note))
        except NotAllowed as error:
            refused.append(Refusal(lead_id, error.why))
    return Part(stood, refused)


async def _review(act: Act, lead: Lead, verb: str, own: Own, note: str) -> Stood:
    stood = Stood(lead.status, reason=lead.reason, converted_at=lead.converted_at, at=act.at)
    if verb == "qualify":
        rows = await qualification.of_lead(act.db, act.campaign.id, lead.id)
        if (claim := await claim_of(act, lead, rows)) is not None:
            stood = structs.replace(stood, claim=claim.id, evidence=claim.evidence)
    cancels = verb in ("unqualify", "reject")
    before = await rewards.of_lead(act.db, act.campaign.id, lead.id) if cancels else []
    await make_move(act, lead, verb, own, note)
    if before:
        after = await rewards.of_lead(act.db, act.campaign.id, lead.id)
        stood = structs.replace(stood, cancelled=_cancelled(before, after))
    return stood


def _cancelled(before: Sequence[Reward], after: Sequence[Reward]) -> tuple[str, ...]:
    """What was open and no longer is. Steps go and come with the referrer's other leads."""
    was_open = {reward.id for reward in before if reward.status in OPEN and not reward.step}
    gone = (reward.id for reward in after if reward.status is RewardStatus.CANCELLED)
    return tuple(each for each in gone if each in was_open)


def _text(stood: Stood) -> str:
    return msgspec.json.encode(stood).decode()


async def undo_leads(act: Act, deed: Deed) -> Done:
    """Takes each lead back to how it stood before the deed, by the opposite moves.

    Left as they are: leads that were moved on since, that lost their order since, and those whose
    approval the actor may not decide.
    """
    now: dict[str, str] = {}
    refused: list[Refusal] = []
    items = items_of(deed)
    own = await own_of(act)
    found = {lead.id: lead for lead in await leads.by_ids(act.db, act.campaign.id, list(items))}
    for lead_id, text in items.items():
        lead, stood = found.get(lead_id), msgspec.json.decode(text, type=Stood)
        why = await _stays(act, deed, lead, stood, own)
        if lead is None or why:
            refused.append(Refusal(lead_id, why))
            continue
        now[lead_id] = lead.status
        await climb(act, await _UNDO[deed.verb](replace(act, mode=lead.mode), lead, stood))
    return Done(None, tuple(now), tuple(refused))


async def _stays(act: Act, deed: Deed, lead: Lead | None, stood: Stood, own: Own) -> str:
    """Why a lead can't be taken back; empty where it can."""
    if lead is None:
        return "There is no such lead in this campaign."
    if lead.status is not VERBS[deed.verb].after or not await _is_last(act, deed, lead, stood):
        return "It was moved on since."
    if deed.verb in ("unqualify", "reject") and own.concerns(lead):
        return OWN
    if stood.status is LeadStatus.QUALIFIED and await _lost_its_order(act, lead):
        return "Its order was refunded or is another lead's since: it does not count any more."
    return ""


async def _is_last(act: Act, deed: Deed, lead: Lead, stood: Stood) -> bool:
    """Whether the deed was the last to move the lead. Deeds from before they were done in parts
    had one moment for all of it."""
    moment = stood.at or deed.created_at
    log = await activity.of_lead(act.db, act.campaign.id, lead.id)
    line = next((line for line in reversed(log) if line.type in _MOVES), None)
    return line is not None and (line.created_at, line.actor) == (moment, deed.actor)


_MOVES = ("lead.qualified", "lead.unqualified", "lead.rejected", "lead.reopened")


async def _lost_its_order(act: Act, lead: Lead) -> bool:
    by = await qualified_by(act, lead)
    row = await qualification.by_id(act.db, act.campaign.id, by) if by else None
    return row is not None and not occupies(row)


async def _unqualify(act: Act, lead: Lead, stood: Stood) -> Lead:
    """Takes a qualification back; what a person had vouched for is a claim again."""
    moved = await make_move(act, lead, "unqualify", Own())
    row = stood.claim and await qualification.by_id(act.db, act.campaign.id, stood.claim)
    if row and (row.status, row.evidence) == (Status.COUNTED, Evidence.CALLED):
        claim = replace(
            row, status=Status.HELD, reason=Reason.NEEDS_EVIDENCE, evidence=stood.evidence
        )
        await qualification.put(act.db, claim, new=False)
        await act.log(
            "conversion.held",
            referrer_id=lead.referrer_id,
            lead_id=lead.id,
            conversion_id=claim.id,
            event=claim.event,
            order=claim.order_id,
            evidence=int(claim.evidence),
            reason=claim.reason,
        )
    return moved


async def _qualify(act: Act, lead: Lead, stood: Stood) -> Lead:
    """Qualified by the same conversion and on the same day as before, with the same rewards."""
    by = await qualified_by(act, lead)
    moved = await move(act, lead, LeadStatus.QUALIFIED, converted_at=stood.converted_at)
    await act.log("lead.qualified", referrer_id=lead.referrer_id, lead_id=lead.id, conversion_id=by)
    await _bring_back(act, moved, stood)
    return moved


async def _unreject(act: Act, lead: Lead, stood: Stood) -> Lead:
    moved = await move(act, lead, LeadStatus.PENDING)
    await act.log(
        "lead.reopened",
        referrer_id=lead.referrer_id,
        lead_id=lead.id,
        reason=Reason.BY_HAND,
    )
    if stood.status is LeadStatus.QUALIFIED:
        return await _qualify(act, moved, stood)
    await _bring_back(act, moved, stood)
    return moved


async def _reject(act: Act, lead: Lead, stood: Stood) -> Lead:
    return await reject_lead(act, lead, stood.reason or Reason.BY_HAND)


_UNDO = {
    "qualify": _unqualify,
    "unqualify": _qualify,
    "reject": _unreject,
    "reopen": _reject,
}


async def _bring_back(act: Act, lead: Lead, stood: Stood) -> None:
    """The very rewards that the deed cancelled, where nothing has taken their place since."""
    known = await rewards.of_lead(act.db, act.campaign.id, lead.id)
    taken = {_occasion(reward) for reward in known if is_live(reward)}
    for reward in known:
        cancelled = reward.status is RewardStatus.CANCELLED and reward.id in stood.cancelled
        if cancelled and _occasion(reward) not in taken and await _still_earned(act, reward):
            taken.add(_occasion(reward))
            await restore(act, reward)


def _occasion(reward: Reward) -> tuple[str | None, ...]:
    place = (reward.rule_id, reward.recipient, reward.occasion, reward.restores)
    each = reward.conversion_id if reward.occasion == "converted" else None
    return (*place, reward.import_key or each)


async def _still_earned(act: Act, reward: Reward) -> bool:
    if reward.conversion_id is None:
        return True
    row = await qualification.by_id(act.db, act.campaign.id, reward.conversion_id)
    return row is not None and occupies(row)
