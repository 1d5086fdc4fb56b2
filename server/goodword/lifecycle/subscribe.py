"""The address of an integration's hook, and that the outside system calls it."""

from __future__ import annotations

from goodword.clock import HOUR
from goodword.integrations import record
from goodword.integrations.base import Failed, Trouble
from goodword.lifecycle.account import Account
from goodword.lifecycle.context import Context
from goodword.model import Campaign, Integration
from goodword.signing import seal, unseal

_TRY_AGAIN = HOUR
_LOOK_AGAIN = 24 * HOUR


def address_of(context: Context, integration: Integration) -> str:
    """The secret address that the outside system is to call."""
    secret = unseal(context.keys, integration.secret).decode()
    return f"{context.settings.public_url}/hooks/{integration.id}/{secret}"


async def subscribe(context: Context, campaign: Campaign, account: Account) -> str:
    """Has the system call our hook, or renews that; what went wrong in words, empty for nothing.

    A system that can't be asked to call is polled all the same, so that its refusal is no
    failure of the connection. `Failed` where the account itself can't be used.
    """
    integration = account.integration
    secret = unseal(context.keys, integration.signing or integration.secret).decode()
    address, now = address_of(context, integration), context.now()
    failure, values = "", {"renew_at": now + _LOOK_AGAIN}
    try:
        made = await account.system.subscribe(
            account.api, address, secret, integration.subscription, now
        )
    except Failed as failed:
        if failed.kind in (Trouble.AUTH, Trouble.THROTTLED):
            raise
        failure, made = str(failed), None
        values = {"renew_at": now + _TRY_AGAIN}
    kept: dict[str, object] = dict(values)
    if made is not None:
        kept["subscription"] = made.data
        if made.expires_at is not None:
            kept["renew_at"] = now + max(0, made.expires_at - now) // 2
        if made.secret:
            kept["signing"] = seal(context.keys, made.secret.encode())
    async with context.storage.write(campaign.id) as db:
        await record.change(db, integration.id, **kept)
    return failure
