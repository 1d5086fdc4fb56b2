"""What an occasion owes, and where a reward stands while somebody has a doubt."""

from __future__ import annotations

from goodword.clock import DAY
from goodword.model import Finding, Occasion, Reason, Recipient, RewardStatus, Rule, Verdict
from goodword.rewards.decide import MOVES, OPEN, owed, standing


def rule(amount: int = 1000, occasion: Occasion = Occasion.QUALIFIED) -> Rule:
    return Rule(
        id="rule_1",
        campaign_id="camp",
        version=1,
        recipients=(Recipient.REFERRER, Recipient.LEAD),
        occasion=occasion,
        amount=amount,
        currency="EUR",
        delay=30 * DAY,
        created_at=0,
    )


def test_each_recipient_is_owed_the_amount_after_the_delay() -> None:
    found = list(owed([rule()], Occasion.QUALIFIED, 5))
    assert [(each.recipient, each.issue_after) for each in found] == [
        (Recipient.REFERRER, 30 * DAY + 5),
        (Recipient.LEAD, 30 * DAY + 5),
    ]


def test_a_rule_pays_for_its_own_occasion_alone() -> None:
    assert list(owed([rule()], Occasion.JOINED, 0)) == []
    assert list(owed([rule(occasion=Occasion.JOINED)], Occasion.QUALIFIED, 0)) == []


def test_nothing_is_owed_where_nothing_is_promised() -> None:
    assert list(owed([rule(amount=0)], Occasion.QUALIFIED, 0)) == []


def test_a_doubt_holds_and_no_doubt_is_due() -> None:
    doubt = Finding(
        id="find_1",
        campaign_id="camp",
        lead_id="lead",
        conversion_id=None,
        check="same_browser",
        verdict=Verdict.HOLD,
        detail="",
        created_at=0,
        cleared_at=None,
        cleared_by=None,
    )
    assert standing([doubt]) == (RewardStatus.HELD, Reason.SAME_BROWSER)
    assert standing([]) == (RewardStatus.DUE, None)


def test_what_is_issued_never_moves() -> None:
    assert not any(before is RewardStatus.ISSUED for before, _ in MOVES)
    assert all((before, RewardStatus.CANCELLED) in MOVES for before in OPEN)
