"""Why: everything that was seen of a lead, what was decided, what is missing, what comes next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goodword.activity import record as activity
from goodword.campaigns import record as campaigns
from goodword.fraud import record as fraud
from goodword.fraud.rules import ON_CONVERSION, ON_LEAD
from goodword.hits import record as hits
from goodword.leads import record as leads
from goodword.lifecycle.context import Context
from goodword.model import (
    Activity,
    Campaign,
    Conversion,
    Evidence,
    Finding,
    Hit,
    Lead,
    LeadStatus,
    Occasion,
    Reason,
    Referrer,
    Report,
    Reward,
    RewardStatus,
    Rule,
    Status,
    Verdict,
)
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers
from goodword.rewards import record as rewards

EVIDENCE = {
    Evidence.BARE: "a bare code from a browser",
    Evidence.TOKEN: "reported by the browser",
    Evidence.SIGNED: "signed by your server",
    Evidence.CALLED: "called by your server",
    Evidence.CONFIRMED: "confirmed by payment",
}

REASONS = {
    Reason.ALREADY_QUALIFIED: "the lead had qualified before, and no rule pays for more",
    Reason.AMOUNT_UNREADABLE: "the amount could not be read, so it is kept without one",
    Reason.BAD_CODE: "the code is not one of this campaign",
    Reason.BAD_SIGNATURE: "the signature does not match what was sent",
    Reason.BAD_TOKEN: "the token is forged, cut short, or of another campaign",
    Reason.BOT: "a program sent it, not a person",
    Reason.BY_HAND: "a person or your server decided so",
    Reason.DUPLICATE: "it was known already",
    Reason.EMAIL_BY_BROWSER: "only what a browser typed names the lead",
    Reason.EXPIRED: "the visit was longer ago than the campaign's window",
    Reason.IDENTITY_MISMATCH: "it names another person than the lead",
    Reason.NEEDS_EVIDENCE: "a browser alone claims it; better evidence is needed",
    Reason.NO_HIT: "no visit through a referral link stands behind it",
    Reason.NO_LEAD: "nobody we know as a lead is meant",
    Reason.ORDER_CONFLICT: "two reports name different leads for one order",
    Reason.ORIGIN: "the page's origin is not one of the campaign's",
    Reason.PAUSED: "the campaign is paused",
    Reason.PREFETCH: "the browser fetched the page ahead, nobody saw it",
    Reason.SAME_BROWSER: "the referrer has used this very browser",
    Reason.SELF_REFERRAL: "the e-mail is the referrer's own",
    Reason.SHARED_TOKEN: "this browser already reported a lead under another name",
}
"""What each reason means, in words for an admin; they continue a sentence after "because"."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline. `kind` is hit, lead, conversion, reward, check or report."""

    at: int
    title: str
    detail: str
    kind: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One check, and what it said: None where it had nothing to say."""

    name: str
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next, and when (milliseconds; None: when somebody acts)."""

    at: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    lead: Lead
    referrer: Referrer | None
    hit: Hit | None
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
        versions = {(reward.rule_id, reward.rule_version) for reward in owed}
        rules = [await campaigns.rule_version(db, campaign.id, *each) for each in sorted(versions)]
    moments = [*_visit(hit), *_log(log), *_checks(findings), *_reports(reports)]
    return Explanation(
        lead=lead,
        referrer=referrer,
        hit=hit,
        timeline=sorted(moments, key=lambda moment: (moment.at, _ORDER.get(moment.kind, 2))),
        checks=list(_checked(findings, bool(conversions))),
        findings=findings,
        conversions=conversions,
        reports=reports,
        rewards=owed,
        rules=[rule for rule in rules if rule is not None],
        missing=list(_missing(campaign, lead, findings, conversions, owed)),
        next=list(_next(lead, owed, context.now())),
    )


_ORDER = {"hit": 0, "check": 1}
"""Within one millisecond: what was seen, what the checks said of it, what came of it."""


def _visit(hit: Hit | None) -> Iterator[Moment]:
    if hit is None:
        return
    how = "the link through this server" if hit.via == "hop" else "the tag on the page"
    where = f" on {hit.url}" if hit.url and hit.via == "tag" else ""
    came = f", coming from {hit.http_referrer}" if hit.http_referrer else ""
    private = ". Global Privacy Control was on: no address or browser was kept" if hit.gpc else ""
    yield Moment(
        hit.created_at,
        f"Visit through the code {hit.code}",
        f"Recorded by {how}{where}{came}{private}.",
        "hit",
    )


_TITLES = {
    "lead.created": "Lead made",
    "lead.qualified": "Lead qualified",
    "lead.unqualified": "Lead pending again",
    "lead.rejected": "Lead rejected",
    "lead.reopened": "Lead reopened",
    "lead.renamed": "Lead renamed",
    "conversion.counted": "Conversion counted",
    "conversion.held": "Conversion held",
    "conversion.rejected": "Conversion rejected",
    "conversion.ignored": "Conversion ignored",
    "reward.due": "Reward due",
    "reward.held": "Reward held",
    "reward.cancelled": "Reward cancelled",
}

_SOURCES = {
    "lead": "by a sign-up",
    "conversion": "by the conversion itself, from its token",
    "api": "by your server",
}


def _log(log: Iterable[Activity]) -> Iterator[Moment]:
    for line in log:
        kind = line.type.partition(".")[0]
        detail = _detail(json.loads(line.data))
        yield Moment(line.created_at, _TITLES.get(line.type, line.type), detail, kind)


def _detail(data: dict[str, str | int | None]) -> str:
    """What a line of activity says, in one sentence or two."""
    parts: list[str] = []
    if source := data.get("source"):
        parts.append(_SOURCES[str(source)])
    if data.get("event"):
        order = f" {data['order']}" if data.get("order") else ""
        parts.append(f"{data['event']}{order}")
    if data.get("amount"):
        parts.append(f"{data['amount']} {data['currency']}")
    if data.get("recipient"):
        parts.append(f"to the {data['recipient']}")
    if data.get("evidence") is not None:
        parts.append(EVIDENCE[Evidence(int(data["evidence"] or 0))])
    text = ", ".join(parts)
    if reason := data.get("reason"):
        why = f"because {REASONS[Reason(str(reason))]}"
        text = f"{text}; {why}" if text else why
    return f"{text[:1].upper()}{text[1:]}." if text else ""


_VERDICTS = {
    Verdict.ALLOW: "noted",
    Verdict.HOLD: "holds the rewards",
    Verdict.REJECT: "rejects",
    Verdict.IGNORE: "ignored",
}


def _checks(findings: Iterable[Finding]) -> Iterator[Moment]:
    for finding in findings:
        title = f"Check {finding.check.replace('_', ' ')}: {_VERDICTS[finding.verdict]}"
        yield Moment(finding.created_at, title, finding.detail, "check")
        if finding.cleared_at is not None:
            cleared = f"Check {finding.check.replace('_', ' ')}: cleared"
            yield Moment(finding.cleared_at, cleared, f"By {finding.cleared_by}.", "check")


def _reports(reports: Iterable[Report]) -> Iterator[Moment]:
    """Only what left no other trace: reports that were refused or known already."""
    for report in reports:
        if report.status in (Status.REJECTED, Status.IGNORED) and report.reason is not None:
            what = "Sign-up" if report.kind == "lead" else "Conversion"
            title = (
                f"{what} reported again"
                if report.reason is Reason.DUPLICATE
                else (f"{what} report {report.status}")
            )
            detail = f"{EVIDENCE[report.evidence]}; {REASONS[report.reason]}."
            yield Moment(report.created_at, title, detail[:1].upper() + detail[1:], "report")


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
        what = f"{reward.money} {reward.currency} to the {reward.recipient}"
        if reward.status is RewardStatus.DUE and reward.issue_after > now:
            yield Next(reward.issue_after, f"{what} may be issued.")
        elif reward.status is RewardStatus.DUE:
            yield Next(None, f"{what} may be issued now.")
        elif reward.status is RewardStatus.HELD:
            yield Next(None, f"{what} is held until a person clears the finding.")
    if lead.status is LeadStatus.QUALIFIED and not any(
        reward.occasion is Occasion.QUALIFIED for reward in owed
    ):
        yield Next(None, "Nothing is owed: no rule paid for this when the lead qualified.")
