"""What a cell says, and that nothing is guessed where it can be read in two ways."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import Money
from goodword.moving.values import Unclear, Unread, code_of, read_moment, read_sum


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2026-01-31", "", at(2026, 1, 31)),
        ("2026-01-31 10:05", "", at(2026, 1, 31, 10, 5)),
        ("2026-01-31T10:05:00Z", "", at(2026, 1, 31, 10, 5)),
        ("2026-01-31 10:05:00 UTC", "", at(2026, 1, 31, 10, 5)),
        ("2026-01-31T12:05:00+02:00", "", at(2026, 1, 31, 10, 5)),
        ("2026/01/31", "", at(2026, 1, 31)),
        ("31.01.2026", "", at(2026, 1, 31)),
        ("01.02.2026", "", at(2026, 2, 1)),
        ("31/01/2026", "", at(2026, 1, 31)),
        ("01/31/2026", "", at(2026, 1, 31)),
        ("02/02/2026", "", at(2026, 2, 2)),
        ("01/02/2026", "dmy", at(2026, 2, 1)),
        ("01/02/2026", "mdy", at(2026, 1, 2)),
        ("1/2/26 3:05 PM", "mdy", at(2026, 1, 2, 15, 5)),
        ("12/31/2026 12:00 am", "mdy", at(2026, 12, 31)),
        ("Jan 31, 2026", "", at(2026, 1, 31)),
        ("January 31st, 2026 at 10:05 AM", "", at(2026, 1, 31, 10, 5)),
        ("31 January 2026", "", at(2026, 1, 31)),
        ("Sat, 31 Jan 2026 10:05:00 GMT", "", at(2026, 1, 31, 10, 5)),
        ("1769853600", "", 1_769_853_600_000),
        ("1769853600123", "", 1_769_853_600_123),
    ],
)
def test_moments_are_read(text: str, order: str, moment: int) -> None:
    assert read_moment(text, order) == moment


@pytest.mark.parametrize("text", ["01/02/2026", "1-2-2026", "03/04/26", "13/04/26"])
def test_a_day_that_may_be_a_month_is_asked(text: str) -> None:
    with pytest.raises(Unclear):
        read_moment(text)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *(("", ""), ("soon", ""), ("2026-02-30", ""), ("31/01/2026", "mdy"), ("32/01/2026", "")),
        *(("31 Foo 2026", ""), ("1969-01-01", ""), ("10:05", ""), ("1/2/2026 13:00 PM", "dmy")),
    ],
)
def test_what_is_no_moment_is_refused(text: str, order: str) -> None:
    with pytest.raises(Unread) as error:
        read_moment(text, order)
    assert not isinstance(error.value, Unclear)


@given(st.dates(date(1970, 1, 1), date(2999, 1, 1)), st.sampled_from(["dmy", "mdy"]))
def test_what_is_written_in_an_order_is_read_in_it(day: date, order: str) -> None:
    text = day.strftime("%d/%m/%Y" if order == "dmy" else "%m/%d/%Y")
    assert read_moment(text, order) == at(day.year, day.month, day.day)
    try:
        assert read_moment(text) == at(day.year, day.month, day.day)
    except Unclear:
        assert day.day <= 12


@pytest.mark.parametrize(
    ("text", "currency", "decimal", "money"),
    [
        ("10", "EUR", "", Money(1000, "EUR")),
        ("10.5", "EUR", "", Money(1050, "EUR")),
        ("10,50", "EUR", "", Money(1050, "EUR")),
        ("1.234,50", "EUR", "", Money(123450, "EUR")),
        ("1,234.50", "EUR", "", Money(123450, "EUR")),
        ("1,234,567", "EUR", "", Money(123456700, "EUR")),
        ("1'234.50", "CHF", "", Money(123450, "CHF")),
        ("1 234,50", "EUR", "", Money(123450, "EUR")),
        ("1.234", "EUR", ",", Money(123400, "EUR")),
        ("12.5000", "EUR", "", Money(1250, "EUR")),
        ("12.500", "EUR", ".", Money(1250, "EUR")),
        ("€ 12.00", "", "", Money(1200, "EUR")),
        ("$12.00", "USD", "", Money(1200, "USD")),
        ("12.00 USD", "", "", Money(1200, "USD")),
        ("500", "JPY", "", Money(500, "JPY")),
    ],
)
def test_amounts_are_read(text: str, currency: str, decimal: str, money: Money) -> None:
    assert read_sum(text, currency, decimal) == money


@pytest.mark.parametrize("text", ["1.234", "1,234"])
def test_thousands_or_cents_are_asked(text: str) -> None:
    with pytest.raises(Unclear):
        read_sum(text, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "decimal"),
    [
        *(("", "EUR", ""), ("-5", "EUR", ""), ("ten", "EUR", ""), ("10.999", "EUR", ".")),
        *(("€ 5", "USD", ""), ("5", "XXX", ""), ("5", "", ""), ("1.2.3,4,5", "EUR", "")),
        ("10.5", "JPY", ""),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str, decimal: str) -> None:
    with pytest.raises(Unread):
        read_sum(text, currency, decimal)


@given(st.integers(0, 10**12), st.sampled_from([".", ","]))
def test_an_amount_with_its_sign_declared_is_read_back(minor: int, sign: str) -> None:
    text = f"{minor // 100}{sign}{minor % 100:02}"
    assert read_sum(text, "EUR", sign) == Money(minor, "EUR")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ada20", "ada20"),
        ("https://shop.example/?via=ada", "ada"),
        ("https://shop.example/x?grsf=xia2zh&utm_source=mail", "xia2zh"),
        ("https://shop.example/?code=QX1", "QX1"),
        ("shop.refr.cc/ada20", "shop.refr.cc/ada20"),
        ("https://shop.refr.cc/ada20", "ada20"),
        ("https://shop.refr.cc/a%2Bb/", "a+b"),
    ],
)
def test_a_code_is_found_in_a_link(text: str, code: str) -> None:
    assert code_of(text, ("grsf",)) == code
