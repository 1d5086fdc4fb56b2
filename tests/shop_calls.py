"""What shops send: the bodies that their vendors document, with what a test changes in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

_PAYLOADS = Path(__file__).parent / "qualification" / "payloads"

Sent = dict[str, Any]

NAMELESS = {"email": "", "contact_email": None, "customer": None}
"""What a Shopify order says of a buyer who left no e-mail."""


def shopify_order(**changes: object) -> Sent:
    return _payload("shopify_order") | changes


def shopify_refund(amount: str = "20.00", /, **changes: object) -> Sent:
    """A refund of this amount; `currency`, `status` and `test` are its payment's."""
    refund = _payload("shopify_refund")
    for name in ("currency", "status", "test"):
        if name in changes:
            refund["transactions"][0][name] = changes.pop(name)
    refund["transactions"][0]["amount"] = amount
    return refund | changes


def woocommerce_order(**changes: object) -> Sent:
    """`email` is the billing address's."""
    order = _payload("woocommerce_order")
    if "email" in changes:
        order["billing"]["email"] = changes.pop("email")
    return order | changes


def notes(**said: str) -> list[dict[str, str]]:
    """Cart attributes, as an order of Shopify's has them."""
    return [{"name": name, "value": value} for name, value in said.items()]


def meta(**said: str) -> list[dict[str, object]]:
    """Meta fields, as an order of WooCommerce's has them."""
    return [{"id": n, "key": name, "value": value} for n, (name, value) in enumerate(said.items())]


def returned(id_: int, total: str) -> dict[str, object]:
    """A refund, as an order of WooCommerce's has it."""
    return {"id": id_, "reason": "", "total": f"-{total}"}


def signature(secret: str, body: bytes) -> str:
    """As both vendors sign: base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def encoded(sent: Sent) -> bytes:
    return json.dumps(sent).encode()


def _payload(name: str) -> Sent:
    found: Sent = json.loads((_PAYLOADS / f"{name}.json").read_text())
    return found
