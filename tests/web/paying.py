"""What the tests of the Rewards tab and of a reward's page share."""

from __future__ import annotations

import re
from html import unescape

from goodword.model import Referrer, Reward
from lifecycle.world import DAY, World

REWARDS = "/admin/rewards"


def text_of(page: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def ripe_one(
    w: World, order: str = "1042", referrer: Referrer | None = None, amount: str = "49.00"
) -> Reward:
    """A reward whose delay is over now; nobody's session may end meanwhile. Each has a moment of
    its own, by which the latest lead is known."""
    w.wait(-30 * DAY)
    lead = await w.buyer(order, referrer, email=f"b{order}@example.com", amount=amount)
    w.wait(30 * DAY + 1)
    return (await w.rewards(lead.id))[-1]


async def now_is(w: World, reward: Reward) -> Reward:
    return next(each for each in await w.rewards(reward.lead_id) if each.id == reward.id)
