"""How rewards read on a page and in a file. Data in, text out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from goodword.model import Occasion, Recipient, Reward, RewardStatus
from goodword.stats.owed import OwedRow, Total
from goodword.web.admin_words import person

ACTIONS: Mapping[RewardStatus, Sequence[tuple[str, str]]] = {
    RewardStatus.DUE: (("issue", "Issue"), ("hold", "Hold"), ("cancel", "Cancel")),
    RewardStatus.HELD: (("release", "Release"), ("cancel", "Cancel")),
    RewardStatus.ISSUED: (("reverse", "Reverse"),),
    RewardStatus.FAILED: (("issue", "Issue again"), ("cancel", "Cancel")),
    RewardStatus.CANCELLED: (),
}
"""What may be done to a reward from where it is: the verb, and its button."""

DOORS = {
    "script": "the tag on your page",
    "page": "the invitation page",
    "pixel": "the pixel",
    "api": "your server, by the API",
    "webhook": "the inbound webhook",
    "shop": "your shop, by its webhook",
    "hand": "an admin, by hand",
}
"""Who said something, as it continues a sentence."""


def actions(reward: OwedRow | Reward) -> Sequence[tuple[str, str]]:
    """The verbs for one reward: a reversal, and what was wholly taken back, stay as they are."""
    if reward.reverses is not None or (reward.reversed and reward.reversed >= reward.amount):
        return ()
    return ACTIONS[reward.status]


def occasion(reward: OwedRow) -> str:
    """What it is for: `Joined`, `Qualified by order 1042`, `Order 1042`, `Step 3`."""
    if reward.step:
        return f"Step {reward.step}"
    what = f"order {reward.order_id}" if reward.order_id else reward.event or ""
    if reward.occasion is Occasion.CONVERTED:
        return f"{what[:1].upper()}{what[1:]}"
    if reward.occasion is Occasion.QUALIFIED:
        return f"Qualified by {what}" if what else "Qualified"
    return "Joined"


def recipient(reward: OwedRow) -> tuple[str, str]:
    """Who gets it, by name if there is one, and the e-mail."""
    if reward.recipient is Recipient.REFERRER:
        return reward.referrer_name, reward.referrer_email
    return reward.lead_name or "", reward.lead_email or ""


def called(reward: OwedRow) -> str:
    """Who gets it, as one would call them."""
    other = reward.lead_customer if reward.recipient is Recipient.LEAD else None
    return person(*recipient(reward), other)


def lead(reward: OwedRow) -> str:
    return person(reward.lead_name, reward.lead_email, reward.lead_customer)


def sums(totals: Iterable[Total]) -> str:
    """`30.00 EUR, 3 free month`: never added up across."""
    return ", ".join(total.worth for total in totals)


def rewards_in(totals: Iterable[Total]) -> int:
    return sum(total.rewards for total in totals)


def less(totals: Iterable[Total], part: Iterable[Total]) -> list[Total]:
    """What is left of each total without its part."""
    taken = {(each.currency, each.unit): each for each in part}
    rest = []
    for total in totals:
        gone = taken.get((total.currency, total.unit))
        counts = (gone.rewards, gone.amount) if gone else (0, 0)
        left = Total(
            total.rewards - counts[0], total.amount - counts[1], total.currency, total.unit
        )
        if left.rewards > 0:
            rest.append(left)
    return rest
