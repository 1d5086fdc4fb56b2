"""The secret address over HTTP: words, codes and headers; nothing of it in a log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace

import httpx
import pytest
from starlette.applications import Starlette

from goodword.lifecycle.context import Context
from goodword.model import CallResult
from goodword.storage import Storage, Unavailable
from goodword.web.hooks import Hooks
from lifecycle.inbound import Caller, caller_of
from lifecycle.world import World
from web.stage import one_engine


@dataclass
class Post:
    """Somebody who sends calls to the address of a small world."""

    c: Caller
    client: httpx.AsyncClient

    @property
    def path(self) -> str:
        return f"/webhook/{self.c.token}/qualify"


@asynccontextmanager
async def posting(context: Context, c: Caller) -> AsyncIterator[Post]:
    app = Starlette(routes=Hooks(context).routes())
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as client:
        yield Post(c, client)


@pytest.fixture
async def post(w: World) -> AsyncIterator[Post]:
    c = await caller_of(w)
    async with posting(w.context, c) as made:
        yield made


async def test_a_form_json_a_multipart_form_and_a_query_qualify(post: Post) -> None:
    codes = [(await post.c.lead(f"p{n}@example.org")).code for n in range(4)]
    answers = [
        await post.client.post(post.path, data={"code": codes[0]}),
        await post.client.post(post.path, json={"code": codes[1]}),
        await post.client.post(post.path, files={"code": (None, codes[2])}),
        await post.client.post(f"{post.path}?code={codes[3]}"),
    ]
    assert [answer.json() for answer in answers] == [{"result": "qualified"}] * 4
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["cache-control"] == "no-store"


@one_engine
async def test_each_refusal_has_its_code(post: Post) -> None:
    async def status(path: str, **given: str) -> tuple[int, str]:
        answer = await post.client.post(path, data=given)
        return answer.status_code, answer.json()["error"]["code"]

    assert await status(post.path) == (400, "invalid")
    assert await status("/webhook/nobody/qualify", code="A") == (404, "unknown_address")
    assert await status(post.path, code="A" * 70_000) == (413, "too_large")
    await post.c.set(signature_header="x-sig", signature_secret="s")
    assert await status(post.path, code="A") == (401, "bad_signature")
    assert (await post.client.get(f"{post.path}?code=A")).status_code == 405
    assert [call.result for call in await post.c.kept()] == [
        CallResult.INVALID,
        CallResult.BAD_SIGNATURE,
    ]


@one_engine
async def test_what_is_none_of_a_leads_is_no_error(post: Post) -> None:
    answer = await post.client.post(post.path, data={"code": post.c.w.ada.code})
    assert (answer.status_code, answer.json()) == (200, {"result": "referrer_code"})
    answer = await post.client.post(post.path, data={"code": "NOBODYS"})
    assert (answer.status_code, answer.json()) == (200, {"result": "unknown_code"})


class Full(Storage):
    """Storage that can be read and takes nothing."""

    def __init__(self, real: Storage) -> None:
        self.read = real.read  # type: ignore[method-assign]

    @asynccontextmanager
    async def write(self, campaign_id: str | None = None) -> AsyncIterator[None]:  # type: ignore[override]
        raise Unavailable("disk full")
        yield


@one_engine
async def test_what_can_t_be_stored_is_to_be_sent_again(post: Post) -> None:
    w = post.c.w
    full = replace(w.context, storage=Full(w.context.storage))
    async with posting(full, post.c) as there:
        answer = await there.client.post(there.path, data={"code": "A"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@one_engine
async def test_who_guesses_addresses_is_told_to_wait(post: Post) -> None:
    w = post.c.w
    settings = replace(w.context.settings, rate_limit=10)
    async with posting(replace(w.context, settings=settings), post.c) as there:
        guesses = [await there.client.post(f"/webhook/{n}/qualify") for n in range(6)]
        assert [each.status_code for each in guesses] == [404] * 5 + [429]
        assert int(guesses[-1].headers["retry-after"]) > 0
        assert (await there.client.post(there.path)).status_code == 429


@one_engine
async def test_no_address_is_in_a_log(post: Post) -> None:
    with written() as lines:
        await post.client.post(post.path, data={"code": "A"})
        full = replace(post.c.w.context, storage=Full(post.c.w.context.storage))
        async with posting(full, post.c) as there:
            await there.client.post(there.path, data={"code": "A"})
    assert any("disk full" in line for line in lines)
    assert not any(post.c.token in line for line in lines)


@contextmanager
def written() -> Iterator[list[str]]:
    """What goodword's own loggers write."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("goodword")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
