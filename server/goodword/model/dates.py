"""Days and months of the UTC calendar, for times in milliseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(at: int) -> str:
    """`21 Dec 2026`, whatever the locale."""
    time = _time(at)
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


def rfc3339(at: int) -> str:
    """`2026-12-21T09:30:00.000Z`."""
    return _time(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def month_start(at: int) -> int:
    """The first millisecond of the month."""
    return _millis(_time(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0))


def next_monthday(at: int, day: int) -> int:
    """The first midnight at or after `at` that begins such a day of a month; `day` 1 to 28."""
    time = _time(at)
    found = time.replace(day=day, hour=0, minute=0, second=0, microsecond=0)
    return _millis(found if found >= time else _month_after(found).replace(day=day))


def add_months(at: int, months: int) -> int:
    """So many calendar months later, at the same time of day; the month's last day at most."""
    time = _time(at)
    month = time.month - 1 + months
    first = time.replace(year=time.year + month // 12, month=month % 12 + 1, day=1)
    last = _month_after(first) - timedelta(days=1)
    return _millis(first.replace(day=min(time.day, last.day)))


def _month_after(time: datetime) -> datetime:
    return (time.replace(day=1) + timedelta(days=32)).replace(day=1)


def _time(at: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at)


def _millis(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(milliseconds=1)
