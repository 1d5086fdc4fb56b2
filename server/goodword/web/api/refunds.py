"""Refunds: money that went back to a buyer, told by the site's own server."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from goodword import model
from goodword.lifecycle.refund import Refunding, refund
from goodword.model import Mode, Money, RefundStatus, read_amount, read_currency
from goodword.qualification import record as qualification
from goodword.qualification.decide import occupies
from goodword.stats import api_read
from goodword.web.api import conversions
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, act, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import Problem, bad_field, missing
from goodword.web.api.words import Id, Iso4217, Line, Name, Number, Price, Time, moment

_BY_CALL = "|"
"""Begins the id of a refund that has none of the caller's: no `Name` has that character."""


class Refund(msgspec.Struct, kw_only=True):
    """`waiting` for an order that is not known yet, `applied`, or `undone` by hand; `amount` null
    means that all went back. `refund_id` is the payment system's own id."""

    id: str
    campaign_id: str
    created_at: Time
    status: RefundStatus
    order: str | None
    conversion_id: str | None
    refund_id: str | None
    amount: str | None
    currency: str | None
    reason: str


class Refunded(Refund, kw_only=True):
    """The refund, and the conversion as it is now, null while the order is not known; `dup` when
    it was told before, or all had gone back."""

    conversion: conversions.Conversion | None
    dup: bool


class NewRefund(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Without an `amount` all went back. It is a decimal string or an integer of minor units, of
    the order's own `currency` unless said. With a `refund_id`, the payment system's own, it counts
    once, however often it is sent."""

    order: Name | Number
    amount: Price | UnsetType = UNSET
    currency: Iso4217 | None = None
    reason: Line = ""
    refund_id: Name | None = None
    campaign_id: Id | None = None


class RefundsQuery(ListQuery, kw_only=True):
    status: RefundStatus | None = None
    order: Name | None = None
    conversion_id: Id | None = None


async def list_refunds(call: Call[Nothing, RefundsQuery]) -> Answer:
    query = call.query
    asked = await wanted(
        call, status=query.status, order_id=query.order, conversion_id=query.conversion_id
    )
    async with call.context.storage.read() as db:
        found = await api_read.refunds(db, asked)
    return Answer(200, page([shape(each) for each in found.rows], found.next))


async def get_refund(call: Call[Nothing, Nothing]) -> Answer:
    async with call.context.storage.read() as db:
        found = await api_read.refund(db, call.key.campaign_id, call.id)
    if found is None:
        raise missing("refund", call.id)
    return Answer(200, shape(found))


async def create_refund(call: Call[NewRefund, Nothing]) -> Answer:
    """201 when it was taken, 202 when it waits for its order, 200 when it was known already."""
    body, order = call.body, str(call.body.order).strip()
    if not order:
        raise bad_field("order", "it is required")
    campaign = await call.campaign(body.campaign_id)
    said = Refunding(
        order=order,
        amount=await _amount(call, campaign, order),
        note=body.reason,
        external_id=body.refund_id or (call.report_key and _BY_CALL + call.report_key),
    )
    done = await refund(call.context, campaign, said, ACTOR)
    if done.refund.order_id != order:
        detail = f"it is known as a refund of order {done.refund.order_id!r}"
        raise Problem("conflict", detail, field="refund_id")
    shown = msgspec.structs.asdict(shape(done.refund))
    conversion = conversions.shape(done.conversion) if done.conversion else None
    waits = done.refund.status is RefundStatus.WAITING
    status = 200 if done.dup else 202 if waits else 201
    return Answer(status, Refunded(**shown, conversion=conversion, dup=done.dup))


OPERATIONS: list[Operation[Any, Any]] = [
    read("/refunds", list_refunds, Page[Refund], RefundsQuery, "List refunds"),
    act(
        "POST",
        "/refunds",
        create_refund,
        Refunded,
        NewRefund,
        "Tell a refund or chargeback; before its order is known it waits for it (202)",
        status=201,
        also=(200, 202),
    ),
    read("/refunds/{id}", get_refund, Refund, Nothing, "Read a refund"),
]


def shape(refund: model.Refund) -> Refund:
    return Refund(
        id=refund.id,
        campaign_id=refund.campaign_id,
        created_at=moment(refund.created_at),
        status=refund.status,
        order=refund.order_id,
        conversion_id=refund.conversion_id,
        refund_id=_own(refund.external_id),
        amount=_written(refund),
        currency=refund.currency,
        reason=refund.note,
    )


def _own(external_id: str | None) -> str | None:
    return None if external_id and external_id.startswith(_BY_CALL) else external_id


def _written(refund: model.Refund) -> str | None:
    if refund.amount is None or refund.currency is None:
        return None
    return str(Money(refund.amount, refund.currency))


async def _amount(
    call: Call[NewRefund, Nothing], campaign: model.Campaign, order: str
) -> Money | None:
    """None: all of it. `Problem` names what can't be read; a refund is never guessed."""
    body = call.body
    if body.currency is not None and read_currency(body.currency) is None:
        raise bad_field("currency", "it is no ISO 4217 currency such as EUR")
    if body.amount is UNSET:
        return None
    currency = body.currency or await _currency(call, campaign, order)
    amount = read_amount(body.amount, currency)
    if amount.money is None or not amount.money.minor:
        example = f'such as "{Money(1000, currency)}"'
        raise bad_field("amount", f"write an amount of {currency} above zero, {example}, or none")
    return amount.money


async def _currency(call: Call[Any, Any], campaign: model.Campaign, order: str) -> str:
    """The order's, where it is known; else the campaign's."""
    async with call.context.storage.read() as db:
        rows = await qualification.of_order(db, campaign.id, Mode.LIVE, order)
    rows.sort(key=lambda row: not occupies(row))
    return next((row.currency for row in rows if row.currency), campaign.currency)
