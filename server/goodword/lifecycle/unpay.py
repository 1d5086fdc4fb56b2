"""Undo of what a person did to rewards: released is held again, issued is taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.deed import Done, Refusal, items_of
from goodword.lifecycle.pay import Left, moved
from goodword.lifecycle.reward import make, restore, stands, take_back
from goodword.model import Deed, LeadStatus, Occasion, Reason, Reward, RewardStatus
from goodword.qualification import record as qualification
from goodword.rewards import record as rewards
from goodword.rewards.decide import is_live


async def undo_rewards(act: Act, deed: Deed) -> Done:
    """Takes back what a deed did to its rewards, save those that have moved on since."""
    items, changed = items_of(deed), []
    refused: list[Refusal] = []
    for reward in await rewards.by_ids(act.db, act.campaign.id, list(items)):
        try:
            await _UNDO[deed.verb](act, reward, items[reward.id])
            changed.append(reward.id)
        except Left as left:
            refused.append(Refusal(reward.id, str(left)))
    return Done(None, tuple(changed), tuple(refused))


_MOVED_ON = "It has changed since: look at it again."


async def _unissue(act: Act, reward: Reward, before: str) -> None:
    if before == "approve":
        if reward.status is not RewardStatus.DUE or reward.approved_by is None:
            raise Left(_MOVED_ON)
        await rewards.change(act.db, reward, approved_by=None)
        return
    if reward.status is not RewardStatus.ISSUED or reward.reversed:
        raise Left(_MOVED_ON)
    await take_back(act, reward, reward.left, Reason.BY_HAND)
    if await _is_earned(act, reward):
        await _again(act, reward, reward.amount)


async def _again(act: Act, reward: Reward, amount: int) -> None:
    """A new row in the place of one that was taken back, due from when that was."""
    fresh = replace(
        reward,
        id=act.new_id("rwd"),
        amount=amount,
        status=RewardStatus.DUE,
        reason=None,
        created_at=act.at,
        approved_by=None,
        ready_at=None,
        issued_at=None,
        replaces=reward.id,
        reversed=0,
        import_key=None,
    )
    status, reason = await stands(act, fresh)
    if not await make(act, replace(fresh, status=status, reason=reason)):
        raise RuntimeError(f"something took the place of {reward.id} while it was locked")


async def _unhold(act: Act, reward: Reward, before: str) -> None:
    if reward.status is not RewardStatus.HELD or reward.hold is not Reason.BY_HAND:
        raise Left(_MOVED_ON)
    status, reason = await stands(act, replace(reward, hold=None))
    if status is RewardStatus.HELD:
        await rewards.change(act.db, reward, hold=None, reason=reason)
    else:
        await moved(act, reward, status, reason, hold=None)


async def _unrelease(act: Act, reward: Reward, before: str) -> None:
    if reward.status is not RewardStatus.DUE:
        raise Left(_MOVED_ON)
    _, reason, hold, released_at = before.split("|")
    await moved(
        act,
        reward,
        RewardStatus.HELD,
        Reason(reason) if reason else None,
        hold=Reason(hold) if hold else None,
        released_at=int(released_at) if released_at else None,
    )


async def _uncancel(act: Act, reward: Reward, before: str) -> None:
    if reward.status is not RewardStatus.CANCELLED or reward.reason is not Reason.BY_HAND:
        raise Left(_MOVED_ON)
    await _check_order(act, reward)
    await _check_lead(act, reward)
    if await _is_taken(act, reward):
        raise Left("Another reward stands in its place.")
    await restore(act, reward)


async def _check_lead(act: Act, reward: Reward) -> None:
    if not await _is_earned(act, reward):
        raise Left("Its lead does not count any more: qualify the lead first.")


async def _is_earned(act: Act, reward: Reward) -> bool:
    """Whether its lead still counts for it."""
    lead = await leads.by_id(act.db, act.campaign.id, reward.lead_id)
    if lead is None or lead.status is LeadStatus.REJECTED:
        return False
    return reward.occasion is Occasion.JOINED or lead.status is LeadStatus.QUALIFIED


async def _check_order(act: Act, reward: Reward) -> None:
    """What was refunded since earns nothing that could come back."""
    if reward.conversion_id is None:
        return
    found = await qualification.by_id(act.db, act.campaign.id, reward.conversion_id)
    if found is not None and found.reason is Reason.REFUNDED:
        raise Left("Its order was refunded since.")


async def _is_taken(act: Act, reward: Reward) -> bool:
    """Whether a live reward stands for the same occasion."""
    if reward.step:
        near = await rewards.of_steps(act.db, act.campaign.id, reward.referrer_id, reward.rule_id)
    else:
        near = await rewards.of_lead(act.db, act.campaign.id, reward.lead_id)
    return any(is_live(each) and _place(each) == _place(reward) for each in near)


def _place(reward: Reward) -> tuple[object, ...]:
    """Each reward that moved in has a place of its own: what it was for is not known here."""
    each = reward.conversion_id if reward.occasion is Occasion.CONVERTED else None
    each = reward.import_key or each
    return reward.rule_id, reward.recipient, reward.occasion, reward.step, each, reward.restores


async def _unreverse(act: Act, reward: Reward, before: str) -> None:
    if reward.status is not RewardStatus.ISSUED or is_live(reward):
        raise Left(_MOVED_ON)
    await _check_order(act, reward)
    await _check_lead(act, reward)
    if await _is_taken(act, reward):
        raise Left("Another reward stands in its place.")
    await _again(act, reward, int(before))


_UNDO: dict[str, Callable[[Act, Reward, str], Awaitable[None]]] = {
    "issue": _unissue,
    "hold": _unhold,
    "release": _unrelease,
    "cancel": _uncancel,
    "reverse": _unreverse,
}
