"""A conversion qualifies its lead, or the lead loses the conversion again."""

from __future__ import annotations

from goodword.activity import record as activity
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.climb import climb
from goodword.lifecycle.reprice import reprice
from goodword.lifecycle.reward import cancel, move, owe, take_back, weigh_again
from goodword.model import (
    Conversion,
    Lead,
    LeadStatus,
    Occasion,
    Reason,
    RewardStatus,
)
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies
from goodword.rewards import record as rewards
from goodword.rewards.decide import OPEN

EARNED = (Occasion.QUALIFIED, Occasion.CONVERTED)
"""What a lead earns by qualifying, and loses with that."""


async def count_for(act: Act, lead: Lead, conversion: Conversion, *, new: bool) -> None:
    """A conversion stands: a pending lead qualifies, a qualified one earns what rules pay for a
    further one. `new`: it was not the lead's before."""
    if lead.status is LeadStatus.PENDING:
        moved = await _qualify(act, lead, conversion, act.at)
        if moved is not None:
            await owe(act, moved, Occasion.QUALIFIED, conversion)
            await owe(act, moved, Occasion.CONVERTED, conversion)
            await climb(act, moved)
            return
    if new:
        await owe(act, lead, Occasion.CONVERTED, conversion)
    await reprice(act, conversion)
    await weigh_again(act, lead)
    await climb(act, lead)


async def _qualify(act: Act, lead: Lead, conversion: Conversion, at: int) -> Lead | None:
    moved = await leads.move(act.db, lead, LeadStatus.QUALIFIED, converted_at=at)
    if moved is not None:
        await act.log(
            "lead.qualified",
            referrer_id=lead.referrer_id,
            lead_id=lead.id,
            conversion_id=conversion.id,
        )
    return moved


async def lose(act: Act, lead: Lead, conversion_id: str, reason: Reason) -> None:
    """A conversion is the lead's no more, or was refunded: so is what it earned.

    What was issued is taken back after a refund, and stays for review when another lead got the
    order. The lead is pending again if that conversion had qualified it, unless another one of
    its conversions stands and qualifies it at once.
    """
    for reward in await rewards.of_conversion(act.db, act.campaign.id, conversion_id):
        if reward.lead_id != lead.id or reward.reverses is not None:
            continue
        if reward.status in OPEN and not reward.step:
            await move(act, reward, RewardStatus.CANCELLED, reason)
        elif reward.status is RewardStatus.ISSUED and reason is Reason.REFUNDED:
            await take_back(act, reward, reward.left, reason)
    if lead.status is LeadStatus.QUALIFIED and await qualified_by(act, lead) == conversion_id:
        await _fall_back(act, lead, conversion_id, reason)
    await climb(act, lead)


async def qualified_by(act: Act, lead: Lead) -> str | None:
    """The conversion that qualified the lead last; None when a person did, or the API."""
    line = await activity.last(act.db, act.campaign.id, lead.id, "lead.qualified")
    return line.conversion_id if line else None


async def _fall_back(act: Act, lead: Lead, conversion_id: str, reason: Reason) -> None:
    pending = await leads.move(act.db, lead, LeadStatus.PENDING)
    if pending is None:
        return
    await act.log(
        "lead.unqualified",
        referrer_id=lead.referrer_id,
        lead_id=lead.id,
        conversion_id=conversion_id,
        reason=reason,
    )
    rows = await qualification.of_lead(act.db, act.campaign.id, lead.id)
    other = next((row for row in rows if occupies(row) and row.id != conversion_id), None)
    if other is None:
        await cancel(act, pending, reason, EARNED)
        return
    moved = await _qualify(act, pending, other, other.created_at)
    if moved is not None:
        await owe(act, moved, Occasion.QUALIFIED, other)
