"""Coupon codes are put into a pool, and taken out again by Undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goodword.campaigns.rules import read_pool
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.model import Campaign, Deed
from goodword.rewards import coupons


@dataclass(frozen=True, slots=True)
class Stocked:
    """How many of the codes were new, how many the pool had; the deed to undo it by."""

    new: int
    known: int
    deed: Deed | None


async def stock_coupons(
    context: Context, campaign: Campaign, pool: str, codes: Sequence[str], actor: str
) -> Stocked:
    """Puts codes into a pool of the campaign. `BadCampaign` for a name that no pool can have."""
    name = read_pool(pool)
    async with begin(context, campaign, actor) as act:
        # Undo knows the codes of one upload by its time, so no two have the same.
        at = max(act.at, await coupons.last_added(act.db, campaign.id, name) + 1)
        added = await coupons.add_codes(act.db, campaign.id, name, codes, at)
        deed = None
        if added.new:
            await act.log("campaign.coupons_added", pool=name, codes=added.new)
            deed = await keep_deed(act, "add", "coupon", {name: f"{at} {added.new}"})
    return Stocked(added.new, added.known, deed)


async def undo_coupons(act: Act, deed: Deed) -> Done:
    """Takes out the codes that a deed put in and nobody was given since.

    Who calls it keeps the deed of it.
    """
    removed: list[str] = []
    refused: list[Refusal] = []
    for pool, said in items_of(deed).items():
        at, put_in = map(int, said.split())
        codes = await coupons.remove_codes(act.db, act.campaign.id, pool, at)
        if codes:
            removed.append(pool)
            await act.log("campaign.coupons_removed", pool=pool, codes=len(codes))
        if gone := put_in - len(codes):
            refused.append(Refusal(pool, f"{gone} of these codes were given, or are gone already."))
    return Done(None, tuple(removed), tuple(refused))
