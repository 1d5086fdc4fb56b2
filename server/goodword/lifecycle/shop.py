"""A shop is given an address of its own for its webhooks, and the secret that it signs them by."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace

from goodword.campaigns import shops
from goodword.clock import new_secret
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.hook import token_hash
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign, Deed, Shop, ShopKind
from goodword.signing import seal, unseal

_LONGEST_SECRET = 500
_KEY_GONE = "The secret key that it was sealed under is gone: paste it anew."


class NoShop(LookupError):
    """The campaign has no shop of that kind."""


async def make_shop(context: Context, campaign: Campaign, kind: ShopKind, actor: str) -> Done:
    """Makes the address; done without a deed where there is one. WooCommerce takes whatever secret
    it is given, so that one is made; Shopify has its own, which is to be pasted."""
    token = urlsafe_b64encode(new_secret(24))
    made = new_secret(32).hex().encode() if kind is ShopKind.WOOCOMMERCE else None
    async with begin(context, campaign, actor) as act:
        shop = Shop(
            id=act.new_id("shop"),
            campaign_id=campaign.id,
            kind=kind,
            hash=token_hash(token.decode()),
            token=seal(context.keys, token),
            secret=seal(context.keys, made) if made else None,
            created_at=act.at,
        )
        if not await shops.add(act.db, shop):
            return Done(None)
        deed = await keep_deed(act, "create", "shop", {shop.id: kind})
    return Done(deed, (shop.id,))


async def set_shop_secret(
    context: Context, campaign: Campaign, kind: ShopKind, secret: str, actor: str
) -> Done:
    """Takes the secret that the shop signs under. `Refused`, `NoShop`."""
    text = secret.strip()
    if not text.isprintable() or not 8 <= len(text.encode()) <= _LONGEST_SECRET:
        raise Refused("secret", "paste the secret as the shop shows it, at least 8 characters")
    async with begin(context, campaign, actor) as act:
        shop = await _shop(act, kind)
        if shop.secret is not None and unseal(context.keys, shop.secret).decode() == text:
            return Done(None)
        wanted = replace(shop, secret=seal(context.keys, text.encode()))
        await shops.change(act.db, shop, secret=wanted.secret)
        told = json.dumps({"before": _told(shop), "after": _told(wanted)})
        deed = await keep_deed(act, "change_secret", "shop", {shop.id: told})
    return Done(deed, (shop.id,))


async def remove_shop(context: Context, campaign: Campaign, kind: ShopKind, actor: str) -> Done:
    """Its address works no more; what came by it stays. `NoShop`."""
    async with begin(context, campaign, actor) as act:
        shop = await _shop(act, kind)
        await shops.remove(act.db, shop)
        told = json.dumps({"before": _told(shop), "after": None})
        deed = await keep_deed(act, "remove", "shop", {shop.id: told})
    return Done(deed, (shop.id,))


async def undo_shops(act: Act, deed: Deed) -> Done:
    """Brings back the former secret, or the shop that was removed, unless it was changed since."""
    [(shop_id, said)] = items_of(deed).items()
    was = json.loads(said)
    before = _shop_of(act, was["before"])
    now = await shops.of_kind(act.db, act.campaign.id, before.kind)
    if (_told(now) if now else None) != was["after"]:
        return Done(None, refused=(Refusal(shop_id, "It was changed again since."),))
    if not _opens(act, before):
        return Done(None, refused=(Refusal(shop_id, _KEY_GONE),))
    if now is None:
        await shops.add(act.db, before)
    else:
        await shops.change(act.db, now, secret=before.secret)
    return Done(None, (shop_id,))


def address_of_shop(context: Context, shop: Shop) -> str:
    """The secret address."""
    token = unseal(context.keys, shop.token).decode()
    return f"{context.settings.public_url}/webhook/{token}/{shop.kind}"


def secret_of(context: Context, shop: Shop) -> str:
    """The secret in clear; empty where there is none."""
    return unseal(context.keys, shop.secret).decode() if shop.secret else ""


async def _shop(act: Act, kind: ShopKind) -> Shop:
    shop = await shops.of_kind(act.db, act.campaign.id, kind)
    if shop is None:
        raise NoShop(kind)
    return shop


def _told(shop: Shop) -> dict[str, str | int | None]:
    """What Undo goes back to; secrets stay sealed."""
    return {
        "id": shop.id,
        "kind": shop.kind,
        "hash": shop.hash.hex(),
        "token": b64encode(shop.token).decode(),
        "secret": b64encode(shop.secret).decode() if shop.secret else None,
        "created_at": shop.created_at,
    }


def _shop_of(act: Act, told: Mapping[str, str]) -> Shop:
    return Shop(
        id=told["id"],
        campaign_id=act.campaign.id,
        kind=ShopKind(told["kind"]),
        hash=bytes.fromhex(told["hash"]),
        token=b64decode(told["token"]),
        secret=b64decode(told["secret"]) if told["secret"] else None,
        created_at=int(told["created_at"]),
    )


def _opens(act: Act, shop: Shop) -> bool:
    """Whether what lay sealed in a deed can still be read: nothing there is sealed anew."""
    try:
        for sealed in filter(None, (shop.token, shop.secret)):
            unseal(act.context.keys, sealed)
    except ValueError:
        return False
    return True
