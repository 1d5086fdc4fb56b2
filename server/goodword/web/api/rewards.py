"""Rewards: what is owed to whom, and when it may go out. Read only."""

from __future__ import annotations

from typing import Any

import msgspec

from goodword import model
from goodword.model import Reason
from goodword.stats import api_read
from goodword.web.api.call import Answer, Call, Nothing, Operation, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import missing
from goodword.web.api.words import Id, Time, moment


class Reward(msgspec.Struct, kw_only=True):
    """`due` from the start, but nothing goes out before `issue_after`; `reason` says why it is
    held or cancelled."""

    id: str
    campaign_id: str
    created_at: Time
    status: model.RewardStatus
    reason: Reason | None
    lead_id: str
    referrer_id: str
    conversion_id: str | None
    recipient: model.Recipient
    occasion: model.Occasion
    rule_id: str
    rule_version: int
    amount: str
    currency: str
    issue_after: Time
    reverses: str | None = None
    replaces: str | None = None


class RewardsQuery(ListQuery, kw_only=True):
    status: model.RewardStatus | None = None
    lead_id: Id | None = None
    referrer_id: Id | None = None


async def list_rewards(call: Call[Nothing, RewardsQuery]) -> Answer:
    query = call.query
    asked = await wanted(
        call, status=query.status, lead_id=query.lead_id, referrer_id=query.referrer_id
    )
    async with call.context.storage.read() as db:
        found = await api_read.rewards(db, asked)
    return Answer(200, page([shape(each) for each in found.rows], found.next))


async def get_reward(call: Call[Nothing, Nothing]) -> Answer:
    async with call.context.storage.read() as db:
        found = await api_read.reward(db, call.key.campaign_id, call.id)
    if found is None:
        raise missing("reward", call.id)
    return Answer(200, shape(found))


OPERATIONS: list[Operation[Any, Any]] = [
    read("/rewards", list_rewards, Page[Reward], RewardsQuery, "List rewards"),
    read("/rewards/{id}", get_reward, Reward, Nothing, "Read a reward"),
]


def shape(reward: model.Reward) -> Reward:
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
        rule_id=reward.rule_id,
        rule_version=reward.rule_version,
        amount=str(reward.money),
        currency=reward.currency,
        issue_after=moment(reward.issue_after),
    )
