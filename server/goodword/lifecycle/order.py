"""What a shop tells of an order is as if the site's own server had reported it.

It may come twice, late or in any order: the shop's own time of the change tells what is old, its
own ids tell what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from goodword.clock import HOUR
from goodword.leads import record as leads
from goodword.lifecycle.act import Act
from goodword.lifecycle.convert import take
from goodword.lifecycle.inbound import Became
from goodword.lifecycle.lead import known
from goodword.lifecycle.order_refund import return_later, sync, void
from goodword.lifecycle.report import Proof, Sent
from goodword.lifecycle.sighting import see
from goodword.model import (
    CallResult,
    Conversion,
    Lead,
    LeadStatus,
    Mode,
    OrderReturn,
    OrderState,
    ReportKind,
    Shop,
    ShopOrder,
)
from goodword.qualification import record as qualification
from goodword.qualification import shop_orders
from goodword.qualification.inbound import result_of
from goodword.qualification.shop_orders import KnownOrder
from goodword.stats.decide import Way

DOOR = "shop"
_EARLIER = HOUR
"""An order that an e-mail alone ties to a lead may be so much older than the lead: the lead's own
report may have been late."""


@dataclass(frozen=True, slots=True)
class Told:
    """A call that was read: an order with the report that it makes, or a refund without one."""

    shop: Shop
    said: ShopOrder | OrderReturn
    sent: Sent | None = None
    proof: Proof | None = None
    by_hand: bool = False

    @property
    def mode(self) -> Mode:
        return self.proof.mode if self.proof else Mode.LIVE


async def weigh_told(act: Act, told: Told | Became) -> Became:
    """What a call makes of its order, in a transaction that is open."""
    if isinstance(told, Became):
        return told
    if isinstance(told.said, OrderReturn):
        return await return_later(act, told.shop, told.said)
    if told.sent is None or told.proof is None:
        return Became(CallResult.INVALID, "order")
    return await _order(act, told, told.said, told.sent, told.proof)


async def rows_of(act: Act, told: Told) -> list[Conversion]:
    """The conversions that the call may change."""
    if isinstance(told.said, OrderReturn):
        return []
    return await qualification.of_order(act.db, act.campaign.id, told.mode, told.said.order)


async def _order(act: Act, told: Told, order: ShopOrder, sent: Sent, proof: Proof) -> Became:
    db, campaign_id, kind = act.db, act.campaign.id, told.shop.kind
    lead = await _lead(act, sent, proof)
    if lead is not None and proof.token is None:
        act = replace(act, mode=lead.mode)
    heard = await shop_orders.by_ref(db, campaign_id, kind, order.ref)
    reported = await qualification.of_order(db, campaign_id, act.mode, order.order)
    ours = lead is not None or proof.token is not None
    if not ours and not reported and heard is None:
        return Became(CallResult.NO_LEAD)
    if heard is not None and 0 < order.changed_at < heard.changed_at and not told.by_hand:
        return Became(CallResult.IGNORED, "stale")
    if not reported and not told.by_hand and _is_earlier(order, sent, proof, lead):
        return Became(CallResult.IGNORED, "earlier")
    newest = max(order.changed_at, heard.changed_at if heard else 0)
    await shop_orders.put(db, campaign_id, kind, order.ref, KnownOrder(order.order, newest))
    if order.state is OrderState.OPEN:
        return Became(CallResult.IGNORED, "unpaid")
    if order.state is OrderState.VOID:
        return await void(act, told.shop, order, reported)
    new = await sync(act, told.shop, order)
    became = await _sold(act, sent, proof, lead) if ours else Became(CallResult.NO_LEAD)
    return replace(became, result=CallResult.REFUNDED, refunds=new) if new else became


async def _lead(act: Act, sent: Sent, proof: Proof) -> Lead | None:
    """Whoever the order's token, code or e-mail names and is a lead already."""
    bound, named = await known(act, sent.person, proof)
    if bound is None and proof.lead_code:
        bound = await leads.by_code(act.db, act.campaign.id, proof.lead_code)
    return bound or named


def _is_earlier(order: ShopOrder, sent: Sent, proof: Proof, lead: Lead | None) -> bool:
    """Whether the order is older than its lead: whoever edits an old order of theirs has the shop
    tell of it again."""
    if lead is None or proof.token is not None or proof.lead_code:
        return False
    return 0 < order.made_at < lead.joined_at - _EARLIER


async def _sold(act: Act, sent: Sent, proof: Proof, lead: Lead | None) -> Became:
    if proof.token is not None:
        see(act.context, act.campaign, ReportKind.CONVERT, Way.FORM)
    answer = await take(act, sent, proof)
    row = await qualification.by_id(act.db, act.campaign.id, answer.id or "")
    before = lead.status if lead else LeadStatus.PENDING
    return Became(
        result_of(answer.status, answer.reason, before, answer.dup),
        answer.reason,
        row.lead_id if row else None,
        answer.id,
        answer,
    )
