"""One sale that a payment system and the shop both report: the second of them joins the first."""

from __future__ import annotations

from dataclasses import replace

from goodword.clock import DAY
from goodword.integrations import kept
from goodword.lifecycle.act import Act
from goodword.lifecycle.report import Sent
from goodword.model import Lead, Payment
from goodword.qualification import record as qualification

JOINS = DAY
"""How far apart two reports of one sale may be, where only one names the shop's order."""


async def join_payment(act: Act, sent: Sent, lead: Lead | None) -> Sent:
    """A report of the shop's, as what it is: the sale that a payment told of first, under the
    payment's own id. From now on the sale has the shop's order."""
    money = sent.amount.money
    if sent.confirmed or lead is None or money is None:
        return sent
    since = act.at - JOINS
    known = await kept.unnamed(act.db, act.campaign.id, lead.id, money.minor, money.currency, since)
    if known is None:
        return sent
    if not sent.order:
        return replace(sent, order=known.payment)
    await name_order(act, known, sent.order)
    return sent


async def name_order(act: Act, payment: Payment, order: str) -> None:
    """From now on the sale has the shop's order, unless that is another sale's already."""
    row = await qualification.by_id(act.db, act.campaign.id, payment.conversion_id or "")
    if payment.order_id != payment.payment or row is None or row.order_id != payment.payment:
        return
    if await qualification.of_order(act.db, act.campaign.id, row.mode, order):
        return
    await qualification.put(act.db, replace(row, order_id=order), new=False)
    await kept.put_payment(act.db, replace(payment, order_id=order))
