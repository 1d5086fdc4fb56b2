"""Every secret that is kept is sealed under the newest key."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.campaigns import hooks, shops
from goodword.campaigns import record as campaigns
from goodword.integrations import record as integrations
from goodword.notifications import record as notifications
from goodword.signing import reseal


async def seal_anew(db: AsyncConnection, keys: Sequence[bytes]) -> None:
    """Secrets of campaigns, of webhooks in and out, of shops, and of integrations;
    `ValueError` when no key opens one of them."""
    for campaign in await campaigns.load(db):
        await campaigns.set_secrets(
            db,
            campaign.id,
            reseal(keys, campaign.code_key),
            reseal(keys, campaign.signing_secret.encode()),
        )
    for hook in await hooks.every(db):
        secret = hook.signature_secret and reseal(keys, hook.signature_secret)
        await hooks.change(db, hook, token=reseal(keys, hook.token), signature_secret=secret)
    for shop in await shops.every(db):
        secret = shop.secret and reseal(keys, shop.secret)
        await shops.change(db, shop, token=reseal(keys, shop.token), secret=secret)
    for endpoint in await notifications.endpoints(db, None):
        former = endpoint.former_secret and reseal(keys, endpoint.former_secret)
        await notifications.set_endpoint(
            db, endpoint, secret=reseal(keys, endpoint.secret), former_secret=former
        )
    for each in await integrations.every(db):
        sealed = {name: getattr(each, name) for name in _SEALED}
        await integrations.change(
            db, each.id, **{name: reseal(keys, text) for name, text in sealed.items() if text}
        )


_SEALED = ("inputs", "tokens", "awaiting", "secret", "signing")
