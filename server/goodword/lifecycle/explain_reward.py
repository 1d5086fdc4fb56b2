"""Why a reward is owed, held or cancelled, what is missing for it to be paid, what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.activity import record as activity
from goodword.campaigns import record as campaigns
from goodword.fraud import record as fraud
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.context import Context
from goodword.lifecycle.ripen import auto_method
from goodword.lifecycle.story import (
    REASONS,
    Moment,
    Next,
    in_order,
    of_checks,
    of_log,
    of_mails,
    of_reports,
    outlook,
    outlook_of_mail,
)
from goodword.model import (
    Activity,
    Campaign,
    Conversion,
    Finding,
    Kind,
    Lead,
    LeadStatus,
    Message,
    MessageStatus,
    Mode,
    Occasion,
    Reason,
    Referrer,
    Reward,
    RewardStatus,
    Rule,
    Verdict,
    day_of,
)
from goodword.notifications import mail as mails
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers
from goodword.rewards import coupons
from goodword.rewards import record as rewards
from goodword.rewards.decide import is_rest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardExplained:
    """`rule` is the version that the reward came from. `former` is what it reverses or stands in
    the place of or is owed again of, `later` the other way round. `coupon` is its code once it
    was seen or sent; `unseen` says that there is one which was not."""

    reward: Reward
    lead: Lead
    referrer: Referrer
    rule: Rule | None
    conversion: Conversion | None
    findings: list[Finding]
    former: list[Reward]
    later: list[Reward]
    coupon: str | None
    unseen: bool
    timeline: list[Moment]
    missing: list[str]
    next: list[Next]


async def explain_reward(
    context: Context, campaign: Campaign, reward_id: str
) -> RewardExplained | None:
    """Everything about a reward; None when the campaign has no such reward."""
    async with context.storage.read() as db:
        reward = await rewards.by_id(db, campaign.id, reward_id)
        if reward is None:
            return None
        lead = await leads.by_id(db, campaign.id, reward.lead_id)
        referrer = await referrers.by_id(db, campaign.id, reward.referrer_id)
        if lead is None or referrer is None:
            raise RuntimeError(f"{reward.id} is of nobody that is there")
        version = (reward.rule_id, reward.rule_version)
        rule = await campaigns.rule_version(db, campaign.id, *version)
        id_ = reward.conversion_id or ""
        conversion = await qualification.by_id(db, campaign.id, id_)
        findings = _concerning(await fraud.of_lead(db, campaign.id, lead.id), conversion)
        reports = await qualification.reports_of_conversion(db, campaign.id, id_)
        family = await _family(db, reward)
        log = await activity.of_lead(db, campaign.id, lead.id)
        coupon = await coupons.shown_code(db, campaign.id, reward.id)
        taken = await coupons.code_of(db, campaign.id, reward.id)
        written = [
            each
            for each in await mails.about(db, campaign.id, lead.id)
            if each.reward_id == reward.id
        ]
        act = Act(context, db, campaign, context.now(), "", Mode.LIVE)
        by_itself = await auto_method(act, reward) is not None
    named = {reward.id, *(each.id for each in family if each.reverses == reward.id)}
    lines = [line for line in log if _is_of(line, named, conversion)]
    return RewardExplained(
        reward=reward,
        lead=lead,
        referrer=referrer,
        rule=rule,
        conversion=conversion,
        findings=findings,
        former=[each for each in family if _stands_before(each, reward)],
        later=[each for each in family if _stands_before(reward, each)],
        coupon=coupon,
        unseen=taken is not None and coupon is None,
        timeline=in_order(
            [*of_log(lines), *of_mails(written), *of_checks(findings), *of_reports(reports)]
        ),
        missing=list(_missing(campaign, reward, lead, findings, rule, act.at)),
        next=[
            *_next(reward, by_itself, act.at),
            *_mailing(lines, written, taken, context.settings.mail_server is not None),
        ],
    )


def _stands_before(each: Reward, later: Reward) -> bool:
    """Whether the later one reverses it, stands in its place, or is owed again of it."""
    return each.id in (later.reverses, later.replaces) or is_rest_of(later, each)


def _mailing(
    lines: Iterable[Activity], written: Iterable[Message], code: str | None, has_server: bool
) -> Iterator[Next]:
    """What a person does about a code that no e-mail brings."""
    waiting = [each for each in written if each.status is MessageStatus.WAITING]
    yield from (outlook_of_mail(each, has_server) for each in waiting)
    if code is None or waiting:
        return
    fates = [line.type for line in lines if line.type.startswith("email.")]
    if "email.sent" in fates:
        return
    if "email.failed" in fates:
        yield Next(None, "The e-mail with its code failed: send it again under E-mails, Outbox.")
    else:
        yield Next(None, "No e-mail brings its code: show it, and pass it on yourself.")


def _concerning(findings: Iterable[Finding], conversion: Conversion | None) -> list[Finding]:
    """Those about the lead itself, and about the conversion that the reward is for."""
    own = (None, conversion.id) if conversion else (None,)
    return [each for each in findings if each.conversion_id in own]


async def _family(db: AsyncConnection, reward: Reward) -> list[Reward]:
    """The other rewards of its lead, and those of its referrer's steps by the same rule."""
    campaign_id = reward.campaign_id
    near = await rewards.of_lead(db, campaign_id, reward.lead_id)
    if reward.step:
        steps = await rewards.of_steps(db, campaign_id, reward.referrer_id, reward.rule_id)
        near += [each for each in steps if each.lead_id != reward.lead_id]
    return [each for each in near if each.id != reward.id]


def _is_of(line: Activity, rewards_named: set[str], conversion: Conversion | None) -> bool:
    """Its own lines and its reversals', its conversion's, and the moves of its lead."""
    if line.reward_id is not None:
        return line.reward_id in rewards_named
    if line.type.startswith("lead."):
        return True
    return conversion is not None and line.conversion_id == conversion.id


def _missing(
    campaign: Campaign,
    reward: Reward,
    lead: Lead,
    findings: Iterable[Finding],
    rule: Rule | None,
    now: int,
) -> Iterator[str]:
    """What keeps the reward from being paid; nothing for what is issued, or is not to be."""
    if reward.status in (RewardStatus.ISSUED, RewardStatus.CANCELLED):
        if reward.status is RewardStatus.CANCELLED:
            yield f"It is cancelled because {REASONS[reward.reason or Reason.BY_HAND]}."
        return
    if lead.status is LeadStatus.REJECTED or (
        reward.occasion is not Occasion.JOINED and lead.status is LeadStatus.PENDING
    ):
        yield f"Its lead is {lead.status}."
    for finding in findings:
        if _holds(finding, reward):
            yield f"A person must look at this: {finding.detail}"
    if reward.hold is not None:
        yield f"It is held because {REASONS[reward.hold]}."
    if reward.issue_after > now:
        yield f"Its time has not come: it may be issued from {day_of(reward.issue_after)} on."
    if _is_large(campaign, reward):
        first = reward.approved_by
        yield (
            f"It was approved by {first} and needs a second person."
            if first
            else "So large an amount is issued by two persons: one approves it, another issues it."
        )
    if rule is not None and rule.kind is Kind.COUPON and reward.reason is Reason.NO_COUPON:
        yield f"The pool “{rule.pool}” has no coupon code left."


def _holds(finding: Finding, reward: Reward) -> bool:
    is_open = finding.verdict is Verdict.HOLD and finding.cleared_at is None
    return is_open and (reward.released_at is None or finding.created_at > reward.released_at)


def _is_large(campaign: Campaign, reward: Reward) -> bool:
    limit = campaign.second_eyes
    return limit is not None and reward.currency == campaign.currency and reward.amount >= limit


def _next(reward: Reward, by_itself: bool, now: int) -> Iterator[Next]:
    yield from outlook(reward, now)
    if reward.status is RewardStatus.DUE and by_itself:
        yield Next(None, "Everything is checked again then, and it goes out by itself.")
    elif reward.status is RewardStatus.DUE and reward.issue_after > now:
        yield Next(None, "Everything is checked again then, and a person issues it.")
