"""Calls to the secret address are taken again, once a setting was corrected or a lead is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from goodword.access.decide import approves_own
from goodword.activity import calls
from goodword.campaigns import hooks, shops
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, keep_deed
from goodword.lifecycle.inbound import Became, Ready, read_kept, settle, weigh
from goodword.lifecycle.order import Told, rows_of, weigh_told
from goodword.lifecycle.pay import Left
from goodword.lifecycle.replay import Was
from goodword.lifecycle.shop_call import read_told
from goodword.lifecycle.story import REASONS
from goodword.model import (
    CallResult,
    Campaign,
    Conversion,
    InboundCall,
    Mode,
    Reason,
    Report,
    ReportKind,
    Status,
)
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies
from goodword.referrers import record as referrers

MOST = 200
"""So many calls one deed may be about."""

NEXT_STEPS = {
    CallResult.ALREADY_QUALIFIED: "Its lead had qualified already.",
    CallResult.BAD_SIGNATURE: "Its signature does not hold. Correct the secret, then replay it.",
    CallResult.IGNORED: "Nothing came of it, or it is known already.",
    CallResult.INVALID: "It can't be read. Correct the field settings, then replay it.",
    CallResult.REFERRER_CODE: "Its code is a referrer's. Let the sender send the lead's.",
    CallResult.NO_LEAD: "It names nobody who was referred. Replay it once its buyer is a lead.",
    CallResult.UNKNOWN_CODE: "Its code is no lead's. Replay it once the lead is there.",
    CallResult.WAITING: "It counts by itself once the shop tells of its order.",
}
"""What to do about a call that came to nothing."""

_DOUBTFUL = (CallResult.BAD_SIGNATURE, CallResult.RECEIVED)
Again = Ready | Told | Became
_STANDING = (Status.COUNTED, Status.HELD)


async def replay_calls(
    context: Context, campaign: Campaign, call_ids: Sequence[str], actor: str, note: str = ""
) -> Done:
    """Takes calls again as the settings are now; each that counts is kept as a call of its own.

    What comes to nothing again changes nothing and is in `refused`. Up to `MOST` ids at once.
    """
    wanted = list(dict.fromkeys(call_ids[:MOST]))
    found = await _read_again(context, campaign, wanted)
    was: dict[str, str] = {}
    refused: list[Refusal] = []
    async with begin(context, campaign, actor) as act:
        for id_ in wanted:
            try:
                if id_ not in found:
                    raise Left("It is not kept any more.")
                async with act.db.begin_nested():
                    taken = await _take(act, *found[id_])
                was[id_] = msgspec.json.encode(taken).decode()
            except Left as left:
                refused.append(Refusal(id_, str(left)))
        deed = await keep_deed(act, "replay", "call", was, note)
    return Done(deed, tuple(was), tuple(refused))


async def _read_again(
    context: Context, campaign: Campaign, ids: Sequence[str]
) -> dict[str, tuple[InboundCall, Again]]:
    """What was authentic when it came stays so, whatever secret there is now."""
    async with context.storage.read() as db:
        hook = await hooks.of_campaign(db, campaign.id)
        known = {shop.id: shop for shop in await shops.of_campaign(db, campaign.id)}
        kept = await calls.by_ids(db, campaign.id, ids)
    found: dict[str, tuple[InboundCall, Again]] = {}
    for call in kept:
        trusted = call.result not in _DOUBTFUL
        if (shop := known.get(call.hook_id)) is not None:
            found[call.id] = (call, await read_told(context, campaign, shop, call, again=trusted))
        elif hook is not None and call.hook_id == hook.id:
            read = await read_kept(context, campaign, hook, call, query=call.query, trusted=trusted)
            found[call.id] = (call, read)
    return found


async def _take(act: Act, call: InboundCall, again: Again) -> Was:
    """Takes one call; `Left` where it comes to nothing, and then nothing may be kept of it."""
    if isinstance(again, Became):
        raise Left(_why(again))
    rows = await _rows(act, again)
    became = await _weigh(act, again)
    was = await _counted(act, again, became, rows)
    await _not_own(act, became.lead_id or "")
    new = replace(
        call, id=act.new_id("call"), received_at=act.at, replayed_of=call.replayed_of or call.id
    )
    await calls.keep(act.db, new)
    await settle(act, new, became)
    return was


async def _weigh(act: Act, again: Ready | Told) -> Became:
    if isinstance(again, Ready):
        return await weigh(act, again)
    return await weigh_told(replace(act, mode=again.mode), again)


async def _counted(
    act: Act, again: Ready | Told, became: Became, rows: Sequence[Conversion]
) -> Was:
    """What Undo goes back to; `Left` where nothing counts now that did not before."""
    answer = became.answer
    if answer is None or answer.dup or answer.status not in _STANDING:
        if became.refunds and became.result is CallResult.REFUNDED:
            return Was(lead=became.lead_id or "", refunds=became.refunds)
        raise Left(_why(became))
    key = again.sent.key if again.sent else ""
    new = await qualification.standing_by_key(act.db, act.campaign.id, ReportKind.CONVERT, key)
    if new is None:
        raise Left("The campaign asks for better evidence than a call gives.")
    return _was(new, rows)


async def _rows(act: Act, again: Ready | Told) -> list[Conversion]:
    """The conversions that the call may change."""
    if isinstance(again, Told):
        return await rows_of(act, again)
    lead = await leads.by_code(act.db, act.campaign.id, again.proof.lead_code)
    if again.sent.order:
        mode = lead.mode if lead else Mode.LIVE
        return await qualification.of_order(act.db, act.campaign.id, mode, again.sent.order)
    if lead is None:
        return []
    return await qualification.of_event(act.db, act.campaign.id, lead.id, again.sent.event)


def _why(became: Became) -> str:
    answer = became.answer
    if answer is not None and answer.status is Status.REJECTED:
        return f"It is refused again because {REASONS[answer.reason or Reason.NO_LEAD]}."
    return NEXT_STEPS.get(became.result, "It counts already, by the same words.")


async def _not_own(act: Act, lead_id: str) -> None:
    lead = await leads.by_id(act.db, act.campaign.id, lead_id)
    referrer = await referrers.by_id(act.db, act.campaign.id, lead.referrer_id) if lead else None
    people = (lead.email if lead else None, referrer.email if referrer else None)
    if approves_own(act.actor, people):
        raise Left("It is of your own referral: another admin must do this.")


def _was(new: Report, rows: Sequence[Conversion]) -> Was:
    """What Undo goes back to."""
    before = next((row for row in rows if row.id == new.conversion_id), None)
    was = Was(
        report=new.id,
        lead=new.lead_id or "",
        conversion=new.conversion_id or "",
        evidence=new.evidence,
        displaced=any(occupies(row) for row in rows),
    )
    if before is None:
        return was
    return msgspec.structs.replace(
        was, status=before.status, reason=before.reason, before=before.evidence
    )
