"""What a rule may say, by tables of cases; which version holds, by trying every history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.campaigns.decide import DAY, BadCampaign
from goodword.campaigns.rules import (
    check_rule,
    holding,
    percent,
    read_milestones,
    restored,
    says_the_same,
    sentence,
)
from goodword.model import Kind, Method, Occasion, Recipient, Rule

RULE = Rule(
    id="rule_1",
    campaign_id="camp_1",
    version=1,
    recipients=(Recipient.REFERRER,),
    occasion=Occasion.QUALIFIED,
    amount=1000,
    currency="EUR",
    delay=30 * DAY,
    created_at=0,
)
PERCENTAGE = replace(RULE, kind=Kind.PERCENTAGE, amount=0, rate=1250)
CUSTOM = replace(RULE, kind=Kind.CUSTOM, amount=1, unit="free month")
COUPON = replace(RULE, kind=Kind.COUPON, amount=1, pool="spring", method=Method.COUPON)
BOTH = (Recipient.REFERRER, Recipient.LEAD)


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        replace(RULE, amount=1, delay=0),
        replace(RULE, delay=3650 * DAY),
        replace(RULE, recipients=BOTH, occasion=Occasion.JOINED),
        PERCENTAGE,
        replace(PERCENTAGE, rate=1),
        replace(PERCENTAGE, rate=10_000, at_most=1),
        replace(PERCENTAGE, occasion=Occasion.CONVERTED, months=12),
        replace(RULE, occasion=Occasion.CONVERTED, months=0),
        replace(RULE, occasion=Occasion.CONVERTED, months=120),
        CUSTOM,
        replace(CUSTOM, amount=1000),
        COUPON,
        replace(COUPON, auto=True, recipients=BOTH),
        replace(RULE, method=Method.WEBHOOK, auto=True),
        replace(RULE, every=2),
        replace(CUSTOM, milestones="1,3,10000"),
    ],
)
def test_a_rule_may_say(rule: Rule) -> None:
    assert check_rule(rule) == rule


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("amount", replace(RULE, amount=0)),
        ("amount", replace(RULE, amount=-1)),
        ("amount", replace(RULE, amount=10**15 + 1)),
        ("rate", replace(PERCENTAGE, rate=0)),
        ("rate", replace(PERCENTAGE, rate=10_001)),
        ("at_most", replace(PERCENTAGE, at_most=0)),
        ("kind", replace(PERCENTAGE, occasion=Occasion.JOINED)),
        ("kind", replace(PERCENTAGE, every=5)),
        ("quantity", replace(CUSTOM, amount=0)),
        ("quantity", replace(CUSTOM, amount=1001)),
        ("unit", replace(CUSTOM, unit=" ")),
        ("unit", replace(CUSTOM, unit="x" * 61)),
        ("unit", replace(CUSTOM, unit="free\x00month")),
        ("pool", replace(COUPON, pool="")),
        ("method", replace(COUPON, method=Method.HAND)),
        ("method", replace(COUPON, method=Method.WEBHOOK)),
        ("method", replace(RULE, method=Method.COUPON)),
        ("auto", replace(RULE, auto=True)),
        ("recipients", replace(RULE, recipients=())),
        ("recipients", replace(RULE, recipients=(Recipient.LEAD, Recipient.LEAD))),
        ("recipients", replace(RULE, every=2, recipients=BOTH)),
        ("recipients", replace(RULE, milestones="1", recipients=(Recipient.LEAD,))),
        ("occasion", replace(RULE, every=2, occasion=Occasion.JOINED)),
        ("occasion", replace(RULE, milestones="1", occasion=Occasion.CONVERTED)),
        ("every", replace(RULE, every=1)),
        ("every", replace(RULE, every=10_001)),
        ("milestones", replace(RULE, every=2, milestones="1,3")),
        ("milestones", replace(RULE, milestones="3,1")),
        ("milestones", replace(RULE, milestones="1, 3")),
        ("months", replace(RULE, months=1)),
        ("months", replace(RULE, occasion=Occasion.CONVERTED, months=121)),
        ("months", replace(RULE, occasion=Occasion.CONVERTED, months=-1)),
        ("delay", replace(RULE, delay=-1)),
        ("delay", replace(RULE, delay=3650 * DAY + 1)),
    ],
)
def test_what_a_rule_can_not_say_is_named_by_its_field(field: str, rule: Rule) -> None:
    with pytest.raises(BadCampaign) as refused:
        check_rule(rule)
    assert refused.value.field == field


def test_what_a_kind_has_no_use_for_is_left_out() -> None:
    said = replace(RULE, rate=5, at_most=1, unit="month", pool="spring")
    assert check_rule(said) == RULE
    assert check_rule(replace(COUPON, amount=0, unit="x")) == COUPON
    assert check_rule(replace(CUSTOM, unit="  free   month ")) == CUSTOM


@pytest.mark.parametrize(
    ("typed", "spelled"), [("1,3,5", "1,3,5"), (" 1, 3 ;5", "1,3,5"), ("10000", "10000")]
)
def test_milestones_have_one_spelling(typed: str, spelled: str) -> None:
    assert read_milestones(typed) == spelled


@pytest.mark.parametrize(
    "typed",
    ["", ",", "0", "1,1", "3,1", "1.5", "-1", "one", "10001", "٣", "9" * 400]
    + [",".join(map(str, range(1, 60)))],
)
def test_milestones_rise_from_one(typed: str) -> None:
    with pytest.raises(BadCampaign, match="number"):
        read_milestones(typed)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            RULE,
            "10.00 EUR to the referrer for each qualified referral, issued 30 days later, by hand",
        ),
        (
            replace(RULE, recipients=BOTH, occasion=Occasion.JOINED, delay=0),
            "10.00 EUR to the referrer and the lead each, for each new lead, qualified or not,"
            " issued at once, by hand",
        ),
        (
            replace(PERCENTAGE, occasion=Occasion.CONVERTED, months=12, at_most=5000),
            "12.5 % of the order (at most 50.00 EUR) to the referrer for every paying conversion"
            " of a lead in the 12 months after it qualifies, issued 30 days later, by hand",
        ),
        (
            replace(RULE, occasion=Occasion.CONVERTED, delay=DAY, months=1),
            "10.00 EUR to the referrer for every paying conversion of a lead in the month after it"
            " qualifies, issued 1 day later, by hand",
        ),
        (
            replace(CUSTOM, every=3, method=Method.WEBHOOK),
            "1 free month to the referrer for every 3rd qualified referral, issued 30 days later,"
            " by webhook or Zapier",
        ),
        (
            replace(COUPON, milestones="1,11,22", auto=True),
            "a coupon code of “spring” to the referrer for the 1st, 11th and 22nd qualified"
            " referral, issued 30 days later, by e-mail, automatically",
        ),
    ],
)
def test_a_rule_is_one_sentence(rule: Rule, text: str) -> None:
    assert sentence(rule) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(1, "0.01 %"), (1250, "12.5 %"), (10_000, "100 %"), (5, "0.05 %")]
)
def test_a_percentage_has_no_idle_digits(rate: int, text: str) -> None:
    assert percent(rate) == text


def test_what_two_versions_say_is_compared_without_their_place() -> None:
    later = replace(RULE, version=7, created_at=5, holds_from=5, id="rule_9")
    assert says_the_same(RULE, later)
    assert not says_the_same(RULE, replace(later, delay=0))


def test_versions_that_hold_for_nobody_are_left_out() -> None:
    history = [_version(1, 0), _version(2, 10), _version(3, 20), _version(4, 10)]
    assert [each.version for each in holding(history)] == [4, 1]


def _version(number: int, holds_from: int, **says: Any) -> Rule:
    return replace(RULE, version=number, holds_from=holds_from, amount=number, **says)


def _amount_for(history: list[Rule], joined_at: int) -> int:
    """What holds for a lead, told without looking at `holding`."""
    return next(each for each in reversed(history) if each.holds_from <= joined_at).amount


histories = st.lists(st.booleans(), max_size=6).map(
    lambda edits: [
        _version(1, 0),
        *(_version(n + 2, 0 if also else 10 * (n + 1)) for n, also in enumerate(edits)),
    ]
)


@given(histories)
def test_the_versions_that_hold_tell_all_about_the_past(history: list[Rule]) -> None:
    held = sorted(holding(history), key=lambda each: each.version)
    for joined_at in range(100):
        assert _amount_for(held, joined_at) == _amount_for(history, joined_at)


@given(histories, st.booleans())
def test_after_undo_each_lead_has_what_it_had(history: list[Rule], also_pending: bool) -> None:
    last = len(history)
    edited = [*history, _version(last + 1, 0 if also_pending else 10 * last)]
    back = restored(edited, last, last + 1)
    after = [*edited, *(replace(each, version=last + 2 + n) for n, each in enumerate(back))]
    for joined_at in range(100):
        assert _amount_for(after, joined_at) == _amount_for(history, joined_at)
