"""Undo: what a person did by hand is taken back by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from goodword.access import deeds
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.brand import undo_brand
from goodword.lifecycle.by_hand import undo_leads
from goodword.lifecycle.change import undo_campaign
from goodword.lifecycle.clear import undo_clearing
from goodword.lifecycle.context import Context
from goodword.lifecycle.customers import undo_customers
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.disable import undo_referrers
from goodword.lifecycle.hook import undo_hooks
from goodword.lifecycle.integrate import undo_integrations
from goodword.lifecycle.mailing import undo_letters, undo_mails
from goodword.lifecycle.refund import undo_refunds
from goodword.lifecycle.replay import undo_replays
from goodword.lifecycle.rule import undo_rules
from goodword.lifecycle.shop import undo_shops
from goodword.lifecycle.stock import undo_coupons
from goodword.lifecycle.unpay import undo_rewards
from goodword.model import Campaign, Deed


class NoSuchDeed(LookupError):
    """The campaign has no deed of that id."""


_UNDO: dict[str, Callable[[Act, Deed], Awaitable[Done]]] = {
    "brand": undo_brand,
    "call": undo_replays,
    "campaign": undo_campaign,
    "coupon": undo_coupons,
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
    async with begin(context, campaign, actor) as act:
        deed = await deeds.by_id(act.db, campaign.id, deed_id)
        if deed is None:
            raise NoSuchDeed(deed_id)
        if not can_undo(deed):
            return Done(None, refused=(Refusal(deed.id, "This was undone before."),))
        done = await _UNDO[deed.subject](act, deed)
        if not done.changed:
            return done
        await deeds.mark_undone(act.db, deed, act.at)
        before = {id_: word for id_, word in items_of(deed).items() if id_ in done.changed}
        kept = await keep_deed(act, "undo", deed.subject, before, undoes=deed)
    await context.directory.load()
    return Done(kept, done.changed, done.refused)
