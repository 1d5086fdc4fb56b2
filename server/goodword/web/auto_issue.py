"""What switching Auto Issue on would have done to the rewards of the last 30 days, in words."""

from __future__ import annotations

from collections.abc import Iterable

from goodword.model import Method, RewardStatus, Rule
from goodword.rewards.decide import may_auto_issue
from goodword.stats.auto_preview import Seen
from goodword.web.admin_words import count

DAYS = 30
_REST = (
    ("weak", *(f"{lack} evidence (reported by the browser only)" for lack in ("lacks", "lack"))),
    ("mute", *(f"{is_} for somebody who can't be mailed a code" for is_ in ("is", "are"))),
    ("held", "is held", "are held"),
    ("two", "needs a second person", "need a second person"),
    ("over", "was cancelled", "were cancelled"),
)


def foresee(rule: Rule, found: Iterable[Seen]) -> str:
    """`rule` as it would be with Auto Issue on; `found` are the rewards of these days."""
    counts = dict.fromkeys(("all", "out", "weak", "mute", "two", "held", "over"), 0)
    for seen in found:
        counts["all"] += seen.rewards
        counts[_fate(rule, seen)] += seen.rewards
    if not counts["all"]:
        return f"There was no reward in the last {DAYS} days that it could have issued."
    rest = [
        f"{counts[name]:,} {one if counts[name] == 1 else many}"
        for name, one, many in _REST
        if counts[name]
    ]
    told = f"; {', '.join(rest)}" if rest else ""
    whole, out = counts["all"], counts["out"]
    return (
        f"Of {count(whole, 'reward', 'rewards')} in the last {DAYS} days, Auto Issue would have"
        f" issued {_share(out, whole)}{told}."
    )


def _share(out: int, whole: int) -> str:
    """In a word where one will do: a number beside another reads as one."""
    if not out:
        return "none"
    if out < whole:
        return f"{out:,}"
    return "all of them" if whole > 1 else "it"


def _fate(rule: Rule, seen: Seen) -> str:
    if seen.status is RewardStatus.HELD:
        return "held"
    if seen.status is RewardStatus.CANCELLED:
        return "over"
    if not may_auto_issue(rule, seen.evidence):
        return "weak"
    if rule.method is Method.COUPON and not seen.mailed:
        return "mute"
    return "two" if seen.two else "out"
