"""How often one address may call: the generic cell rate algorithm, in memory, per process."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network

_MOST_ADDRESSES = 50_000
_MINUTE = 60.0


class Limit:
    """`allowance` calls a minute and caller, in a burst or spread; 0 allows everything."""

    def __init__(self, allowance: int) -> None:
        self._interval = _MINUTE / allowance if allowance else 0.0
        self._due: dict[str, float] = {}

    def wait(self, caller: str, now: float, take: bool = True) -> float:
        """How many seconds too early a call at `now` (seconds) comes, 0 if it is allowed.

        An allowed one is taken from the allowance, unless it is only asked for.
        """
        if not self._interval:
            return 0.0
        due = max(self._due.get(caller, now), now) + self._interval
        if due - now > _MINUTE:
            return due - now - _MINUTE
        if not take:
            return 0.0
        if len(self._due) >= _MOST_ADDRESSES and caller not in self._due:
            self._forget(now)
        self._due[caller] = due
        return 0.0

    def _forget(self, now: float) -> None:
        """Drops callers that owe no waiting; under a flood of addresses, all of them."""
        self._due = {each: due for each, due in self._due.items() if due > now}
        if len(self._due) >= _MOST_ADDRESSES:
            self._due.clear()


@lru_cache(8192)
def caller_of(address: str) -> str:
    """Who shares an allowance: one IPv4 address, or one /64 of IPv6."""
    if ":" not in address:
        return address
    try:
        return str(ip_network(f"{ip_address(address)}/64", strict=False))
    except ValueError:
        return address
