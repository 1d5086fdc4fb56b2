"""How much a key may still call: a fixed window of a minute for each key, in memory, per process.

Told in the fields `RateLimit-Policy` and `RateLimit` of the IETF draft
draft-ietf-httpapi-ratelimit-headers-11, and in the three fields of its first drafts, which many
clients read.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 60
"""Seconds."""

_TIMES = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What is `left` of a key's `allowance`, and in how many seconds (`reset`) it is whole again;
    `over` when this very call is too many."""

    allowance: int
    left: int
    reset: int
    over: bool = False

    def headers(self) -> dict[str, str]:
        return {
            "ratelimit-policy": f'"key";q={self.allowance};w={WINDOW}',
            "ratelimit": f'"key";r={self.left};t={self.reset}',
            "ratelimit-limit": str(self.allowance),
            "ratelimit-remaining": str(self.left),
            "ratelimit-reset": str(self.reset),
        }


class Quota:
    """A hundred times `rate_limit` calls a minute for each key; with 0 as many as they like."""

    def __init__(self, rate_limit: int) -> None:
        self._allowance = rate_limit * _TIMES
        self._used: dict[str, tuple[int, int]] = {}

    def take(self, key_id: str, now: int) -> Standing | None:
        """Counts a call at `now` (seconds). Keys in use are few, so none is ever forgotten."""
        if not self._allowance:
            return None
        window, reset = now // WINDOW, WINDOW - now % WINDOW
        began, used = self._used.get(key_id, (window, 0))
        used = used if began == window else 0
        over = used >= self._allowance
        self._used[key_id] = (window, used if over else used + 1)
        return Standing(self._allowance, self._allowance - self._used[key_id][1], reset, over)
