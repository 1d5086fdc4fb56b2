"""The shelf of reward_sums: how many rewards and how much, by day, referrer and status.

Kept in the transaction that changes a reward, so that no page has to scan rewards for a sum.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Reward, RewardStatus
from goodword.storage import tables as t
from goodword.storage.upsert import add_to


async def count(db: AsyncConnection, reward: Reward, times: int) -> None:
    """Counts the reward as it stands: 1 when it comes to stand so, -1 when it no longer does.

    It counts for its referrer and for the whole campaign. A reversal counts like any other, with
    its negative amount: sums of what is issued are net.
    """
    for referrer_id in (reward.referrer_id, t.WHOLE):
        key = {
            "campaign_id": reward.campaign_id,
            "day": day_of(reward),
            "referrer_id": referrer_id,
            "status": reward.status,
            "currency": reward.currency,
            "unit": reward.unit,
        }
        await add_to(db, t.reward_sums, key, {"rewards": times, "amount": times * reward.amount})


def day_of(reward: Reward) -> int:
    """The first millisecond (UTC) of the day it counts on: when issued that one, else its first."""
    at = reward.created_at
    if reward.status is RewardStatus.ISSUED and reward.issued_at is not None:
        at = reward.issued_at
    return at - at % DAY
