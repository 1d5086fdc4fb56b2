"""Why: everything that was seen of a lead, what was decided, what is missing, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goodword.activity import record as activity
from goodword.campaigns import record as campaigns
from goodword.fraud import record as fraud
from goodword.fraud.rules import ON_CONVERSION, ON_LEAD
from goodword.hits import record as hits
from goodword.leads import record as leads
from goodword.lifecycle.context import Context
from goodword.lifecycle.story import (
    EVIDENCE,
    REASONS,
    Captured,
    Moment,
    Next,
    captured,
    caught_by,
    in_order,
    of_checks,
    of_log,
    of_mails,
    of_reports,
    outlook,
    outlook_of_mail,
)
from goodword.model import (
    Campaign,
    Conversion,
    Finding,
    Hit,
    Lead,
    LeadStatus,
    MessageStatus,
    Occasion,
    Reason,
    Referrer,
    Report,
    Reward,
    Rule,
    Verdict,
)
from goodword.notifications import mail as mails
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers
from goodword.rewards import record as rewards


@dataclass(frozen=True, slots=True)
class Checked:
    """One check, and what it said: None where it had nothing to say."""

    name: str
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    lead: Lead
    referrer: Referrer | None
    hit: Hit | None
    captured: list[Captured]
    timeline: list[Moment]
    checks: list[Checked]
    findings: list[Finding]
    conversions: list[Conversion]
    reports: list[Report]
    rewards: list[Reward]
    rules: list[Rule]
    missing: list[str]
    next: list[Next]


async def explain(context: Context, campaign: Campaign, lead_id: str) -> Explanation | None:
    """Everything about a lead; None when the campaign has no such lead."""
    async with context.storage.read() as db:
        lead = await leads.by_id(db, campaign.id, lead_id)
        if lead is None:
            return None
        referrer = await referrers.by_id(db, campaign.id, lead.referrer_id)
        hit = await hits.by_id(db, campaign.id, lead.hit_id) if lead.hit_id else None
        findings = await fraud.of_lead(db, campaign.id, lead.id)
        conversions = await qualification.of_lead(db, campaign.id, lead.id)
        reports = await qualification.reports_of(db, campaign.id, lead.id)
        owed = await rewards.of_lead(db, campaign.id, lead.id)
        log = await activity.of_lead(db, campaign.id, lead.id)
        written = await mails.about(db, campaign.id, lead.id)
        versions = {(reward.rule_id, reward.rule_version) for reward in owed}
        rules = [await campaigns.rule_version(db, campaign.id, *each) for each in sorted(versions)]
    moments = [*_visit(hit), *of_log(log), *of_checks(findings), *of_reports(reports)]
    moments += of_mails(written)
    waiting = [each for each in written if each.status is MessageStatus.WAITING]
    has_server = context.settings.mail_server is not None
    return Explanation(
        lead=lead,
        referrer=referrer,
        hit=hit,
        captured=captured(hit, reports),
        timeline=in_order(moments),
        checks=list(_checked(findings, bool(conversions))),
        findings=findings,
        conversions=conversions,
        reports=reports,
        rewards=owed,
        rules=[rule for rule in rules if rule is not None],
        missing=list(_missing(campaign, lead, findings, conversions, owed)),
        next=[
            *_next(lead, owed, context.now()),
            *(outlook_of_mail(each, has_server) for each in waiting),
        ],
    )


def _visit(hit: Hit | None) -> Iterator[Moment]:
    if hit is None:
        return
    where = f" on {hit.url}" if hit.url and hit.via == "tag" else ""
    came = f", coming from {hit.http_referrer}" if hit.http_referrer else ""
    private = ". Global Privacy Control was on: no address or browser was kept" if hit.gpc else ""
    yield Moment(
        hit.created_at,
        f"Visit through the code {hit.code}",
        f"Recorded by {caught_by(hit)}{where}{came}{private}.",
        "hit",
    )


def _checked(findings: Iterable[Finding], converted: bool) -> Iterator[Checked]:
    """Every check that the lead has passed through, with its latest word."""
    latest = {finding.check: finding for finding in findings}
    ran = (*ON_LEAD, *ON_CONVERSION) if converted else ON_LEAD
    names = dict.fromkeys([rule.__name__ for rule in ran] + list(latest))
    for name in names:
        yield Checked(name.replace("_", " ").capitalize(), latest.get(name))


def _missing(
    campaign: Campaign,
    lead: Lead,
    findings: Iterable[Finding],
    conversions: Iterable[Conversion],
    owed: list[Reward],
) -> Iterator[str]:
    """What keeps the lead from qualifying, or a reward from being paid."""
    if lead.status is LeadStatus.REJECTED:
        yield f"The lead is rejected because {REASONS[lead.reason or Reason.NO_LEAD]}."
    if lead.status is LeadStatus.PENDING:
        yield from _missing_to_qualify(campaign, conversions)
    if not campaign.rules:
        yield "The campaign has no reward rule: qualifying pays nothing."
    for finding in findings:
        if finding.verdict is Verdict.HOLD and finding.cleared_at is None and owed:
            yield f"A person must look at this: {finding.detail}"


def _missing_to_qualify(campaign: Campaign, conversions: Iterable[Conversion]) -> Iterator[str]:
    claims = [each for each in conversions if each.reason is Reason.NEEDS_EVIDENCE]
    if claims:
        least = EVIDENCE[campaign.least_evidence]
        yield f"A conversion was claimed, but the campaign asks for at least: {least}."
    else:
        yield "No conversion has been reported yet."


def _next(lead: Lead, owed: Iterable[Reward], now: int) -> Iterator[Next]:
    if lead.status is LeadStatus.PENDING:
        yield Next(None, "When the lead converts, it qualifies and the reward falls due.")
    for reward in owed:
        yield from outlook(reward, now)
    if lead.settled:
        yield Next(None, "It moved in qualified: what that earned was owed where it came from.")
    elif lead.status is LeadStatus.QUALIFIED and not any(
        reward.occasion is Occasion.QUALIFIED for reward in owed
    ):
        yield Next(None, "Nothing is owed: no rule paid for this when the lead qualified.")
