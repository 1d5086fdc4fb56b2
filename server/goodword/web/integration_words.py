"""What integrations are called on screen, in the words of their help pages."""

from __future__ import annotations

from goodword.integrations.base import Target
from goodword.model import (
    EventBecame,
    IntegrationStatus,
    Pushed,
    RuleKind,
)

STATUSES = {
    IntegrationStatus.CONNECTED: ("Connected", "good"),
    IntegrationStatus.INSTALLED: ("Installed", ""),
    IntegrationStatus.RECONNECT: ("Needs reconnect", "no"),
    IntegrationStatus.FAILING: ("Failing", "hold"),
}
"""What a tile says, and the colour of its badge: green is only what answered."""

OUTCOMES = {
    Pushed.CREATED: "Created",
    Pushed.UPDATED: "Updated",
    Pushed.EXISTED: "Was there before: left alone, never qualifies",
}

BECAME = {
    EventBecame.RECEIVED: "Waits to be looked at",
    EventBecame.QUALIFIED: "Qualified its lead",
    EventBecame.WITHDRAWN: "Made its lead pending again",
    EventBecame.UNCHANGED: "Changed nothing",
    EventBecame.HELD: "Qualified its lead; the rewards are held",
    EventBecame.REJECTED: "Was rejected",
    EventBecame.BLOCKED: "Blocked: they were there before their referral",
    EventBecame.REFUNDED: "Took money back",
    EventBecame.RESTORED: "Counts again",
    EventBecame.NOT_OURS: "Not about a lead of this campaign",
    EventBecame.IGNORED: "Ignored",
    EventBecame.BAD_SIGNATURE: "Refused: its signature does not hold",
    EventBecame.UNREADABLE: "Refused: it can't be read",
}

OUR_WORDS = (
    ("code", "Referral code", "The lead's own; by it our records are known again."),
    ("link", "Referral link", "Where they refer too."),
    ("referrals", "Referrals", "How many they brought."),
    ("referrals_successful", "Referrals successful", "How many of those qualified."),
    ("referrer_name", "Referred by", ""),
    ("referrer_email", "E-mail of who referred", ""),
)
"""What can be written to a record: our word, its label, a hint."""


def rule_choices(target: Target) -> list[tuple[str, str]]:
    """The qualification methods of an object, as their help page words them."""
    one, other = target.title, target.linked_title or target.linked
    titles = {
        RuleKind.NONE: "Do not qualify my referrals",
        RuleKind.FIELD: f"A field of the {one} would change",
        RuleKind.CONVERTED: f"A {one} would convert into {_an(other)}",
        RuleKind.CONVERTED_STAGE: (
            f"A {one} would convert into {_an(other)} and move to a specific Stage"
        ),
        RuleKind.STAGE: f"{_an(other).capitalize()} of the {one} would move to a specific Stage",
    }
    kinds = (RuleKind.NONE, *(kind for kind in target.rules if kind is not RuleKind.NONE))
    return [(kind.value, titles[kind]) for kind in kinds]


def _an(word: str) -> str:
    return f"{'an' if word[:1] in 'AEIOUaeiou' else 'a'} {word}"
