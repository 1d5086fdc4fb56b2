"""They converted: one report, by whatever door, finds its lead; `settle` finds its worth."""

from __future__ import annotations

from dataclasses import dataclass

from goodword.fraud.decide import examine
from goodword.fraud.rules import ON_CONVERSION, Facts
from goodword.hits import record as hits
from goodword.leads import record as leads
from goodword.leads.decide import is_late
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.join import join_payment
from goodword.lifecycle.lead import complete, known, make_lead, note_own_browser, was_customer
from goodword.lifecycle.report import Answer, Proof, Sent, holders, prove
from goodword.lifecycle.settle import Subject, settle
from goodword.model import Campaign, Evidence, Lead, Mode, Reason, ReportKind, Status
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers


async def convert(context: Context, campaign: Campaign, sent: Sent) -> Answer:
    """Takes a conversion report. `Unavailable` when it can't be stored."""
    proof = await prove(context, campaign, sent)
    if sent.bot and proof.evidence < Evidence.CALLED:
        context.refuse(campaign, "convert", Reason.BOT, sent.origin)
        return Answer(Status.IGNORED, Reason.BOT)
    if _says_nothing(proof):
        reason = _noise(sent, proof)
        context.refuse(campaign, "convert", reason, sent.origin)
        return Answer(Status.IGNORED, reason)
    async with begin(context, campaign, sent.door, proof.mode) as act:
        if proof.forged and not proof.signed:
            return await settle(act, sent, proof, Subject(None, refused=Reason.BAD_TOKEN))
        return await take(act, sent, proof)


def _says_nothing(proof: Proof) -> bool:
    """Anonymous noise: no token, no code of ours, no signature that holds, no authority."""
    resolved = proof.resolved is not None and not proof.disabled
    named = proof.token or proof.forged or resolved or proof.lead_code
    return not named and proof.evidence < Evidence.SIGNED


def _noise(sent: Sent, proof: Proof) -> Reason:
    if proof.disabled:
        return Reason.DISABLED
    return Reason.BAD_CODE if sent.code else Reason.NO_HIT


@dataclass(frozen=True, slots=True)
class _Found:
    """The lead that a report means, and how well it is meant."""

    lead: Lead | None
    by_name: bool = False
    contradicts: bool = False


async def take(act: Act, sent: Sent, proof: Proof) -> Answer:
    """Takes a conversion report in a transaction that is open, once its proof is known."""
    await note_own_browser(act, sent.person, proof)
    found = await _find(act, sent, proof)
    repeated = await qualification.taken(
        act.db, act.campaign.id, ReportKind.CONVERT, sent.key, holders(sent, proof, found.lead)
    )
    if repeated is not None:
        shown = repeated.conversion_id if proof.token or sent.by_server else None
        return Answer(repeated.status, repeated.reason, shown, dup=True)
    if (reason := _too_late(act, sent, proof, found)) is not None:
        return await settle(act, sent, proof, Subject(None, refused=reason))
    lead = await _lead(act, sent, proof, found)
    sent = await join_payment(act, sent, lead)
    facts = await _facts(act, sent, proof, found, lead)
    return await settle(act, sent, proof, Subject(lead, examine(ON_CONVERSION, facts)))


async def _find(act: Act, sent: Sent, proof: Proof) -> _Found:
    """By token or browser, then by lead code or id, then by customer or e-mail."""
    bound, named = await known(act, sent.person, proof)
    if bound is None:
        bound = await _pointed_at(act, sent, proof)
    if bound is None:
        return _Found(named, by_name=named is not None and proof.evidence < Evidence.SIGNED)
    other = named is not None and named.id != bound.id
    return _Found(bound, contradicts=other or sent.person.contradicts(bound))


async def _pointed_at(act: Act, sent: Sent, proof: Proof) -> Lead | None:
    """The lead that an id, a lead code or the lead code of the very hit points at."""
    if sent.lead_id:
        return await leads.by_id(act.db, act.campaign.id, sent.lead_id)
    if proof.lead_code:
        return await leads.by_code(act.db, act.campaign.id, proof.lead_code)
    if proof.token is None:
        return None
    hit = await hits.by_id(act.db, act.campaign.id, proof.token.hit_id)
    if hit is None or hit.lead_id is None:
        return None
    lead = await leads.by_id(act.db, act.campaign.id, hit.lead_id)
    return None if lead is None or sent.person.contradicts(lead) else lead


def _too_late(act: Act, sent: Sent, proof: Proof, found: _Found) -> Reason | None:
    """Why a token that is nobody's yet can make no lead any more."""
    if proof.token is None or found.lead is not None:
        return None
    if is_late(proof.token.at, sent.judged_at(act.at), act.campaign.window):
        return Reason.EXPIRED
    paused_at = act.campaign.paused_at
    if paused_at is not None and proof.token.at >= paused_at:
        return Reason.PAUSED
    return None


async def _lead(act: Act, sent: Sent, proof: Proof, found: _Found) -> Lead | None:
    """The lead as it is once the report's own words are added to it; made by its first token."""
    lead = found.lead
    if lead is None and proof.token is not None:
        lead, _ = await make_lead(act, sent, proof, source="conversion")
    elif lead is not None and not found.contradicts and sent.person.adds_to(lead):
        lead = await complete(act, lead, sent)
    return lead


async def _facts(act: Act, sent: Sent, proof: Proof, found: _Found, lead: Lead | None) -> Facts:
    referrer_id = lead.referrer_id if lead else proof.referrer_id
    referrer = referrer_id and await referrers.by_id(act.db, act.campaign.id, referrer_id)
    names = (sent.person.email, lead.email_canonical) if lead else ()
    joined = sent.judged_at(lead.joined_at) if lead else act.at
    return Facts(
        email=sent.person.email,
        referrer_email=referrer.email_canonical if referrer else None,
        found_by_name=found.by_name,
        contradicts=found.contradicts,
        bad_signature=proof.bad_signature,
        amount_unreadable=sent.amount.unreadable,
        was_customer=await was_customer(act, joined, *names),
        test=act.mode is Mode.TEST,
    )
