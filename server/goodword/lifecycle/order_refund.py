"""Money that went back for a shop's order: told with the order, after it, or before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from goodword.activity import calls
from goodword.lifecycle.act import Act
from goodword.lifecycle.inbound import Became, settle
from goodword.lifecycle.refund import Refunding, take_refund, undo_refund
from goodword.model import (
    CallResult,
    Conversion,
    Mode,
    OrderReturn,
    Reason,
    Shop,
    ShopOrder,
    ShopReturn,
)
from goodword.qualification import refunds, shop_orders, shopify
from goodword.qualification.decide import occupies

_ALL, _VOID = "all", "void"


async def void(act: Act, shop: Shop, order: ShopOrder, reported: Sequence[Conversion]) -> Became:
    """A cancelled order counts no more. One that never counted may be paid yet: a card that was
    refused is tried again."""
    if act.mode is Mode.TEST or not any(occupies(row) for row in reported):
        return Became(CallResult.IGNORED, "unpaid")
    key = f"{_VOID}:{order.changed_at}"
    done = await take_refund(act, _refunding(shop, order.ref, order.order, key))
    row = done.conversion
    return Became(
        CallResult.IGNORED if done.dup else CallResult.REFUNDED,
        Reason.DUPLICATE if done.dup else None,
        row.lead_id if row else None,
        row.id if row else None,
        refunds=() if done.dup else (done.refund.id,),
    )


async def sync(act: Act, shop: Shop, order: ShopOrder) -> tuple[str, ...]:
    """Brings refunds to what a paid order says; the ids of those that are new."""
    if act.mode is Mode.TEST:
        return ()
    late = await _late(act, shop, order)
    wanted: dict[str, ShopReturn | None] = {each.ref: each for each in (*order.returns, *late)}
    if order.all_back and not _covered(order):
        wanted[_ALL] = None
    await _take_back(act, shop, order, wanted)
    new: list[str] = []
    for key, returned in wanted.items():
        said = _refunding(shop, order.ref, order.order, key, returned)
        done = await take_refund(act, said)
        new += [] if done.dup else [done.refund.id]
    return tuple(new)


async def _late(act: Act, shop: Shop, order: ShopOrder) -> list[ShopReturn]:
    """Refunds that came before their order; they wait no longer."""
    found: list[ShopReturn] = []
    for call in await calls.waiting(act.db, act.campaign.id, shop.id, order.ref):
        said = shopify.read(call.topic, call.body)
        if isinstance(said, OrderReturn):
            found.append(said.returned)
            await settle(act, call, Became(CallResult.REFUNDED, order_ref=order.ref))
    return found


async def _take_back(
    act: Act, shop: Shop, order: ShopOrder, wanted: Mapping[str, ShopReturn | None]
) -> None:
    """Undoes what the shop says no longer: an order that was cancelled is paid after all, a refund
    was deleted."""
    prefix = _prefix(shop, order.ref)
    for kept in await refunds.of_order(act.db, act.campaign.id, Mode.LIVE, order.order):
        own, _, key = (kept.external_id or "").partition(prefix)
        if own or not key or key in wanted:
            continue
        if key.startswith(_VOID) or order.every_return:
            await undo_refund(act, kept)


def _covered(order: ShopOrder) -> bool:
    """Whether the single refunds come to all of it."""
    money = order.amount.money
    if money is None or any(each.money.currency != money.currency for each in order.returns):
        return False
    return sum(each.money.minor for each in order.returns) >= money.minor


async def return_later(act: Act, shop: Shop, said: OrderReturn) -> Became:
    known = await shop_orders.by_ref(act.db, act.campaign.id, shop.kind, said.order_ref)
    if known is None:
        return Became(CallResult.WAITING, order_ref=said.order_ref)
    returned = said.returned
    refunding = _refunding(shop, said.order_ref, known.order_id, returned.ref, returned)
    done = await take_refund(act, refunding)
    row = done.conversion
    result = CallResult.REFUNDED if row else CallResult.WAITING
    return Became(
        CallResult.IGNORED if done.dup else result,
        Reason.DUPLICATE if done.dup else None,
        row.lead_id if row else None,
        row.id if row else None,
        order_ref=said.order_ref,
        refunds=() if done.dup else (done.refund.id,),
    )


def _refunding(
    shop: Shop, ref: str, order: str, key: str, returned: ShopReturn | None = None
) -> Refunding:
    return Refunding(
        order=order,
        amount=returned.money if returned else None,
        note="told by the shop",
        external_id=_prefix(shop, ref) + key,
    )


def _prefix(shop: Shop, ref: str) -> str:
    return f"{shop.kind}:{ref}:"
