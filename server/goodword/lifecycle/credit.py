"""Missing credit: a referrer or an admin names an order or an address, and an admin decides.

Credit is given by the doors that everybody uses: a lead and an order as an admin's own hand reports
them, with every check. What is another referrer's stays theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from goodword.access.decide import approves_own
from goodword.credits import record as credits
from goodword.credits.decide import Filing, filing, read_named
from goodword.leads import record as leads
from goodword.lifecycle import convert, sign_up
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, keep_deed
from goodword.lifecycle.pay import Left
from goodword.lifecycle.replay import NEXT_STEPS, Was, was_of
from goodword.lifecycle.report import HAND, Answer, Proof, Sent, prove
from goodword.lifecycle.review import OWN, NotAllowed, make_move, own_of
from goodword.lifecycle.story import REASONS
from goodword.model import (
    Amount,
    Campaign,
    CreditClaim,
    CreditStatus,
    Lead,
    LeadStatus,
    Mode,
    Reason,
    Referrer,
    ReportKind,
    Status,
    canonical_email,
)
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies
from goodword.referrers import record as referrers

DECIDED = "It was decided before."
_NONE = "There is no such claim in this campaign."


# To ask --------------------------------------------------------------------------------------


async def ask_for_credit(
    context: Context, campaign: Campaign, referrer_id: str, named: str, said: str, actor: str
) -> tuple[Filing, Done]:
    """Keeps the claim, unless the same is known or there are too many. What is answered has
    nothing to do with whether there is such a customer. `actor` is `page`, or an admin's e-mail,
    who may take it back."""
    spelled, words = read_named(named), " ".join(said.split())[:500]
    async with begin(context, campaign, actor) as act:
        known = await credits.of_referrer(act.db, campaign.id, referrer_id)
        what = filing(spelled, known, act.at)
        if what is not Filing.NEW or spelled is None:
            return what, Done(None)
        claim = CreditClaim(
            id=act.new_id("claim"),
            campaign_id=campaign.id,
            referrer_id=referrer_id,
            named=spelled,
            said=words,
            actor=actor,
            status=CreditStatus.OPEN,
            created_at=act.at,
        )
        await credits.add(act.db, claim)
        await act.log("credit.asked", referrer_id=referrer_id)
        by_hand = {} if actor == "page" else {claim.id: ""}
        return what, Done(await keep_deed(act, "ask", "credit", by_hand), (claim.id,))


# To decide -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """What an admin knows of the friend: empty strings are missing parts. `qualify` says that the
    friend did what the campaign asks, where there is no order."""

    email: str = ""
    name: str = ""
    order: str = ""
    amount: Amount = Amount()
    qualify: bool = False
    answer: str = ""


class Path(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the credit was given: what Undo goes back by, last first."""

    made: Was | None = None
    counted: Was | None = None
    qualified: str = ""


async def give_credit(
    context: Context, campaign: Campaign, claim_id: str, given: Given, actor: str
) -> Done:
    """The friend becomes the referrer's lead, and the order, or the admin's word, qualifies it.

    In `refused` with the reason: what a check rejects, what another referrer has, the admin's own
    referral, and what was decided before.
    """
    sent = await _reports(context, campaign, claim_id, given)
    if sent is None:
        return Done(None, refused=(Refusal(claim_id, _NONE),))
    async with begin(context, campaign, actor) as act:
        claim = await credits.by_id(act.db, campaign.id, claim_id)
        if claim is None or claim.status is not CreditStatus.OPEN:
            return Done(None, refused=(Refusal(claim_id, DECIDED),))
        try:
            async with act.db.begin_nested():
                path, lead = await _give(act, sent, given)
                await _settle(act, claim, CreditStatus.CREDITED, given.answer, lead)
        except (Left, NotAllowed) as error:
            why = error.why if isinstance(error, NotAllowed) else str(error)
            return Done(None, refused=(Refusal(claim_id, why),))
        stood = {claim.id: msgspec.json.encode(path).decode()}
        return Done(await keep_deed(act, "credit", "credit", stood, given.answer), (claim.id,))


async def decline_credit(
    context: Context, campaign: Campaign, claim_id: str, answer: str, actor: str
) -> Done:
    """Nothing is owed for it; the referrer reads the answer, which must say why."""
    if not answer:
        return Done(None, refused=(Refusal(claim_id, "Say why: the referrer reads it."),))
    async with begin(context, campaign, actor) as act:
        claim = await credits.by_id(act.db, campaign.id, claim_id)
        if claim is None or claim.status is not CreditStatus.OPEN:
            why = _NONE if claim is None else DECIDED
            return Done(None, refused=(Refusal(claim_id, why),))
        await _settle(act, claim, CreditStatus.DECLINED, answer, None)
        deed = await keep_deed(act, "decline", "credit", {claim.id: ""}, answer)
    return Done(deed, (claim_id,))


async def _settle(
    act: Act, claim: CreditClaim, after: CreditStatus, answer: str, lead: Lead | None
) -> None:
    lead_id = lead.id if lead else None
    decided = {"answer": answer, "lead_id": lead_id, "at": act.at, "by": act.actor}
    if not await credits.decide(act.db, claim, after, **decided):  # type: ignore[arg-type]
        raise RuntimeError(f"{claim.id} changed while its campaign was locked")
    type_ = "credit.given" if lead else "credit.declined"
    said = {"note": answer} if answer else {}
    await act.log(type_, referrer_id=claim.referrer_id, lead_id=lead_id, **said)


@dataclass(frozen=True, slots=True)
class _Reports:
    """The two reports that an admin's hand makes, and who is to be credited."""

    referrer: Referrer
    lead: Sent
    order: Sent
    proof: Proof


async def _reports(
    context: Context, campaign: Campaign, claim_id: str, given: Given
) -> _Reports | None:
    async with context.storage.read() as db:
        claim = await credits.by_id(db, campaign.id, claim_id)
        if claim is None:
            return None
        referrer = await referrers.by_id(db, campaign.id, claim.referrer_id)
    if referrer is None:
        return None
    # A claim that is given anew after Undo is a report of its own.
    key = f"credit:{claim.id}:{context.now()}"
    lead = Sent(door=HAND, key=key, code=referrer.code, email=given.email, name=given.name)
    order = Sent(door=HAND, key=key, order=given.order, amount=given.amount)
    return _Reports(referrer, lead, order, await prove(context, campaign, lead))


async def _give(act: Act, reports: _Reports, given: Given) -> tuple[Path, Lead]:
    people = (given.email, reports.referrer.email)
    if approves_own(act.actor, people):
        raise Left(OWN)
    ours = await _theirs(act, reports.referrer, given)
    path = Path()
    if ours is None:
        ours, made = await _make(act, reports)
        path = Path(made=made)
    if given.order:
        counted = await _count(act, reports, ours)
        return Path(path.made, counted), await _as_it_is(act, ours)
    if given.qualify and ours.status is not LeadStatus.QUALIFIED:
        ours = await make_move(act, ours, "qualify", await own_of(act), given.answer)
        return Path(path.made, qualified=ours.id), ours
    return path, ours


async def _theirs(act: Act, referrer: Referrer, given: Given) -> Lead | None:
    """The lead that has the address or the order already, if it is the referrer's own. `Left`
    where it is another's: a lead's referrer is fixed, and nobody's credit goes elsewhere."""
    found: list[Lead] = []
    if given.email:
        email = canonical_email(given.email)
        named = await leads.by_email(act.db, act.campaign.id, Mode.LIVE, email)
        found += [named] if named else []
    if given.order:
        rows = await qualification.of_order(act.db, act.campaign.id, Mode.LIVE, given.order)
        holders = [row.lead_id for row in rows if occupies(row) and row.lead_id]
        found += await leads.by_ids(act.db, act.campaign.id, holders)
    for lead in found:
        if lead.referrer_id != referrer.id:
            other = await referrers.by_id(act.db, act.campaign.id, lead.referrer_id)
            who = (other.name or other.email) if other else "another referrer"
            raise Left(f"It is a lead of {who} already: a lead's referrer is fixed.")
        if lead.status is LeadStatus.REJECTED:
            raise Left("It is a rejected lead of theirs: look at why, and reopen it first.")
    return found[0] if found else None


async def _make(act: Act, reports: _Reports) -> tuple[Lead, Was]:
    answer = await sign_up.take(act, reports.lead, reports.proof)
    _standing(answer)
    lead = await leads.by_id(act.db, act.campaign.id, answer.id or "")
    kept = await qualification.standing_by_key(
        act.db, act.campaign.id, ReportKind.LEAD, reports.lead.key
    )
    if lead is None or kept is None:
        raise RuntimeError("a lead was counted, and is not there")
    return lead, was_of(kept, [])


async def _count(act: Act, reports: _Reports, lead: Lead) -> Was | None:
    """The order counts for the lead; None where it did before."""
    sent = replace(reports.order, lead_id=lead.id)
    rows = await qualification.of_order(act.db, act.campaign.id, Mode.LIVE, sent.order)
    if any(occupies(row) and row.lead_id == lead.id for row in rows):
        return None
    _standing(await convert.take(act, sent, replace(reports.proof, resolved=None)))
    kept = await qualification.standing_by_key(
        act.db, act.campaign.id, ReportKind.CONVERT, sent.key
    )
    return was_of(kept, rows) if kept else None


def _standing(answer: Answer) -> None:
    """`Left` where a check or the ledger says no."""
    if answer.status in (Status.COUNTED, Status.HELD) and answer.reason is not (
        Reason.NEEDS_EVIDENCE
    ):
        return
    reason = answer.reason or Reason.NO_LEAD
    step = NEXT_STEPS.get(reason, "")
    raise Left(f"It does not count because {REASONS[reason]}. {step}".strip())


async def _as_it_is(act: Act, lead: Lead) -> Lead:
    return await leads.by_id(act.db, act.campaign.id, lead.id) or lead
