"""A coupon code is shown to somebody who may pass it on: from then on it is never given again."""

from __future__ import annotations

from collections.abc import Sequence

from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, keep_deed
from goodword.model import Campaign
from goodword.rewards import coupons


async def reveal_coupons(
    context: Context, campaign: Campaign, reward_ids: Sequence[str], actor: str
) -> dict[str, str]:
    """The code that each of these rewards took, by reward id; what took none is not in it."""
    codes: dict[str, str] = {}
    async with begin(context, campaign, actor) as act:
        for id_ in reward_ids:
            await coupons.mark_shown(act.db, campaign.id, id_, act.at)
            code = await coupons.code_of(act.db, campaign.id, id_)
            if code is not None:
                codes[id_] = code
    return codes


async def show_code(context: Context, campaign: Campaign, reward_id: str, actor: str) -> Done:
    """Shows an admin the code that a reward took; done without a deed where it was seen before."""
    async with begin(context, campaign, actor) as act:
        if not await coupons.mark_shown(act.db, campaign.id, reward_id, act.at):
            return Done(None)
        deed = await keep_deed(act, "reveal", "reward", {reward_id: ""})
    return Done(deed, (reward_id,))
