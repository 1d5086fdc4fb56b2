"""What a report is worth: its order's place, the lead's qualification, and the rewards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from goodword.fraud import record as fraud
from goodword.fraud.decide import strongest
from goodword.fraud.rules import Found, order_conflict, paid_before, refund_unclear
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.qualify import count_for, lose
from goodword.lifecycle.refund import apply_waiting
from goodword.lifecycle.report import Answer, Proof, Sent, holders
from goodword.lifecycle.reward import any_issued, note_findings, rules_for, weigh_again
from goodword.model import (
    Conversion,
    Lead,
    LeadStatus,
    Money,
    Occasion,
    Reason,
    Report,
    ReportKind,
    Status,
    Verdict,
)
from goodword.qualification import record as qualification
from goodword.qualification import refunds
from goodword.qualification.decide import (
    Outcome,
    Place,
    Placed,
    Returned,
    occupies,
    outcome,
    place,
    returned,
    takes_key,
)
from goodword.rewards.decide import in_time, owing


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a report is about, what the checks say, and why it is refused before any of that."""

    lead: Lead | None
    found: list[Found] = field(default_factory=list)
    refused: Reason | None = None


async def settle(act: Act, sent: Sent, proof: Proof, subject: Subject) -> Answer:
    """Writes what the report makes of its order, its lead and the rewards."""
    rows = await _rows(act, sent, subject.lead)
    placed = place(rows, subject.lead.id if subject.lead else None, proof.evidence)
    back = await _returned(act, sent, placed)
    if placed.place is Place.TAKES_OVER and await _was_issued(act, placed):
        subject = replace(subject, found=[*subject.found, paid_before()])
    if back.unclear:
        subject = replace(subject, found=[*subject.found, refund_unclear()])
    result = await _outcome(act, proof, subject, placed, back)
    if not takes_key(result, proof.evidence):
        kept = await _kept_before(act, sent, proof, subject, result)
        if kept is not None:
            return kept
    standing = _left_alone(placed, result, rows)
    conversion = standing or await _write(act, sent, proof, subject, placed, result, back)
    if standing is None:
        await apply_waiting(act, conversion)
        await _effects(act, subject, placed, result, conversion)
    elif placed.place is Place.POORER and subject.refused is None:
        await note_findings(act, [order_conflict(Verdict.ALLOW)], conversion=standing.id)
    await _keep(act, sent, proof, subject, result, conversion)
    return _answer(sent, result, conversion, subject, proof)


async def _rows(act: Act, sent: Sent, lead: Lead | None) -> list[Conversion]:
    """What is known of the order, or of the lead's event where there is no order."""
    if sent.order:
        return await qualification.of_order(act.db, act.campaign.id, act.mode, sent.order)
    if lead is None:
        return []
    return await qualification.of_event(act.db, act.campaign.id, lead.id, sent.event)


async def _returned(act: Act, sent: Sent, placed: Placed) -> Returned:
    """What went back of the order before this report of it, or before a better one."""
    if not sent.order:
        return Returned()
    known = await refunds.of_order(act.db, act.campaign.id, act.mode, sent.order)
    return returned(known, _money(sent, placed))


def _money(sent: Sent, placed: Placed) -> Money | None:
    """A better report of the same lead may leave the amount out; what strangers said never
    counts."""
    own = placed.row if placed.place is Place.BETTER else None
    return sent.amount.money or (own.money if own else None)


async def _was_issued(act: Act, placed: Placed) -> bool:
    return placed.row is not None and await any_issued(act, placed.row)


async def _outcome(
    act: Act, proof: Proof, subject: Subject, placed: Placed, back: Returned
) -> Outcome:
    lead, found = subject.lead, subject.found
    held = strongest(found, Verdict.HOLD)
    if lead is not None and held is None:
        doubts = await fraud.holding(act.db, act.campaign.id, lead.id, None)
        held = Reason(doubts[0].check) if doubts else None
    return outcome(
        placed.place,
        lead=lead.status if lead else None,
        lead_reason=lead.reason if lead else None,
        rejected=subject.refused or strongest(found, Verdict.REJECT),
        held=held,
        noted=strongest(found, Verdict.ALLOW),
        enough_evidence=proof.evidence >= act.campaign.least_evidence,
        refunded=back.whole,
        pays_more=lead is not None and await _pays_more(act, lead),
    )


async def _pays_more(act: Act, lead: Lead) -> bool:
    if lead.status is not LeadStatus.QUALIFIED:
        return False
    found = owing(await rules_for(act, lead), Occasion.CONVERTED)
    return any(in_time(rule, lead.converted_at, act.at) for rule, _ in found)


async def _kept_before(
    act: Act, sent: Sent, proof: Proof, subject: Subject, result: Outcome
) -> Answer | None:
    """The same refused words again: they are kept once."""
    before = await qualification.kept(
        act.db,
        act.campaign.id,
        ReportKind.CONVERT,
        sent.key,
        holders(sent, proof, subject.lead),
        f"{result.reason}",
    )
    if before is None or before.conversion_id is None:
        return None
    conversion = await qualification.by_id(act.db, act.campaign.id, before.conversion_id)
    if conversion is None:
        return None
    return replace(_answer(sent, result, conversion, subject, proof), dup=True)


def _left_alone(placed: Placed, result: Outcome, rows: Sequence[Conversion]) -> Conversion | None:
    """The row of the order that the report changes nothing of; None where it writes one.

    What is refused or known already never touches what stands.
    """
    if placed.row is not None and placed.place in (Place.DUPLICATE, Place.POORER):
        return placed.row
    return rows[0] if rows and result.status is Status.REJECTED else None


async def _write(
    act: Act,
    sent: Sent,
    proof: Proof,
    subject: Subject,
    placed: Placed,
    result: Outcome,
    back: Returned,
) -> Conversion:
    """The one row of the order, made or bettered."""
    before, money = placed.row, _money(sent, placed)
    conversion = Conversion(
        id=before.id if before else act.new_id("conv"),
        campaign_id=act.campaign.id,
        lead_id=subject.lead.id if subject.lead else None,
        referrer_id=subject.lead.referrer_id if subject.lead else proof.referrer_id,
        event=sent.event,
        order_id=sent.order or None,
        amount=money.minor if money else None,
        currency=money.currency if money else None,
        evidence=proof.evidence,
        status=result.status,
        reason=result.reason,
        mode=act.mode,
        created_at=before.created_at if before else act.at,
        refunded=back.minor,
    )
    await qualification.put(act.db, conversion, new=before is None)
    return conversion


async def _effects(
    act: Act, subject: Subject, placed: Placed, result: Outcome, conversion: Conversion
) -> None:
    """What the report changes beyond its own row."""
    lead = subject.lead
    if placed.row is not None and result.status in _STANDING:
        await fraud.clear_conversion(
            act.db, act.campaign.id, conversion.id, act.at, "better evidence"
        )
    if placed.place in (Place.BETTER, Place.TAKES_OVER) and result.status in _STANDING:
        await _lose(act, placed, conversion)
    await note_findings(act, subject.found, conversion=conversion.id)
    if result.reason is Reason.ORDER_CONFLICT and placed.place is Place.CONFLICTS:
        await _conflict(act, placed, conversion)
    await log_conversion(act, conversion)
    if lead is not None and result.status in _STANDING and occupies(conversion):
        await count_for(act, lead, conversion, new=placed.place is not Place.BETTER)


_STANDING = (Status.COUNTED, Status.HELD)


async def _conflict(act: Act, placed: Placed, conversion: Conversion) -> None:
    """Two leads, one order, equal evidence: both are held, but what went out stays."""
    await note_findings(act, [order_conflict(Verdict.HOLD)], conversion=conversion.id)
    for rival in placed.rivals:
        if await any_issued(act, rival):
            continue
        if rival.reason is not Reason.ORDER_CONFLICT:
            await note_findings(act, [order_conflict(Verdict.HOLD)], conversion=rival.id)
            held = replace(rival, status=Status.HELD, reason=Reason.ORDER_CONFLICT)
            await qualification.put(act.db, held, new=False)
            await log_conversion(act, held)
        if rival.lead_id and (lead := await _lead(act, rival.lead_id)):
            await weigh_again(act, lead)


async def _lose(act: Act, placed: Placed, winner: Conversion) -> None:
    """The order was another lead's by poorer evidence: that lead loses it."""
    losers = list(placed.rivals)
    if placed.place is Place.TAKES_OVER and placed.row is not None:
        losers.append(placed.row)
    for loser in losers:
        if loser.id != winner.id:
            lost = replace(loser, status=Status.IGNORED, reason=Reason.DUPLICATE)
            await qualification.put(act.db, lost, new=False)
        lead = await _lead(act, loser.lead_id or "") if loser.lead_id != winner.lead_id else None
        if lead is not None:
            await lose(act, lead, loser.id, Reason.ORDER_CONFLICT)


async def _lead(act: Act, lead_id: str) -> Lead | None:
    return await leads.by_id(act.db, act.campaign.id, lead_id)


async def log_conversion(act: Act, conversion: Conversion) -> None:
    """One line of activity: what the conversion has come to."""
    money = conversion.money
    await act.log(
        f"conversion.{conversion.status}",
        referrer_id=conversion.referrer_id,
        lead_id=conversion.lead_id,
        conversion_id=conversion.id,
        event=conversion.event,
        order=conversion.order_id,
        amount=str(money) if money else None,
        currency=conversion.currency,
        evidence=int(conversion.evidence),
        reason=conversion.reason,
    )


async def _keep(
    act: Act, sent: Sent, proof: Proof, subject: Subject, result: Outcome, conversion: Conversion
) -> None:
    taken = takes_key(result, proof.evidence)
    await qualification.keep(
        act.db,
        Report(
            id=act.new_id("rep"),
            campaign_id=act.campaign.id,
            kind=ReportKind.CONVERT,
            key=sent.key,
            holder=holders(sent, proof, subject.lead)[0],
            slot=qualification.TAKEN if taken else f"{result.reason}",
            door=sent.door,
            evidence=proof.evidence,
            status=result.status,
            reason=result.reason,
            lead_id=subject.lead.id if subject.lead else None,
            conversion_id=conversion.id,
            payload=sent.payload(),
            mode=act.mode,
            created_at=act.at,
        ),
    )


def _answer(
    sent: Sent, result: Outcome, conversion: Conversion, subject: Subject, proof: Proof
) -> Answer:
    """The id only for who may know it: the site's own server, the lead's own token, or a
    report that the server signed. Anybody has a code, and may guess an e-mail."""
    if sent.by_server:
        return Answer(result.status, result.reason, conversion.id)
    own = subject.lead is not None and conversion.lead_id == subject.lead.id
    trusted = proof.token is not None or proof.signed
    return Answer(result.status, result.reason, conversion.id if own and trusted else None)
