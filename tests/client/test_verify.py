"""Webhooks are verified as the official library of Standard Webhooks does, both ways."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from goodword.notifications.webhook import headers, spell_secret
from goodword_client import BadSignature, verify_webhook

SECRET = spell_secret(bytes(range(32)))
KEY = bytes(range(32))
BODY = json.dumps(
    {"type": "lead.qualified", "timestamp": "2026-11-18T11:06:40.000Z", "data": {"name": "Zoë"}},
    ensure_ascii=False,
)
NOW = 1_795_000_000

texts = st.text(st.characters(codec="utf-8"), max_size=30)


def official(secret: str, id_: str, at: int, body: str) -> dict[str, str]:
    """Headers as the official library signs them."""
    signature = Webhook(secret).sign(id_, datetime.fromtimestamp(at, UTC), body)
    return {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": signature}


@given(
    key=st.binary(min_size=24, max_size=64),
    name=texts,
    id_=st.from_regex(r"msg_\w{1,20}", fullmatch=True),
)
def test_what_the_official_library_signs_is_taken(key: bytes, name: str, id_: str) -> None:
    body, secret = json.dumps({"data": {"name": name}}), spell_secret(key)
    event = verify_webhook(body, official(secret, id_, NOW, body), secret, now=NOW)
    assert event["data"] == {"name": name}


@given(key=st.binary(min_size=24, max_size=64), name=texts)
def test_what_the_server_signs_is_taken_by_both(key: bytes, name: str) -> None:
    body, secret = json.dumps({"data": {"name": name}}), spell_secret(key)
    told = headers([key], "msg_1", int(time.time()), body)
    assert verify_webhook(body, told, secret) == Webhook(secret).verify(body, told)


TAMPERED: dict[str, dict[str, Any]] = {
    "body": {"body": BODY.replace("Zoë", "Eve")},
    "id": {"webhook-id": "msg_2"},
    "no id": {"webhook-id": None},
    "time": {"webhook-timestamp": str(int(time.time()) + 1)},
    "no time": {"webhook-timestamp": None},
    "time that is none": {"webhook-timestamp": "now"},
    "no signature": {"webhook-signature": None},
    "empty signature": {"webhook-signature": "v1,"},
    "another version": {"webhook-signature": "v1a,AAAA"},
    "signature of nothing": {"webhook-signature": "nonsense"},
    "not ASCII": {"webhook-signature": "v1,é"},
    "too old": {"at": int(time.time()) - 3_600},
    "too early": {"at": int(time.time()) + 3_600},
    "another secret": {"secret": spell_secret(b"x" * 32)},
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_what_the_official_library_refuses_is_refused(change: dict[str, Any]) -> None:
    told: dict[str, Any] = dict(headers([KEY], "msg_1", change.get("at", int(time.time())), BODY))
    told |= {name: value for name, value in change.items() if name.startswith("webhook-")}
    told = {name: value for name, value in told.items() if value is not None}
    body, secret = change.get("body", BODY), change.get("secret", SECRET)
    with pytest.raises(BadSignature) as refused:
        verify_webhook(body, told, secret)
    assert secret not in str(refused.value)
    with pytest.raises((WebhookVerificationError, ValueError)):
        Webhook(secret).verify(body, told)


def test_for_a_day_either_secret_will_do() -> None:
    told = headers([b"n" * 32, KEY], "msg_1", NOW, BODY)
    assert verify_webhook(BODY, told, SECRET, now=NOW) == json.loads(BODY)
    assert verify_webhook(BODY, told, spell_secret(b"n" * 32), now=NOW) == json.loads(BODY)


def test_bytes_and_headers_in_any_case_will_do() -> None:
    told = {name.title(): value for name, value in headers([KEY], "msg_1", NOW, BODY).items()}
    bare = SECRET.removeprefix("whsec_")
    assert verify_webhook(BODY.encode(), told, bare, now=NOW) == json.loads(BODY)


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_five_minutes_are_let_pass(off: int) -> None:
    told = headers([KEY], "msg_1", NOW, BODY)
    assert verify_webhook(BODY, told, SECRET, now=NOW + off)
    with pytest.raises(BadSignature):
        verify_webhook(BODY, told, SECRET, now=NOW + off + (301 if off >= 0 else -301))


def test_the_published_vector_holds() -> None:
    """Of the official libraries' own tests."""
    secret, body = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    told = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    event: object = verify_webhook(body, told, secret, now=1_614_265_330)
    assert event == {"test": 2432232314}


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_short", "é" * 32, "whsec_" + "=" * 40])
def test_a_secret_that_can_be_none_is_the_callers_mistake(secret: str) -> None:
    told = headers([base64.b64decode("")], "msg_1", NOW, BODY)
    with pytest.raises(ValueError, match="whsec_ and base64"):
        verify_webhook(BODY, told, secret, now=NOW)
