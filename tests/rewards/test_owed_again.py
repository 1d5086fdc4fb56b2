"""What a refund took of an issued reward: how much is owed again, and when that comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodword.model import Occasion, Reason, Recipient, Reward, RewardStatus
from goodword.rewards.decide import Price, may_come_back, owed_again

WHOLE = Reward(
    id="rwd_1",
    campaign_id="camp",
    lead_id="lead",
    referrer_id="ref",
    conversion_id="conv",
    recipient=Recipient.REFERRER,
    occasion=Occasion.QUALIFIED,
    rule_id="rule",
    rule_version=1,
    amount=490,
    currency="EUR",
    status=RewardStatus.ISSUED,
    reason=None,
    issue_after=0,
    created_at=0,
    issued_at=0,
    reversed=90,
)
TAKEN = replace(WHOLE, id="rwd_2", amount=-90, reverses="rwd_1", reversed=0, reason=Reason.REFUNDED)
BY_HAND = replace(TAKEN, id="rwd_3", amount=-400, reason=Reason.BY_HAND)
REST = replace(WHOLE, id="rwd_4", amount=90, reversed=0, restores="rfd_1", status=RewardStatus.DUE)
OPEN = replace(WHOLE, status=RewardStatus.DUE, reversed=0)


def cancelled(reason: Reason) -> Reward:
    return replace(REST, status=RewardStatus.CANCELLED, reason=reason)


@pytest.mark.parametrize(
    ("rows", "reversals", "cost", "amount"),
    [
        ([WHOLE], [TAKEN], 490, 90),
        ([WHOLE], [TAKEN], 450, 50),
        ([WHOLE], [TAKEN], 600, 90),
        ([WHOLE], [TAKEN], 400, 0),
        ([WHOLE, REST], [TAKEN], 490, 0),
        ([WHOLE, cancelled(Reason.BY_HAND)], [TAKEN], 490, 0),
        ([WHOLE, cancelled(Reason.REFUNDED)], [TAKEN], 490, 90),
        ([OPEN], [], 490, 0),
        ([replace(WHOLE, reversed=490)], [TAKEN, BY_HAND], 490, 0),
        ([replace(WHOLE, amount=90)], [TAKEN], 90, 90),
    ],
)
def test_so_much_is_owed_again(
    rows: list[Reward], reversals: list[Reward], cost: int, amount: int
) -> None:
    assert owed_again(rows, reversals, Price(cost, "EUR")) == amount


def test_nothing_is_owed_again_in_another_currency() -> None:
    assert owed_again([WHOLE], [TAKEN], Price(490, "USD")) == 0


@pytest.mark.parametrize(
    ("rest", "whole", "comes"),
    [
        (cancelled(Reason.BY_HAND), WHOLE, True),
        (cancelled(Reason.REFUNDED), WHOLE, False),
        (cancelled(Reason.ORDER_CONFLICT), WHOLE, False),
        (cancelled(Reason.BY_HAND), replace(WHOLE, reversed=490), False),
        (cancelled(Reason.BY_HAND), replace(WHOLE, conversion_id="other"), False),
        (REST, WHOLE, False),
        (replace(cancelled(Reason.BY_HAND), restores=None), WHOLE, False),
    ],
)
def test_it_comes_back_with_its_lead_while_the_reward_stands(
    rest: Reward, whole: Reward, comes: bool
) -> None:
    assert may_come_back(rest, [whole, rest]) is comes
