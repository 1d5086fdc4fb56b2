"""What the body of an inbound webhook says: a form, JSON or a query. Data in, data out.

Nothing that somebody sends raises here: what can't be read is not there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import msgspec

from goodword.model import Amount, CallResult, Hook, LeadStatus, Reason, Status, read_amount

_LONGEST = 200
_LONGEST_KEPT = 2_000
_MOST_FIELDS = 1_000
_LARGEST_NUMBER = 10**18
_DEEPEST = 20
_SECRET = re.compile(r"token|secret|pass|key|auth|sign?(ature)?$|hmac|credential", re.IGNORECASE)
_NAME = re.compile(rb'\bname="([^"]*)"', re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_json = msgspec.json.Decoder(float_hook=str)


@dataclass(frozen=True, slots=True)
class Said:
    """What a call says. `wanted` is false where the filter was not met; `unreadable` names the
    field that stops it; `printed` is the amount as it came."""

    wanted: bool
    unreadable: str | None
    code: str = ""
    event: str = "purchase"
    order: str = ""
    amount: Amount = Amount()
    printed: str = ""

    @property
    def key(self) -> str:
        """The same words have the same key."""
        words = (self.code, self.event, self.order, self.printed, str(self.amount.money))
        return "call:" + hashlib.sha256("|".join(words).encode(errors="replace")).hexdigest()[:40]


def read_call(hook: Hook, currency: str, content_type: str, query: str, body: bytes) -> Said:
    """Reads a call as the hook's settings say; an amount without a currency field is in
    `currency`. What a body does not say is looked for in the query, unless bodies are signed:
    a signature covers the body alone."""
    said = parse(content_type, body)
    asked: object = {} if hook.signed else _flat(query)

    def find(path: str) -> object:
        found = look_up(said, path)
        return look_up(asked, path) if found is None else found

    if hook.only_field and text_of(find(hook.only_field)) != hook.only_value:
        return Said(False, None)
    code, order = text_of(find(hook.code_field)), text_of(find(hook.order_field))
    event = text_of(find(hook.event_field)) or "purchase"
    fits = {"code": bool(code) and _fits(code), "order": _fits(order), "event": _fits(event)}
    unreadable = next((name for name, fine in fits.items() if not fine), None)
    number = find(hook.amount_field)
    printed = text_of(number)[:_LONGEST]
    if unreadable is not None:
        return Said(True, unreadable)
    written = text_of(find(hook.currency_field)) if hook.currency_field else ""
    amount = _amount(number, written or currency, hook.minor_units)
    return Said(True, None, code, event, order, amount, "".join(filter(str.isprintable, printed)))


def _fits(text: str) -> bool:
    return len(text) <= _LONGEST and text.isprintable()


def _amount(number: object, currency: str, minor_units: bool) -> Amount:
    whole = isinstance(number, int) and not isinstance(number, bool)
    if whole and minor_units and isinstance(number, int):
        return read_amount(number, currency)
    text = text_of(number)
    return read_amount(text, currency) if text or number is None else Amount(unreadable=True)


def parse(content_type: str, body: bytes) -> object:
    """The body as names and values: JSON, multipart or a form, by what it is called or looks."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _multipart(content_type, body)
    if "json" in kind or body.lstrip()[:1] in (b"{", b"["):
        try:
            found: object = _json.decode(body)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return {}
        return found
    return _flat(body.decode("utf-8", "replace"))


def _flat(text: str) -> dict[str, str]:
    """The first value of each name."""
    found: dict[str, str] = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    for name, value in pairs:
        found.setdefault(name.strip(), value)
    return found


def _multipart(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of RFC 7578, in the one way that programs write them; files are left out."""
    boundary = _BOUNDARY.search(content_type)
    found: dict[str, str] = {}
    if boundary is None:
        return found
    for part in body.split(b"--" + boundary[1].encode())[1:_MOST_FIELDS]:
        head, gap, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if gap and name and b"filename=" not in head:
            text = value.removesuffix(b"\r\n").decode("utf-8", "replace")
            found.setdefault(name[1].decode("utf-8", "replace"), text)
    return found


def look_up(said: object, path: str) -> object:
    """What stands at a path such as `data.lead.code` or `items.0.code`; None where nothing does.

    A name that has the dots in it comes first, then `data[lead][code]` as forms spell it.
    """
    if not path:
        return None
    if isinstance(said, Mapping):
        first, *rest = path.split(".")
        for name in (path, first + "".join(f"[{part}]" for part in rest)):
            if name in said:
                return _value(said[name])
    for part in path.split(".")[:_DEEPEST]:
        if isinstance(said, Mapping):
            said = said.get(part)
        elif isinstance(said, list) and part.isascii() and part.isdecimal() and len(part) < 6:
            said = said[int(part)] if int(part) < len(said) else None
        else:
            return None
    return _value(said)


def _value(found: object) -> object:
    return found if isinstance(found, str | int | float) else None


def text_of(value: object) -> str:
    """A value as text: `true`, `42`, or what was written; empty where there is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST_NUMBER else ""
    if isinstance(value, float):
        return repr(value)
    return value.strip() if isinstance(value, str) else ""


def signature_holds(secret: bytes, body: bytes, given: str) -> bool:
    """Whether `given` is the body's HMAC-SHA256: hex or base64, after `sha256=` or bare."""
    digest = hmac.digest(secret, body, "sha256")
    text = given.strip()
    bare = text[len("sha256=") :] if text[:7].lower() == "sha256=" else text
    spelled = (digest.hex().encode(), base64.b64encode(digest))
    came = bare.encode(errors="replace")
    return any(
        [hmac.compare_digest(spelled[0], came.lower()), hmac.compare_digest(spelled[1], came)]
    )


def keepable_query(query: str, read: Sequence[str]) -> str:
    """The query without the values of what sounds like a secret and is none of `read`."""
    pairs = _flat(query).items()
    kept = [(k, v if k in read or not _SECRET.search(k) else "***") for k, v in pairs]
    return urlencode(kept)[:_LONGEST_KEPT]


def result_of(status: Status, reason: Reason | None, before: LeadStatus, again: bool) -> CallResult:
    """What the caller is told of a report about a lead that stood at `before`; `again` where
    this very report stands already."""
    if status is Status.REJECTED:
        return CallResult.REJECTED
    if status is Status.HELD:
        return CallResult.HELD
    if before is LeadStatus.QUALIFIED and reason is not Reason.REFUNDED:
        return CallResult.ALREADY_QUALIFIED
    return CallResult.IGNORED if again or status is Status.IGNORED else CallResult.QUALIFIED
