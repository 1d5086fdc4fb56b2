"""A shop calls: kept as it came, its signature checked, read, and then its order is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from goodword.activity import calls
from goodword.campaigns import shops
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.hook import token_hash
from goodword.lifecycle.inbound import Became, Came, clean, settle
from goodword.lifecycle.order import DOOR, Told, weigh_told
from goodword.lifecycle.report import Sent, prove
from goodword.model import (
    CallResult,
    Campaign,
    InboundCall,
    Mode,
    NotRead,
    OrderReturn,
    Passed,
    Shop,
    ShopKind,
    ShopOrder,
    ShopSaid,
)
from goodword.qualification import shopify, woocommerce
from goodword.qualification.shops import signed_by
from goodword.signing import CodeKind, read_code, read_token, unseal

_READERS: Mapping[ShopKind, Callable[[str, bytes], ShopSaid]] = {
    ShopKind.SHOPIFY: shopify.read,
    ShopKind.WOOCOMMERCE: woocommerce.read,
}
_HEADERS = {
    ShopKind.SHOPIFY: ("x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-webhook-id"),
    ShopKind.WOOCOMMERCE: (
        "x-wc-webhook-signature",
        "x-wc-webhook-topic",
        "x-wc-webhook-delivery-id",
    ),
}
"""Signature, topic, and the id of the delivery."""

_LONGEST_TOKEN = 100


async def receive_from(context: Context, kind: ShopKind, token: str, came: Came) -> Became | None:
    """Takes a call of a shop; None when no shop of this kind has this address.

    `Unavailable` when it can't be stored. The same delivery again is answered as before.
    """
    shop = await _by_token(context, kind, token)
    campaign = await context.directory.by_id(shop.campaign_id) if shop else None
    if shop is None or campaign is None:
        return None
    call = await _keep(context, campaign, shop, came)
    if call.result is not CallResult.RECEIVED:
        return Became(call.result, call.reason, call.lead_id, call.conversion_id)
    told = await read_told(context, campaign, shop, call)
    mode = told.mode if isinstance(told, Told) else Mode.LIVE
    async with begin(context, campaign, DOOR, mode) as act:
        became = await weigh_told(act, told)
        await settle(act, call, became)
    return became


async def _by_token(context: Context, kind: ShopKind, token: str) -> Shop | None:
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    async with context.storage.read() as db:
        shop = await shops.by_hash(db, token_hash(token))
    return shop if shop is not None and shop.kind is kind else None


async def _keep(context: Context, campaign: Campaign, shop: Shop, came: Came) -> InboundCall:
    """The raw call on disk, whatever becomes of it; the one there is for a delivery that came
    before, with the very same body."""
    signature, topic, delivery = (clean(came.headers.get(name, "")) for name in _HEADERS[shop.kind])
    async with context.storage.write(campaign.id) as db:
        before = await calls.by_delivery(db, campaign.id, shop.id, delivery) if delivery else None
        if before is not None and (before.body, before.signature) == (came.body, signature):
            return before
        now = context.now()
        call = InboundCall(
            campaign_id=campaign.id,
            id=context.new_id("call", now),
            hook_id=shop.id,
            received_at=now,
            content_type=clean(came.content_type),
            query="",
            signature=signature,
            body=came.body,
            result=CallResult.RECEIVED,
            topic=topic,
            delivery=delivery,
        )
        await calls.keep(db, call)
    return call


async def read_told(
    context: Context, campaign: Campaign, shop: Shop, call: InboundCall, *, again: bool = False
) -> Told | Became:
    """What a call tells, or what it came to without telling anything. `again`: a person takes it
    again, who knows that its signature held."""
    if shop.kind is ShopKind.WOOCOMMERCE and woocommerce.is_ping(call.topic, call.body):
        return Became(CallResult.IGNORED, "ping")
    if not again and (fault := _fault(context, shop, call)) is not None:
        return fault
    said = _READERS[shop.kind](call.topic, call.body)
    match said:
        case Passed():
            return Became(CallResult.IGNORED, said.why)
        case NotRead():
            return Became(CallResult.INVALID, said.field)
        case OrderReturn():
            return Told(shop, said, by_hand=again)
    sent = _sent(context, campaign, shop, said, call.received_at if again else None)
    return Told(shop, said, sent, await prove(context, campaign, sent), again)


def _fault(context: Context, shop: Shop, call: InboundCall) -> Became | None:
    if shop.secret is None:
        return Became(CallResult.BAD_SIGNATURE, "no_secret")
    secret = unseal(context.keys, shop.secret)
    return (
        None if signed_by(secret, call.body, call.signature) else Became(CallResult.BAD_SIGNATURE)
    )


def _sent(
    context: Context, campaign: Campaign, shop: Shop, order: ShopOrder, came_at: int | None
) -> Sent:
    """The report that an order makes. Whatever its buyer wrote into it and nobody here signed is
    left out: the e-mail may still tell who it was."""
    token = read_token(context.keys, order.token) if order.token else None
    code = read_code(campaign.code_key, order.code or order.token)
    money = order.amount.money
    return Sent(
        door=DOOR,
        key=f"{shop.kind}:{order.ref}",
        token=order.token if token and token.campaign_id == campaign.id else "",
        code=code.text if code and code.kind is CodeKind.LEAD else "",
        email=order.email,
        name=order.name,
        order=order.order,
        amount=order.amount,
        raw=("purchase", order.order, order.printed, money.currency if money else "", order.email),
        came_at=came_at,
    )
