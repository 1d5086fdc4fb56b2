"""A site's back end talks to its goodword.

`Goodword` and `AsyncGoodword` report leads, conversions and refunds, once each however often a
call has to be tried; `verify_webhook` tells what goodword sent from what it did not.
"""

from __future__ import annotations

from goodword_client.client import AsyncGoodword, Goodword
from goodword_client.errors import (
    BadRequest,
    BadSignature,
    Conflict,
    GoodwordError,
    NotFound,
    NotGoodword,
    Refused,
    TryLater,
    Unauthorized,
    Unreachable,
)
from goodword_client.shapes import Conversion, Lead, Referrer, Refund
from goodword_client.webhooks import Event, verify_webhook

__all__ = [
    "AsyncGoodword",
    "BadRequest",
    "BadSignature",
    "Conflict",
    "Conversion",
    "Event",
    "Goodword",
    "GoodwordError",
    "Lead",
    "NotFound",
    "NotGoodword",
    "Referrer",
    "Refund",
    "Refused",
    "TryLater",
    "Unauthorized",
    "Unreachable",
    "verify_webhook",
]
