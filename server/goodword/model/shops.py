"""A shop that tells of its orders by webhook, and what its webhooks say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from goodword.model.money import Amount, Money


class ShopKind(StrEnum):
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop of a campaign, called at its own address. `token` and `secret` are sealed; without a
    `secret`, under which the shop signs, nothing of it is believed."""

    id: str
    campaign_id: str
    kind: ShopKind
    hash: bytes = field(repr=False)
    token: bytes = field(repr=False)
    secret: bytes | None = field(default=None, repr=False)
    created_at: int


class OrderState(StrEnum):
    """`open`: not paid yet. `void`: cancelled, or its payment failed."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class ShopReturn:
    """Money that went back for an order, under the shop's own id of the refund."""

    ref: str
    money: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopOrder:
    """An order as its shop has it. `ref` is the shop's own id, `order` the number that everybody
    knows; times are milliseconds by the shop's clock.

    `returns` is what went back by now, with `every_return` all of it; `all_back`: nothing of the
    money is left. The referral comes as `token` or lead's `code`, or by the e-mail.
    """

    ref: str
    order: str
    state: OrderState
    made_at: int
    changed_at: int
    amount: Amount
    printed: str
    email: str
    name: str
    token: str
    code: str
    returns: tuple[ShopReturn, ...] = ()
    every_return: bool = False
    all_back: bool = False


@dataclass(frozen=True, slots=True)
class OrderReturn:
    """Money that went back for an order that is named by the shop's own id alone."""

    order_ref: str
    returned: ShopReturn


@dataclass(frozen=True, slots=True)
class Passed:
    """A call that says nothing about a sale: `ping`, `topic`, `test_order`, `no_money`."""

    why: str


@dataclass(frozen=True, slots=True)
class NotRead:
    """A call whose `field` can't be read."""

    field: str


ShopSaid = ShopOrder | OrderReturn | Passed | NotRead
