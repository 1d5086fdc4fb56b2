"""The wire of `POST /e`: what a call may say, and one clear error for what it may not."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from goodword.lifecycle.report import Sent
from goodword.model import is_email, read_amount
from goodword.stats.decide import OTHER, Way, way_of_report
from goodword.web.versions import RELEASED

_LONGEST = {"k": 200, "order": 200, "customer": 200, "email": 254, "name": 200, "event": 100}
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SIGNED = ("event", "order", "currency", "email")
_PATH = re.compile(r"\$\.([a-z.]+)")


class BadRequest(Exception):
    """What can't be taken: `code` is a stable word, `field` the part that is wrong."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class Payload(msgspec.Struct):
    """`p` of a lead or conversion. An amount may be anything: it never refuses the report."""

    event: str | None = None
    order: str | int | None = None
    amount: msgspec.Raw = msgspec.Raw(b"null")
    currency: str | None = None
    email: str | None = None
    name: str | None = None
    customer: str | int | None = None
    sig: str | None = None


class Call(msgspec.Struct):
    """One call of the scripts; unknown fields are ignored."""

    s: str
    e: str
    v: int = 1
    c: str | None = None
    l: str | None = None  # noqa: E741 (the wire's name)
    t: str | None = None
    u: str | None = None
    r: str | None = None
    b: int | None = None
    g: int | None = None
    f: int | None = None
    h: int | None = None
    w: str | None = None
    k: str | None = None
    p: Payload | None = None


_decoder = msgspec.json.Decoder(Call)


def read_call(body: bytes) -> Call:
    """The call in a body. `BadRequest` for what is no JSON object of this shape."""
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        where = _PATH.search(str(error))
        missing = re.search(r"missing required field `(\w+)`", str(error))
        field = (where and where[1].split(".")[-1]) or (missing and missing[1]) or None
        raise BadRequest("invalid", str(error), field) from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise BadRequest("invalid", f"the body is not JSON: {error}") from error


def way_of(call: Call) -> Way:
    """How a lead or conversion brought its referral. The tag, which names its version, says by
    `h` where the token is kept and may leave it out where that is nowhere."""
    return way_of_report(
        token=bool(call.t),
        code=bool(call.c),
        signed=bool(call.p and call.p.sig),
        kept=(call.h or 0) if call.w else call.h,
    )


def version_of(call: Call) -> str:
    """The version of the tag: one that was released, `other`, or empty where it names none."""
    return "" if not call.w else call.w if call.w in RELEASED else OTHER


def sent_by(call: Call, door: str, bot: bool, origin: str) -> Sent:
    """A lead or conversion as the lifecycle takes it. `BadRequest` names the wrong field."""
    payload = call.p or Payload()
    words = {
        "k": call.k or "",
        "event": payload.event or "",
        "order": _text(payload.order),
        "currency": payload.currency or "",
        "email": (payload.email or "").strip(),
        "name": payload.name or "",
        "customer": _text(payload.customer),
    }
    check_words(words)
    if not words["k"]:
        raise BadRequest("invalid", "k must have 1 to 200 characters", "k")
    amount = _amount(payload.amount)
    return Sent(
        door=door,
        key=words["k"],
        token=call.t or "",
        code=call.c or "",
        email=words["email"],
        name=words["name"],
        customer=words["customer"],
        event=words["event"] or "purchase",
        order=words["order"],
        amount=read_amount(amount, words["currency"]),
        sig=payload.sig or "",
        raw=(
            payload.event or "",
            words["order"],
            _text(amount),
            words["currency"],
            payload.email or "",
        ),
        bot=bot,
        origin=origin,
        way=way_of(call).value,
    )


def check_words(words: dict[str, str]) -> None:
    """Lengths, control characters, the separator of signatures, and the form of an e-mail.

    A currency is only a part of the amount, which never refuses a report: it is not checked.
    """
    for field, word in words.items():
        if field in _SIGNED and "|" in word:
            raise BadRequest("invalid", f"{field} must not contain |", field)
        if field in _LONGEST and len(word) > _LONGEST[field]:
            message = f"{field} has more than {_LONGEST[field]} characters"
            raise BadRequest("too_long", message, field)
        if field in _LONGEST and _CONTROL.search(word):
            raise BadRequest("invalid", f"{field} has a control character", field)
    if words.get("email") and not is_email(words["email"]):
        raise BadRequest("invalid", "email is not an address", "email")


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _amount(raw: msgspec.Raw) -> str | int | None:
    """The amount as text or minor units; what is neither becomes text that can't be read."""
    try:
        value: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return bytes(raw)[:100].decode(errors="replace")
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    return bytes(raw)[:100].decode(errors="replace")
