"""What an occasion owes, and which moves a reward may make. Data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from goodword.model import (
    COUPON,
    Campaign,
    Evidence,
    Finding,
    Kind,
    Method,
    Money,
    Occasion,
    Reason,
    Recipient,
    Reward,
    RewardStatus,
    Rule,
    add_months,
    next_monthday,
)

MOVES = frozenset(
    {
        (RewardStatus.DUE, RewardStatus.HELD),
        (RewardStatus.HELD, RewardStatus.DUE),
        (RewardStatus.DUE, RewardStatus.CANCELLED),
        (RewardStatus.HELD, RewardStatus.CANCELLED),
        (RewardStatus.CANCELLED, RewardStatus.DUE),
        (RewardStatus.CANCELLED, RewardStatus.HELD),
        (RewardStatus.DUE, RewardStatus.ISSUED),
        (RewardStatus.DUE, RewardStatus.FAILED),
        (RewardStatus.FAILED, RewardStatus.DUE),
        (RewardStatus.FAILED, RewardStatus.CANCELLED),
    }
)
"""Every move a reward's status may make. What is issued never moves."""

OPEN = (RewardStatus.DUE, RewardStatus.HELD, RewardStatus.FAILED)
"""What may still be cancelled."""

CAP_DAYS = 30
FEW_CODES = 10


@dataclass(frozen=True, slots=True)
class Price:
    """What a rule pays: minor units of a currency, or a number of things with their `unit`.

    `hold` says why it can't be told yet; then the amount is nought.
    """

    amount: int
    currency: str
    unit: str = ""
    hold: Reason | None = None


def price(rule: Rule, paid: Money | None) -> Price:
    """What the rule pays for a conversion of which `paid` is left; None when no amount is known.

    A percentage is rounded half up to minor units of the conversion's own currency. A share of
    nothing waits as one of an unknown amount does: nobody is told of 0.00, and it is worked out
    once the order is reported with what it costs.
    """
    if rule.kind is Kind.CUSTOM:
        return Price(rule.amount, "", rule.unit)
    if rule.kind is Kind.COUPON:
        return Price(1, "", COUPON)
    if rule.kind is Kind.FIXED:
        return Price(rule.amount, rule.currency)
    if paid is None:
        return Price(0, rule.currency, hold=Reason.AMOUNT_MISSING)
    if paid.minor == 0:
        return Price(0, paid.currency, hold=Reason.AMOUNT_MISSING)
    share = (paid.minor * rule.rate + 5_000) // 10_000
    if rule.at_most is None:
        return Price(share, paid.currency)
    if paid.currency != rule.currency:
        return Price(0, paid.currency, hold=Reason.CURRENCY)
    return Price(min(share, rule.at_most), paid.currency)


def pays(rule: Rule) -> bool:
    """Whether the rule pays anything at all."""
    return bool(rule.rate if rule.kind is Kind.PERCENTAGE else rule.amount)


def owing(rules: Iterable[Rule], occasion: Occasion) -> Iterator[tuple[Rule, Recipient]]:
    """Who gets something by which rule for each occasion of this kind; steps are apart."""
    for rule in rules:
        if rule.occasion is occasion and not rule.stepped and pays(rule):
            for recipient in rule.recipients:
                yield rule, recipient


def issue_after(rule: Rule, at: int, batch_day: int | None) -> int:
    """When a reward of `at` may go out: after the delay, and in a batch on that day of a month."""
    ripe = at + rule.delay
    return ripe if batch_day is None else next_monthday(ripe, batch_day)


def in_time(rule: Rule, qualified_at: int | None, now: int) -> bool:
    """Whether further conversions still pay: `months` calendar months, 0 for ever."""
    if not rule.months or qualified_at is None:
        return True
    return now <= add_months(qualified_at, rule.months)


def steps(rule: Rule, referrals: int) -> list[int]:
    """The numbers of successful referrals that the rule pays for and that were reached."""
    if rule.every:
        return list(range(rule.every, referrals + 1, rule.every))
    return [step for step in map(int, rule.milestones.split(",")) if step <= referrals]


def over(campaign: Campaign, recent: int, spent: int, cost: Price) -> Reason | None:
    """Why a new reward must wait for a person: the referrer's `recent` rewards reach the cap, or
    the campaign, which has `spent` minor units of its currency, has no budget left."""
    if campaign.cap is not None and recent >= campaign.cap:
        return Reason.CAP
    counts = campaign.budget is not None and cost.currency == campaign.currency
    if counts and spent + cost.amount > (campaign.budget or 0):
        return Reason.BUDGET
    return None


def runs_low(left: int, waiting: int, used: bool) -> bool:
    """Whether a pool has few codes left for what takes from it: an active rule, or rewards that
    wait for one."""
    return bool(used or waiting) and (left < FEW_CODES or left < waiting)


def may_auto_issue(rule: Rule, evidence: Evidence | None) -> bool:
    """Whether a ripe reward goes out by itself. `evidence` None: a person's own hand."""
    able = rule.auto and rule.method is not Method.HAND
    return able and (evidence is None or evidence >= Evidence.SIGNED)


def comes_back(
    rewards: Iterable[Reward],
    occasion: Occasion,
    rule_id: str,
    recipient: Recipient,
    conversion_id: str | None,
) -> Reward | None:
    """The reward that the opposite act brings back: cancelled, or issued and wholly reversed.

    `rewards` are the lead's, oldest first; `conversion_id` is None for an act by hand. Another
    conversion, or an order that was lost to another lead, makes a new reward instead.
    """
    same = [
        reward
        for reward in rewards
        if (reward.occasion, reward.rule_id, reward.recipient) == (occasion, rule_id, recipient)
        and reward.reverses is None
        and reward.restores is None
        and not reward.step
        and (occasion is not Occasion.CONVERTED or reward.conversion_id == conversion_id)
    ]
    if not same or any(is_live(reward) for reward in same):
        return None
    latest = same[-1]
    undone = conversion_id in (None, latest.conversion_id)
    return latest if undone and latest.reason is not Reason.ORDER_CONFLICT else None


def may_come_back(rest: Reward, rewards: Iterable[Reward]) -> bool:
    """Whether what was owed again, and was cancelled with its lead, comes back with it: the reward
    that it is the rest of was issued, and stands. `rewards` are the lead's."""
    gone = rest.status is RewardStatus.CANCELLED and rest.reason not in _NOT_WITH_ITS_LEAD
    return gone and any(is_rest_of(rest, each) for each in rewards)


_NOT_WITH_ITS_LEAD = (Reason.REFUNDED, Reason.ORDER_CONFLICT)


def is_rest_of(rest: Reward, whole: Reward) -> bool:
    """Whether a refund took `rest` of `whole`, which was issued and stands, and is undone."""
    same = _place(rest) == _place(whole) and rest.restores is not None and whole.restores is None
    return same and whole.status is RewardStatus.ISSUED and is_live(whole)


def _place(reward: Reward) -> tuple[str | None, ...]:
    return reward.rule_id, reward.recipient, reward.occasion, reward.conversion_id


def counts_for(reward: Reward, rows: Iterable[Reward]) -> bool:
    """Whether a reward of these of one place is part of what the place has earned: it is live, or
    would be again with its lead."""
    return is_live(reward) or may_come_back(reward, rows)


def owed_again(rows: Sequence[Reward], reversals: Iterable[Reward], cost: Price) -> int:
    """How much of `cost` is missing after a refund was undone: never more than refunds took.

    `rows` are the rewards of one place, what is owed again among them; nought while one of them is
    open, since that is recomputed, and for what a person took back.
    """
    whole = [each for each in rows if each.restores is None]
    issued = [each for each in whole if each.status is RewardStatus.ISSUED]
    if any(each.status in OPEN for each in whole) or not issued:
        return 0
    if (cost.currency, cost.unit) != (issued[-1].currency, issued[-1].unit):
        return 0
    of_place = {each.id for each in rows}
    back = [each for each in reversals if each.reverses in of_place]
    by_refund = [each for each in back if each.reason is Reason.REFUNDED]
    if not is_live(issued[-1]) and len(by_refund) < len(back):
        return 0
    stand = sum(each.left for each in rows if counts_for(each, rows))
    gone, replaced = (RewardStatus.CANCELLED, Reason.REFUNDED), {each.replaces for each in rows}
    rests = [each for each in rows if each.restores and each.id not in replaced]
    again = [each for each in rests if (each.status, each.reason) != gone]
    taken = -sum(each.amount for each in by_refund) - sum(each.amount for each in again)
    return max(0, min(cost.amount - stand, taken))


def is_live(reward: Reward) -> bool:
    """Whether it takes its occasion's place: not cancelled, wholly taken back, or a reversal."""
    wholly = reward.reversed > 0 and reward.left <= 0
    return reward.status is not RewardStatus.CANCELLED and not wholly and reward.reverses is None


def standing(
    open_findings: Iterable[Finding], hold: Reason | None = None, released_at: int | None = None
) -> tuple[RewardStatus, Reason | None]:
    """`held` with its reason while something holds it, else `due`.

    Findings up to `released_at`, when a person released this very reward, hold it no more.
    """
    if hold is not None:
        return RewardStatus.HELD, hold
    for finding in open_findings:
        if released_at is None or finding.created_at > released_at:
            return RewardStatus.HELD, Reason(finding.check)
    return RewardStatus.DUE, None
