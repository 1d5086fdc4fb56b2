"""A reward's time has come: everything is checked again, then it is told, or issued by itself."""

from __future__ import annotations

from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.climb import climb
from goodword.lifecycle.context import Context
from goodword.lifecycle.pay import give_coupon, moved
from goodword.lifecycle.reach import is_reachable
from goodword.lifecycle.reward import log_reward, stands
from goodword.model import (
    Campaign,
    Evidence,
    LeadStatus,
    Method,
    Occasion,
    Reason,
    Reward,
    RewardStatus,
)
from goodword.qualification import record as qualification
from goodword.rewards import record as rewards
from goodword.rewards.decide import may_auto_issue

_BATCH = 200


async def ripen(context: Context, campaign: Campaign) -> None:
    """Sees to every reward of the campaign whose time has come, a batch in a transaction.

    Works from what is stored alone: what another worker saw to is not ripe any more.
    """
    async with begin(context, campaign, "clock") as act:
        for reward in await rewards.waiting_for_coupon(act.db, campaign.id, _BATCH):
            await _try_again(act, reward)
    while True:
        async with begin(context, campaign, "clock") as act:
            found = await rewards.ripe(act.db, campaign.id, act.at, _BATCH)
            for reward in found:
                await _ripen(act, reward)
        if len(found) < _BATCH:
            return


async def _ripen(act: Act, reward: Reward) -> None:
    status, reason = await stands(act, reward)
    if status is not RewardStatus.DUE:
        await moved(act, reward, status, reason)
        return
    if not await _is_earned(act, reward):
        return
    told = await rewards.change(act.db, reward, ready_at=act.at)
    if told is not None:
        await log_reward(act, told, "reward.ready")
        await _issue(act, told)


async def _is_earned(act: Act, reward: Reward) -> bool:
    """Whether the lead still counts. Cancels what does not: it should have been before."""
    lead = await leads.by_id(act.db, act.campaign.id, reward.lead_id)
    if lead is None:
        raise RuntimeError(f"{reward.id} is of a lead that is not there")
    if reward.step:
        await climb(act, lead)
        now = await rewards.by_id(act.db, act.campaign.id, reward.id)
        return now is not None and now.status is RewardStatus.DUE
    joined = reward.occasion is Occasion.JOINED
    wanted = LeadStatus.REJECTED if joined else LeadStatus.QUALIFIED
    if (lead.status is wanted) is not joined:
        return True
    await moved(act, reward, RewardStatus.CANCELLED, lead.reason or Reason.NO_LEAD)
    return False


async def _issue(act: Act, reward: Reward) -> None:
    """Issues it where its rule says that it goes out by itself; one that a program is told of
    goes out once the program has taken the message."""
    method = await auto_method(act, reward)
    if method is not Method.COUPON:
        return
    if not await is_reachable(act, reward):
        await moved(act, reward, RewardStatus.FAILED, Reason.UNREACHABLE)
    elif await give_coupon(act, reward):
        await moved(act, reward, RewardStatus.ISSUED, None, issued_at=act.at)
    else:
        await moved(act, reward, RewardStatus.FAILED, Reason.NO_COUPON)


async def auto_method(act: Act, reward: Reward) -> Method | None:
    """How the reward goes out by itself; None where it waits for a person."""
    active = next((each for each in act.campaign.rules if each.id == reward.rule_id), None)
    if active is None or not may_auto_issue(active, await evidence(act, reward)):
        return None
    limit = act.campaign.second_eyes
    large = limit is not None and reward.currency == act.campaign.currency
    return None if large and reward.amount >= (limit or 0) else active.method


async def issue_told(act: Act, reward_id: str) -> None:
    """A program has taken the message that the reward is ready."""
    reward = await rewards.by_id(act.db, act.campaign.id, reward_id)
    if reward is None or await auto_method(act, reward) is not Method.WEBHOOK:
        return
    if reward.reason is Reason.UNDELIVERED and reward.status is RewardStatus.FAILED:
        reward = await moved(act, reward, RewardStatus.DUE, None)
    if reward.status is RewardStatus.DUE:
        await moved(act, reward, RewardStatus.ISSUED, None, issued_at=act.at)


async def undelivered(act: Act, reward_id: str) -> None:
    """No program could be told that the reward is ready: a person must see to it."""
    reward = await rewards.by_id(act.db, act.campaign.id, reward_id)
    if reward is None or reward.status is not RewardStatus.DUE:
        return
    if await auto_method(act, reward) is Method.WEBHOOK:
        await moved(act, reward, RewardStatus.FAILED, Reason.UNDELIVERED)


async def evidence(act: Act, reward: Reward) -> Evidence | None:
    """How sure the conversion is that the reward is for; None: a person's own hand.

    A lead that joined is as sure as who said so: the site's own server, or a browser.
    """
    if reward.conversion_id is not None:
        found = await qualification.by_id(act.db, act.campaign.id, reward.conversion_id)
        return found.evidence if found else Evidence.BARE
    if reward.occasion is not Occasion.JOINED and not reward.step:
        return None
    lead = await leads.by_id(act.db, act.campaign.id, reward.lead_id)
    return Evidence.CALLED if lead is not None and lead.source == "api" else Evidence.TOKEN


async def _try_again(act: Act, reward: Reward) -> None:
    if await is_reachable(act, reward) and await give_coupon(act, reward):
        due = await moved(act, reward, RewardStatus.DUE, None)
        await moved(act, due, RewardStatus.ISSUED, None, issued_at=act.at)
