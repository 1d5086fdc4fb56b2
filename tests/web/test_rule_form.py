"""A rule in a form, by tables of cases; a file of coupon codes; what Auto Issue would have done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodword.campaigns.rules import check_rule, says_the_same
from goodword.clock import DAY
from goodword.model import (
    Evidence,
    Kind,
    Method,
    Occasion,
    Recipient,
    RewardStatus,
    Rule,
)
from goodword.stats.auto_preview import Seen
from goodword.web.admin_forms import Form
from goodword.web.auto_issue import foresee
from goodword.web.coupon_file import Read, read_codes, report
from goodword.web.rule_form import form_of_rule, read_rule, typed_rule

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
FILLED = {"amount": "10", "qualified": "yes"}


def read(**typed: str) -> tuple[Rule | None, Form]:
    form = typed_rule({**FILLED, **typed}, "EUR")
    return read_rule(form), form


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        replace(RULE, recipients=(Recipient.REFERRER, Recipient.LEAD), delay=0),
        replace(RULE, occasion=Occasion.JOINED, recipients=(Recipient.LEAD,)),
        replace(RULE, every=5),
        replace(RULE, milestones="1,3,5"),
        replace(RULE, occasion=Occasion.CONVERTED, months=12, currency="JPY"),
        replace(RULE, occasion=Occasion.CONVERTED, method=Method.WEBHOOK, auto=True),
        replace(RULE, kind=Kind.PERCENTAGE, amount=0, rate=1250, at_most=5000),
        replace(RULE, kind=Kind.PERCENTAGE, amount=0, rate=5),
        replace(RULE, kind=Kind.CUSTOM, amount=2, unit="free month"),
        replace(RULE, kind=Kind.COUPON, amount=1, pool="spring", method=Method.COUPON, auto=True),
    ],
)
def test_a_rule_comes_out_of_its_form_as_it_went_in(rule: Rule) -> None:
    shown = form_of_rule(check_rule(rule)).values
    sent = {name: value for name, value in shown.items() if isinstance(value, str)}
    sent |= {name: "yes" for name in ("qualified", "auto") if shown[name]}
    form = typed_rule(sent, "USD")
    again = read_rule(form)
    assert form.errors == {}
    assert again is not None
    assert says_the_same(again, rule)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("kind", {"kind": "gold"}),
        ("amount", {"amount": ""}),
        ("amount", {"amount": "ten"}),
        ("amount", {"amount": "0"}),
        ("currency", {"currency": "XYZ"}),
        ("percent", {"kind": "percentage", "percent": ""}),
        ("percent", {"kind": "percentage", "percent": "12.345"}),
        ("percent", {"kind": "percentage", "percent": "0"}),
        ("percent", {"kind": "percentage", "percent": "101"}),
        ("percent", {"kind": "percentage", "percent": "٣"}),
        ("at_most", {"kind": "percentage", "percent": "5", "at_most": "much"}),
        ("kind", {"kind": "percentage", "percent": "5", "pace": "every", "every": "2"}),
        ("quantity", {"kind": "custom", "unit": "month", "quantity": "1.5"}),
        ("quantity", {"kind": "custom", "unit": "month", "quantity": "1001"}),
        ("unit", {"kind": "custom", "unit": ""}),
        ("pool", {"kind": "coupon", "method": "coupon"}),
        ("method", {"kind": "coupon", "pool": "spring"}),
        ("method", {"method": "coupon"}),
        ("for", {"for": "nobody"}),
        ("for", {"pace": "every", "every": "2", "for": "both"}),
        ("pace", {"pace": "every", "every": "2", "qualified": ""}),
        ("pace", {"pace": "conversions", "qualified": ""}),
        ("every", {"pace": "every", "every": "1"}),
        ("every", {"pace": "every", "every": ""}),
        ("every", {"pace": "every", "every": "9" * 40}),
        ("milestones", {"pace": "milestones", "milestones": "3,1"}),
        ("months", {"pace": "conversions", "months": "121"}),
        ("months", {"pace": "conversions", "months": "-1"}),
        ("delay", {"delay": "3651"}),
        ("delay", {"delay": "9" * 9}),
        ("delay", {"delay": ""}),
    ],
)
def test_what_can_not_be_used_is_named_by_its_field(field: str, typed: dict[str, str]) -> None:
    rule, form = read(**typed)
    assert rule is None
    assert list(form.errors) == [field]
    assert form.errors[field].endswith(".")


def test_fields_of_other_choices_are_not_looked_at() -> None:
    rule, form = read(percent="x", at_most="x", quantity="x", every="x", milestones="x", months="x")
    assert form.errors == {}
    assert rule is not None
    assert says_the_same(rule, replace(RULE, delay=30 * DAY))


def test_auto_issue_is_never_by_hand() -> None:
    rule, _ = read(auto="yes", method="hand")
    assert rule is not None
    assert not rule.auto


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"A\nB\n", ("A", "B")),
        (b"\xef\xbb\xbfCode\r\nA\r\nB", ("A", "B")),
        (b"code;used\nA;0\nB;1\n", ("A", "B")),
        (b'"A, one",x\nB,y\n', ("A, one", "B")),
        ("Ä\tx\n".encode("utf-16"), ("Ä",)),
        (b"A\ncode\n", ("A", "code")),
        (b"", ()),
    ],
)
def test_codes_are_the_first_column_of_a_file(content: bytes, codes: tuple[str, ...]) -> None:
    found = read_codes(content)
    assert found is not None
    assert found.codes == codes


def test_what_is_left_out_of_a_file_is_counted() -> None:
    content = "\n".join(["A", "A", "", "  ", "x" * 201, "B\x00", "B"])
    found = read_codes(content.encode())
    assert found == Read(("A", "B"), twice=1, empty=2, long=1, control=1)
    assert read_codes(b"\xff\xfeA") is None
    assert read_codes(b"\x80") is None


def test_a_report_tells_what_was_left_out() -> None:
    assert report(1, {}) == "1 code added."
    assert report(1200, {"known": 2, "twice": 0, "long": 1}) == (
        "1,200 codes added. Left out: 2 in the pool already, 1 longer than 200 characters."
    )


WEBHOOK = replace(RULE, method=Method.WEBHOOK, auto=True)


def test_auto_issue_tells_what_it_would_have_done() -> None:
    due, issued = RewardStatus.DUE, RewardStatus.ISSUED
    found = [
        Seen(due, Evidence.SIGNED, False, 20),
        Seen(issued, None, False, 10),
        Seen(due, Evidence.TOKEN, False, 9),
        Seen(due, Evidence.BARE, True, 1),
        Seen(RewardStatus.HELD, Evidence.CONFIRMED, False, 2),
    ]
    assert foresee(WEBHOOK, found) == (
        "Of 42 rewards in the last 30 days, Auto Issue would have issued 30; 10 lack evidence"
        " (reported by the browser only), 2 are held."
    )
    rest = [
        Seen(due, Evidence.SIGNED, True, 1),
        Seen(RewardStatus.CANCELLED, Evidence.SIGNED, False, 1_000),
    ]
    assert foresee(WEBHOOK, rest) == (
        "Of 1,001 rewards in the last 30 days, Auto Issue would have issued none; 1 needs a second"
        " person, 1,000 were cancelled."
    )
    assert "no reward" in foresee(WEBHOOK, [])


@pytest.mark.parametrize(
    ("count", "told"),
    [(1, "Of 1 reward … issued it."), (300, "Of 300 rewards … issued all of them.")],
)
def test_auto_issue_that_leaves_nothing_out_sets_no_number_beside_another(
    count: int, told: str
) -> None:
    said = foresee(WEBHOOK, [Seen(RewardStatus.DUE, Evidence.SIGNED, False, count)])
    assert said == told.replace("…", "in the last 30 days, Auto Issue would have")


def test_auto_issue_of_a_mailed_code_tells_of_those_who_can_not_be_mailed() -> None:
    coupon = replace(WEBHOOK, kind=Kind.COUPON, pool="spring", method=Method.COUPON)
    found = [
        Seen(RewardStatus.DUE, Evidence.SIGNED, False, 5),
        Seen(RewardStatus.DUE, Evidence.SIGNED, False, 2, mailed=False),
        Seen(RewardStatus.HELD, Evidence.SIGNED, False, 1, mailed=False),
    ]
    assert foresee(coupon, found) == (
        "Of 8 rewards in the last 30 days, Auto Issue would have issued 5; 2 are for somebody"
        " who can't be mailed a code, 1 is held."
    )
