"""Money: integers of minor units; whatever can't be read is said, not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import Amount, Money, read_amount, read_currency, worth


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("49.00", "EUR", 4900),
        ("49.5", "eur", 4950),
        ("49", "EUR", 4900),
        (4900, "EUR", 4900),
        ("0", "EUR", 0),
        ("500", "JPY", 500),
        ("1.234", "BHD", 1234),
    ],
)
def test_an_amount_is_read_as_its_currency_counts(
    value: str | int, currency: str, minor: int
) -> None:
    assert read_amount(value, currency) == Amount(Money(minor, currency.upper()))


@pytest.mark.parametrize(
    ("value", "currency"),
    [
        ("-1", "EUR"),
        (-1, "EUR"),
        ("1e400", "EUR"),
        ("49,00 €", "EUR"),
        ("49.005", "EUR"),
        ("1.5", "JPY"),
        ("٤٩", "EUR"),
        ("9" * 14, "EUR"),
        (10**16, "EUR"),
        ("49.00", ""),
        ("49.00", "XYZ"),
        ("49.00", "XAU"),
        ("49.00", "EURO"),
    ],
)
def test_what_cannot_be_read_is_said(value: str | int, currency: str) -> None:
    assert read_amount(value, currency) == Amount(unreadable=True)


def test_no_amount_is_no_mistake() -> None:
    assert read_amount("", "EUR") == read_amount(None, "") == Amount()


@given(st.integers(0, 10**15), st.sampled_from(["EUR", "JPY", "BHD", "USD"]))
def test_what_is_written_reads_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    text = str(money)
    assert len(text.partition(".")[0]) > 13 or read_amount(text, currency) == Amount(money)


def test_a_negative_amount_is_written_with_its_sign() -> None:
    assert (str(Money(-5, "EUR")), str(Money(-1234, "JPY"))) == ("-0.05", "-1234")


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    read_amount(text, "EUR")
    read_currency(text)


def test_what_is_counted_reads_as_its_owner_wrote_it_and_coupons_in_their_plural() -> None:
    assert worth(1000, "EUR") == "10.00 EUR"
    assert worth(3, "", "free month") == "3 free month"
    assert [worth(number, "", "coupon") for number in (0, 1, 4, -1)] == [
        "0 coupons",
        "1 coupon",
        "4 coupons",
        "-1 coupon",
    ]
