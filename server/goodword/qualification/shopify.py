"""Shopify's order and refund webhooks, as its Admin REST API 2025-01 spells them.

https://shopify.dev/docs/api/webhooks and .../admin-rest/resources/order. Amounts are the shop's
own currency. Data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping

from goodword.model import (
    Money,
    NotRead,
    OrderReturn,
    OrderState,
    Passed,
    ShopOrder,
    ShopReturn,
    ShopSaid,
)
from goodword.qualification.inbound import parse
from goodword.qualification.shops import (
    email_of,
    full_name,
    moment,
    paid,
    referral,
    rows,
    texts,
)

TOPICS = (
    "orders/create",
    "orders/paid",
    "orders/updated",
    "orders/cancelled",
    "orders/fulfilled",
    "orders/partially_fulfilled",
)
REFUND = "refunds/create"
_PAID = ("paid", "partially_refunded", "refunded")


def read(topic: str, body: bytes) -> ShopSaid:
    said = parse("application/json", body)
    if topic == REFUND:
        return _refund(said)
    if topic not in TOPICS:
        return Passed("topic") if topic else NotRead("topic")
    if isinstance(said, Mapping) and said.get("test") is True:
        return Passed("test_order")
    return _order(said)


def _order(said: object) -> ShopOrder | NotRead:
    ref, order = texts(said, "id"), texts(said, "name") or texts(said, "order_number")
    if not ref or not order:
        return NotRead("order")
    status, currency = texts(said, "financial_status"), texts(said, "currency")
    printed = texts(said, "total_price")
    token, code = referral((texts(a, "name"), texts(a, "value")) for a in _notes(said))
    returns = (_returned(each) for each in rows(said, "refunds"))
    return ShopOrder(
        ref=ref,
        order=order,
        state=_state(status, bool(texts(said, "cancelled_at"))),
        made_at=moment(texts(said, "created_at")),
        changed_at=moment(texts(said, "updated_at")),
        amount=paid(printed, currency),
        printed=printed,
        email=email_of(
            texts(said, "email"), texts(said, "contact_email"), texts(said, "customer", "email")
        ),
        name=full_name(texts(said, "customer", "first_name"), texts(said, "customer", "last_name")),
        token=token,
        code=code,
        returns=tuple(each for each in returns if each is not None),
        all_back=status == "refunded",
    )


def _notes(said: object) -> list[Mapping[str, object]]:
    return rows(said, "note_attributes")


def _state(status: str, cancelled: bool) -> OrderState:
    if cancelled or status == "voided":
        return OrderState.VOID
    return OrderState.PAID if status in _PAID else OrderState.OPEN


def _refund(said: object) -> OrderReturn | Passed | NotRead:
    order_ref, returned = texts(said, "order_id"), _returned(said)
    if not order_ref or not texts(said, "id"):
        return NotRead("order")
    return OrderReturn(order_ref, returned) if returned else Passed("no_money")


def _returned(said: object) -> ShopReturn | None:
    """What a refund gave back; None for goods alone, or while its payment is under way."""
    money: list[Money] = []
    for each in rows(said, "transactions"):
        counts = texts(each, "kind") == "refund" and texts(each, "status") == "success"
        if counts and each.get("test") is not True:
            amount = paid(texts(each, "amount"), texts(each, "currency")).money
            money += [amount] if amount else []
    minor = sum(each.minor for each in money if each.currency == money[0].currency)
    return ShopReturn(texts(said, "id"), Money(minor, money[0].currency)) if minor else None
