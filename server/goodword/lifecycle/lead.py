"""A lead found, made, completed, looked at again or rejected: what every report may do."""

from __future__ import annotations

from dataclasses import replace

from goodword.clock import new_secret
from goodword.fraud import record as fraud
from goodword.fraud.decide import examine, strongest
from goodword.fraud.rules import ON_LEAD, Facts, Found
from goodword.leads import customers
from goodword.leads import record as leads
from goodword.leads.decide import Person, is_late
from goodword.lifecycle.act import Act
from goodword.lifecycle.climb import climb
from goodword.lifecycle.report import Proof, Sent
from goodword.lifecycle.reward import cancel, note_findings, owe, weigh_again
from goodword.model import Lead, LeadStatus, Mode, Occasion, Reason, Referrer, Verdict
from goodword.referrers import record as referrers
from goodword.signing import CodeKind, mint_code


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
    token, at = proof.token, sent.judged_at(act.at)
    return Facts(
        email=sent.person.email,
        referrer_email=referrer.email_canonical,
        own_browser=token is not None
        and await referrers.owns_visitor(act.db, act.campaign.id, token.visitor, referrer.id),
        late=token is not None and is_late(token.at, at, act.campaign.window),
        was_customer=await was_customer(act, at + 1, sent.person.email),
        another_name=another,
        honeypot=sent.honeypot,
        test=act.mode is Mode.TEST,
    )


async def was_customer(act: Act, before: int, *emails: str | None) -> bool:
    """Whether one of these canonical e-mails was a customer's earlier than `before`."""
    for email in filter(None, emails):
        since = await customers.since(act.db, act.campaign.id, email)
        if since is not None and since < before:
            return True
    return False


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
        was_customer=await was_customer(act, lead.joined_at, email),
        test=act.mode is Mode.TEST,
    )
    return await _look_again(act, lead, referrer, facts)


async def reject(act: Act, lead: Lead, reason: Reason, **said: str) -> Lead:
    """Rejects a lead and cancels what it would have earned. `said` is logged with it."""
    moved = await leads.move(act.db, lead, LeadStatus.REJECTED, reason=reason)
    if moved is None:
        return lead
    await act.log(
        "lead.rejected", referrer_id=lead.referrer_id, lead_id=lead.id, reason=reason, **said
    )
    await cancel(act, lead, reason)
    await climb(act, moved)
    return moved


async def note_own_browser(act: Act, person: Person, proof: Proof) -> None:
    """A report with a referrer's e-mail makes the browser that sent it the referrer's own.

    What that browser brought the referrer is looked at again: a lead without a name is the
    referrer in person, one with a name of its own is held.
    """
    if proof.token is None or person.email is None or act.mode is Mode.TEST:
        return
    referrer = await referrers.by_email(act.db, act.campaign.id, Mode.LIVE, person.email)
    if referrer is None:
        return
    await own_browser(act, referrer, proof.token.visitor)


async def own_browser(act: Act, referrer: Referrer, visitor: str) -> None:
    """Notes that a browser is the referrer's own, and looks again at what it brought them."""
    await referrers.own_visitor(act.db, act.campaign.id, visitor, referrer.id, act.at)
    for lead in await leads.of_visitor(act.db, act.campaign.id, visitor, referrer.id):
        if lead.status is not LeadStatus.REJECTED:
            email = lead.email_canonical or referrer.email_canonical
            await _look_again(act, lead, referrer, Facts(email=email, own_browser=True))


async def _look_again(act: Act, lead: Lead, referrer: Referrer | None, facts: Facts) -> Lead:
    """Keeps what the checks say now and had not said before, and acts on it."""
    facts = replace(facts, referrer_email=referrer.email_canonical if referrer else None)
    said = {each.check for each in await fraud.of_lead(act.db, act.campaign.id, lead.id)}
    found = [each for each in examine(ON_LEAD, facts) if each.check not in said]
    await note_findings(act, found, lead=lead.id)
    if lead.status is LeadStatus.REJECTED:
        return lead
    if rejected := strongest(found, Verdict.REJECT):
        return await reject(act, lead, rejected)
    await weigh_again(act, lead)
    await climb(act, lead)
    return lead
