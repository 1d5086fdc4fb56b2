"""How times, money, rules and standings read on a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodword.clock import DAY, HOUR
from goodword.lifecycle.explain import EVIDENCE
from goodword.model import Evidence, Occasion, Reason, Recipient, Rule
from goodword.web import admin_words as words
from goodword.web.site import Site
from lifecycle.world import START, World

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


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (
            RULE,
            "10.00 EUR to the referrer when a lead qualifies; due at once, to be issued 30 days"
            " later.",
        ),
        (
            replace(
                RULE,
                recipients=(Recipient.REFERRER, Recipient.LEAD),
                occasion=Occasion.JOINED,
                delay=0,
            ),
            "10.00 EUR to the referrer and the lead each when a lead joins; due at once, to be"
            " issued at once.",
        ),
    ],
)
def test_a_rule_is_one_sentence(rule: Rule, text: str) -> None:
    assert words.rule(rule) == text


def test_every_reason_and_every_grade_of_evidence_has_words() -> None:
    assert all(words.reason(reason) for reason in Reason)
    assert set(EVIDENCE) == set(Evidence)
    assert not any(f"E{grade}" in words.evidence(Evidence(grade)) for grade in Evidence)


def test_a_reason_of_a_newer_version_is_shown_as_it_is() -> None:
    assert words.reason("some_new_check") == "some new check"


@pytest.mark.parametrize(
    ("public_url", "first_party"),
    [
        ("https://go.shop.example", True),
        ("https://shop.example", True),
        ("http://go.shop.example", False),
        ("https://goodword.example", False),
    ],
)
async def test_a_server_of_the_same_site_is_first_party(
    w: World, public_url: str, first_party: bool
) -> None:
    standing = words.standing(Site(public_url), w.campaign)
    assert standing.first_party is first_party
    assert bool(standing.advice) is not first_party
    assert first_party or "https://go.shop.example" in standing.advice
