"""What an occasion owes, and which moves a reward may make. Data in, data out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from goodword.model import Finding, Occasion, Reason, Recipient, RewardStatus, Rule

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


def standing(open_findings: Iterable[Finding]) -> tuple[RewardStatus, Reason | None]:
    """`held` with its reason while any finding is open, else `due`."""
    for finding in open_findings:
        return RewardStatus.HELD, Reason(finding.check)
    return RewardStatus.DUE, None
