"""Money went back to a buyer: what the order earned is cancelled, lowered or taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from goodword.fraud import record as fraud
from goodword.fraud.rules import refund_unclear
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, items_of, keep_deed
from goodword.lifecycle.qualify import count_for, lose
from goodword.lifecycle.reprice import owe_again, reprice
from goodword.lifecycle.reward import note_findings, weigh_again
from goodword.model import (
    Campaign,
    Conversion,
    Deed,
    LeadStatus,
    Mode,
    Money,
    Reason,
    Refund,
    RefundStatus,
    Status,
)
from goodword.qualification import record as qualification
from goodword.qualification import refunds
from goodword.qualification.decide import occupies, returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunding:
    """What a caller says went back: of an order, or of one conversion; without `amount` all.

    `external_id` is the payment system's own id of the refund: a repeat changes nothing.
    """

    order: str = ""
    conversion_id: str = ""
    amount: Money | None = None
    note: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class Refunded:
    """The refund as kept. `conversion` is None while the order is not known; `dup`: known, so that
    there is no deed."""

    refund: Refund
    conversion: Conversion | None
    dup: bool = False
    deed: Deed | None = None


class NoSuchConversion(LookupError):
    """The campaign has no conversion of that id."""


async def refund(context: Context, campaign: Campaign, said: Refunding, actor: str) -> Refunded:
    """Takes a refund; one that comes before its order waits for it. `NoSuchConversion`."""
    async with begin(context, campaign, actor) as act:
        return await take_refund(act, said)


async def take_refund(act: Act, said: Refunding) -> Refunded:
    """Takes a refund in a transaction that is open. `NoSuchConversion`."""
    conversion = await _conversion(act, said)
    order = said.order or (conversion.order_id if conversion else None) or ""
    repeated = await _repeated(act, said, order, conversion)
    if repeated is not None:
        return Refunded(repeated, conversion, dup=True)
    kept = _refund(act, said, order, conversion)
    await refunds.add(act.db, kept)
    deed = await keep_deed(act, "refund", "refund", {kept.id: kept.status}, said.note)
    if conversion is not None:
        conversion = await _apply(act, conversion)
    return Refunded(kept, conversion, deed=deed)


async def _conversion(act: Act, said: Refunding) -> Conversion | None:
    """What the refund is of: the row that holds the order, else one that was refunded before."""
    if said.conversion_id:
        found = await qualification.by_id(act.db, act.campaign.id, said.conversion_id)
        if found is None or found.mode is not Mode.LIVE:
            raise NoSuchConversion(said.conversion_id)
        return found
    rows = await qualification.of_order(act.db, act.campaign.id, Mode.LIVE, said.order)
    ranked = sorted(rows, key=lambda row: (not occupies(row), row.reason is not Reason.REFUNDED))
    return ranked[0] if ranked else None


async def _repeated(
    act: Act, said: Refunding, order: str, conversion: Conversion | None
) -> Refund | None:
    """The refund that this one is again: by its own id, or because all went back before."""
    if said.external_id:
        known = await refunds.by_external(act.db, act.campaign.id, Mode.LIVE, said.external_id)
        if known is not None:
            return known
    before = await _known(act, order, conversion)
    return next((each for each in before if each.amount is None), None)


async def _known(act: Act, order: str, conversion: Conversion | None) -> list[Refund]:
    if order:
        return await refunds.of_order(act.db, act.campaign.id, Mode.LIVE, order)
    if conversion is None:
        return []
    return await refunds.of_conversion(act.db, act.campaign.id, conversion.id)


def _refund(act: Act, said: Refunding, order: str, conversion: Conversion | None) -> Refund:
    return Refund(
        id=act.new_id("rfd"),
        campaign_id=act.campaign.id,
        order_id=order or None,
        conversion_id=conversion.id if conversion else None,
        external_id=said.external_id or None,
        amount=said.amount.minor if said.amount else None,
        currency=said.amount.currency if said.amount else None,
        note=said.note,
        status=RefundStatus.APPLIED if conversion else RefundStatus.WAITING,
        actor=act.actor,
        mode=Mode.LIVE,
        created_at=act.at,
    )


async def apply_waiting(act: Act, conversion: Conversion) -> None:
    """Notes for which conversion refunds were that had come before their order."""
    if conversion.order_id is None or act.mode is Mode.TEST:
        return
    for each in await refunds.of_order(act.db, act.campaign.id, act.mode, conversion.order_id):
        if each.status is RefundStatus.WAITING:
            applied = replace(each, status=RefundStatus.APPLIED, conversion_id=conversion.id)
            await refunds.put(act.db, applied)


async def _apply(act: Act, conversion: Conversion) -> Conversion:
    """The conversion as its refunds leave it, with what follows for its lead and rewards."""
    back = returned(await _known(act, conversion.order_id or "", conversion), conversion.money)
    stood = occupies(conversion)
    after = replace(conversion, refunded=back.minor)
    if back.whole and conversion.status is not Status.REJECTED:
        after = replace(after, status=Status.IGNORED, reason=Reason.REFUNDED)
    await qualification.put(act.db, after, new=False)
    await _log(act, after, back.whole)
    lead = await leads.by_id(act.db, act.campaign.id, conversion.lead_id or "")
    if lead is None or not stood:
        return after
    if back.whole:
        await lose(act, lead, after.id, Reason.REFUNDED)
        return after
    if back.unclear:
        await note_findings(act, [refund_unclear()], conversion=after.id)
        await weigh_again(act, lead)
    await reprice(act, after)
    return after


async def _log(act: Act, conversion: Conversion, whole: bool) -> None:
    money = Money(conversion.refunded, conversion.currency) if conversion.currency else None
    await act.log(
        "conversion.refunded",
        referrer_id=conversion.referrer_id,
        lead_id=conversion.lead_id,
        conversion_id=conversion.id,
        order=conversion.order_id,
        amount=str(money) if money else None,
        currency=conversion.currency,
        whole=int(whole),
    )


async def undo_refunds(act: Act, deed: Deed) -> Done:
    """Undo of a refund that was told by hand or by API."""
    changed = []
    for id_ in items_of(deed):
        kept = await refunds.by_id(act.db, act.campaign.id, id_)
        if kept is not None and kept.status is not RefundStatus.UNDONE:
            await undo_refund(act, kept)
            changed.append(id_)
    return Done(None, tuple(changed))


async def undo_refund(act: Act, kept: Refund) -> None:
    """The refund failed, or the dispute was won: its conversion counts as before, and what was
    taken back of issued rewards is owed again."""
    conversion = await qualification.by_id(act.db, act.campaign.id, kept.conversion_id or "")
    whose = (conversion.lead_id if conversion else None) or ""
    lead = await leads.by_id(act.db, act.campaign.id, whose)
    await refunds.put(act.db, replace(kept, status=RefundStatus.UNDONE))
    if conversion is None:
        return
    back = returned(await _known(act, conversion.order_id or "", conversion), conversion.money)
    after = replace(conversion, refunded=back.minor)
    if conversion.reason is Reason.REFUNDED and not back.whole:
        doubts = lead and await fraud.holding(act.db, act.campaign.id, lead.id, conversion.id)
        reason = Reason(doubts[0].check) if doubts else None
        after = replace(after, status=Status.HELD if reason else Status.COUNTED, reason=reason)
    await qualification.put(act.db, after, new=False)
    await _log(act, after, back.whole)
    if lead is None or not occupies(after):
        return
    if lead.status is not LeadStatus.REJECTED:
        await count_for(act, lead, after, new=True)
    await owe_again(act, lead, after, kept.id)
