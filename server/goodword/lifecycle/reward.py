"""What the verbs share: findings kept, rewards owed, held, released and cancelled."""

from __future__ import annotations

from collections.abc import Iterable

from goodword.campaigns import record as campaigns
from goodword.fraud import record as fraud
from goodword.fraud.rules import Found
from goodword.lifecycle.act import Act
from goodword.model import (
    Conversion,
    Finding,
    Lead,
    Mode,
    Occasion,
    Reason,
    Reward,
    RewardStatus,
)
from goodword.rewards import record as rewards
from goodword.rewards.decide import OPEN, Owed, comes_back, owed, standing


async def note_findings(
    act: Act, found: Iterable[Found], *, lead: str | None = None, conversion: str | None = None
) -> None:
    """Keeps what the checks said about a lead or about one conversion."""
    for each in found:
        await fraud.add(
            act.db,
            Finding(
                id=act.new_id("find"),
                campaign_id=act.campaign.id,
                lead_id=lead,
                conversion_id=conversion,
                check=each.check,
                verdict=each.verdict,
                detail=each.detail,
                created_at=act.at,
                cleared_at=None,
                cleared_by=None,
            ),
        )


async def owe(act: Act, lead: Lead, occasion: Occasion, conversion: Conversion | None) -> None:
    """Makes the rewards of an occasion, or brings back those that were cancelled; `held` while
    a finding is open. Test leads get none."""
    if lead.mode is Mode.TEST:
        return
    conversion_id = conversion.id if conversion else None
    doubts = await fraud.holding(act.db, act.campaign.id, lead.id, conversion_id)
    status, reason = standing(doubts)
    before = await rewards.of_lead(act.db, act.campaign.id, lead.id)
    rules = [
        await campaigns.rule_as_of(act.db, rule, lead.joined_at) for rule in act.campaign.rules
    ]
    for each in owed(rules, occasion, act.at):
        former = comes_back(before, occasion, each, conversion_id)
        if former is not None:
            await _move(act, former, status, reason)
            continue
        reward = _reward(act, lead, conversion_id, occasion, each, status, reason)
        if await rewards.add(act.db, reward):
            await _log(act, reward, status, reason)


def _reward(
    act: Act,
    lead: Lead,
    conversion_id: str | None,
    occasion: Occasion,
    each: Owed,
    status: RewardStatus,
    reason: Reason | None,
) -> Reward:
    return Reward(
        id=act.new_id("rwd"),
        campaign_id=act.campaign.id,
        lead_id=lead.id,
        referrer_id=lead.referrer_id,
        conversion_id=conversion_id,
        recipient=each.recipient,
        occasion=occasion,
        rule_id=each.rule.id,
        rule_version=each.rule.version,
        amount=each.rule.amount,
        currency=each.rule.currency,
        status=status,
        reason=reason,
        issue_after=each.issue_after,
        created_at=act.at,
    )


async def weigh_again(act: Act, lead: Lead) -> None:
    """Holds or releases a lead's rewards, now that findings came or went."""
    for reward in await rewards.of_lead(act.db, act.campaign.id, lead.id):
        if reward.status in (RewardStatus.DUE, RewardStatus.HELD):
            doubts = await fraud.holding(act.db, act.campaign.id, lead.id, reward.conversion_id)
            status, reason = standing(doubts)
            if status is not reward.status:
                await _move(act, reward, status, reason)


async def cancel(
    act: Act, lead: Lead, reason: Reason, occasions: Iterable[Occasion] = tuple(Occasion)
) -> None:
    """Cancels what is not issued yet."""
    for reward in await rewards.of_lead(act.db, act.campaign.id, lead.id):
        if reward.occasion in occasions and reward.status in OPEN:
            await _move(act, reward, RewardStatus.CANCELLED, reason)


async def any_issued(act: Act, conversion: Conversion) -> bool:
    """Whether a reward that this conversion earned has gone out."""
    if conversion.lead_id is None:
        return False
    found = await rewards.of_lead(act.db, act.campaign.id, conversion.lead_id)
    return any(
        reward.status is RewardStatus.ISSUED and reward.conversion_id == conversion.id
        for reward in found
    )


async def _move(act: Act, reward: Reward, after: RewardStatus, reason: Reason | None) -> None:
    if await rewards.move(act.db, reward, after, reason):
        await _log(act, reward, after, reason)


async def _log(act: Act, reward: Reward, status: RewardStatus, reason: Reason | None) -> None:
    await act.log(
        f"reward.{status}",
        referrer_id=reward.referrer_id,
        lead_id=reward.lead_id,
        conversion_id=reward.conversion_id,
        reward_id=reward.id,
        amount=str(reward.money),
        currency=reward.currency,
        recipient=reward.recipient,
        issue_after=reward.issue_after,
        reason=reason,
    )
