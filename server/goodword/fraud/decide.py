"""Runs the checks and sums them up."""

from __future__ import annotations

from collections.abc import Iterable

from goodword.fraud.rules import Facts, Found, Rule
from goodword.model import Reason, Verdict


def examine(rules: Iterable[Rule], facts: Facts) -> list[Found]:
    """What the checks say, in their order."""
    return [found for rule in rules if (found := rule(facts)) is not None]


def strongest(found: Iterable[Found], verdict: Verdict) -> Reason | None:
    """The first reason of that verdict."""
    return next((each.check for each in found if each.verdict is verdict), None)
