"""Calls in the shapes that vendors really send: what each says, and that none does harm."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.integrations import SYSTEMS
from goodword.integrations.base import Heard, Request, Unreadable
from goodword.model import Fact, Paid
from integrations.calls import HOOK, PAYLOADS, payload

AT = 1_764_000_100_000
KEY = "s3cret"
Json = dict[str, Any]


def _sha256(text: bytes) -> bytes:
    return hmac.new(KEY.encode(), text, hashlib.sha256).digest()


def _hubspot(body: bytes, version: str) -> dict[str, str]:
    if version == "v3":
        signed = b64encode(_sha256(b"POST" + HOOK.encode() + body + str(AT).encode())).decode()
        return {"x-hubspot-signature-v3": signed, "x-hubspot-request-timestamp": str(AT)}
    address = b"POST" + HOOK.encode() if version == "v2" else b""
    signed = hashlib.sha256(KEY.encode() + address + body).hexdigest()
    return {"x-hubspot-signature": signed, "x-hubspot-signature-version": version}


def _intercom(body: bytes, _: str) -> dict[str, str]:
    return {"x-hub-signature": f"sha1={hmac.new(KEY.encode(), body, hashlib.sha1).hexdigest()}"}


def _stripe(body: bytes, _: str) -> dict[str, str]:
    at = AT // 1000
    return {"stripe-signature": f"t={at},v1={_sha256(f'{at}.'.encode() + body).hex()}"}


SIGN: dict[str, Callable[[bytes, str], dict[str, str]]] = {
    "hubspot": _hubspot,
    "salesforce": lambda body, _: {"content-type": "application/json"},
    "zoho": lambda body, _: {"content-type": "application/json"},
    "intercom": _intercom,
    "pipedrive": lambda body, _: {
        "authorization": f"Basic {b64encode(f'goodword:{KEY}'.encode()).decode()}"
    },
    "servicetitan": lambda body, _: {"x-servicetitan-signature": _sha256(body).hex()},
    "stripe": _stripe,
}
INPUTS = {"client_secret": KEY, "hook_key": KEY}
CALLS = [(name, each) for name in SIGN for each in payload(name, "calls")]


def _heard(name: str, body: Any, signature: str = "v1") -> Heard:
    told = json.dumps(body).encode()
    request = Request("POST", HOOK, SIGN[name](told, signature), told, AT)
    return SYSTEMS[name].heard(request, KEY, INPUTS)


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[f"{n}: {c['name']}" for n, c in CALLS])
def test_a_call_says_what_it_is_about(name: str, call: Json) -> None:
    heard = _heard(name, call["body"], call.get("signature", "v1"))
    told = [f"{hint.ref.object} {hint.ref.id}: {hint.said}" for hint in heard.hints]
    assert told == call.get("hints", [])
    assert [_shown(fact) for _, fact in heard.facts] == call.get("facts", [])
    keys = [key for key, _ in heard.facts]
    assert len(set(keys)) == len(keys)
    if not told and not keys:
        assert heard.about == call.get("about", heard.about) != ""


def _shown(fact: Fact) -> str:
    money = "-" if fact.money is None else f"{fact.money} {fact.money.currency}"
    if not isinstance(fact, Paid):
        return f"{fact.kind} {fact.payment} {fact.id} {money}"
    who = " ".join(each for each in (fact.customer, fact.email) if each)
    order = f" order {fact.order}" if fact.order else ""
    named = f" named {' '.join(fact.names)}" if fact.names else ""
    return f"paid {fact.payment} {money} {who}{order}{named}"


ODD = st.sampled_from(
    [None, True, [], {}, [None], [[]], {"id": None}, "", "x", "../1", "\0\ud800", 0, -1, 10**30]
    + [1e400, 1801.0, [{"id": 7}], {"value": {}}]
)


def _places(told: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in some JSON."""
    pairs = told.items() if isinstance(told, dict) else enumerate(told)
    inner = [(each, (*at, name)) for name, each in pairs]
    return [at for _, at in inner] + [
        place for each, at in inner if isinstance(each, (dict, list)) for place in _places(each, at)
    ]


def _with(told: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    copy = dict(told) if isinstance(told, dict) else list(told)
    copy[place[0]] = _with(copy[place[0]], place[1:], value)
    return copy


@given(data=st.data())
def test_whatever_stands_where_the_vendor_writes_something_else_does_no_harm(data: Any) -> None:
    """It is read or `Unreadable`, what is read can be kept, and ids are ids."""
    name, call = data.draw(st.sampled_from(CALLS))
    body = call["body"]
    for _ in range(data.draw(st.integers(1, 3))):
        if places := _places(body):
            body = _with(body, data.draw(st.sampled_from(places)), data.draw(ODD))
    if name == "zoho" and isinstance(body, dict) and "channel_id" in body:
        body = body | {"token": KEY}
    try:
        heard = _heard(name, body, call.get("signature", "v1"))
    except Unreadable:
        return
    kept = msgspec.json.decode(msgspec.json.encode(heard), type=Heard)
    assert kept == heard
    for hint in heard.hints:
        assert hint.ref.id.isascii()
        assert hint.ref.id.isalnum()


def test_every_system_has_calls_of_its_vendor() -> None:
    assert {path.parent.name for path in PAYLOADS.glob("*/calls.json")} == set(SIGN) == set(SYSTEMS)
