"""When a message is tried again, and what an answer to it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.notifications.decide import WAITS, Fate, after

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("attempts", "code", "retry_after", "fate", "wait"),
    [
        (1, 200, "", Fate.SENT, 0),
        (1, 204, "", Fate.SENT, 0),
        (1, 301, "", Fate.AGAIN, 5_000),
        (1, 400, "", Fate.AGAIN, 5_000),
        (1, None, "", Fate.AGAIN, 5_000),
        (2, 500, "", Fate.AGAIN, 300_000),
        (9, 500, "", Fate.AGAIN, 24 * HOUR),
        (10, 500, "", Fate.FAILED, 0),
        (10, 200, "", Fate.SENT, 0),
        (1, 410, "", Fate.GONE, 0),
        (1, 429, "120", Fate.AGAIN, 120_000),
        (1, 503, "1", Fate.AGAIN, 5_000),
        (1, 503, "999999", Fate.AGAIN, 24 * HOUR),
        (1, 503, "Wed, 21 Oct 2026 07:28:00 GMT", Fate.AGAIN, 5_000),
    ],
)
def test_a_try_is_followed_by(
    attempts: int, code: int | None, retry_after: str, fate: Fate, wait: int
) -> None:
    found = after(attempts, code, retry_after, 0)
    assert (found.fate, found.wait) == (fate, wait)


def test_the_schedule_is_of_seventy_five_hours() -> None:
    assert sum(WAITS) == 75 * HOUR + 35 * 60_000 + 5_000


@given(st.integers(1, 9), st.floats(0, 1))
def test_jitter_only_ever_waits_longer_and_little(attempts: int, chance: float) -> None:
    wait = after(attempts, 500, "", chance).wait
    assert WAITS[attempts - 1] <= wait <= WAITS[attempts - 1] * 1.1
