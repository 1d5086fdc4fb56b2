"""What an occasion owes, when it may go out, and where a reward stands while there is a doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.clock import DAY
from goodword.model import (
    Campaign,
    CampaignStatus,
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
    Verdict,
)
from goodword.rewards.decide import (
    MOVES,
    OPEN,
    Price,
    comes_back,
    in_time,
    issue_after,
    may_auto_issue,
    over,
    owing,
    price,
    standing,
    steps,
)

RULE = Rule(
    id="rule_1",
    campaign_id="camp",
    version=1,
    recipients=(Recipient.REFERRER, Recipient.LEAD),
    occasion=Occasion.QUALIFIED,
    amount=1000,
    currency="EUR",
    delay=30 * DAY,
    created_at=0,
)
SHARE = replace(RULE, kind=Kind.PERCENTAGE, amount=0, rate=1000)
CAMPAIGN = Campaign(
    id="camp",
    slug="shop",
    name="Shop",
    status=CampaignStatus.ACTIVE,
    site_key="key",
    origins=(),
    landing="",
    window=0,
    least_evidence=Evidence.TOKEN,
    currency="EUR",
    code_key=b"",
    signing_secret="",
    paused_at=None,
    created_at=0,
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_each_recipient_is_owed_on_the_rule_s_own_occasion_alone() -> None:
    assert [who for _, who in owing([RULE], Occasion.QUALIFIED)] == [
        Recipient.REFERRER,
        Recipient.LEAD,
    ]
    assert list(owing([RULE], Occasion.JOINED)) == []


@pytest.mark.parametrize(
    "rule", [replace(RULE, amount=0), replace(SHARE, rate=0), replace(RULE, every=5)]
)
def test_nothing_is_owed_each_time_where_nothing_or_a_step_is_promised(rule: Rule) -> None:
    assert list(owing([rule], Occasion.QUALIFIED)) == []


@pytest.mark.parametrize(
    ("rule", "paid", "expected"),
    [
        (RULE, None, Price(1000, "EUR")),
        (RULE, Money(5, "USD"), Price(1000, "EUR")),
        (SHARE, Money(4999, "EUR"), Price(500, "EUR")),
        (SHARE, Money(4994, "EUR"), Price(499, "EUR")),
        (SHARE, Money(100, "JPY"), Price(10, "JPY")),
        (SHARE, Money(0, "EUR"), Price(0, "EUR", hold=Reason.AMOUNT_MISSING)),
        (SHARE, Money(0, "USD"), Price(0, "USD", hold=Reason.AMOUNT_MISSING)),
        (SHARE, Money(1, "EUR"), Price(0, "EUR")),
        (SHARE, None, Price(0, "EUR", hold=Reason.AMOUNT_MISSING)),
        (replace(SHARE, at_most=300), Money(4999, "EUR"), Price(300, "EUR")),
        (replace(SHARE, at_most=300), Money(1000, "EUR"), Price(100, "EUR")),
        (replace(SHARE, at_most=300), Money(1, "USD"), Price(0, "USD", hold=Reason.CURRENCY)),
        (
            replace(RULE, kind=Kind.CUSTOM, amount=2, unit="free months"),
            None,
            Price(2, "", "free months"),
        ),
        (replace(RULE, kind=Kind.COUPON, pool="spring"), None, Price(1, "", "coupon")),
    ],
)
def test_a_rule_has_its_price(rule: Rule, paid: Money | None, expected: Price) -> None:
    assert price(rule, paid) == expected


@given(st.integers(0, 10**12), st.integers(1, 10_000))
def test_a_share_is_never_more_than_half_a_minor_unit_off(paid: int, rate: int) -> None:
    share = price(replace(SHARE, rate=rate), Money(paid, "EUR")).amount
    assert abs(share * 10_000 - paid * rate) <= 5_000
    assert 0 <= share <= paid


@pytest.mark.parametrize(
    ("moment", "batch_day", "expected"),
    [
        ("2026-01-01T10:00", None, "2026-01-31T10:00"),
        ("2026-01-01T10:00", 1, "2026-02-01T00:00"),
        ("2026-01-02T00:00", 1, "2026-02-01T00:00"),
        ("2026-01-02T00:01", 1, "2026-03-01T00:00"),
        ("2026-12-01T00:00", 28, "2027-01-28T00:00"),
        ("2026-12-01T00:00", 31 - 3, "2027-01-28T00:00"),
    ],
)
def test_a_reward_is_ripe_after_its_delay_and_on_the_day_of_the_batch(
    moment: str, batch_day: int | None, expected: str
) -> None:
    assert issue_after(RULE, at(moment), batch_day) == at(expected)


@given(st.integers(0, 4 * 10**12), st.integers(1, 28), st.integers(0, 100))
def test_a_batch_never_issues_early(moment: int, batch_day: int, days: int) -> None:
    rule = replace(RULE, delay=days * DAY)
    ripe = issue_after(rule, moment, batch_day)
    assert moment + rule.delay <= ripe < moment + rule.delay + 32 * DAY


@pytest.mark.parametrize(
    ("months", "qualified", "now", "pays"),
    [
        (0, "2020-01-01", "2026-01-01", True),
        (12, "2026-01-31", "2027-01-31", True),
        (12, "2026-01-31", "2027-01-31T00:00:00.001", False),
        (1, "2026-01-31", "2026-02-28", True),
        (1, "2026-01-31", "2026-03-01", False),
        (1, "2026-12-15", "2027-01-15", True),
    ],
)
def test_further_conversions_pay_for_so_many_calendar_months(
    months: int, qualified: str, now: str, pays: bool
) -> None:
    assert in_time(replace(RULE, months=months), at(qualified), at(now)) is pays


@pytest.mark.parametrize(
    ("rule", "referrals", "expected"),
    [
        (replace(RULE, every=5), 4, []),
        (replace(RULE, every=5), 5, [5]),
        (replace(RULE, every=5), 11, [5, 10]),
        (replace(RULE, milestones="1,3,5"), 0, []),
        (replace(RULE, milestones="1,3,5"), 4, [1, 3]),
        (replace(RULE, milestones="1,3,5"), 99, [1, 3, 5]),
    ],
)
def test_a_step_is_due_once_it_is_reached(rule: Rule, referrals: int, expected: list[int]) -> None:
    assert steps(rule, referrals) == expected


@pytest.mark.parametrize(
    ("recent", "spent", "cost", "expected"),
    [
        (19, 0, Price(1000, "EUR"), None),
        (20, 0, Price(1000, "EUR"), Reason.CAP),
        (0, 9000, Price(1000, "EUR"), None),
        (0, 9001, Price(1000, "EUR"), Reason.BUDGET),
        (0, 9001, Price(1000, "USD"), None),
        (0, 9001, Price(1, "", "free month"), None),
    ],
)
def test_caps_and_budget_hold(
    recent: int, spent: int, cost: Price, expected: Reason | None
) -> None:
    assert over(replace(CAMPAIGN, budget=10_000), recent, spent, cost) is expected


def test_without_a_cap_nothing_is_held_for_it() -> None:
    assert over(replace(CAMPAIGN, cap=None), 10**6, 0, Price(1, "EUR")) is None


@pytest.mark.parametrize(
    ("method", "auto", "evidence", "goes"),
    [
        (Method.HAND, True, Evidence.CONFIRMED, False),
        (Method.COUPON, False, Evidence.CONFIRMED, False),
        (Method.COUPON, True, Evidence.TOKEN, False),
        (Method.COUPON, True, Evidence.SIGNED, True),
        (Method.WEBHOOK, True, Evidence.CALLED, True),
        (Method.WEBHOOK, True, None, True),
    ],
)
def test_a_reward_goes_out_by_itself_from_signed_on(
    method: Method, auto: bool, evidence: Evidence | None, goes: bool
) -> None:
    assert may_auto_issue(replace(RULE, method=method, auto=auto), evidence) is goes


DOUBT = Finding(
    id="find_1",
    campaign_id="camp",
    lead_id="lead",
    conversion_id=None,
    check="same_browser",
    verdict=Verdict.HOLD,
    detail="",
    created_at=5,
    cleared_at=None,
    cleared_by=None,
)


def test_a_doubt_holds_and_no_doubt_is_due() -> None:
    assert standing([DOUBT]) == (RewardStatus.HELD, Reason.SAME_BROWSER)
    assert standing([]) == (RewardStatus.DUE, None)


def test_a_released_reward_is_held_by_newer_doubts_alone() -> None:
    assert standing([DOUBT], released_at=5) == (RewardStatus.DUE, None)
    assert standing([DOUBT], released_at=4) == (RewardStatus.HELD, Reason.SAME_BROWSER)


def test_a_hold_of_its_own_outlives_every_finding() -> None:
    assert standing([], Reason.CAP) == (RewardStatus.HELD, Reason.CAP)


def test_what_is_issued_never_moves() -> None:
    assert not any(before is RewardStatus.ISSUED for before, _ in MOVES)
    assert all((before, RewardStatus.CANCELLED) in MOVES for before in OPEN)


REWARD = Reward(
    id="rwd_1",
    campaign_id="camp",
    lead_id="lead",
    referrer_id="ref",
    conversion_id="conv_1",
    recipient=Recipient.REFERRER,
    occasion=Occasion.QUALIFIED,
    rule_id="rule_1",
    rule_version=1,
    amount=1000,
    currency="EUR",
    status=RewardStatus.CANCELLED,
    reason=Reason.REFUNDED,
    issue_after=0,
    created_at=0,
)


@pytest.mark.parametrize(
    ("reward", "conversion_id", "back"),
    [
        (REWARD, "conv_1", True),
        (REWARD, None, True),
        (REWARD, "conv_2", False),
        (replace(REWARD, reason=Reason.ORDER_CONFLICT), "conv_1", False),
        (replace(REWARD, status=RewardStatus.DUE), "conv_1", False),
        (replace(REWARD, status=RewardStatus.ISSUED), "conv_1", False),
        (replace(REWARD, status=RewardStatus.ISSUED, reversed=400), "conv_1", False),
        (replace(REWARD, status=RewardStatus.ISSUED, reversed=1000), "conv_1", True),
        (replace(REWARD, step=3), "conv_1", False),
        (replace(REWARD, occasion=Occasion.JOINED), "conv_1", False),
    ],
)
def test_the_same_reward_comes_back_by_the_opposite_act(
    reward: Reward, conversion_id: str | None, back: bool
) -> None:
    who = (Occasion.QUALIFIED, "rule_1", Recipient.REFERRER)
    found = comes_back([reward], *who, conversion_id)
    assert (found is reward) is back
