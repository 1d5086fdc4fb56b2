"""Standard Webhooks: the secret, the signature and the headers of a message."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

_PREFIX = "whsec_"


def spell_secret(key: bytes) -> str:
    """`whsec_...` for 24 to 64 random bytes, as the receiver's library wants it."""
    return _PREFIX + base64.b64encode(key).decode()


def read_secret(text: str) -> bytes:
    """The key behind `whsec_...`."""
    return base64.b64decode(text.removeprefix(_PREFIX))


def sign(key: bytes, message_id: str, seconds: int, body: str) -> str:
    """`v1,` and base64 HMAC-SHA256 of `id.timestamp.body`."""
    signed = f"{message_id}.{seconds}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(keys: Iterable[bytes], message_id: str, seconds: int, body: str) -> dict[str, str]:
    """Headers of one try at `seconds` since the epoch; with two keys, while a secret is being
    changed, there are two signatures."""
    return {
        "content-type": "application/json",
        "user-agent": "goodword",
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(sign(key, message_id, seconds, body) for key in keys),
    }
