"""What happened, why, and what comes next, in words for an admin."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goodword.model import (
    Activity,
    Evidence,
    Finding,
    Hit,
    Letter,
    Message,
    Reason,
    Report,
    ReportKind,
    Reward,
    RewardStatus,
    Status,
    Verdict,
    is_email,
)
from goodword.notifications.letters import STANDARD
from goodword.stats.decide import Way

EVIDENCE = {
    Evidence.BARE: "a bare code from a browser",
    Evidence.TOKEN: "reported by the browser",
    Evidence.SIGNED: "signed by your server",
    Evidence.CALLED: "called by your server",
    Evidence.CONFIRMED: "confirmed by payment",
}

REASONS = {
    Reason.ALREADY_QUALIFIED: "the lead had qualified before, and no rule pays for more",
    Reason.AMOUNT_MISSING: "there is no amount to take the percentage of",
    Reason.AMOUNT_UNREADABLE: "the amount could not be read, so it is kept without one",
    Reason.BAD_CODE: "the code is not one of this campaign",
    Reason.BAD_SIGNATURE: "the signature does not match what was sent",
    Reason.BAD_TOKEN: "the token is forged, cut short, or of another campaign",
    Reason.BOT: "a program sent it, not a person",
    Reason.BUDGET: "the campaign's budget is used up",
    Reason.BY_HAND: "a person or your server decided so",
    Reason.CAP: "the referrer has more rewards in 30 days than the campaign's cap",
    Reason.CURRENCY: "the amount is in another currency than the rule's",
    Reason.DISABLED: "the referrer's code is disabled",
    Reason.DISPUTED: "the payment is disputed",
    Reason.DUPLICATE: "it was known already",
    Reason.EMAIL_BY_BROWSER: "only what a browser typed names the lead",
    Reason.EXISTING_CUSTOMER: "this e-mail was a customer's before the referral",
    Reason.EXPIRED: "the visit was longer ago than the campaign's window",
    Reason.HONEYPOT: "a field that no person sees was filled in",
    Reason.IDENTITY_MISMATCH: "it names another person than the lead",
    Reason.NEEDS_EVIDENCE: "a browser alone claims it; better evidence is needed",
    Reason.NO_COUPON: "the pool has no coupon code left",
    Reason.NO_HIT: "no visit through a referral link stands behind it",
    Reason.NO_LEAD: "nobody we know as a lead is meant",
    Reason.ORDER_CONFLICT: "two reports name different leads for one order",
    Reason.ORIGIN: "the page's origin is not one of the campaign's",
    Reason.PAUSED: "the campaign is paused",
    Reason.PREFETCH: "the browser fetched the page ahead, nobody saw it",
    Reason.REFUNDED: "the order was refunded",
    Reason.SAME_BROWSER: "the referrer has used this very browser",
    Reason.SELF_REFERRAL: "the e-mail is the referrer's own",
    Reason.SHARED_TOKEN: "this browser already reported a lead under another name",
    Reason.STEP_LOST: "the referrer no longer has that many successful referrals",
    Reason.UNDELIVERED: "no webhook took the message that it is ready",
    Reason.UNREACHABLE: "nobody can be mailed the code: they left no address, or want no e-mails",
    Reason.WITHDRAWN: "the outside system no longer says that it converted",
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
class Next:
    """What comes next, and when (milliseconds; None: when somebody acts)."""

    at: int | None
    text: str


_ORDER = {"hit": 0, "check": 1, "email": 3}
"""Within one millisecond: what was seen, what the checks said of it, what came of it, and who was
written to."""


def in_order(moments: Iterable[Moment]) -> list[Moment]:
    """A timeline, oldest first."""
    return sorted(moments, key=lambda moment: (moment.at, _ORDER.get(moment.kind, 2)))


TITLES = {
    "campaign.brand_changed": "Look and texts of the hosted pages changed",
    "campaign.coupons_added": "Coupon codes added",
    "campaign.coupons_removed": "Coupon codes removed",
    "campaign.created": "Campaign made",
    "campaign.exported": "All of the campaign exported",
    "campaign.import_undone": "An import taken back",
    "campaign.import_written": "An import written",
    "campaign.moved_in": "Campaign moved in from another goodword",
    "campaign.pages_changed": "Pages of the campaign changed",
    "campaign.paused": "Campaign paused",
    "campaign.renamed": "Campaign renamed",
    "campaign.resumed": "Campaign resumed",
    "campaign.rule_added": "Reward rule added",
    "campaign.rule_changed": "Reward rule changed",
    "campaign.rule_retired": "Reward rule ended",
    "campaign.settings_changed": "Settings of the campaign changed",
    "credit.asked": "Missing credit asked for",
    "credit.asked_again": "Missing credit is asked for again",
    "credit.declined": "Missing credit declined",
    "credit.given": "Missing credit given by hand",
    "credit.withdrawn": "Missing credit is not asked for after all",
    "customers.added": "Existing customer added",
    "customers.removed": "Existing customer removed",
    "customers.uploaded": "Existing customers uploaded",
    "email.dropped": "E-mail not sent after all",
    "email.failed": "E-mail could not be delivered",
    "email.sent": "E-mail sent",
    "email.subscribed": "Somebody wants e-mails again",
    "email.unsubscribed": "Somebody wants no more e-mails",
    "finding.cleared": "A person found it in order",
    "lead.created": "Lead made",
    "lead.qualified": "Lead qualified",
    "lead.unqualified": "Lead pending again",
    "lead.rejected": "Lead rejected",
    "lead.reopened": "Lead reopened",
    "lead.erased": "Lead forgotten: the person asked for it",
    "lead.renamed": "Lead renamed",
    "conversion.counted": "Conversion counted",
    "conversion.held": "Conversion held",
    "conversion.rejected": "Conversion rejected",
    "conversion.ignored": "Conversion ignored",
    "conversion.refunded": "Money went back to the buyer",
    "integration.connected": "Integration connected",
    "integration.failing": "Integration does not answer",
    "integration.reconnect": "Integration has to be connected again",
    "integration.pushed": "Sent to an integration",
    "referrer.asked": "Referrer asked for their links",
    "referrer.disabled": "Code of the referrer disabled",
    "referrer.enabled": "Code of the referrer enabled",
    "referrer.erased": "Referrer forgotten: the person asked for it",
    "referrer.invited_friend": "Invitation sent to a friend",
    "referrer.joined": "Referrer joined",
    "referrer.link_handed_out": "Link to the own page handed out",
    "referrer.links_restored": "Links mailed to the referrer open again",
    "referrer.links_revoked": "Links mailed to the referrer revoked",
    "referrer.renamed": "Referrer renamed",
    "report.confirmed": "A person vouched for the claim",
    "report.replayed": "The refused report was taken again",
    "webhook.disabled": "Webhook switched off",
    "reward.due": "Reward due",
    "reward.held": "Reward held",
    "reward.ready": "The time of the reward has come",
    "reward.approved": "Reward approved by a first person",
    "reward.issued": "Reward issued",
    "reward.failed": "Reward could not go out",
    "reward.cancelled": "Reward cancelled",
    "reward.reversed": "Reward taken back",
}
"""What each type of activity is called."""

_SOURCES = {
    "lead": "by a sign-up",
    "conversion": "by the conversion itself, from its token",
    "api": "by your server",
}


def of_log(log: Iterable[Activity]) -> Iterator[Moment]:
    """What the log says, in words."""
    for line in log:
        kind = line.type.partition(".")[0]
        who = f"By {line.actor}." if is_email(line.actor) else ""
        detail = f"{_detail(json.loads(line.data))} {who}".strip()
        yield Moment(line.created_at, TITLES.get(line.type, line.type), detail, kind)


def _detail(data: dict[str, str | int | None]) -> str:
    """What a line of activity says, in one sentence or two."""
    parts: list[str] = []
    if data.get("import"):
        parts.append("as the file of another programme says")
    if source := data.get("source"):
        parts.append(_SOURCES[str(source)])
    if data.get("letter"):
        parts.append(letter_in_words(str(data["letter"])))
    if data.get("event"):
        order = f" {data['order']}" if data.get("order") else ""
        parts.append(f"{data['event']}{order}")
    if data.get("amount"):
        parts.append(f"{data['amount']} {data.get('unit') or data.get('currency')}")
    if data.get("whole"):
        parts.append("all of it")
    if data.get("recipient"):
        parts.append(f"to the {data['recipient']}")
    if data.get("step"):
        parts.append(f"for {data['step']} successful referrals")
    if data.get("early"):
        parts.append("before its time")
    if data.get("evidence") is not None:
        parts.append(EVIDENCE[Evidence(int(data["evidence"] or 0))])
    text = ", ".join(parts)
    if reason := data.get("reason"):
        why = f"because {REASONS[Reason(str(reason))]}"
        text = f"{text}; {why}" if text else why
    said = f"{text[:1].upper()}{text[1:]}." if text else ""
    return f"{said} “{data['note']}”".strip() if data.get("note") else said


def letter_in_words(letter: str) -> str:
    """`“Welcome” to the lead`."""
    standard = STANDARD[Letter(letter)]
    return f"“{standard.title}” to the {standard.audience}"


def of_mails(mails: Iterable[Message]) -> Iterator[Moment]:
    """What was written and put into the outbox; what became of it is in the log."""
    for mail in mails:
        words = f"{letter_in_words(mail.type)}."
        yield Moment(mail.created_at, "E-mail written", words, "email")


def outlook_of_mail(mail: Message, has_server: bool) -> Next:
    """What comes next for an e-mail that waits."""
    what = f"The e-mail {letter_in_words(mail.type)}"
    if not has_server:
        return Next(None, f"{what} waits in the outbox: no mail server is set.")
    return Next(mail.next_at, f"{what} goes out.")


_VERDICTS = {
    Verdict.ALLOW: "noted",
    Verdict.HOLD: "holds the rewards",
    Verdict.REJECT: "rejects",
    Verdict.IGNORE: "ignored",
}


def of_checks(findings: Iterable[Finding]) -> Iterator[Moment]:
    """What the checks said, and when a person or better evidence answered them."""
    for finding in findings:
        title = f"Check {finding.check.replace('_', ' ')}: {_VERDICTS[finding.verdict]}"
        yield Moment(finding.created_at, title, finding.detail, "check")
        if finding.cleared_at is not None:
            cleared = f"Check {finding.check.replace('_', ' ')}: cleared"
            yield Moment(finding.cleared_at, cleared, f"By {finding.cleared_by}.", "check")


def of_reports(reports: Iterable[Report]) -> Iterator[Moment]:
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


BROUGHT = {
    Way.BOTH: "a token kept in cookie and localStorage",
    Way.COOKIE: "a token kept in the cookie alone",
    Way.STORAGE: "a token kept in localStorage alone",
    Way.MEMORY: "a token of this page view, as the browser kept nothing",
    Way.UNTOLD: "a token",
    Way.FORM: "a token from a form, or from your server",
    Way.CODE: "the code alone, typed or from the address",
    Way.SIGNED: "your server's signature alone",
}
"""How a report brought its referral along, in words for an admin."""


def brought(report: Report) -> str:
    """How one report brought its referral along; empty where its door does not tell."""
    way = json.loads(report.payload).get("way", "")
    return BROUGHT[Way(way)] if way in BROUGHT else ""


@dataclass(frozen=True, slots=True)
class Captured:
    """How the referral was captured, or came along with one kind of report."""

    what: str
    how: str


def captured(hit: Hit | None, reports: Iterable[Report]) -> list[Captured]:
    """How the visit was captured, and how sign-up and conversions brought the referral along, each
    way once."""
    visit = [Captured("Visit", f"a referral link, by {caught_by(hit)}")] if hit else []
    kinds = {ReportKind.LEAD: "Sign-up", ReportKind.CONVERT: "Conversion"}
    said = (Captured(kinds[each.kind], brought(each)) for each in reports if brought(each))
    return [*visit, *dict.fromkeys(said)]


def caught_by(hit: Hit) -> str:
    """What recorded a visit."""
    if hit.via == "tag":
        return "the tag on the page"
    invited = hit.url.startswith("/c/")
    return "the invitation page" if invited else "the link through this server"


def outlook(reward: Reward, now: int) -> Iterator[Next]:
    """What comes next for one reward."""
    what, reason = f"{reward.worth} to the {reward.recipient}", reward.reason
    if reward.status is RewardStatus.DUE and reward.issue_after > now:
        yield Next(reward.issue_after, f"{what} may be issued.")
    elif reward.status is RewardStatus.DUE:
        yield Next(None, f"{what} may be issued now.")
    elif reward.status in _STUCK and reason is not None:
        step = _STEPS.get(reason, _STUCK[reward.status])
        yield Next(None, f"{what} is {reward.status} because {REASONS[reason]}. {step}")
    if reward.status is RewardStatus.DUE and reward.approved_by:
        yield Next(None, f"{what} was approved by {reward.approved_by}: a second person issues it.")


_STUCK = {
    RewardStatus.HELD: "Look into it, then release it or cancel it.",
    RewardStatus.FAILED: "Issue it again, or cancel it.",
}
_STEPS = {
    Reason.AMOUNT_MISSING: "Report the order with its amount by the API, or cancel it.",
    Reason.CURRENCY: "Report the order in the rule's currency by the API, or cancel it.",
    Reason.BUDGET: "Raise the budget for what is to come; this one waits to be released or"
    " cancelled.",
    Reason.UNREACHABLE: "Issue it by hand, and pass the code on yourself; or cancel it.",
    Reason.NO_COUPON: "Upload more codes under Set-up, Coupons: it then goes out by itself.",
}
"""What a person does about a reward that does not go out."""
