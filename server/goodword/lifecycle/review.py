"""A person, or the site's own server, decides about a lead: qualify, unqualify, reject, reopen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from goodword.fraud import record as fraud
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.climb import climb
from goodword.lifecycle.context import Context
from goodword.lifecycle.lead import reject as reject_lead
from goodword.lifecycle.lead import was_customer
from goodword.lifecycle.qualify import EARNED, count_for
from goodword.lifecycle.reward import cancel, owe
from goodword.model import (
    Campaign,
    Conversion,
    Evidence,
    Lead,
    LeadStatus,
    Mode,
    Occasion,
    Reason,
    Reward,
    Status,
    canonical_email,
    is_email,
)
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies
from goodword.referrers import record as referrers
from goodword.rewards import record as rewards

OWN = "Nobody approves their own referral: ask another admin."


class NoSuchLead(LookupError):
    """The campaign has no lead of that id."""


class NotAllowed(Exception):
    """The lead can't make this move; `allowed` are the verbs that it can, `why` is for people."""

    def __init__(self, said: str, lead: Lead, allowed: tuple[str, ...], why: str) -> None:
        super().__init__(said)
        self.status = lead.status
        self.allowed = allowed
        self.why = why


class OwnReferral(NotAllowed):
    """Who asks is the lead, or its referrer: nobody approves their own referral."""


class KnownCustomer(NotAllowed):
    """The lead was a customer before it joined: it can't qualify as a new one."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The lead as it is now. `changed` is false when it was so already."""

    lead: Lead
    changed: bool


async def qualify(context: Context, campaign: Campaign, lead_id: str, actor: str) -> Reviewed:
    """pending -> qualified, as sure as a call of the site's own server.

    What an earlier unqualify or reject cancelled is owed again, and the latest conversion that
    lacked evidence counts. `NoSuchLead`, `NotAllowed`.
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
        if lead.status is VERBS[verb].after:
            return Reviewed(lead, changed=False)
        own = await own_of(act)
        return Reviewed(await make_move(act, lead, verb, own), changed=True)


@dataclass(frozen=True, slots=True)
class Own:
    """Whom the e-mail of who acts stands for: as a lead, and as a referrer. Doors have none."""

    email: str | None = None
    referrer_id: str | None = None

    def concerns(self, lead: Lead) -> bool:
        """Whether who acts is the lead, or its referrer."""
        named = self.email is not None and self.email == lead.email_canonical
        return named or self.referrer_id == lead.referrer_id


async def own_of(act: Act) -> Own:
    if not is_email(act.actor):
        return Own()
    email = canonical_email(act.actor)
    known = await referrers.by_email(act.db, act.campaign.id, Mode.LIVE, email)
    return Own(email, known.id if known else None)


async def make_move(act: Act, lead: Lead, verb: str, own: Own, note: str = "") -> Lead:
    """The lead after the move, with all that follows. `NotAllowed` for one it can't make."""
    goal = VERBS[verb]
    if lead.status not in goal.before:
        allowed = _allowed(lead)
        said = f"the lead is {lead.status}: it can't {verb}; what it can: {' or '.join(allowed)}"
        raise NotAllowed(said, lead, allowed, _INSTEAD[lead.status, verb])
    await _may_decide(act, lead, verb, own)
    act = replace(act, mode=lead.mode)
    moved = await goal.do(act, lead, {"note": note} if note else {})
    await climb(act, moved)
    return moved


async def _may_decide(act: Act, lead: Lead, verb: str, own: Own) -> None:
    """`OwnReferral`, and `KnownCustomer` for what is to qualify."""
    if verb not in _IN_FAVOUR:
        return
    others = tuple(each for each in _allowed(lead) if each not in _IN_FAVOUR)
    if own.concerns(lead):
        raise OwnReferral(OWN, lead, others, OWN)
    if verb == "qualify" and await was_customer(act, lead.joined_at, lead.email_canonical):
        why = (
            "Its e-mail was a customer's before. If that is wrong, remove it under Set-up,"
            " Customers."
        )
        raise KnownCustomer(why, lead, others, why)


Said = dict[str, str]
"""What is logged with a move beyond its own words: the note of who made it."""


async def _qualify(act: Act, lead: Lead, said: Said) -> Lead:
    rows = await qualification.of_lead(act.db, act.campaign.id, lead.id)
    if (claim := await claim_of(act, lead, rows)) is not None:
        return await _confirm(act, lead, claim, said)
    standing = [row for row in rows if occupies(row)]
    before = await rewards.of_lead(act.db, act.campaign.id, lead.id)
    earned = _earned_by(before)
    by = next((row for row in standing if row.id == earned), None) or next(iter(standing), None)
    moved = await move(act, lead, LeadStatus.QUALIFIED, converted_at=act.at)
    await act.log(
        "lead.qualified",
        referrer_id=lead.referrer_id,
        lead_id=lead.id,
        conversion_id=by.id if by else None,
        evidence=int(Evidence.CALLED),
        **said,
    )
    first = by if earned == _NOTHING_YET else None
    await owe(act, moved, Occasion.QUALIFIED, first, before)
    for row in standing:
        await owe(act, moved, Occasion.CONVERTED, row)
    return moved


_NOTHING_YET = ""


def _earned_by(before: Sequence[Reward]) -> str | None:
    """The conversion that the lead's last reward for qualifying was for; None: an act by hand."""
    earned = [each for each in before if each.occasion is Occasion.QUALIFIED and not each.step]
    return earned[-1].conversion_id if earned else _NOTHING_YET


async def claim_of(act: Act, lead: Lead, rows: list[Conversion]) -> Conversion | None:
    """The latest of the lead's conversions that waits for better evidence, unless its order is
    taken."""
    claim = next((row for row in reversed(rows) if is_claim(row)), None)
    if claim is None:
        return None
    if claim.order_id:
        rows = await qualification.of_order(act.db, act.campaign.id, claim.mode, claim.order_id)
    else:
        rows = await qualification.of_event(act.db, act.campaign.id, lead.id, claim.event)
    return None if any(occupies(row) for row in rows) else claim


def is_claim(conversion: Conversion) -> bool:
    return (conversion.status, conversion.reason) == (Status.HELD, Reason.NEEDS_EVIDENCE)


async def _confirm(act: Act, lead: Lead, claim: Conversion, said: Said) -> Lead:
    """A person vouches for what a browser only claimed: it counts, and qualifies the lead."""
    counted = replace(claim, status=Status.COUNTED, reason=None, evidence=Evidence.CALLED)
    await qualification.put(act.db, counted, new=False)
    await fraud.clear_conversion(act.db, act.campaign.id, claim.id, act.at, act.actor)
    money = counted.money
    await act.log(
        "conversion.counted",
        referrer_id=lead.referrer_id,
        lead_id=lead.id,
        conversion_id=claim.id,
        event=claim.event,
        order=claim.order_id,
        amount=str(money) if money else None,
        currency=claim.currency,
        evidence=int(Evidence.CALLED),
        **said,
    )
    await count_for(act, lead, counted, new=True)
    moved = await leads.by_id(act.db, act.campaign.id, lead.id)
    if moved is None:
        raise RuntimeError(f"{lead.id} went while its campaign was locked")
    return moved


async def _unqualify(act: Act, lead: Lead, said: Said) -> Lead:
    moved = await move(act, lead, LeadStatus.PENDING)
    await _log(act, moved, "lead.unqualified", said)
    await cancel(act, moved, Reason.BY_HAND, EARNED)
    return moved


async def _reject(act: Act, lead: Lead, said: Said) -> Lead:
    return await reject_lead(act, lead, Reason.BY_HAND, **said)


async def _reopen(act: Act, lead: Lead, said: Said) -> Lead:
    moved = await move(act, lead, LeadStatus.PENDING)
    await _log(act, moved, "lead.reopened", said)
    await owe(act, moved, Occasion.JOINED, None)
    return moved


async def move(act: Act, lead: Lead, after: LeadStatus, *, converted_at: int | None = None) -> Lead:
    """The lead in its new status; nothing else may have moved it meanwhile."""
    moved = await leads.move(act.db, lead, after, converted_at=converted_at)
    if moved is None:
        raise RuntimeError(f"{lead.id} changed while its campaign was locked")
    return moved


async def _log(act: Act, lead: Lead, type_: str, said: Said) -> None:
    await act.log(
        type_, referrer_id=lead.referrer_id, lead_id=lead.id, reason=Reason.BY_HAND, **said
    )


@dataclass(frozen=True, slots=True)
class _Verb:
    """Where it starts, where it leads, and what it does on the way."""

    before: tuple[LeadStatus, ...]
    after: LeadStatus
    do: Callable[[Act, Lead, Said], Awaitable[Lead]]


VERBS = {
    "qualify": _Verb((LeadStatus.PENDING,), LeadStatus.QUALIFIED, _qualify),
    "unqualify": _Verb((LeadStatus.QUALIFIED,), LeadStatus.PENDING, _unqualify),
    "reject": _Verb((LeadStatus.PENDING, LeadStatus.QUALIFIED), LeadStatus.REJECTED, _reject),
    "reopen": _Verb((LeadStatus.REJECTED,), LeadStatus.PENDING, _reopen),
}
"""The verbs by name."""

_IN_FAVOUR = ("qualify", "reopen")
_INSTEAD = {
    (LeadStatus.REJECTED, "qualify"): "It is rejected: reopen it first.",
    (LeadStatus.REJECTED, "unqualify"): "It is rejected: reopen it instead.",
    (LeadStatus.PENDING, "unqualify"): "It is pending already.",
    (LeadStatus.PENDING, "reopen"): "It is pending already.",
    (LeadStatus.QUALIFIED, "qualify"): "It is qualified already.",
    (LeadStatus.QUALIFIED, "reopen"): "It is qualified: unqualify it instead.",
    (LeadStatus.REJECTED, "reject"): "It is rejected already.",
}


def _allowed(lead: Lead) -> tuple[str, ...]:
    """The verbs that start where the lead is."""
    return tuple(verb for verb, goal in VERBS.items() if lead.status in goal.before)
