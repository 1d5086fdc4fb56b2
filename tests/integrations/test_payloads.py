"""Calls in the shapes that vendors really send: what each says, and that none does harm."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.base import double_of
from goodword.integrations import SYSTEMS
from goodword.integrations.base import BadSignature, Heard, System, Unreadable
from goodword.integrations.base import Request as Sent
from goodword.model import Fact, Paid, Ref
from integrations.abacus import Abacus
from integrations.calls import HOOK, PAYLOADS, payload, reply

AT = 1_764_000_100_000
Json = dict[str, Any]
KNOWN: dict[str, System] = {**SYSTEMS, "abacus": Abacus()}
DOUBLES = {name: double_of(name)() for name in KNOWN}
CALLS = [(name, each) for name in KNOWN for each in payload(name, "calls")]
FAILURES = [
    (name, each)
    for name in KNOWN
    if (PAYLOADS / name / "failures.json").exists()
    for each in payload(name, "failures")
]


def _heard(name: str, body: Any, way: str) -> Heard:
    """What a call says that the vendor signs in this way."""
    double, told = DOUBLES[name], json.dumps(body).encode()
    double.now = lambda: AT
    headers = {"content-type": "application/json"} | double.sign(HOOK, told, double.secret, way)
    request = Sent("POST", HOOK, headers, told, AT)
    return KNOWN[name].heard(request, double.secret, double.credentials(double.login))


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[f"{n}: {c['name']}" for n, c in CALLS])
def test_a_call_says_what_it_is_about(name: str, call: Json) -> None:
    heard = _heard(name, call["body"], call.get("signature", ""))
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
    try:
        heard = _heard(name, body, call.get("signature", ""))
    except (Unreadable, BadSignature):  # the latter where the secret stands in the body
        return
    kept = msgspec.json.decode(msgspec.json.encode(heard), type=Heard)
    assert kept == heard
    for hint in heard.hints:
        assert re.fullmatch(r"[\w.~-]*\w", hint.ref.id, re.ASCII), "it will stand in a path"


@pytest.mark.parametrize(
    ("name", "told"), FAILURES, ids=[f"{n}: {t['status']} {t['kind']}" for n, t in FAILURES]
)
def test_a_failure_is_told_apart_and_said_in_the_vendors_words(name: str, told: Json) -> None:
    failed = KNOWN[name].failure(reply(told["status"], told["body"], told.get("headers")))
    assert failed is not None
    assert (failed.kind, failed.wait) == (told["kind"], told.get("wait", 0))
    assert failed.ref == (Ref(*told["ref"]) if "ref" in told else None)
    assert told.get("says", "") in str(failed) != ""
    assert "<" not in str(failed)


def test_every_system_has_calls_and_failures_of_its_vendor() -> None:
    for file in ("calls", "failures"):
        assert {path.parent.name for path in PAYLOADS.glob(f"*/{file}.json")} == set(KNOWN)
