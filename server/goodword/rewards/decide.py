"""What an occasion owes, and which moves a reward may make. Data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goodword.model import Finding, Occasion, Reason, Recipient, Reward, RewardStatus, Rule

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


@dataclass(frozen=True, slots=True)
class Owed:
    """One reward before it is kept."""

    rule: Rule
    recipient: Recipient
    issue_after: int


def owed(rules: Iterable[Rule], occasion: Occasion, now: int) -> Iterator[Owed]:
    """What the rules owe for an occasion that happens now."""
    for rule in rules:
        if rule.occasion is occasion and rule.amount:
            for recipient in rule.recipients:
                yield Owed(rule, recipient, now + rule.delay)


def comes_back(
    rewards: Iterable[Reward], occasion: Occasion, each: Owed, conversion_id: str | None
) -> Reward | None:
    """The cancelled reward that the opposite act brings back, with its first `issue_after`.

    `rewards` are the lead's, oldest first; `conversion_id` is None for an act by hand. Another
    conversion, or an order that was lost to another lead, makes a new reward instead.
    """
    key = (occasion, each.rule.id, each.recipient)
    same = [reward for reward in rewards if key == _key(reward)]
    if not same or any(reward.status is not RewardStatus.CANCELLED for reward in same):
        return None
    latest = same[-1]
    undone = conversion_id in (None, latest.conversion_id)
    return latest if undone and latest.reason is not Reason.ORDER_CONFLICT else None


def _key(reward: Reward) -> tuple[Occasion, str, Recipient]:
    return reward.occasion, reward.rule_id, reward.recipient


def standing(open_findings: Iterable[Finding]) -> tuple[RewardStatus, Reason | None]:
    """`held` with its reason while any finding is open, else `due`."""
    for finding in open_findings:
        return RewardStatus.HELD, Reason(finding.check)
    return RewardStatus.DUE, None
