"""WooCommerce's order webhooks, whose bodies are orders of its REST API v3.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks and #order-properties. Refunds
come with the order that they are of. Data in, data out.
"""

from __future__ import annotations

from collections.abc import Mapping

from goodword.model import (
    Money,
    NotRead,
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

TOPICS = ("order.created", "order.updated", "order.restored")
_PING = b"webhook_id="
_PAID = ("processing", "completed", "refunded")
_OPEN = ("pending", "on-hold", "checkout-draft", "auto-draft", "draft", "trash")
_VOID = ("cancelled", "failed")


def is_ping(topic: str, body: bytes) -> bool:
    """What it sends once when a webhook is saved: unsigned, and without a topic."""
    return not topic and body.startswith(_PING)


def read(topic: str, body: bytes) -> ShopSaid:
    if topic not in TOPICS:
        return Passed("topic") if topic else NotRead("topic")
    said = parse("application/json", body)
    ref = texts(said, "id")
    if not ref:
        return NotRead("order")
    status, currency, printed = (texts(said, name) for name in ("status", "currency", "total"))
    token, code = referral((texts(m, "key"), texts(m, "value")) for m in rows(said, "meta_data"))
    name = (texts(said, "billing", "first_name"), texts(said, "billing", "last_name"))
    return ShopOrder(
        ref=ref,
        order=texts(said, "number") or ref,
        state=_state(status, said),
        made_at=moment(texts(said, "date_created_gmt")),
        changed_at=moment(texts(said, "date_modified_gmt")),
        amount=paid(printed, currency),
        printed=printed,
        email=email_of(texts(said, "billing", "email")),
        name=full_name(*name),
        token=token,
        code=code,
        returns=tuple(_returns(said, currency)),
        every_return=True,
        all_back=status == "refunded",
    )


def _state(status: str, said: object) -> OrderState:
    """A status that a plugin added is paid once the order has a date of payment."""
    if status in _VOID:
        return OrderState.VOID
    if status in _OPEN:
        return OrderState.OPEN
    own = isinstance(said, Mapping) and bool(texts(said, "date_paid_gmt"))
    return OrderState.PAID if status in _PAID or own else OrderState.OPEN


def _returns(said: object, currency: str) -> list[ShopReturn]:
    """Each refund's total is negative: `-10.00`."""
    found: list[ShopReturn] = []
    for each in rows(said, "refunds"):
        money: Money | None = paid(texts(each, "total").lstrip("-"), currency).money
        if money is not None and money.minor and texts(each, "id"):
            found.append(ShopReturn(texts(each, "id"), money))
    return found
