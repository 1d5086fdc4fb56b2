"""Counts by day made into months, comparisons and a series for a chart. Data in, data out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

DAY = 86_400_000
CHART_DAYS = 30
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?", re.A)

Counts = Mapping[int, int]
"""How many on each day; a day is its first millisecond, UTC."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A number of this month beside the whole last month, and beside it up to the same day."""

    month: int
    last_month: int
    last_month_by_now: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart; `at` is its first millisecond."""

    at: int
    visits: int
    referrals: int
    successful: int


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to before `until`, milliseconds."""

    since: int
    until: int

    def total(self, counts: Counts) -> int:
        return sum(n for day, n in counts.items() if self.since <= day < self.until)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The stretches of time that the Stats page looks at, as seen at one moment."""

    today: int
    month: Span
    last_month: Span
    last_month_by_now: Span

    @property
    def chart(self) -> Span:
        return Span(self.today - (CHART_DAYS - 1) * DAY, self.today + DAY)

    @property
    def span(self) -> Span:
        """All that anything on the page looks at."""
        return Span(min(self.last_month.since, self.chart.since), self.chart.until)


def calendar(now: int) -> Calendar:
    """Months of the calendar in UTC. On the 31st, a shorter last month counts as a whole."""
    today = now - now % DAY
    date = datetime.fromtimestamp(now / 1000, UTC)
    month = month_of(date.year, date.month)
    before = datetime.fromtimestamp((month.since - 1) / 1000, UTC)
    last = month_of(before.year, before.month)
    by_now = min(last.until, last.since + date.day * DAY)
    return Calendar(today, month, last, Span(last.since, by_now))


def month_of(year: int, month: int) -> Span:
    following = (year + month // 12, month % 12 + 1)
    return Span(_first(year, month), _first(*following))


def read_month(text: str) -> Span | None:
    """The month that `2026-12` names; None for anything else."""
    match = _MONTH.fullmatch(text)
    if match is None or not 1970 <= int(match[1]) < 9999:
        return None
    return month_of(int(match[1]), int(match[2]))


def read_span(text: str) -> Span | None:
    """The stretch that `2026-12`, `2026-12-21` or `2026-12-01..2026-12-21` names, both ends
    counted; None for anything else."""
    match = _DAYS.fullmatch(text)
    if match is None:
        return read_month(text)
    first, last = _read_day(match[1]), _read_day(match[2] or match[1])
    if first is None or last is None or last < first:
        return None
    return Span(first, last + DAY)


def _read_day(text: str) -> int | None:
    try:
        date = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(date.timestamp()) * 1000 if 1970 <= date.year < 9999 else None


def month_name(at: int) -> str:
    """The month of a moment, as `read_month` reads it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")


def span_name(span: Span) -> str:
    """A stretch of whole days, as `read_span` reads it."""
    if read_month(month_name(span.since)) == span:
        return month_name(span.since)
    first, last = day_name(span.since), day_name(span.until - DAY)
    return first if first == last else f"{first}..{last}"


def day_name(at: int) -> str:
    """The UTC day of a moment, as `read_span` reads it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")


def compare(counts: Counts, when: Calendar) -> Compared:
    return Compared(
        when.month.total(counts),
        when.last_month.total(counts),
        when.last_month_by_now.total(counts),
    )


def series(visits: Counts, referrals: Counts, successful: Counts, when: Calendar) -> list[Day]:
    """Every day of the chart, those without anything too, oldest first."""
    days = range(when.chart.since, when.chart.until, DAY)
    return [
        Day(day, visits.get(day, 0), referrals.get(day, 0), successful.get(day, 0)) for day in days
    ]


def _first(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1000
