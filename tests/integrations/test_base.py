"""What is written once for all systems: readings of strange answers and of strange calls."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodword.integrations import SYSTEMS
from goodword.integrations.base import (
    BadSignature,
    Crm,
    Failed,
    Reply,
    Request,
    Unreadable,
)
from goodword.integrations.values import json_of, moment_of, text_of
from goodword.model import Ref
from integrations.calls import HOOK, PAYLOADS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
CRMS = [each for each in SYSTEMS.values() if isinstance(each, Crm)]
crms = pytest.mark.parametrize("system", CRMS, ids=lambda each: each.name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (" x ", " x "),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (3.0, "3"),
        (3.25, "3.25"),
        (["a", 1], "a;1"),
        ("a\0b\ud800", "ab?"),
    ],
)
def test_values_are_text_as_rules_compare_them(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-10-30T03:30:17.883Z", 1_572_406_217_883),
        ("2019-10-30T03:30:17.000+0000", 1_572_406_217_000),
        ("2019-10-30T05:30:17+02:00", 1_572_406_217_000),
        ("2019-10-30 03:30:17", 1_572_406_217_000),
        ("soon", None),
        (None, None),
        (1_572_406_217, None),
    ],
)
def test_moments_are_milliseconds(text: Any, moment: int | None) -> None:
    assert moment_of(text) == moment


@given(JSON)
@settings(max_examples=60, deadline=None)
def test_what_was_read_can_be_kept(value: Any) -> None:
    read = json_of(json.dumps(value).encode())
    kept = json.dumps(read, ensure_ascii=False)
    assert "\\u0000" not in kept
    kept.encode()


class Strange:
    """An account whose answers are JSON, and nothing else that was promised."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.inputs: Mapping[str, str] = {}
        self.asked = 0

    async def call(self, method: str, path: str, **_: object) -> Reply:
        self.asked += 1
        # A vendor that says for ever that there is more is no answer either.
        return Reply(200, {}, self.answer if self.asked < 20 else None, json.dumps(self.answer))


ANSWERS: Sequence[Any] = (
    None,
    {},
    [],
    7,
    "x",
    {"results": None, "records": None, "data": None, "fields": None, "success": True},
    {"results": [None], "records": [7], "data": ["x"], "fields": [{}], "success": True},
    {"results": [{}], "records": [{}], "data": [{}], "fields": [None], "success": True},
    {"results": {}, "records": {}, "data": {"items": [None]}, "fields": {}, "success": True},
)


@crms
@pytest.mark.parametrize("answer", ANSWERS, ids=repr)
async def test_an_answer_that_is_not_as_documented_is_a_named_failure(
    system: Crm, answer: Any
) -> None:
    object_ = system.targets[0].name
    ref = Ref(object_, "1")
    calls: list[Callable[[Any], Any]] = [
        lambda api: system.check(api),
        lambda api: system.choices(api, object_),
        lambda api: system.find(api, object_, "a@example.com", "C1", ["code"]),
        lambda api: system.create(api, object_, {"email": "a@example.com"}),
        lambda api: system.read(api, [ref], ["x"]),
        lambda api: system.ensure_fields(api, object_, ["code"]),
        lambda api: system.create_deal(api, ref, "Deal", "won"),
    ]
    for call in calls:
        with suppress(Failed):
            await call(Strange(answer))


@given(value=JSON, status=st.sampled_from([300, 400, 401, 403, 404, 409, 429, 500]))
@settings(max_examples=60, deadline=None)
def test_every_refusal_has_a_kind(value: Any, status: int) -> None:
    for system in SYSTEMS.values():
        failed = system.failure(Reply(status, {}, value, json.dumps(value)))
        assert failed is not None
        assert failed.wait >= 0


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_refusal_without_a_word_still_says_who_refused(name: str) -> None:
    failed = SYSTEMS[name].failure(Reply(503, {"retry-after": "7"}, None, ""))
    assert failed is not None
    assert (str(failed), failed.wait) == (f"{SYSTEMS[name].title} answered 503", 7)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_login_has_one_address_and_it_may_be_left_out(name: str) -> None:
    for login in SYSTEMS[name].logins:
        [address] = [each for each in login.inputs if each.name == "address"]
        assert address.optional
        assert address == login.inputs[-1]


def _signed(body: bytes) -> Request:
    secret = b"secret"
    headers = {
        "x-hubspot-signature": hashlib.sha256(secret + body).hexdigest(),
        "x-hub-signature": "sha1=" + hmac.new(secret, body, "sha1").hexdigest(),
    }
    return Request("POST", HOOK, headers, body, 1)


KEYS = sorted(
    {
        key
        for path in PAYLOADS.glob("*/*.json")
        for each in [json.loads(path.read_text())]
        for one in (each if isinstance(each, list) else [each])
        if isinstance(one, dict)
        for key in one
    }
)
EVENTS = st.lists(st.dictionaries(st.sampled_from(KEYS), JSON)) | st.dictionaries(
    st.sampled_from(KEYS), JSON
)


@given(value=EVENTS | JSON)
@settings(max_examples=60, deadline=None)
def test_a_signed_call_of_any_shape_is_heard_or_named_unreadable(value: Any) -> None:
    typed = {"client_secret": "secret", "id": "/id/00De0000005dYyREAU/1"}
    request = _signed(json.dumps(value).encode())
    for system in SYSTEMS.values():
        with suppress(BadSignature, Unreadable):
            for hint in system.heard(request, "secret", typed).hints:
                said = "".join((hint.ref.object, hint.ref.id, hint.key, hint.said))
                assert "\0" not in said
                said.encode()
