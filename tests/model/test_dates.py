"""The UTC calendar."""

from __future__ import annotations

from goodword.model import day_of, rfc3339

AT = 1_795_000_000_001


def test_a_day_is_told_as_people_write_it() -> None:
    assert day_of(AT) == "18 Nov 2026"


def test_a_time_is_told_in_utc() -> None:
    assert rfc3339(AT) == "2026-11-18T11:06:40.001Z"
