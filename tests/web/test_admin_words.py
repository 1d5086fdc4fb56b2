"""How times, money and rules read on a page."""

from __future__ import annotations

import pytest

from goodword.clock import DAY, HOUR
from goodword.lifecycle.story import EVIDENCE
from goodword.model import Evidence, Occasion, Reason, Recipient, Rule
from goodword.web import admin_words as words
from lifecycle.world import START

RULE = Rule(
    id="rule_1",
    campaign_id="camp_1",
    version=1,
    recipients=(Recipient.REFERRER,),
    occasion=Occasion.QUALIFIED,
    amount=1000,
    currency="EUR",
    delay=30 * DAY,
    created_at=START,
)


def test_a_moment_reads_the_same_in_every_locale() -> None:
    assert words.when(1_797_861_900_000) == "21 Dec 2026, 14:05 UTC"
    assert words.iso(1_797_861_900_000) == "2026-12-21T14:05:00Z"
    assert words.month(1_797_861_900_000) == "December 2026"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "at once"),
        (DAY, "1 day"),
        (60 * DAY, "60 days"),
        (HOUR, "1 hour"),
        (36 * HOUR, "36 hours"),
    ],
)
def test_a_duration_is_in_days_or_hours(milliseconds: int, text: str) -> None:
    assert words.duration(milliseconds) == text


def test_a_rule_is_one_sentence() -> None:
    assert words.rule(RULE) == (
        "10.00 EUR to the referrer for each qualified referral, issued 30 days later, by hand."
    )


def test_every_reason_and_every_grade_of_evidence_has_words() -> None:
    assert all(words.reason(reason) for reason in Reason)
    assert set(EVIDENCE) == set(Evidence)
    assert not any(f"E{grade}" in words.evidence(Evidence(grade)) for grade in Evidence)


def test_a_reason_of_a_newer_version_is_shown_as_it_is() -> None:
    assert words.reason("some_new_check") == "some new check"
