"""What a shop's webhook says, by its kind of shop; and what the readers share. Data in, data out.

Nothing that somebody sends raises here: what can't be read is said.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from goodword.model import Amount, is_email, read_amount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 200
_LONGEST_EMAIL = 254
_TOKEN = "gw"  # noqa: S105 (the name of a field)
_CODE = "gw_lead"


def signed_by(secret: bytes, body: bytes, given: str) -> bool:
    """Whether `given` is the base64 HMAC-SHA256 of the raw body, as both kinds of shop sign."""
    right = base64.b64encode(hmac.digest(secret, body, "sha256"))
    return hmac.compare_digest(right, given.strip().encode(errors="replace"))


def texts(said: object, *path: str) -> str:
    """The text or whole number at a path; empty where there is none, or none that can be kept."""
    for name in path:
        said = said.get(name) if isinstance(said, Mapping) else None
    if isinstance(said, bool) or not isinstance(said, str | int):
        return ""
    text = str(said).strip()
    return text if len(text) <= _LONGEST and text.isprintable() else ""


def rows(said: object, name: str) -> list[Mapping[str, object]]:
    """The objects of a list."""
    found = said.get(name) if isinstance(said, Mapping) else None
    each = found if isinstance(found, list) else []
    return [row for row in each if isinstance(row, Mapping)]


def moment(text: str) -> int:
    """Milliseconds since the epoch, in UTC where no offset is written; 0 for what is no time."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return 0
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return max(0, (aware - _EPOCH) // timedelta(milliseconds=1))


def paid(text: str, currency: str) -> Amount:
    """A decimal amount; zeros beyond the currency's places (`1000.00` yen) mean nothing."""
    read = read_amount(text, currency)
    while read.unreadable and "." in text and text[-1] in "0.":
        text = text[:-1]
        read = read_amount(text, currency)
    return read if text else Amount(unreadable=True)


def email_of(*found: str) -> str:
    """The first that is an e-mail address."""
    return next((each for each in found if len(each) <= _LONGEST_EMAIL and is_email(each)), "")


def full_name(*parts: str) -> str:
    return " ".join(" ".join(parts).split())


def referral(pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The token and the lead's code among the notes of an order; some shops hide a note that
    begins with `_` from the buyer."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name.lower().lstrip("_"), value)
    return found.get(_TOKEN, ""), found.get(_CODE, "")
