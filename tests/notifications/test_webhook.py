"""Signatures of Standard Webhooks, held against the published vector and the official library."""

from __future__ import annotations

import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from goodword.notifications.webhook import headers, read_secret, sign, spell_secret


def test_the_published_vector_holds() -> None:
    key = read_secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_official_library_takes_either_secret_while_one_is_changed() -> None:
    old, new, body = b"o" * 32, b"n" * 32, '{"type":"test","name":"Zoë"}'
    sent = headers([new, old], "msg_1", int(time.time()), body)
    for key in (old, new):
        assert Webhook(spell_secret(key)).verify(body.encode(), sent) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Webhook(spell_secret(b"x" * 32)).verify(body.encode(), sent)
