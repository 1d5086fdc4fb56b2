"""Network and server fail in every way: a call is done once, or says what became of it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from client.conftest import KEY, URL, Caller
from goodword_client import (
    BadRequest,
    Conflict,
    Goodword,
    GoodwordError,
    NotFound,
    NotGoodword,
    Refused,
    TryLater,
    Unauthorized,
    Unreachable,
)
from receiver import Got, Receiver, answer, listening

DONE = {"id": "lead_1", "status": "pending"}
EMAIL = "cy@example.org"
RESET = None
HANG = b""


def told(status: int, body: object, **headers: str) -> bytes:
    kind = "application/problem+json" if status >= 400 else "application/json"
    return answer(status, json.dumps(body), content_type=kind, **headers)


def problem(status: int, word: str, **more: object) -> dict[str, object]:
    return {"type": f"urn:goodword:problem:{word}", "status": status, "detail": "no", **more}


@dataclass
class Clock:
    """Time that passes only while somebody waits."""

    at: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("goodword_client.client.time", made)
    monkeypatch.setattr("goodword_client.client.asyncio", SimpleNamespace(sleep=made.asleep))
    monkeypatch.setattr("goodword_client.tries.time", made)
    return made


@pytest.fixture
async def server() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


@pytest.fixture
def near(caller: Caller, server: Receiver) -> Caller:
    """A client of the server that fails."""
    caller.url = server.url.removesuffix("/hook")
    return caller


def script(*answers: bytes | None) -> Callable[[Got], bytes | None]:
    """Gives these answers in turn, the last one for ever."""
    rest = list(answers)
    return lambda _: rest.pop(0) if len(rest) > 1 else rest[0]


FAULTS: dict[str, bytes | None] = {
    "reset": RESET,
    "429": told(429, problem(429, "too_many"), retry_after="1"),
    "503": told(503, problem(503, "unavailable"), retry_after="5"),
    "408": told(408, problem(408, "timeout")),
    "its twin is going on": told(409, problem(409, "in_progress"), retry_after="1"),
    "a proxy's 502": answer(502, "<html>Bad gateway</html>", content_type="text/html"),
    "a proxy's 504": answer(504, "", content_type="text/html"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_call_is_sent_again_under_the_same_key(
    near: Caller, server: Receiver, fault: bytes | None
) -> None:
    server.answers = script(fault, fault, told(201, DONE))
    assert await near.ask("lead", referral_code="ada", email="cy@example.org") == DONE
    assert len(server.got) == 3
    assert len({got.headers["idempotency-key"] for got in server.got}) == 1
    assert len({got.body for got in server.got}) == 1


async def test_no_answer_in_time_is_sent_again(near: Caller, server: Receiver) -> None:
    server.answers = script(HANG, told(201, DONE))
    assert await near.ask("lead", options={"timeout": 0.2}, referral_code="ada") == DONE
    assert len(server.got) == 2


async def test_each_call_has_a_key_of_its_own_unless_it_is_given(
    near: Caller, server: Receiver
) -> None:
    server.answers = script(told(201, DONE))
    calls: dict[str, dict[str, Any]] = {
        "lead": {"referral_code": "ada"},
        "convert": {"customer": "c-77"},
        "refund": {"order": "1042"},
        "referrer": {"email": "ada@example.com"},
    }
    for method, said in calls.items():
        await near.ask(method, **said)
        await near.ask(method, **said)
        await near.ask(method, idempotency_key="order-1042", **said)
    keys = [got.headers["idempotency-key"] for got in server.got]
    assert len(set(keys)) == 2 * 4 + 1
    assert keys[2::3] == ["order-1042"] * 4


async def test_a_put_needs_no_key_and_is_sent_again(near: Caller, server: Receiver) -> None:
    server.answers = script(RESET, told(200, DONE))
    assert await near.ask("qualify", code="4J8SD2KQ7W0XN5RC") == DONE
    assert [json.loads(got.body) for got in server.got] == [
        {"qualified": True, "code": "4J8SD2KQ7W0XN5RC"}
    ] * 2
    assert "idempotency-key" not in server.got[0].headers


@pytest.mark.parametrize(
    "wish",
    ["7", format_datetime(datetime.now(UTC) + timedelta(days=3650))],
    ids=["seconds", "date"],
)
async def test_retry_after_is_honoured(
    near: Caller, server: Receiver, clock: Clock, wish: str
) -> None:
    server.answers = script(told(429, problem(429, "too_many"), retry_after=wish), told(201, DONE))
    if wish == "7":
        await near.ask("lead", referral_code="ada")
        assert clock.slept == [7]
    else:
        with pytest.raises(TryLater) as refused:
            await near.ask("lead", referral_code="ada")
        assert refused.value.retry_after
        assert refused.value.retry_after > 86_400
        assert clock.slept == []


async def test_waits_grow_and_end_with_patience(
    near: Caller, server: Receiver, clock: Clock
) -> None:
    server.answers = script(told(503, problem(503, "unavailable")))
    with pytest.raises(TryLater) as refused:
        await near.ask("lead", referral_code="ada", options={"patience": 20})
    assert (refused.value.status, refused.value.word) == (503, "unavailable")
    assert sum(clock.slept) <= 20
    for each, longest in zip(clock.slept, (0.5, 1, 2, 4, 8, 8, 8), strict=False):
        assert longest / 2 <= each <= longest
    assert len(server.got) == len(clock.slept) + 1


async def test_without_patience_a_call_is_tried_once(near: Caller, server: Receiver) -> None:
    server.answers = script(RESET)
    with pytest.raises(Unreachable) as failed:
        await near.ask("convert", customer="c-77", options={"patience": 0})
    assert failed.value.idempotency_key == server.got[0].headers["idempotency-key"]
    assert len(server.got) == 1


async def test_nobody_there(caller: Caller) -> None:
    caller.url = "http://127.0.0.1:9"
    with pytest.raises(Unreachable, match="ConnectError"):
        await caller.ask("refund", order="1042", options={"patience": 1})


KINDS: dict[str, tuple[int, type[Refused]]] = {
    "bad_field": (400, BadRequest),
    "unauthorized": (401, Unauthorized),
    "forbidden": (403, Unauthorized),
    "not_found": (404, NotFound),
    "conflict": (409, Conflict),
    "key_reused": (409, Conflict),
    "too_large": (413, BadRequest),
}


@pytest.mark.parametrize(("word", "expected"), KINDS.items(), ids=KINDS)
async def test_a_refusal_is_not_tried_again_and_says_why(
    near: Caller, server: Receiver, word: str, expected: tuple[int, type[Refused]]
) -> None:
    status, kind = expected
    said = problem(status, word, field="email", allowed=["reopen"])
    server.answers = script(told(status, said))
    with pytest.raises(kind) as refused:
        await near.ask("lead", referral_code="ada", idempotency_key="k-1")
    error = refused.value
    assert (error.status, error.word, error.field, error.allowed, error.detail) == (
        status,
        word,
        "email",
        ("reopen",),
        "no",
    )
    assert (str(error), error.idempotency_key) == (f"{status}: email: no", "k-1")
    assert len(server.got) == 1


@pytest.mark.parametrize(
    "said",
    [
        answer(200, "<html>Hello</html>", content_type="text/html"),
        answer(200, "[]", content_type="application/json"),
        answer(404, "<html>No page</html>", content_type="text/html"),
        answer(301, "", location="https://elsewhere.example/"),
        answer(204),
    ],
)
async def test_what_is_no_goodword_is_shownapart(
    near: Caller, server: Receiver, said: bytes
) -> None:
    server.answers = script(said)
    with pytest.raises(NotGoodword, match="not as goodword does"):
        await near.ask("lead", referral_code="ada")
    assert len(server.got) == 1


async def test_what_is_none_is_left_out_and_a_decimal_is_its_digits(
    near: Caller, server: Receiver
) -> None:
    server.answers = script(told(201, DONE))
    await near.ask("convert", customer=7, email=None, amount=Decimal("4.9E+1"), order="Zoë-1")
    assert json.loads(server.got[0].body) == {"customer": 7, "amount": "49", "order": "Zoë-1"}


@pytest.mark.parametrize("url", ["go.shop.example", "ftp://go.shop.example", "", "https://"])
def test_an_address_that_is_none_is_the_callers_mistake(url: str) -> None:
    with pytest.raises(ValueError, match="https://go.shop.example"):
        Goodword(url, KEY)


@pytest.mark.parametrize("key", ["", "gwk_é", "gwk_1\n"])
def test_a_key_that_can_be_none_is_the_callers_mistake(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as refused:
        Goodword(URL, key)
    assert not key or key not in str(refused.value)


@pytest.mark.parametrize("url", [URL, f"{URL}/", f" {URL}/api/v1/ "])
def test_an_address_is_taken_however_it_is_written(url: str) -> None:
    assert repr(Goodword(url, KEY)) == f"Goodword('{URL}/api/v1')"


@pytest.mark.parametrize("fault", [RESET, told(401, problem(401, "unauthorized")), answer(200)])
async def test_no_secret_is_in_a_log_or_an_error(
    near: Caller, server: Receiver, caplog: pytest.LogCaptureFixture, fault: bytes | None
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers = script(fault)
    with pytest.raises(GoodwordError) as failed:
        await near.ask("lead", referral_code="ada", email=EMAIL, options={"patience": 1})
    shown = "".join(traceback.format_exception(failed.value)) + repr(failed.value) + caplog.text
    assert server.got[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in shown
    assert EMAIL not in shown


def test_a_client_of_ones_own_is_used(clock: Clock) -> None:
    seen: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json=DONE)

    with Goodword(URL, KEY, http=httpx.Client(transport=httpx.MockTransport(take))) as goodword:
        lead: Any = goodword.lead(referral_code="ada")
    assert lead == DONE
    assert str(seen[0].url) == f"{URL}/api/v1/leads"
