"""Whether a call is a hit, and how little of it is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.hits.decide import FRESH, clean_url, is_fresh, network_of, refusal
from goodword.model import Reason

PERSON = {"known": True} | dict.fromkeys(
    ("paused", "disabled", "expired", "prefetch", "bot"), False
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"known": False, "bot": True}, Reason.BAD_CODE),
        ({"disabled": True, "expired": True}, Reason.DISABLED),
        ({"expired": True}, Reason.EXPIRED),
        ({"paused": True}, Reason.PAUSED),
        ({"prefetch": True}, Reason.PREFETCH),
        ({"bot": True}, Reason.BOT),
    ],
)
def test_every_refusal_has_its_name(change: dict[str, bool], reason: Reason | None) -> None:
    assert refusal(**(PERSON | change)) is reason


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/p", "https://a.example/p"),
        (
            "https://a.example/?ref=X&email=a@b.cd&utm_source=n#t",
            "https://a.example/?ref=X&utm_source=n",
        ),
        ("https://a.example/?friend=CODE&x=1", "https://a.example/?friend=CODE"),
        ("https://a.example/?password=1", "https://a.example/"),
        ("https://a.example/?gclid=1&gclid=2", "https://a.example/?gclid=1&gclid=2"),
        ("https://a.example/\0\n", "https://a.example/"),
        ("", ""),
    ],
)
def test_an_address_is_kept_without_what_names_a_person(url: str, kept: str) -> None:
    assert clean_url(url, "CODE") == kept


@given(st.text(max_size=2000), st.text(max_size=20))
def test_any_address_is_kept_short_and_printable(url: str, code: str) -> None:
    kept = clean_url(url, code)
    assert len(kept) <= 500
    assert kept.isprintable()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_only_the_network_of_an_address_remains(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_token_is_fresh_for_five_minutes_and_not_before_it_was_made() -> None:
    assert is_fresh(0, FRESH - 1)
    assert not is_fresh(0, FRESH)
    assert not is_fresh(1, 0)
