"""The shelf of reward_sums: how many rewards and how much, by day, referrer and status; and of
due_sums: what is due, by the day on which it may go out.

Kept in the transaction that changes a reward, so that no page has to scan rewards for a sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Reward, RewardStatus
from goodword.storage import tables as t
from goodword.storage.upsert import add_to

Place = tuple[Table, tuple[int | str, ...]]
"""A counter: its table, and its primary key in the order of the columns."""


async def shift(db: AsyncConnection, before: Reward | None, after: Reward | None) -> None:
    """Counts a reward as it is after a change, no longer as it was; None where it is not there."""
    await shift_all(db, [(before, after)])


async def shift_all(
    db: AsyncConnection, changes: Iterable[tuple[Reward | None, Reward | None]]
) -> None:
    """`shift` for many rewards at once."""
    rewards, amounts = Counter[Place](), Counter[Place]()
    for before, after in changes:
        for reward, times in ((before, -1), (after, 1)):
            for place in _places(reward) if reward else ():
                rewards[place] += times
                amounts[place] += times * reward.amount if reward else 0
    for table in (t.reward_sums, t.due_sums):
        await add_to(
            db,
            table,
            [
                _row(place, rewards[place], amounts[place])
                for place in sorted(rewards, key=lambda place: place[1])
                if place[0] is table and (rewards[place] or amounts[place])
            ],
        )


def _places(reward: Reward) -> Iterator[Place]:
    """It counts for its referrer and for the whole campaign. A reversal counts like any other,
    with its negative amount: sums of what is issued are net."""
    what = (reward.currency, reward.unit)
    for whose in (reward.referrer_id, t.WHOLE):
        stands = (whose, reward.recipient, reward.status)
        yield t.reward_sums, (reward.campaign_id, day_of(reward), *stands, *what)
    if reward.status is RewardStatus.DUE:
        ripe = reward.issue_after - reward.issue_after % DAY
        yield t.due_sums, (reward.campaign_id, ripe, *what)


def _row(place: Place, rewards: int, amount: int) -> dict[str, int | str]:
    table, key = place
    columns = [column.name for column in table.primary_key]
    return dict(zip(columns, key, strict=True)) | {"rewards": rewards, "amount": amount}


async def forget_none(db: AsyncConnection, campaign_id: str, referrer_ids: Sequence[str]) -> None:
    """Forgets what these referrers have none of."""
    c = t.reward_sums.c
    mine = (c.campaign_id == campaign_id, c.referrer_id.in_(referrer_ids))
    await db.execute(delete(t.reward_sums).where(*mine, c.rewards == 0))


def day_of(reward: Reward) -> int:
    """The first millisecond (UTC) of the day it counts on: when issued that one, else its first."""
    at = reward.created_at
    if reward.status is RewardStatus.ISSUED and reward.issued_at is not None:
        at = reward.issued_at
    return at - at % DAY
