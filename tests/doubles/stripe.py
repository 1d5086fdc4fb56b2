"""Stripe: customers who pay, are refunded and dispute; events of it, signed and kept to ask for.

Shapes of Stripe's API reference of 2026-10-28.endive; `older` gives invoices and charges the links
between them that former versions had.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from doubles.base import Act, Answer, Delivery, Double, Json, Plot, Refused, Row, Stored, show

KEY = "rk_test_0123456789"
VERSION = "2026-10-28.endive"


class Stripe(Double):
    title = "Stripe"
    login = "key"
    plot = Plot(object="customers", field="", first="", last="", code="")

    def __init__(self) -> None:
        self.endpoints: dict[str, Json] = {}
        self.events: list[Json] = []
        self.may_read_account = True
        self.older = False
        super().__init__()

    def credentials(self, login: str) -> dict[str, str]:
        return {"key": KEY, "address": self.url}

    def new_id(self, object_: str) -> str:
        prefix = {"customers": "cus", "payments": "pi", "refunds": "re", "disputes": "du"}
        return f"{prefix.get(object_, 'obj')}_{super().new_id(object_)}"

    def routes(self) -> Sequence[BaseRoute]:
        api: list[tuple[str, str, Answer]] = [
            ("/v1/account", "GET", self.account),
            ("/v1/events", "GET", self.list_events),
            ("/v1/webhook_endpoints", "POST", self.add_endpoint),
            ("/v1/webhook_endpoints/{id}", "GET", self.get_endpoint),
            ("/v1/customers/{id}", "POST", self.update_customer),
        ]
        return [self.guarded(*each) for each in api]

    def is_api(self, path: str) -> bool:
        return path.startswith("/v1/")

    def refusal(self, fault: str) -> Response:
        if fault == "401":
            return _error(401, "invalid_request_error", "Invalid API Key provided").response
        return _error(429, "invalid_request_error", "Request rate limit exceeded").response

    def allows(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {KEY}"

    async def account(self, request: Request) -> Response:
        if not self.may_read_account:
            raise _error(403, "invalid_request_error", "The provided key does not have access")
        shown = {"dashboard": {"display_name": "Acme Shop"}}
        return JSONResponse({"id": "acct_1", "object": "account", "settings": shown})

    async def list_events(self, request: Request) -> Response:
        """Newest first, two a page, so that everybody has to turn pages."""
        query = request.query_params
        types = query.getlist("types[]")
        if len(types) > 20:
            raise _error(400, "invalid_request_error", "You may pass up to 20 types")
        since = int(query.get("created[gte]", "0"))
        found = [
            each
            for each in reversed(self.events)
            if each["created"] >= since and (not types or each["type"] in types)
        ]
        ids = [each["id"] for each in found]
        start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        some = found[start : start + 2]
        more = start + 2 < len(found)
        return JSONResponse({"object": "list", "url": "/v1/events", "data": some, "has_more": more})

    async def add_endpoint(self, request: Request) -> Response:
        form = await request.form()
        url = str(form["url"])
        events = [
            str(each) for name, each in form.multi_items() if name.startswith("enabled_events")
        ]
        if not events or form.get("api_version") != VERSION:
            raise _error(400, "invalid_request_error", "enabled_events or api_version is missing")
        id_ = f"we_{len(self.endpoints) + 1}"
        made = {"id": id_, "object": "webhook_endpoint", "url": url, "status": "enabled"}
        self.endpoints[id_] = made | {"secret": f"whsec_{id_}", "enabled_events": events}
        self.hooks = [url]
        return JSONResponse(self.endpoints[id_])

    async def get_endpoint(self, request: Request) -> Response:
        found = self.endpoints.get(request.path_params["id"])
        if found is None:
            raise _error(404, "invalid_request_error", "No such webhook endpoint")
        return JSONResponse({name: each for name, each in found.items() if name != "secret"})

    async def update_customer(self, request: Request) -> Response:
        stored = self.records.get(request.path_params["id"])
        if stored is None:
            raise _error(404, "invalid_request_error", "No such customer")
        self.write(stored, {name: str(text) for name, text in (await request.form()).items()})
        return JSONResponse({"id": stored.id, "object": "customer"})

    # What a person does ----------------------------------------------------------------------

    def person(self, email: str, at: int | None = None, **fields: str) -> str:
        return self.add("customers", {"email": email, **fields}, at).id

    def checkout(self, email: str) -> str:
        """Somebody pays by that address, for the first time or again."""
        known = [r for r in self.live("customers") if self.email_of(r) == email]
        return self.pay(known[0].id if known else self.person(email))

    def convert(self, id_: str, stage: str = "") -> str | None:
        return self.pay(id_)

    def merge(self, loser: str, winner: str) -> str:
        return winner

    def changed(self, stored: Stored, field_: str, value: str) -> None:
        self.emit("customer.updated", {"id": stored.id, "object": "customer"})

    def pay(
        self, customer: str, amount: int = 4900, currency: str = "eur", *,
        reference: str = "", metadata: Json | None = None,
    ) -> str:  # fmt: skip
        """By a checkout: the payment intent, its charge, the session; as Stripe tells of them."""
        email, meta = self.records[customer].fields["email"], metadata or {}
        stored = self.add("payments", {"amount": str(amount), "currency": currency})
        stored.links.add(customer)
        base: Json = {
            "amount": amount,
            "currency": currency,
            "customer": customer,
            "metadata": meta,
        }
        intent: Json = {"id": stored.id, "object": "payment_intent", "amount_received": amount}
        self.emit("payment_intent.succeeded", base | intent | {"status": "succeeded"})
        charge: Json = {"id": f"ch_{stored.id}", "object": "charge", "payment_intent": stored.id}
        charge |= {"paid": True, "refunded": False, "billing_details": {"email": email}}
        self.emit("charge.succeeded", base | charge)
        session: Json = {"id": f"cs_{stored.id}", "object": "checkout.session", "mode": "payment"}
        session |= {"amount_total": amount, "payment_intent": stored.id, "payment_status": "paid"}
        session |= {"client_reference_id": reference or None, "customer_details": {"email": email}}
        self.emit("checkout.session.completed", {**base, **session, "amount": None})
        return stored.id

    def subscribe(self, customer: str, amount: int = 4900, *, reference: str = "") -> str:
        """A checkout that begins a subscription: its session names no payment intent."""
        email = self.records[customer].fields["email"]
        session: Json = {
            "id": f"cs_{customer}",
            "object": "checkout.session",
            "mode": "subscription",
        }
        session |= {"payment_intent": None, "payment_status": "paid", "amount_total": amount}
        session |= {"customer": customer, "client_reference_id": reference or None}
        session |= {"currency": "eur", "customer_details": {"email": email}, "metadata": {}}
        self.emit("checkout.session.completed", session)
        return self.renew(customer, amount)

    def renew(self, customer: str, amount: int = 4900) -> str:
        """An invoice of a subscription, paid."""
        email = self.records[customer].fields["email"]
        stored = self.add("payments", {"amount": str(amount), "currency": "eur"})
        base: Json = {"currency": "eur", "customer": customer, "metadata": {}}
        if amount:
            intent: Json = {"id": stored.id, "object": "payment_intent", "amount": amount}
            paid = {**base, **intent, "amount_received": amount, "status": "succeeded"}
            self.emit("payment_intent.succeeded", paid)
        invoice: Json = {"id": f"in_{stored.id}", "object": "invoice", "amount_paid": amount}
        older: Json = {"payment_intent": stored.id if amount else None} if self.older else {}
        self.emit("invoice.paid", {**base, **invoice, "customer_email": email, **older})
        return stored.id

    def refund(self, payment: str, amount: int | None = None, status: str = "succeeded") -> str:
        stored = self.records[payment]
        whole = int(stored.fields["amount"])
        made = self.add("refunds", {"payment": payment, "amount": str(amount or whole)})
        self._refund("refund.created", made, status)
        return made.id

    def fail_refund(self, refund: str) -> None:
        self._refund("refund.failed", self.records[refund], "failed")

    def _refund(self, type_: str, made: Stored, status: str) -> None:
        payment = self.records[made.fields["payment"]]
        told: Json = {"id": made.id, "object": "refund", "amount": int(made.fields["amount"])}
        told |= {"currency": payment.fields["currency"], "payment_intent": payment.id}
        self.emit(type_, told | {"charge": f"ch_{payment.id}", "status": status})

    def dispute(self, payment: str) -> str:
        made = self.add("disputes", {"payment": payment})
        self._dispute("charge.dispute.created", made, "needs_response")
        return made.id

    def close(self, dispute: str, status: str) -> None:
        self._dispute("charge.dispute.closed", self.records[dispute], status)

    def _dispute(self, type_: str, made: Stored, status: str) -> None:
        payment = self.records[made.fields["payment"]]
        told: Json = {"id": made.id, "object": "dispute", "amount": int(payment.fields["amount"])}
        told |= {"currency": payment.fields["currency"], "payment_intent": payment.id}
        self.emit(type_, told | {"charge": f"ch_{payment.id}", "status": status})

    # Hooks -----------------------------------------------------------------------------------

    def emit(self, type_: str, thing: Json) -> Json:
        """An event: kept to be asked for, and told to the endpoints that want it."""
        event = {
            "id": f"evt_{len(self.events) + 1}",
            "object": "event",
            "api_version": VERSION,
            "created": self.now() // 1000,
            "livemode": False,
            "type": type_,
            "data": {"object": thing},
        }
        self.events.append(event)
        self.pending.append(event)
        return event

    def deliveries(self, events: Sequence[Json]) -> list[tuple[list[Any], Delivery]]:
        return [
            ([event], self.signed(event, each["url"], str(each["secret"])))
            for event in events
            for each in self.endpoints.values()
            if event["type"] in each["enabled_events"]
        ]

    def signed(self, event: Json, url: str, secret: str) -> Delivery:
        body = json.dumps(event).encode()
        return Delivery(url, self.sign(url, body, secret), body)

    def sign(self, url: str, body: bytes, secret: str, way: str = "") -> dict[str, str]:
        """With two signatures, as while a secret is being rolled."""
        seconds = self.now() // 1000
        right = hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
        return {"stripe-signature": f"t={seconds},v1={'0' * 64},v1={right},v0={'1' * 64}"}

    # The screen ------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        till = Row(
            "till",
            "Checkout",
            "Anybody",
            "Pays by an e-mail address.",
            (Act("Pay 49 EUR", lambda _id, _name, email: self.checkout(email), typed=True),),
        )
        people = [
            Row(
                each.id,
                "Customer",
                each.fields["email"],
                each.fields.get("metadata[referral_code]", ""),
                (Act("Pay 49 EUR", lambda id_, *_: self.pay(id_)),),
            )
            for each in self.live("customers")
        ]
        paid = [
            Row(
                each.id,
                "Payment",
                f"{int(each.fields['amount']) / 100:.2f} {each.fields['currency'].upper()}",
                each.id,
                (
                    Act("Refund", lambda id_, *_: self.refund(id_)),
                    Act("Dispute", lambda id_, *_: self.dispute(id_)),
                ),
            )
            for each in self.live("payments")
        ]
        return [till, *people, *paid]


def _error(status: int, type_: str, message: str) -> Refused:
    error = {"type": type_, "message": message, "request_log_url": "https://dashboard.stripe.com"}
    return Refused(JSONResponse({"error": error}, status))


if __name__ == "__main__":
    show(Stripe())
