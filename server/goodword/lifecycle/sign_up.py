"""A person leaves a name: the lead is made, found, completed or refused."""

from __future__ import annotations

from dataclasses import replace

from goodword.fraud.decide import strongest
from goodword.fraud.rules import Found
from goodword.leads import record as leads
from goodword.leads.decide import Match, Matched, match_sign_up, refused_because
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.lead import complete, known, make_lead, note_own_browser
from goodword.lifecycle.report import Answer, Proof, Sent, holders, prove
from goodword.model import (
    Campaign,
    Lead,
    LeadStatus,
    Reason,
    Report,
    ReportKind,
    Status,
    Verdict,
)
from goodword.qualification import record as qualification


async def sign_up(context: Context, campaign: Campaign, sent: Sent) -> Answer:
    """Takes a lead report. `Unavailable` when it can't be stored."""
    proof = await prove(context, campaign, sent)
    if sent.bot:
        context.refuse(campaign, "lead", Reason.BOT, sent.origin)
        return Answer(Status.IGNORED, Reason.BOT)
    if not proof.forged and proof.referrer_id is None:
        reason = Reason.BAD_CODE if sent.code else Reason.NO_HIT
        context.refuse(campaign, "lead", reason, sent.origin)
        return Answer(Status.IGNORED, reason)
    if proof.disabled and not proof.forged and not sent.by_server:
        context.refuse(campaign, "lead", Reason.DISABLED, sent.origin)
        return Answer(Status.IGNORED, Reason.DISABLED)
    async with begin(context, campaign, sent.door, proof.mode) as act:
        if proof.forged:
            return await _refuse(act, sent, proof, Reason.BAD_TOKEN)
        return await take(act, sent, proof)


async def take(act: Act, sent: Sent, proof: Proof) -> Answer:
    """Takes a lead report in a transaction that is open, once its proof is known."""
    await note_own_browser(act, sent.person, proof)
    bound, named = await known(act, sent.person, proof)
    repeated = await qualification.taken(
        act.db, act.campaign.id, ReportKind.LEAD, sent.key, holders(sent, proof, named)
    )
    if repeated is not None:
        own = sent.by_server or proof.token is not None
        return await _again(act, repeated, own)
    matched = match_sign_up(sent.person, bound, named)
    match matched.match:
        case Match.REFUSED if matched.lead:
            return await _refuse(act, sent, proof, refused_because(matched.lead), matched.lead)
        case Match.KNOWN if matched.lead:
            return await _duplicate(act, sent, proof, matched.lead, matched.own)
        case Match.COMPLETES if matched.lead:
            lead = await complete(act, matched.lead, sent)
            return await _duplicate(act, sent, proof, lead, own=True)
    if act.campaign.paused or proof.disabled:
        reason = Reason.PAUSED if act.campaign.paused else Reason.DISABLED
        return await _refuse(act, sent, proof, reason)
    return await _make(act, sent, proof, matched)


async def _again(act: Act, repeated: Report, own: bool) -> Answer:
    lead = repeated.lead_id and await leads.by_id(act.db, act.campaign.id, repeated.lead_id)
    if not own or not lead:
        return Answer(repeated.status, repeated.reason, dup=True)
    return Answer(repeated.status, repeated.reason, lead.id, lead.code, dup=True)


async def _make(act: Act, sent: Sent, proof: Proof, matched: Matched) -> Answer:
    another, source = matched.match is Match.ANOTHER, "api" if sent.by_server else "lead"
    lead, found = await make_lead(act, sent, proof, source=source, another=another)
    answer = _verdict(found)
    await _keep(act, sent, proof, answer, lead)
    if answer.status is Status.REJECTED and not sent.by_server:
        return answer
    return Answer(answer.status, answer.reason, lead.id, lead.code)


def _verdict(found: list[Found]) -> Answer:
    if rejected := strongest(found, Verdict.REJECT):
        return Answer(Status.REJECTED, rejected)
    if held := strongest(found, Verdict.HOLD):
        return Answer(Status.HELD, held)
    return Answer(Status.COUNTED)


async def _duplicate(act: Act, sent: Sent, proof: Proof, lead: Lead, own: bool) -> Answer:
    if lead.status is LeadStatus.REJECTED:
        return await _refuse(act, sent, proof, refused_because(lead), lead)
    answer = Answer(Status.IGNORED, Reason.DUPLICATE)
    new = await _keep(act, sent, proof, answer, lead)
    if not own and not sent.by_server:
        return replace(answer, dup=not new)
    return Answer(answer.status, answer.reason, lead.id, lead.code, dup=not new)


async def _refuse(
    act: Act, sent: Sent, proof: Proof, reason: Reason, lead: Lead | None = None
) -> Answer:
    answer = Answer(Status.REJECTED, reason)
    new = await _keep(act, sent, proof, answer, lead)
    if lead is None or not sent.by_server:
        return replace(answer, dup=not new)
    return Answer(answer.status, answer.reason, lead.id, lead.code, dup=not new)


async def _keep(act: Act, sent: Sent, proof: Proof, answer: Answer, lead: Lead | None) -> bool:
    """Whether it is the first of its words."""
    taken = answer.status in (Status.COUNTED, Status.HELD)
    return await qualification.keep(
        act.db,
        Report(
            id=act.new_id("rep"),
            campaign_id=act.campaign.id,
            kind=ReportKind.LEAD,
            key=sent.key,
            holder=holders(sent, proof, lead)[0],
            slot=qualification.TAKEN if taken else f"{answer.reason}",
            door=sent.door,
            evidence=proof.evidence,
            status=answer.status,
            reason=answer.reason,
            lead_id=lead.id if lead else None,
            conversion_id=None,
            payload=sent.payload(),
            mode=act.mode,
            created_at=act.at,
        ),
    )
