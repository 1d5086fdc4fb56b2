"""What a conversion earned is worked out anew once its amount is another: lowered or taken back,
and owed again where the refund that took it is undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from goodword.campaigns import record as campaigns
from goodword.lifecycle.act import Act
from goodword.lifecycle.reward import log_reward, make, move, paid_for, stands, take_back, weigh
from goodword.model import Conversion, Lead, LeadStatus, Reason, Reward, RewardStatus
from goodword.rewards import record as rewards
from goodword.rewards.decide import OPEN, Price, counts_for, is_live, owed_again, price


async def reprice(act: Act, conversion: Conversion) -> None:
    """What is open is recomputed, of what was issued the difference is taken back. What moved in
    keeps the amount it came with."""
    for rows in await _places(act, conversion):
        first = next((each for each in rows if each.restores is None and is_live(each)), rows[0])
        cost = await _cost(act, first, conversion)
        if first.status in OPEN and first.restores is None:
            await _reprice_open(act, first, cost)
        elif (cost.currency, cost.unit) == (first.currency, first.unit):
            await _lower(act, rows, cost.amount)


async def owe_again(act: Act, lead: Lead, conversion: Conversion, refund_id: str) -> None:
    """What a refund took of issued rewards is owed again by a row of its own, once.

    To be called when the refund is undone. Where the lead was rejected meanwhile the row is
    cancelled, and comes back with it.
    """
    reversals = await rewards.reversals_of(act.db, act.campaign.id, conversion.id)
    for rows in await _places(act, conversion):
        issued = [each for each in rows if each.restores is None and each.issued_at is not None]
        if not issued or issued[-1].lead_id != lead.id:
            continue
        amount = owed_again(rows, reversals, await _cost(act, issued[-1], conversion))
        if amount > 0:
            await _add(act, lead, replace(issued[-1], amount=amount, restores=refund_id))


async def _add(act: Act, lead: Lead, like: Reward) -> None:
    fresh = replace(
        like,
        id=act.new_id("rwd"),
        status=RewardStatus.DUE,
        reason=None,
        created_at=act.at,
        approved_by=None,
        ready_at=None,
        issued_at=None,
        replaces=None,
        reversed=0,
    )
    status, reason = await stands(act, fresh)
    if lead.status is LeadStatus.REJECTED:
        status, reason = RewardStatus.CANCELLED, lead.reason or Reason.BY_HAND
    await make(act, replace(fresh, status=status, reason=reason))


async def _places(act: Act, conversion: Conversion) -> list[list[Reward]]:
    """What the conversion earned, by what it is for: each with what was owed again of it."""
    found: dict[tuple[str, ...], list[Reward]] = {}
    for each in await rewards.of_conversion(act.db, act.campaign.id, conversion.id):
        if each.reverses is None and each.import_id is None:
            place = (each.lead_id, each.rule_id, each.recipient, each.occasion)
            found.setdefault(place, []).append(each)
    return list(found.values())


async def _cost(act: Act, reward: Reward, conversion: Conversion) -> Price:
    rule = await campaigns.rule_version(
        act.db, act.campaign.id, reward.rule_id, reward.rule_version
    )
    if rule is None:
        raise RuntimeError(f"{reward.id} is of a rule that is not there")
    return price(rule, paid_for(conversion))


_BY_PRICE = (Reason.AMOUNT_MISSING, Reason.CURRENCY)


async def _reprice_open(act: Act, reward: Reward, cost: Price) -> None:
    hold = cost.hold or (None if reward.hold in _BY_PRICE else reward.hold)
    now = (cost.amount, cost.currency, hold)
    if now == (reward.amount, reward.currency, reward.hold):
        return
    changed = await rewards.change(
        act.db, reward, amount=cost.amount, currency=cost.currency, hold=hold
    )
    if changed is None:
        return
    weighed = await weigh(act, changed)
    if weighed.status is reward.status:
        await log_reward(act, weighed)


async def _lower(act: Act, rows: Sequence[Reward], target: int) -> None:
    """Brings what was issued and what is owed again of it down to the target, newest first."""
    counting = [each for each in rows if counts_for(each, rows)]
    over = sum(each.left for each in counting) - target
    for reward in _newest_first(counting):
        less = min(over, reward.left)
        if less <= 0:
            continue
        over -= less
        if reward.status is RewardStatus.ISSUED:
            await take_back(act, reward, less, Reason.REFUNDED)
        elif less == reward.left and reward.status in OPEN:
            await move(act, reward, RewardStatus.CANCELLED, Reason.REFUNDED)
        else:
            changed = await rewards.change(act.db, reward, amount=reward.amount - less)
            await log_reward(act, changed or reward)


def _newest_first(rows: Iterable[Reward]) -> list[Reward]:
    return sorted(rows, key=lambda each: each.id, reverse=True)
