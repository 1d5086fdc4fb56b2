"""One call and its tries, without sending anything: when to send again, and what came of it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import httpx

from goodword_client.errors import NotGoodword, TryLater, Unreachable, refusal

_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
_LATER = (408, 429, 502, 503, 504)

Told = httpx.Response | httpx.TransportError
"""What a try comes to: an answer, or the trouble that let none through."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API; with a key it is done once, however often it is sent."""

    method: str
    path: str
    body: bytes = field(repr=False)
    idempotency_key: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        said = {"content-type": "application/json", "accept": "application/json"}
        return said | ({"idempotency-key": self.idempotency_key} if self.idempotency_key else {})


def post(path: str, said: Mapping[str, object], key: str | None) -> Call:
    """A `POST` under a key of its own, unless one is given."""
    return Call("POST", path, _encode(said), key or uuid4().hex)


def put(path: str, said: Mapping[str, object]) -> Call:
    """A `PUT`: it asks for a state, so that sending it again changes nothing."""
    return Call("PUT", path, _encode(said))


def _encode(said: Mapping[str, object]) -> bytes:
    """JSON; None is left out, and a `Decimal` is its digits, never an exponent."""
    plain = {
        name: format(value, "f") if isinstance(value, Decimal) else value
        for name, value in said.items()
        if value is not None
    }
    return json.dumps(plain, ensure_ascii=False).encode()


class Tries:
    """The tries of one call; none begins more than `patience` seconds after the first."""

    def __init__(self, call: Call, patience: float) -> None:
        self._call = call
        self._last = time.monotonic() + patience
        self._tries = 0

    def wait(self, told: Told) -> float | None:
        """Seconds until the next try; None where this one was the last."""
        if not _comes_again(told):
            return None
        spread = random.uniform(0.5, 1)  # noqa: S311  (keeps many callers apart, guards nothing)
        pause = min(_FIRST_WAIT * 2**self._tries, _LONGEST_WAIT) * spread
        self._tries += 1
        wait = max(pause, _wish(told) or 0)
        return wait if time.monotonic() + wait <= self._last else None

    def result(self, told: Told) -> Any:
        """The JSON of a success; else what the last try comes to is raised."""
        key = self._call.idempotency_key
        if isinstance(told, httpx.TransportError):
            raise Unreachable(f"{type(told).__name__}: {told}", key) from told
        said = _object(told)
        if told.is_success and said:
            return said
        error = refusal(told.status_code, said, key)
        if isinstance(error, TryLater):
            error.retry_after = _wish(told)
        elif not error.word:
            raise NotGoodword(f"{told.url} answered {told.status_code}, and not as goodword does")
        raise error


def _comes_again(told: Told) -> bool:
    """Whether the next try may fare better. A try whose answer was lost may still be going on."""
    if isinstance(told, httpx.TransportError):
        return True
    going_on = told.status_code == 409 and str(_object(told).get("type")).endswith(":in_progress")
    return going_on or told.status_code in _LATER


def _wish(told: Told) -> float | None:
    """What `Retry-After` asks for, in seconds (RFC 9110, section 10.2.3: a number or a date)."""
    said = "" if isinstance(told, httpx.TransportError) else told.headers.get("retry-after", "")
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _object(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object; empty where it has none."""
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
