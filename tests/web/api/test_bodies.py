"""Bodies that can't be read, and strangers' bodies of any shape: always a clear 4xx."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web.api.conftest import Site

JSON = {"content-type": "application/json"}


async def _send(site: Site, content: bytes, **headers: str) -> httpx.Response:
    said = {"authorization": f"Bearer {site.key}"} | headers
    return await site.client.post("/api/v1/conversions", content=content, headers=said)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b'{"order": "1',
        b"[" * 100_000,
        b'{"order":' * 50_000 + b"1" + b"}" * 50_000,
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        b'{"email": "\\ud800"}',
    ],
)
async def test_what_is_no_json_object_is_a_400(site: Site, content: bytes) -> None:
    answer = await _send(site, content, **JSON)
    assert answer.status_code == 400, answer.text
    assert answer.json()["title"]


async def test_more_than_a_mebibyte_is_a_413(site: Site) -> None:
    answer = await _send(site, b" " * (1 << 20) + b"{}", **JSON)
    assert answer.status_code == 413
    assert (await _send(site, b" " * ((1 << 20) - 2) + b"{}", **JSON)).status_code == 400


async def test_a_form_is_a_415(site: Site) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = await _send(site, b"email=cy%40example.org", **kind)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_a_body_without_a_type_is_read_as_json(site: Site) -> None:
    answer = await _send(site, b'{"email": "cy@example.org"}')
    assert answer.status_code == 201


async def test_a_client_that_leaves_is_answered_nothing(site: Site) -> None:
    transport = site.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/conversions",
        "raw_path": b"/api/v1/conversions",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {site.key}".encode())],
        "client": ("203.0.113.9", 5),
        "server": ("go.example", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    await transport.app(scope, receive, send)
    assert sent == []


_WORDS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=30),
    st.sampled_from(["cy@example.org", "49.00", "EUR", "purchase", "ada", "\x00", "a|b", "٤٩"]),
)
_VALUES = st.recursive(
    _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_POSTS = {
    "/conversions": ["lead_id", "code", "token", "customer", "email", "event", "order"]
    + ["amount", "currency", "campaign_id"],
    "/leads": ["referrer_id", "referral_code", "email", "name", "customer", "campaign_id"],
    "/referrers": ["email", "name", "code", "campaign_id"],
    "/campaigns": ["name", "origins", "landing", "reward"],
    "/leads/qualification": ["qualified", "id", "code", "email"],
}


def _bodies(path: str) -> st.SearchStrategy[dict[str, Any]]:
    named = st.fixed_dictionaries({}, optional=dict.fromkeys(_POSTS[path], _VALUES))
    return named | named.map(lambda body: body | {"referral_code": "ada", "email": "e@ex.org"})


@pytest.fixture
async def everything(site: Site) -> Site:
    return await site.with_key(None)


@pytest.mark.parametrize("path", sorted(_POSTS))
async def test_no_body_brings_the_server_down(everything: Site, path: str) -> None:
    """A bounded fuzz: whatever is sent, the answer is a success or a problem that explains."""
    loop = asyncio.get_running_loop()
    method = "PUT" if path == "/leads/qualification" else "POST"
    seen: list[int] = []

    async def send(body: dict[str, Any]) -> None:
        headers = {"authorization": f"Bearer {everything.key}"} | JSON
        content = json.dumps(body).encode()
        answer = await everything.client.request(
            method, f"/api/v1{path}", content=content, headers=headers
        )
        seen.append(answer.status_code)
        assert answer.status_code < 500
        assert answer.status_code < 400 or answer.json()["detail"]

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_bodies(path))
    def fuzz(body: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(send(body), loop).result()

    await asyncio.to_thread(fuzz)
    assert len(seen) >= 20
