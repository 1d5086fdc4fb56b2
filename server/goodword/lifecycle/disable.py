"""A referrer's codes are disabled, or work again: no new visit, and no new lead by a bare code.

Whoever came before goes on: leads and conversions of their tokens count as if nothing had been.
"""

from __future__ import annotations

from collections.abc import Sequence

from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.directory import bump
from goodword.lifecycle.mailed import revoke_links, undo_revoking
from goodword.model import Campaign, Deed, Mode
from goodword.referrers import record as referrers


async def set_disabled(
    context: Context,
    campaign: Campaign,
    referrer_ids: Sequence[str],
    disabled: bool,
    actor: str,
    note: str = "",
) -> Done:
    """Disables or enables the codes of these referrers; who was so already is in `refused`."""
    before: dict[str, str] = {}
    refused: list[Refusal] = []
    async with begin(context, campaign, actor) as act:
        for referrer_id in dict.fromkeys(referrer_ids):
            why = await _set(act, referrer_id, disabled)
            if why:
                refused.append(Refusal(referrer_id, why))
            else:
                before[referrer_id] = "active" if disabled else "disabled"
        deed = await keep_deed(act, "disable" if disabled else "enable", "referrer", before, note)
        await bump(act.db)
    await context.directory.load()
    return Done(deed, tuple(before), tuple(refused))


async def _set(act: Act, referrer_id: str, disabled: bool) -> str:
    """Why it was left as it is; empty where it was not."""
    known = await referrers.by_id(act.db, act.campaign.id, referrer_id)
    if known is None or known.mode is Mode.TEST:
        return "There is no such referrer in this campaign."
    at = act.at if disabled else None
    if not await referrers.set_disabled(act.db, act.campaign.id, referrer_id, at):
        return "It is disabled already." if disabled else "It is active already."
    await act.log("referrer.disabled" if disabled else "referrer.enabled", referrer_id=referrer_id)
    return ""


async def undo_referrers(act: Act, deed: Deed) -> Done:
    """Enables again whom the deed disabled, and the other way round; revokes a link that was
    handed out, with every other of before; lets links open again that were revoked."""
    if deed.verb == "hand_out":
        for referrer_id in items_of(deed):
            await revoke_links(act, referrer_id)
        return Done(None, tuple(items_of(deed)))
    changed: list[str] = []
    refused: list[Refusal] = []
    for referrer_id, stood in items_of(deed).items():
        if deed.verb == "revoke":
            why = await undo_revoking(act, referrer_id, stood)
        else:
            why = await _set(act, referrer_id, stood == "disabled")
        if why:
            refused.append(Refusal(referrer_id, why))
        else:
            changed.append(referrer_id)
    await bump(act.db)
    return Done(None, tuple(changed), tuple(refused))
