"""Stripe: payments, refunds and disputes, by signed events; what no event told is asked for.

Sources: Stripe's API reference of version 2026-10-28.endive; "Verify webhook signatures manually".
The payment intent is the payment: its charge, invoice and checkout session are one with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any

from goodword.integrations.base import (
    Api,
    BadSignature,
    Failed,
    Heard,
    Input,
    Login,
    PaymentSystem,
    Reply,
    Request,
    Subscription,
    Trouble,
    Unreadable,
    unless,
)
from goodword.integrations.values import json_of, text_of
from goodword.model import (
    Fact,
    Money,
    Paid,
    Returned,
    ReturnKind,
    read_amount,
    whole_refund,
)

VERSION = "2026-10-28.endive"
TOLERANCE = 300
"""Seconds that a signed call may be old."""

_PAGES = 50
_NAMES = ("referral_code", "goodword", "gw", "gw_lead")
_ORDERS = ("order", "order_id")
_KINDS = {
    "refund.created": ReturnKind.REFUNDED,
    "refund.updated": ReturnKind.REFUNDED,
    "refund.failed": ReturnKind.REFUND_FAILED,
    "charge.refund.updated": ReturnKind.REFUNDED,
}
_DISPUTES = {
    "lost": ReturnKind.DISPUTE_LOST,
    "won": ReturnKind.DISPUTE_WON,
    "warning_closed": ReturnKind.DISPUTE_WON,
}


class Stripe(PaymentSystem):
    name = "stripe"
    title = "Stripe"
    poll_every = 10 * 60_000
    logins = (
        Login(
            name="key",
            title="Restricted key",
            steps=(
                "In Stripe: Developers, API keys, Create restricted key.",
                "Read: Charges, Checkout Sessions, Customers, Events, Invoices, PaymentIntents.",
                "Write: Webhook Endpoints, and Customers if they are to carry the referral code.",
                "Paste the key here. goodword adds its webhook to Stripe by itself.",
            ),
            inputs=(
                Input("key", "Restricted key", "rk_live_…", secret=True),
                Input(
                    "webhook_secret",
                    "Signing secret",
                    "whsec_…, if you made the webhook yourself",
                    secret=True,
                    optional=True,
                ),
            ),
            base="https://api.stripe.com",
            headers={"authorization": "Bearer {key}", "stripe-version": VERSION},
        ),
    )

    def refusal(self, reply: Reply, kind: Trouble) -> Failed:
        error = reply.told.get("error")
        if not isinstance(error, dict):
            return super().refusal(reply, kind)
        message = f"{error.get('message') or error.get('code') or error.get('type')}"
        return self.failed(reply, kind, message)

    async def check(self, api: Api) -> str:
        await api.call("GET", "/v1/events", query={"limit": "1"})
        try:
            account = (await api.call("GET", "/v1/account")).data
        except Failed as failed:
            if failed.kind is not Trouble.REJECTED:
                raise
            return "Stripe"  # a restricted key that may not read the account's name
        shown = account.get("settings", {}).get("dashboard", {}).get("display_name")
        return str(shown or account.get("email") or account["id"])

    async def subscribe(
        self, api: Api, url: str, secret: str, before: str, now: int
    ) -> Subscription | None:
        if api.inputs.get("webhook_secret"):
            return None
        if before:
            asked = api.call("GET", f"/v1/webhook_endpoints/{before}")
            there = await unless(Trouble.GONE, asked)
            if there and (there.data["url"], there.data["status"]) == (url, "enabled"):
                return Subscription(before)
        events = [("enabled_events[]", name) for name in READERS]
        form = [("url", url), ("api_version", VERSION), ("description", "goodword"), *events]
        made = (await api.call("POST", "/v1/webhook_endpoints", form=form)).data
        return Subscription(str(made["id"]), secret=str(made["secret"]))

    def heard(self, request: Request, secret: str, inputs: Mapping[str, str]) -> Heard:
        _verify(request, inputs.get("webhook_secret") or secret)
        event = json_of(request.body)
        if not isinstance(event, dict) or event.get("object") != "event":
            raise Unreadable("only events of the API are read, no thin events")
        return Heard(facts=tuple(facts_of(event)), about=text_of(event.get("type")))

    async def missed(self, api: Api, since: int) -> list[tuple[str, Fact]]:
        events: list[dict[str, Any]] = []
        query = [("limit", "100"), ("created[gte]", str(since // 1000))]
        query += [("types[]", name) for name in READERS]
        after: list[tuple[str, str]] = []
        for _ in range(_PAGES):
            page = (await api.call("GET", "/v1/events", query=[*query, *after])).data
            events += page["data"]
            if not page.get("has_more") or not page["data"]:
                break
            after = [("starting_after", str(page["data"][-1]["id"]))]
        return [told for event in reversed(events) for told in facts_of(event)]

    async def note(self, api: Api, paid: Paid, values: Mapping[str, str]) -> None:
        if paid.customer:
            form = {f"metadata[{name}]": text for name, text in values.items()}
            await api.call("POST", f"/v1/customers/{paid.customer}", form=form)


def _verify(request: Request, secret: str) -> None:
    """`t=SECONDS,v1=HEX[,v1=HEX]`: the whole `whsec_...` text is the key; any v1 will do."""
    parts = [each.partition("=") for each in request.headers.get("stripe-signature", "").split(",")]
    at = next((value for name, _, value in parts if name.strip() == "t"), "")
    if not at.isdecimal() or abs(request.seconds - int(at)) > TOLERANCE:
        raise BadSignature("its time stamp is not of the last 5 minutes")
    right = digest(secret.encode(), f"{at}.".encode() + request.body, sha256).hex()
    signed = [value for name, _, value in parts if name.strip() == "v1"]
    if not any(compare_digest(right.encode(), each.encode()) for each in signed):
        raise BadSignature("not signed with the secret of this webhook")


def facts_of(event: Mapping[str, Any]) -> Iterator[tuple[str, Fact]]:
    """What an event says, under its own id; nothing for what is of no interest."""
    type_, data = str(event.get("type", "")), event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    reader = {**READERS, **_OLDER}.get(type_)
    if reader is None or not isinstance(thing, dict):
        return
    try:
        told = reader(type_, thing, _moment(event))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"an event {type_} without its {error}"[:300]) from error
    facts = told if isinstance(told, list) else [] if told is None else [told]
    for number, fact in enumerate(facts):
        yield str(event["id"]) + (f":{number}" if number else ""), fact


def _moment(event: Mapping[str, Any]) -> int:
    """Milliseconds of an event; what no clock says is as old as can be."""
    created = event.get("created")
    return created * 1000 if isinstance(created, int) and 0 < created < 1 << 40 else 0


# Payments ------------------------------------------------------------------------------------


def _intent(_: str, intent: Mapping[str, Any], at: int) -> Fact | None:
    amount = intent.get("amount_received") or intent["amount"]
    return _paid(intent, intent["id"], amount, at, intent.get("receipt_email"))


def _charge(_: str, charge: Mapping[str, Any], at: int) -> Fact | None:
    """One that is only authorized is paid once it is captured, perhaps in part."""
    if not charge.get("paid", True) or not charge.get("captured", True):
        return None
    email = (charge.get("billing_details") or {}).get("email") or charge.get("receipt_email")
    amount = charge.get("amount_captured") or charge["amount"]
    return _paid(charge, charge.get("payment_intent") or charge["id"], amount, at, email)


def _session(_: str, session: Mapping[str, Any], at: int) -> Fact | None:
    """A checkout names the visitor. One that begins a subscription, or costs nothing, has no
    payment intent: it says whose the customer is."""
    if session.get("payment_status") == "unpaid":
        return None
    email = (session.get("customer_details") or {}).get("email") or session.get("customer_email")
    intent, amount = session.get("payment_intent"), session.get("amount_total") or None
    return _paid(session, intent or session["id"], amount if intent else None, at, email)


def _invoice(_: str, invoice: Mapping[str, Any], at: int) -> Fact | None:
    """Older versions of the API name the payment intent; where none is named its own event tells
    of the money, and the invoice whose it is."""
    intent = invoice.get("payment_intent")
    amount = invoice.get("amount_paid") if intent else None
    if intent and not amount:
        return None
    parent = invoice.get("parent") or invoice
    meta = (parent.get("subscription_details") or {}).get("metadata") or {}
    told = {**invoice, "metadata": {**meta, **(invoice.get("metadata") or {})}}
    return _paid(told, intent or invoice["id"], amount, at, invoice.get("customer_email"))


def _paid(thing: Mapping[str, Any], payment: Any, amount: Any, at: int, email: Any) -> Paid | None:
    meta = thing.get("metadata") or {}
    told = [thing.get("client_reference_id"), *(meta.get(name) for name in _NAMES)]
    order = next((str(meta[name]) for name in _ORDERS if meta.get(name)), "")
    return Paid(
        payment=_id(payment),
        money=_money(amount, thing),
        at=at,
        order=order[:200],
        names=tuple(str(each)[:200] for each in told if each),
        customer=_id(thing.get("customer")),
        email=str(email or "")[:254],
    )


def _money(amount: Any, thing: Mapping[str, Any]) -> Money | None:
    """Stripe's amounts are integers of the smallest unit, of some currencies its own."""
    if amount is None:
        return None
    currency = str(thing["currency"]).upper()
    ours, theirs = _UNITS.get(currency, (1, 1))
    return read_amount(int(amount) * ours // theirs, currency).money


_UNITS = {"ISK": (1, 100), "UGX": (1, 100), "MGA": (100, 1)}
"""Units of ours for units of Stripe's, where they differ ("Supported currencies")."""


def _id(thing: Any) -> str:
    """An id, of what may have been expanded."""
    return str(thing["id"] if isinstance(thing, dict) else thing or "")


# Money that goes back ------------------------------------------------------------------------


def _refund(type_: str, refund: Mapping[str, Any], at: int) -> Fact | None:
    kind, status = _KINDS[type_], refund.get("status")
    if status in ("failed", "canceled"):
        kind = ReturnKind.REFUND_FAILED
    elif status not in (None, "succeeded"):
        return None
    payment = refund.get("payment_intent") or refund["charge"]
    return Returned(kind, _id(payment), str(refund["id"]), _money(refund["amount"], refund))


def _refunds(_: str, charge: Mapping[str, Any], at: int) -> list[Fact]:
    """A charge of which something went back: older versions list its refunds. Without a list the
    refunds have events of their own; that all went back is plain all the same."""
    listed = (charge.get("refunds") or {}).get("data") or []
    told = [{"payment_intent": charge.get("payment_intent"), **each} for each in listed]
    facts = [_refund("refund.updated", each, at) for each in told]
    if not listed and charge.get("refunded"):
        payment = _id(charge.get("payment_intent") or charge["id"])
        facts = [Returned(ReturnKind.REFUNDED, payment, whole_refund(payment))]
    return [fact for fact in facts if fact is not None]


def _dispute(type_: str, dispute: Mapping[str, Any], at: int) -> Fact | None:
    kind = {
        "charge.dispute.created": ReturnKind.DISPUTED,
        "charge.dispute.funds_reinstated": ReturnKind.DISPUTE_WON,
    }.get(type_) or _DISPUTES.get(str(dispute.get("status")))
    if kind is None:
        return None
    payment = dispute.get("payment_intent") or dispute["charge"]
    return Returned(kind, _id(payment), str(dispute["id"]), _money(dispute["amount"], dispute))


Reader = Callable[[str, Mapping[str, Any], int], Fact | list[Fact] | None]
READERS: dict[str, Reader] = {
    "checkout.session.completed": _session,
    "checkout.session.async_payment_succeeded": _session,
    "payment_intent.succeeded": _intent,
    "charge.succeeded": _charge,
    "charge.captured": _charge,
    "invoice.paid": _invoice,
    **dict.fromkeys(_KINDS, _refund),
    "charge.dispute.created": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
}
"""The events that are asked for, and who reads each."""

_OLDER: dict[str, Reader] = {"charge.refunded": _refunds, "invoice.payment_succeeded": _invoice}
"""What a webhook that was made by hand may be told instead."""
