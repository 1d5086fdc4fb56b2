"""Webhooks of goodword, verified as Standard Webhooks 1.0.0 says (standardwebhooks.com)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, TypedDict

from goodword_client.errors import BadSignature

TOLERANCE = 300.0
"""Seconds that a message may be off, early or late."""

_PREFIX = "whsec_"
_SHORTEST = 24
_LOOKS = "a webhook's secret is whsec_ and base64 of at least 24 bytes, as it was shown once"


class Event(TypedDict):
    """`type` such as `lead.qualified`, `timestamp` when it happened (RFC 3339), `data` what it is
    about; `data["id"]` is the same where a message comes twice."""

    type: str
    timestamp: str
    data: dict[str, Any]


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> Event:
    """The event of a message that is goodword's own.

    `body` is the body as it came, before anything parses it; `headers` those of the request, in
    any case; `secret` the webhook's `whsec_...`; `now` seconds since the epoch. `BadSignature`
    where it is not signed under this secret, or more than `tolerance` seconds off; `ValueError`
    for a secret that can be none.
    """
    key = _read(secret)
    content = body.encode() if isinstance(body, str) else body
    said = {name.lower(): value for name, value in headers.items()}
    id_, at = said.get("webhook-id", ""), said.get("webhook-timestamp", "")
    digest = hmac.new(
        key, f"{id_}.{at}.".encode(errors="replace") + content, hashlib.sha256
    ).digest()
    right = b"v1," + base64.b64encode(digest)
    # Two of them for a day after the secret was changed.
    sent = said.get("webhook-signature", "").encode(errors="replace").split()
    if not any(hmac.compare_digest(right, each) for each in sent):
        raise BadSignature("the signature is not of this secret")
    moment = time.time() if now is None else now
    if not at.isdecimal() or abs(moment - int(at)) > tolerance:
        raise BadSignature("the message is too old, or this clock is wrong")
    try:
        event: Event = json.loads(content)
    except ValueError as error:
        raise BadSignature("the body is no JSON") from error
    return event


def _read(secret: str) -> bytes:
    """The key; the message of the error has nothing of the secret in it."""
    text = secret.strip().removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(_LOOKS) from error
    if len(key) < _SHORTEST:
        raise ValueError(_LOOKS)
    return key
