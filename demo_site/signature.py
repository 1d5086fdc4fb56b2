from __future__ import annotations

import hashlib
import hmac


def sign(secret: str, event: str, order: str, amount: str, currency: str, email: str = "") -> str:
    """The `data-sig` of a conversion: `v1=` and the hex HMAC-SHA256, under the campaign's signing
    secret, of the five strings exactly as the page prints them, joined by `|`."""
    message = "|".join((event, order, amount, currency, email))
    return "v1=" + hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
