"""Months, comparisons and the chart's days, by tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from goodword.stats.shape import (
    CHART_DAYS,
    DAY,
    Compared,
    Span,
    calendar,
    compare,
    month_name,
    month_of,
    read_month,
    read_span,
    series,
    span_name,
)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "month", "last", "by_now"),
    [
        ("2026-11-18T14:00", "2026-11-01", "2026-10-01", "2026-10-19"),
        ("2026-01-01T00:00", "2026-01-01", "2025-12-01", "2025-12-02"),
        ("2026-03-31T23:59", "2026-03-01", "2026-02-01", "2026-03-01"),
        ("2028-02-29T12:00", "2028-02-01", "2028-01-01", "2028-01-30"),
    ],
)
def test_a_month_is_set_beside_the_last_one_up_to_the_same_day(
    now: str, month: str, last: str, by_now: str
) -> None:
    seen = calendar(at(now))
    assert seen.month.since == at(month)
    assert seen.last_month == Span(at(last), at(month))
    assert seen.last_month_by_now == Span(at(last), at(by_now))


@pytest.mark.parametrize("now", ["2026-03-01T00:00", "2026-03-31T12:00", "2026-12-15T08:30"])
def test_everything_the_page_looks_at_lies_within_one_span(now: str) -> None:
    seen = calendar(at(now))
    assert seen.span.since <= min(seen.last_month.since, seen.chart.since)
    assert seen.span.until == seen.today + DAY


def test_numbers_are_summed_by_month() -> None:
    seen = calendar(at("2026-11-18T14:00"))
    counts = {
        at("2026-09-30"): 100,
        at("2026-10-01"): 1,
        at("2026-10-18"): 2,
        at("2026-10-19"): 4,
        at("2026-11-01"): 8,
        at("2026-11-18"): 16,
    }
    assert compare(counts, seen) == Compared(month=24, last_month=7, last_month_by_now=3)


def test_the_chart_has_every_day_whether_anything_happened_or_not() -> None:
    seen = calendar(at("2026-11-18T14:00"))
    days = series({seen.today: 3}, {seen.today - DAY: 2}, {}, seen)
    assert len(days) == CHART_DAYS
    assert [day.at for day in days] == sorted({day.at for day in days})
    assert (days[-1].visits, days[-2].referrals, days[0].successful) == (3, 2, 0)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "9999-12", "0000-01", "x2026-01"]
)
def test_what_names_no_month_is_none(text: str) -> None:
    assert read_month(text) is None


def test_a_month_has_a_name_that_reads_back() -> None:
    span = month_of(2026, 12)
    assert month_name(span.since) == month_name(span.until - 1) == "2026-12"
    assert read_month("2026-12") == span


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-02", 28),
        ("2026-11-21", 1),
        ("2026-10-01..2026-10-21", 21),
        ("2026-11-21..2026-11-21", 1),
    ],
)
def test_a_stretch_is_a_month_a_day_or_from_day_to_day(text: str, days: int) -> None:
    span = read_span(text)
    assert span is not None
    assert span.until - span.since == days * DAY
    assert read_span(span_name(span)) == span


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-02-30",
        "2026-13-01",
        "1969-12-31",
        "2026-11-21..2026-11-20",
        "2026-11-21..",
        "2026-11..2026-12",
        "٢٠٢٦-11-21",
    ],
)
def test_what_names_no_stretch_is_none(text: str) -> None:
    assert read_span(text) is None


def test_a_stretch_is_named_as_short_as_it_can_be() -> None:
    november = month_of(2026, 11)
    assert span_name(november) == "2026-11"
    assert span_name(Span(november.since, november.since + DAY)) == "2026-11-01"
    assert span_name(Span(november.since, november.since + 2 * DAY)) == "2026-11-01..2026-11-02"
