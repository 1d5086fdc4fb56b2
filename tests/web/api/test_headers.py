"""What every answer tells beside its body: what is left of the key's calls, and its ETag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from goodword.lifecycle.admit import create_api_key
from goodword.web.api import Api
from goodword.web.api.quota import WINDOW, Quota
from lifecycle.world import World
from web.api.conftest import Site


@asynccontextmanager
async def _limited(w: World, rate_limit: int) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a reading key, on a server that has this limit."""
    context = replace(w.context, settings=replace(w.context.settings, rate_limit=rate_limit))
    _, key = await create_api_key(context, w.campaign.id, "read")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Starlette(routes=Api(context).routes())),
        base_url="http://go.example/api/v1",
        headers={"authorization": f"Bearer {key}"},
    ) as client:
        yield client


async def test_every_answer_to_a_key_tells_what_is_left_for_it(w: World) -> None:
    async with _limited(w, 600) as client:
        first = (await client.get("/leads")).headers
        assert first["ratelimit-policy"] == '"key";q=60000;w=60'
        assert first["ratelimit"] == '"key";r=59999;t=20'
        told = [first[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
        assert told == ["60000", "59999", "20"]
        ada = f"/referrers/{w.ada.id}"
        tag = (await client.get(ada)).headers["etag"]
        same = await client.get(ada, headers={"if-none-match": tag})
        bad = await client.get("/leads?limit=0")
        missing = await client.get(f"/leads/lead_{'0' * 32}")
        forbidden = await client.post("/leads")
        answers = (same, bad, missing, forbidden)
        assert [each.status_code for each in answers] == [304, 400, 404, 403]
        left = [each.headers["ratelimit-remaining"] for each in answers]
        assert left == ["59997", "59996", "59995", "59994"]


async def test_who_brings_no_key_is_told_nothing(w: World) -> None:
    async with _limited(w, 600) as client:
        answer = await client.get("/leads", headers={"authorization": ""})
        assert (answer.status_code, "ratelimit" in answer.headers) == (401, False)


async def test_who_calls_too_often_is_told_when_to_come_back(w: World) -> None:
    async with _limited(w, 1) as client:
        statuses = [(await client.get("/campaigns")).status_code for _ in range(101)]
        assert statuses == [200] * 100 + [429]
        refused = await client.get("/campaigns")
        assert refused.json()["detail"] == "a key may call 100 times a minute"
        assert refused.headers["ratelimit"] == '"key";r=0;t=20'
        assert refused.headers["retry-after"] == "20"
        w.wait(20_000)
        assert (await client.get("/campaigns")).status_code == 200


async def test_without_limits_none_are_told(w: World) -> None:
    async with _limited(w, 0) as client:
        assert "ratelimit" not in (await client.get("/campaigns")).headers


def test_each_key_has_a_minute_of_its_own() -> None:
    quota = Quota(1)
    for _ in range(100):
        standing = quota.take("one", WINDOW - 1)
    assert standing is not None
    assert (standing.left, standing.reset, standing.over) == (0, 1, False)
    over, other, later = (
        quota.take(key, now) for key, now in (("one", 59), ("two", 59), ("one", 60))
    )
    assert over is not None
    assert (over.left, over.over) == (0, True)
    assert other is not None
    assert (other.left, other.over) == (99, False)
    assert later is not None
    assert (later.left, later.reset, later.over) == (99, 60, False)


async def _ask(site: Site, path: str, tag: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {site.key}"} | ({"if-none-match": tag} if tag else {})
    return await site.client.get(f"/api/v1{path}", headers=headers)


async def test_one_thing_that_is_as_it_was_is_not_sent_again(site: Site) -> None:
    lead = await site.new_lead()
    path = f"/leads/{lead['id']}"
    first = await _ask(site, path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert first.headers["cache-control"] == "private, no-cache"
    same = await _ask(site, path, tag)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await site.call("PATCH", path, 200, {"name": "Cyrus"})
    changed = await _ask(site, path, tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


@pytest.mark.parametrize("said", ['"x", {}', "W/{}", "*", '"x",{} '])
async def test_a_tag_is_found_however_it_is_sent(site: Site, said: str) -> None:
    path = f"/referrers/{site.world.ada.id}"
    tag = (await _ask(site, path)).headers["etag"]
    assert (await _ask(site, path, said.format(tag))).status_code == 304


async def test_a_list_has_a_tag_until_something_in_it_changes(site: Site) -> None:
    tag = (await _ask(site, "/leads?status=pending")).headers["etag"]
    assert (await _ask(site, "/leads?status=pending", tag)).status_code == 304
    await site.new_lead()
    listed = await _ask(site, "/leads?status=pending", tag)
    assert (listed.status_code, len(listed.json()["data"])) == (200, 1)
    assert (await _ask(site, "/stats")).headers["etag"]


async def test_another_tag_and_a_refusal_are_answered_in_full(site: Site) -> None:
    other = await _ask(site, f"/referrers/{site.world.ada.id}", '"x"')
    assert other.status_code == 200
    missing = await _ask(site, f"/leads/lead_{'0' * 32}", "*")
    assert (missing.status_code, "etag" in missing.headers) == (404, False)
