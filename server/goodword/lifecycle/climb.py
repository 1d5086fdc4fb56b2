"""Rewards for a number of successful referrals: every fifth, or the first, third and tenth."""

from __future__ import annotations

from goodword.campaigns import record as campaigns
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.reward import make, move, new_reward, restore
from goodword.model import Lead, LeadStatus, Mode, Reason, Recipient, Reward, RewardStatus, Rule
from goodword.rewards import record as rewards
from goodword.rewards.decide import OPEN, pays, price, steps


async def climb(act: Act, lead: Lead) -> None:
    """Owes the steps that the lead's referrer has reached, cancels those no longer reached.

    To be called whenever a lead of theirs came to count, or no longer does. Only qualified leads
    without an open finding count, and only those that qualified since the rule was made.
    """
    if lead.mode is Mode.TEST:
        return
    for rule in act.campaign.rules:
        if rule.stepped and pays(rule):
            await _climb(act, rule, lead.referrer_id)


async def _climb(act: Act, rule: Rule, referrer_id: str) -> None:
    since = await campaigns.first_made(act.db, rule)
    count, bearer = await leads.counting(act.db, act.campaign.id, referrer_id, since)
    known = await rewards.of_steps(act.db, act.campaign.id, referrer_id, rule.id)
    known = [await _checked(act, each, count) for each in known]
    if bearer is None:
        return
    rule = await campaigns.rule_as_of(act.db, rule, bearer.joined_at)
    taken = {each.step for each in known if not _was_lost(each)}
    for step in steps(rule, count):
        if step not in taken:
            await _owe(act, rule, step, bearer, known)


async def _checked(act: Act, reward: Reward, reached: int) -> Reward:
    """An open reward is cancelled when its step is lost, or its lead no longer counts."""
    if reward.status not in OPEN:
        return reward
    lead = await leads.by_id(act.db, act.campaign.id, reward.lead_id)
    if reward.step <= reached and lead is not None and lead.status is LeadStatus.QUALIFIED:
        return reward
    return await move(act, reward, RewardStatus.CANCELLED, Reason.STEP_LOST) or reward


async def _owe(act: Act, rule: Rule, step: int, bearer: Lead, known: list[Reward]) -> None:
    """Brings back what was cancelled when the step was lost, or makes the step's reward, borne
    by the lead that qualified last."""
    lost = (each for each in reversed(known) if _was_lost(each))
    former = next((each for each in lost if (each.step, each.lead_id) == (step, bearer.id)), None)
    if former is not None:
        await restore(act, former)
        return
    cost = price(rule, None)
    made = await new_reward(
        act, bearer, rule, Recipient.REFERRER, cost, step=step, at=bearer.converted_at
    )
    await make(act, made)


def _was_lost(reward: Reward) -> bool:
    """What was lost may be reached again; what a person cancelled or took back stays so."""
    return reward.status is RewardStatus.CANCELLED and reward.reason is Reason.STEP_LOST
