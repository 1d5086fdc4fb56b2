"""Orders and refunds as Shopify and WooCommerce spell them are read for what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import (
    Amount,
    Money,
    NotRead,
    OrderReturn,
    OrderState,
    Passed,
    ShopOrder,
    ShopReturn,
    ShopSaid,
)
from goodword.qualification import shopify, woocommerce
from goodword.qualification.shops import moment, paid, signed_by
from shop_calls import (
    encoded,
    meta,
    notes,
    returned,
    shopify_order,
    shopify_refund,
    signature,
    woocommerce_order,
)

MADE = 1_795_000_200_000
"""18 November 2026, 11:10 UTC."""


def of_shopify(topic: str = "orders/paid", **changes: object) -> ShopSaid:
    return shopify.read(topic, encoded(shopify_order(**changes)))


def of_woocommerce(topic: str = "order.updated", **changes: object) -> ShopSaid:
    return woocommerce.read(topic, encoded(woocommerce_order(**changes)))


def an_order(said: ShopSaid) -> ShopOrder:
    assert isinstance(said, ShopOrder), said
    return said


def test_an_order_of_shopify_is_read() -> None:
    assert of_shopify(note_attributes=notes(gw="TOKEN", gw_lead="CODE", x="y")) == ShopOrder(
        ref="820982911946154508",
        order="#1042",
        state=OrderState.PAID,
        made_at=MADE,
        changed_at=MADE + 5_000,
        amount=Amount(Money(4900, "EUR")),
        printed="49.00",
        email="cy@example.org",
        name="Cy Young",
        token="TOKEN",
        code="CODE",
    )


def test_an_order_of_woocommerce_is_read() -> None:
    assert of_woocommerce(meta_data=meta(_gw="TOKEN", gw_lead="CODE")) == ShopOrder(
        ref="727",
        order="1042",
        state=OrderState.PAID,
        made_at=MADE,
        changed_at=MADE + 5_000,
        amount=Amount(Money(4900, "EUR")),
        printed="49.00",
        email="cy@example.org",
        name="Cy Young",
        token="TOKEN",
        code="CODE",
        every_return=True,
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("paid", OrderState.PAID),
        ("partially_refunded", OrderState.PAID),
        ("refunded", OrderState.PAID),
        ("pending", OrderState.OPEN),
        ("authorized", OrderState.OPEN),
        ("partially_paid", OrderState.OPEN),
        ("voided", OrderState.VOID),
        (None, OrderState.OPEN),
    ],
)
def test_what_shopify_calls_paid(status: str | None, state: OrderState) -> None:
    said = an_order(of_shopify("orders/create", financial_status=status))
    assert (said.state, said.all_back) == (state, status == "refunded")


def test_a_cancelled_order_of_shopify_is_void_whatever_was_paid() -> None:
    said = of_shopify("orders/cancelled", cancelled_at="2026-11-19T10:00:00Z")
    assert an_order(said).state is OrderState.VOID


@pytest.mark.parametrize(
    ("status", "paid_at", "state"),
    [
        ("processing", None, OrderState.PAID),
        ("completed", None, OrderState.PAID),
        ("refunded", None, OrderState.PAID),
        ("pending", None, OrderState.OPEN),
        ("on-hold", None, OrderState.OPEN),
        ("checkout-draft", None, OrderState.OPEN),
        ("trash", "2026-11-18T11:10:05", OrderState.OPEN),
        ("cancelled", "2026-11-18T11:10:05", OrderState.VOID),
        ("failed", None, OrderState.VOID),
        ("shipped", "2026-11-18T11:10:05", OrderState.PAID),
        ("shipped", None, OrderState.OPEN),
    ],
)
def test_what_woocommerce_calls_paid(status: str, paid_at: str | None, state: OrderState) -> None:
    said = an_order(of_woocommerce(status=status, date_paid_gmt=paid_at))
    assert (said.state, said.all_back) == (state, status == "refunded")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("49.00", "EUR", 4900),
        ("49", "EUR", 4900),
        ("49.0000", "EUR", 4900),
        ("4900", "JPY", 4900),
        ("4900.00", "JPY", 4900),
        ("4.900", "KWD", 4900),
        ("0.00", "EUR", 0),
    ],
)
def test_amounts_go_by_the_places_of_their_currency(text: str, currency: str, minor: int) -> None:
    assert paid(text, currency) == Amount(Money(minor, currency))
    order = an_order(of_shopify(total_price=text, currency=currency))
    assert order.amount == Amount(Money(minor, currency))
    other = an_order(of_woocommerce(total=text, currency=currency))
    assert other.amount == Amount(Money(minor, currency))


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("49.001", "EUR"),
        ("49.5", "JPY"),
        ("-1.00", "EUR"),
        ("1", "XYZ"),
        ("1,5", "EUR"),
    ],
)
def test_an_amount_that_can_t_be_read_is_said(text: str, currency: str) -> None:
    assert paid(text, currency) == Amount(unreadable=True)


def test_a_refund_of_shopify_counts_its_payments() -> None:
    said = shopify.read("refunds/create", encoded(shopify_refund("20.00")))
    assert said == OrderReturn("820982911946154508", ShopReturn("509562969", Money(2000, "EUR")))
    twice = shopify_refund("20.00")
    twice["transactions"] *= 2
    order = an_order(of_shopify(financial_status="partially_refunded", refunds=[twice]))
    assert order.returns == (ShopReturn("509562969", Money(4000, "EUR")),)


@pytest.mark.parametrize("change", [{"status": "pending"}, {"status": "failure"}, {"test": True}])
def test_a_refund_whose_money_did_not_go_back_is_none(change: dict[str, object]) -> None:
    said = shopify.read("refunds/create", encoded(shopify_refund(**change)))
    assert said == Passed("no_money")


def test_goods_that_came_back_without_money_are_no_refund() -> None:
    said = shopify.read("refunds/create", encoded(shopify_refund(transactions=[])))
    assert said == Passed("no_money")


def test_refunds_of_woocommerce_come_with_the_order() -> None:
    said = an_order(of_woocommerce(refunds=[returned(9, "10.00"), returned(10, "5.00")]))
    assert said.returns == (
        ShopReturn("9", Money(1000, "EUR")),
        ShopReturn("10", Money(500, "EUR")),
    )
    yen = of_woocommerce(currency="JPY", total="4900", refunds=[returned(9, "900")])
    assert an_order(yen).returns == (ShopReturn("9", Money(900, "JPY")),)


def test_an_edited_order_has_its_total_as_it_is_now() -> None:
    assert an_order(of_shopify("orders/updated", total_price="69.00")).amount == Amount(
        Money(6900, "EUR")
    )


def test_test_orders_other_topics_and_pings_are_passed_over() -> None:
    assert of_shopify(test=True) == Passed("test_order")
    assert of_shopify("carts/update") == Passed("topic")
    assert of_woocommerce("order.deleted") == Passed("topic")
    assert woocommerce.is_ping("", b"webhook_id=3")
    assert not woocommerce.is_ping("order.updated", b"webhook_id=3")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"id": {}}', b'{"id": true}', b"\xff"]
)
def test_what_is_no_order_is_said(body: bytes) -> None:
    assert shopify.read("orders/paid", body) == NotRead("order")
    assert woocommerce.read("order.updated", body) == NotRead("order")
    assert shopify.read("refunds/create", body) == NotRead("order")


def test_without_a_topic_nothing_is_read() -> None:
    assert of_shopify("") == NotRead("topic")
    assert of_woocommerce("") == NotRead("topic")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(
                    (
                        "id",
                        "name",
                        "total_price",
                        "refunds",
                        "transactions",
                        "note_attributes",
                        "customer",
                        "email",
                        "billing",
                        "meta_data",
                        "kind",
                        "status",
                    )
                ),
                each,
            )
        ),
        max_leaves=20,
    )
)
def test_nothing_that_is_sent_raises(said: object) -> None:
    for topic in ("orders/paid", "refunds/create"):
        shopify.read(topic, encoded(said))  # type: ignore[arg-type]
    woocommerce.read("order.updated", encoded(said))  # type: ignore[arg-type]


def test_the_signature_is_of_the_raw_body() -> None:
    body = encoded(shopify_order())
    right = signature("hush", body)
    assert signed_by(b"hush", body, right)
    assert signed_by(b"hush", body, f" {right}\n")
    for wrong in ("", "x", right[:-1], signature("hash", body), "é"):
        assert not signed_by(b"hush", body, wrong)
    assert not signed_by(b"hush", body + b" ", right)


def test_a_signature_that_another_program_made_holds() -> None:
    """`printf '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64`"""
    assert signed_by(b"hush", b'{"id":1}', "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY=")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-18T12:10:00+01:00", MADE),
        ("2026-11-18T11:10:00", MADE),
        ("2026-11-18T11:10:00Z", MADE),
        ("", 0),
        ("yesterday", 0),
        ("0001-01-01T00:00:00+14:00", 0),
    ],
)
def test_times_are_read_in_utc(text: str, at: int) -> None:
    assert moment(text) == at
