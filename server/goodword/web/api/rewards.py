"""Rewards: what is owed to whom, and when it may go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from goodword import model
from goodword.lifecycle.reveal import reveal_coupons
from goodword.model import COUPON, Money, Reason, RewardStatus
from goodword.stats import api_read
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import missing
from goodword.web.api.words import Id, Time, moment, moment_or_none


class Reward(msgspec.Struct, kw_only=True):
    """`due` from the start, but nothing goes out before `issue_after`; `reason` says why it is
    held or cancelled.

    `amount` is a decimal string of `currency`, or a number of things where there is a `unit`; a
    reversal names what it `reverses` and is negative. `reversed` is how much of it was taken
    back, `hold` why it is held apart from findings, `step` the number of successful referrals it
    is for, `coupon` the code it gave. `restores` is the refund, undone since, that had taken it of
    an issued reward. `ready_at` is when it was told that its time has come.
    """

    id: str
    campaign_id: str
    created_at: Time
    status: RewardStatus
    reason: Reason | None
    lead_id: str
    referrer_id: str
    conversion_id: str | None
    recipient: model.Recipient
    occasion: model.Occasion
    step: int | None
    rule_id: str
    rule_version: int
    amount: str
    currency: str | None
    unit: str | None
    reversed: str
    hold: Reason | None
    issue_after: Time
    ready_at: Time | None
    issued_at: Time | None
    coupon: str | None
    reverses: str | None
    replaces: str | None
    restores: str | None


class RewardsQuery(ListQuery, kw_only=True):
    """With `ripe` only due rewards: those that may go out now (true), or not yet (false)."""

    status: RewardStatus | None = None
    lead_id: Id | None = None
    referrer_id: Id | None = None
    conversion_id: Id | None = None
    recipient: model.Recipient | None = None
    ripe: bool | None = None


async def list_rewards(call: Call[Nothing, RewardsQuery]) -> Answer:
    query = call.query
    asked = await wanted(
        call,
        status=query.status,
        lead_id=query.lead_id,
        referrer_id=query.referrer_id,
        conversion_id=query.conversion_id,
        recipient=query.recipient,
    )
    ripe = None if query.ripe is None else api_read.Ripe(query.ripe, call.context.now())
    async with call.context.storage.read() as db:
        found = await api_read.rewards(db, asked, ripe)
    return Answer(200, page(await shapes(call, found.rows), found.next))


async def get_reward(call: Call[Nothing, Nothing]) -> Answer:
    [shown] = await shapes(call, [await find(call)])
    return Answer(200, shown)


OPERATIONS: list[Operation[Any, Any]] = [
    read("/rewards", list_rewards, Page[Reward], RewardsQuery, "List rewards"),
    read("/rewards/{id}", get_reward, Reward, Nothing, "Read a reward"),
]


async def find(call: Call[Any, Any]) -> model.Reward:
    """The reward that the path names; `Problem` 404."""
    async with call.context.storage.read() as db:
        found = await api_read.reward(db, call.key.campaign_id, call.id)
    if found is None:
        raise missing("reward", call.id)
    return found


async def shapes(call: Call[Any, Any], rewards: Sequence[model.Reward]) -> list[Reward]:
    """The rewards as they are told, with the codes that they gave."""
    given = [each for each in rewards if each.unit == COUPON and each.issued_at is not None]
    codes = await _codes(call, given) if given else {}
    return [_shape(reward, codes.get(reward.id)) for reward in rewards]


async def _codes(call: Call[Any, Any], rewards: Sequence[model.Reward]) -> dict[str, str]:
    """A code that nobody has seen is noted as seen, so that Undo gives it to nobody else."""
    async with call.context.storage.read() as db:
        codes = await api_read.coupons(db, rewards)
    unseen: dict[str, list[str]] = {}
    for reward in rewards:
        if reward.id not in codes and reward.reverses is None:
            unseen.setdefault(reward.campaign_id, []).append(reward.id)
    for campaign_id, ids in unseen.items():
        campaign = await call.campaign(campaign_id)
        codes |= await reveal_coupons(call.context, campaign, ids, ACTOR)
    return codes


def _shape(reward: model.Reward, coupon: str | None) -> Reward:
    return Reward(
        id=reward.id,
        campaign_id=reward.campaign_id,
        created_at=moment(reward.created_at),
        status=reward.status,
        reason=reward.reason,
        lead_id=reward.lead_id,
        referrer_id=reward.referrer_id,
        conversion_id=reward.conversion_id,
        recipient=reward.recipient,
        occasion=reward.occasion,
        step=reward.step or None,
        rule_id=reward.rule_id,
        rule_version=reward.rule_version,
        amount=_amount(reward, reward.amount),
        currency=reward.currency or None,
        unit=reward.unit or None,
        reversed=_amount(reward, reward.reversed),
        hold=reward.hold,
        issue_after=moment(reward.issue_after),
        ready_at=moment_or_none(reward.ready_at),
        issued_at=moment_or_none(reward.issued_at),
        coupon=coupon,
        reverses=reward.reverses,
        replaces=reward.replaces,
        restores=reward.restores,
    )


def _amount(reward: model.Reward, amount: int) -> str:
    return str(amount) if reward.unit else str(Money(amount, reward.currency))
