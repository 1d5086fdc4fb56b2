"""Undo: what a person did by hand is taken back by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from goodword.access import deeds
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.brand import undo_brand
from goodword.lifecycle.by_hand import undo_leads
from goodword.lifecycle.change import undo_campaign
from goodword.lifecycle.clear import undo_clearing
from goodword.lifecycle.context import Context
from goodword.lifecycle.customers import undo_customers
from goodword.lifecycle.deed import Done, Refusal, items_of
from goodword.lifecycle.disable import undo_referrers
from goodword.lifecycle.hook import undo_hooks
from goodword.lifecycle.in_parts import PART, Wanted, give_way, grow, last
from goodword.lifecycle.integrate import undo_integrations
from goodword.lifecycle.mailing import undo_letters, undo_mails
from goodword.lifecycle.refund import undo_refunds
from goodword.lifecycle.replay import undo_replays
from goodword.lifecycle.rule import undo_rules
from goodword.lifecycle.shop import undo_shops
from goodword.lifecycle.stock import undo_coupons
from goodword.lifecycle.uncredit import undo_credits
from goodword.lifecycle.unpay import undo_rewards
from goodword.model import Campaign, Deed


class NoSuchDeed(LookupError):
    """The campaign has no deed of that id."""


_UNDO: dict[str, Callable[[Act, Deed], Awaitable[Done]]] = {
    "brand": undo_brand,
    "call": undo_replays,
    "campaign": undo_campaign,
    "coupon": undo_coupons,
    "credit": undo_credits,
    "customer": undo_customers,
    "email": undo_mails,
    "hook": undo_hooks,
    "finding": undo_clearing,
    "integration": undo_integrations,
    "lead": undo_leads,
    "letter": undo_letters,
    "referrer": undo_referrers,
    "refund": undo_refunds,
    "report": undo_replays,
    "reward": undo_rewards,
    "rule": undo_rules,
    "shop": undo_shops,
}
"""Who takes back a deed, by its subject."""

_ONE_WAY = {
    ("campaign", "export"),
    ("campaign", "move_in"),
    ("campaign", "create"),
    ("hook", "create"),
    ("reward", "reveal"),
    ("shop", "create"),
    *(
        ("integration", verb)
        for verb in ("install", "credentials", "disconnect", "remove", "send_leads")
    ),
}


def can_undo(deed: Deed) -> bool:
    """Whether there is a way back from it, and nobody has gone it."""
    there = deed.subject in _UNDO and (deed.subject, deed.verb) not in _ONE_WAY
    return there and deed.undone_at is None and deed.undoes is None


async def undo(context: Context, campaign: Campaign, deed_id: str, actor: str) -> Done:
    """Takes a deed back; what has moved on since stays, and is in `refused`. `NoSuchDeed`."""
    return await last(undo_in_parts(context, campaign, deed_id, actor))


async def undo_in_parts(
    context: Context, campaign: Campaign, deed_id: str, actor: str
) -> AsyncIterator[Done]:
    """`undo`, of leads and rewards some in each transaction; says after each what all came to.

    The deed counts as undone with the last part. Who was cut short undoes again, and what was
    taken back by then is left alone.
    """
    done, tried, whole = Done(None), set[str](), False
    while not whole:
        began = asyncio.get_running_loop().time()
        async with begin(context, campaign, actor) as act:
            deed = await deeds.by_id(act.db, campaign.id, deed_id)
            if deed is None:
                raise NoSuchDeed(deed_id)
            if not can_undo(deed):
                why = Refusal(deed.id, "This was undone before.")
                yield replace(done, refused=(*done.refused, why))
                return
            before = await deeds.taken_back(act.db, deed)
            tried |= {id_ for each in before for id_ in items_of(each)}
            some = _next(deed, tried)
            tried |= items_of(some).keys()
            done = await _take_back(act, deed, some, done)
            whole = tried >= items_of(deed).keys()
            if whole and (done.changed or before):
                [*_, undoing] = [*before, *([done.deed] if done.deed else [])]
                await deeds.mark_undone(act.db, deed, undoing.created_at)
        yield done
        await give_way(None if whole else began)
    if done.changed:
        await context.directory.load()


_LONG = ("lead", "reward")
"""What a deed may be about many of."""


def _next(deed: Deed, past: set[str]) -> Deed:
    """The deed as if it were about its next part alone, beyond what is past."""
    if deed.subject not in _LONG:
        return deed
    left = [item for item in items_of(deed).items() if item[0] not in past]
    return replace(deed, items=json.dumps(dict(left[:PART])))


async def _take_back(act: Act, deed: Deed, some: Deed, done: Done) -> Done:
    """What came of it once a part more is taken back."""
    part = await _UNDO[deed.subject](act, some)
    before = {id_: word for id_, word in items_of(some).items() if id_ in part.changed}
    kept = await grow(act, done.deed, Wanted("undo", deed.subject), before, undoes=deed)
    return Done(kept, done.changed + part.changed, done.refused + part.refused)
