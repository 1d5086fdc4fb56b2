"""A person leaves a name: the lead is made, found, completed or refused."""

from __future__ import annotations

from goodword.clock import new_secret
from goodword.fraud.decide import examine, strongest
from goodword.fraud.rules import ON_LEAD, Facts, Found
from goodword.leads import record as leads
from goodword.leads.decide import Match, Matched, Person, is_late, match_sign_up, refused_because
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.report import Answer, Proof, Sent, holders, prove
from goodword.lifecycle.reward import cancel, note_findings, owe, weigh_again
from goodword.model import (
    Campaign,
    Lead,
    LeadStatus,
    Mode,
    Occasion,
    Reason,
    Referrer,
    Report,
    ReportKind,
    Status,
    Verdict,
)
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers
from goodword.signing import CodeKind, mint_code


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
    async with begin(context, campaign, sent.door, proof.mode) as act:
        if proof.forged:
            return await _refuse(act, sent, proof, Reason.BAD_TOKEN)
        return await _take(act, sent, proof)


async def _take(act: Act, sent: Sent, proof: Proof) -> Answer:
    bound, named = await known(act, sent.person, proof)
    repeated = await qualification.taken(
        act.db, act.campaign.id, ReportKind.LEAD, sent.key, holders(sent, proof, named)
    )
    if repeated is not None:
        own = sent.by_server or proof.token is not None
        return await _again(act, repeated, own)
    await note_own_browser(act, sent.person, proof)
    matched = match_sign_up(sent.person, bound, named)
    match matched.match:
        case Match.REFUSED if matched.lead:
            return await _refuse(act, sent, proof, refused_because(matched.lead), matched.lead)
        case Match.KNOWN if matched.lead:
            return await _duplicate(act, sent, proof, matched.lead, matched.own)
        case Match.COMPLETES if matched.lead:
            lead = await complete(act, matched.lead, sent)
            return await _duplicate(act, sent, proof, lead, own=True)
    if act.campaign.paused:
        return await _refuse(act, sent, proof, Reason.PAUSED)
    return await _make(act, sent, proof, matched)


async def known(act: Act, person: Person, proof: Proof) -> tuple[Lead | None, Lead | None]:
    """The lead of this browser, and the lead of this name. Test runs repeat names, so that a
    name finds no test lead."""
    campaign_id, token = act.campaign.id, proof.token
    bound = named = None
    if token is not None:
        bound = await leads.by_hit(act.db, campaign_id, token.hit_id) or await leads.by_visitor(
            act.db, campaign_id, act.mode, token.visitor
        )
    if person.email is not None:
        named = await leads.by_email(act.db, campaign_id, act.mode, person.email)
    if named is None and person.customer is not None:
        named = await leads.by_customer(act.db, campaign_id, act.mode, person.customer)
    return bound, named


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


async def make_lead(
    act: Act, sent: Sent, proof: Proof, *, source: str, another: bool = False
) -> tuple[Lead, list[Found]]:
    """A lead of this token or code, and what the checks said of it; rejected if one says so."""
    referrer_id = proof.referrer_id
    if referrer_id is None:
        raise ValueError("a lead needs a referrer")
    referrer = await referrers.by_id(act.db, act.campaign.id, referrer_id)
    if referrer is None:
        raise ValueError(f"no referrer {referrer_id}")
    found = examine(ON_LEAD, await _facts(act, sent, proof, referrer, another))
    rejected = strongest(found, Verdict.REJECT)
    lead = _lead(act, sent, proof, referrer, source, rejected)
    await leads.add(act.db, lead)
    await note_findings(act, found, lead=lead.id)
    await act.log("lead.created", referrer_id=referrer.id, lead_id=lead.id, source=source)
    if rejected:
        await act.log("lead.rejected", referrer_id=referrer.id, lead_id=lead.id, reason=rejected)
    else:
        await owe(act, lead, Occasion.JOINED, None)
    return lead, found


async def _facts(act: Act, sent: Sent, proof: Proof, referrer: Referrer, another: bool) -> Facts:
    token = proof.token
    return Facts(
        email=sent.person.email,
        referrer_email=referrer.email_canonical,
        own_browser=token is not None
        and await referrers.owns_visitor(act.db, act.campaign.id, token.visitor, referrer.id),
        late=token is not None and is_late(token.at, act.at, act.campaign.window),
        another_name=another,
        test=act.mode is Mode.TEST,
    )


def _lead(
    act: Act, sent: Sent, proof: Proof, referrer: Referrer, source: str, rejected: Reason | None
) -> Lead:
    token, live = proof.token, act.mode is Mode.LIVE
    return Lead(
        id=act.new_id("lead"),
        campaign_id=act.campaign.id,
        referrer_id=referrer.id,
        status=LeadStatus.REJECTED if rejected else LeadStatus.PENDING,
        reason=rejected,
        code=mint_code(act.campaign.code_key, CodeKind.LEAD, new_secret(5)),
        email=sent.email or None,
        email_canonical=sent.person.email if live else None,
        customer=(sent.customer or None) if live else None,
        name=sent.name or None,
        hit_id=token.hit_id if token else None,
        visitor=token.visitor if token else None,
        source=source,
        mode=act.mode,
        joined_at=act.at,
        converted_at=None,
    )


async def complete(act: Act, lead: Lead, sent: Sent) -> Lead:
    """Fills in the name of a lead that came without one, and looks at it again with that name.

    The caller knows that no other lead has that name.
    """
    referrer = await referrers.by_id(act.db, act.campaign.id, lead.referrer_id)
    email = sent.person.email
    lead = await leads.complete(
        act.db,
        lead,
        email=sent.email or None,
        email_canonical=email if act.mode is Mode.LIVE else None,
        customer=(sent.customer or None) if act.mode is Mode.LIVE else None,
        name=sent.name or None,
    )
    facts = Facts(
        email=email,
        referrer_email=referrer.email_canonical if referrer else None,
        test=act.mode is Mode.TEST,
    )
    found = examine(ON_LEAD, facts)
    await note_findings(act, found, lead=lead.id)
    if rejected := strongest(found, Verdict.REJECT):
        return await reject(act, lead, rejected)
    await weigh_again(act, lead)
    return lead


async def reject(act: Act, lead: Lead, reason: Reason) -> Lead:
    """Rejects a lead and cancels what it would have earned."""
    moved = await leads.move(act.db, lead, LeadStatus.REJECTED, reason=reason)
    if moved is None:
        return lead
    await act.log("lead.rejected", referrer_id=lead.referrer_id, lead_id=lead.id, reason=reason)
    await cancel(act, lead, reason)
    return moved


async def note_own_browser(act: Act, person: Person, proof: Proof) -> None:
    """A report with a referrer's e-mail makes the browser that sent it the referrer's own."""
    if proof.token is None or person.email is None:
        return
    referrer = await referrers.by_email(act.db, act.campaign.id, Mode.LIVE, person.email)
    if referrer is not None:
        await referrers.own_visitor(
            act.db, act.campaign.id, proof.token.visitor, referrer.id, act.at
        )


async def _duplicate(act: Act, sent: Sent, proof: Proof, lead: Lead, own: bool) -> Answer:
    if lead.status is LeadStatus.REJECTED:
        return await _refuse(act, sent, proof, refused_because(lead), lead)
    answer = Answer(Status.IGNORED, Reason.DUPLICATE)
    await _keep(act, sent, proof, answer, lead)
    if not own and not sent.by_server:
        return answer
    return Answer(answer.status, answer.reason, lead.id, lead.code)


async def _refuse(
    act: Act, sent: Sent, proof: Proof, reason: Reason, lead: Lead | None = None
) -> Answer:
    answer = Answer(Status.REJECTED, reason)
    await _keep(act, sent, proof, answer, lead)
    if lead is None or not sent.by_server:
        return answer
    return Answer(answer.status, answer.reason, lead.id, lead.code)


async def _keep(act: Act, sent: Sent, proof: Proof, answer: Answer, lead: Lead | None) -> None:
    taken = answer.status in (Status.COUNTED, Status.HELD)
    await qualification.keep(
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
