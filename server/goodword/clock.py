"""The only place with time and chance. Passed in, never called from a decision."""

from __future__ import annotations

import os
import time

from goodword.model import id_text

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """Milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


_CHANCE = 1 << 80
_last = (0, 0)


def new_id(prefix: str, at: int) -> str:
    """An id such as `hit_0193...`: milliseconds `at`, then 80 bits of chance.

    Ids of one process and one millisecond come in the order in which they were asked for.
    """
    global _last
    random = int.from_bytes(os.urandom(10), "big")
    tail = (_last[1] + 1 + (random >> 40)) % _CHANCE if _last[0] == at else random >> 1
    _last = (at, tail)
    return id_text(prefix, at.to_bytes(6, "big") + tail.to_bytes(10, "big"))


def new_secret(size: int = 16) -> bytes:
    """`size` random bytes, fit for keys."""
    return os.urandom(size)
