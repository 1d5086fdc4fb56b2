"""`Idempotency-Key`: one call, one effect, one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from goodword.lifecycle.admit import create_api_key
from goodword.lifecycle.context import Context
from goodword.lifecycle.once import LIFE, Asked, InProgress, KeyReused, Once, Told
from goodword.lifecycle.report import Sent
from goodword.lifecycle.sign_up import sign_up
from goodword.lifecycle.tick import tick
from goodword.model import Status
from goodword.web.api.reading import hash_of
from lifecycle.world import World
from web.api.conftest import Site


async def _send(site: Site, body: str, key: str, path: str = "/leads") -> httpx.Response:
    headers = {
        "authorization": f"Bearer {site.key}",
        "idempotency-key": key,
        "content-type": "application/json",
    }
    return await site.client.post(f"/api/v1{path}", content=body, headers=headers)


async def test_the_same_key_and_body_get_the_first_answer(site: Site) -> None:
    body = f'{{"referrer_id": "{site.world.ada.id}", "name": "Cy"}}'
    first = await _send(site, body, "one")
    await site.call("PATCH", f"/leads/{first.json()['id']}", 200, {"name": "Else"})
    again = await _send(site, body, "one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await site.world.count("leads") == 1


async def test_the_order_of_fields_makes_no_other_body(site: Site) -> None:
    ada = site.world.ada.id
    first = await _send(site, f'{{"referrer_id": "{ada}", "name": "Cy"}}', "one")
    again = await _send(site, f'{{"name":"Cy","referrer_id":"{ada}"}}', "one")
    assert again.json() == first.json()


async def test_the_same_key_with_another_body_or_path_is_a_409(site: Site) -> None:
    ada = site.world.ada.id
    await _send(site, f'{{"referrer_id": "{ada}", "name": "Cy"}}', "one")
    other = await _send(site, f'{{"referrer_id": "{ada}", "name": "Dee"}}', "one")
    assert other.status_code == 409
    assert other.json()["type"] == "urn:goodword:problem:key_reused"
    elsewhere = await _send(site, '{"email": "a@example.org"}', "one", "/referrers")
    assert elsewhere.status_code == 409
    assert await site.world.count("leads") == 1


async def test_a_call_that_was_refused_leaves_its_key_free(site: Site) -> None:
    refused = await _send(site, '{"referral_code": "nonsense"}', "one")
    assert refused.status_code == 404
    made = await _send(site, f'{{"referrer_id": "{site.world.ada.id}"}}', "one")
    assert made.status_code == 201


async def test_a_key_belongs_to_whoever_used_it(site: Site) -> None:
    other = await site.with_key(site.world.campaign.id)
    body = f'{{"referrer_id": "{site.world.ada.id}"}}'
    one, two = await _send(site, body, "one"), await _send(other, body, "one")
    assert one.json()["id"] != two.json()["id"]


async def test_an_action_is_done_once_too(site: Site) -> None:
    lead = await site.new_lead()
    path = f"/leads/{lead['id']}"
    first = await site.post(f"{path}/qualify", status=200, idempotency_key="one")
    await site.post(f"{path}/unqualify", status=200)
    again = await site.post(f"{path}/qualify", status=200, idempotency_key="one")
    assert again == first
    assert (await site.get(path))["status"] == "pending"


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
async def test_a_key_that_is_none_is_a_400(site: Site, key: str) -> None:
    headers = [(b"authorization", f"Bearer {site.key}".encode())]
    headers += [(b"idempotency-key", key.encode("latin-1"))]
    answer = await site.client.post("/api/v1/leads", json={}, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"


async def test_a_secret_in_a_kept_answer_is_sealed(site: Site) -> None:
    owner = await site.with_key(None)
    body = {"name": "Other", "origins": ["https://other.example"]}
    made = await owner.post("/campaigns", body, idempotency_key="one")
    assert await owner.post("/campaigns", body, idempotency_key="one") == made
    async with site.world.context.storage.read() as db:
        rows = await db.exec_driver_sql("select content from idempotency")
        assert made["signing_secret"].encode() not in bytes(rows.scalar_one())
    assert len((await owner.get("/campaigns"))["data"]) == 2


async def test_an_answer_is_forgotten_after_its_time(site: Site) -> None:
    await site.new_lead("cy@example.org")
    body = f'{{"referrer_id": "{site.world.ada.id}", "email": "dee@example.org"}}'
    await _send(site, body, "one")
    site.world.wait(LIFE + 1)
    await tick(site.world.context)
    assert await site.world.count("idempotency") == 0
    assert (await _send(site, body, "one")).status_code == 200


async def _once(w: World) -> tuple[Once, Asked]:
    key_id, _ = await create_api_key(w.context, w.campaign.id, "write")
    return Once(w.context), Asked(key_id, "one", hash_of("POST", "/leads", b"{}"))


async def test_a_call_under_way_is_told_so_to_its_twin(w: World) -> None:
    once, asked = await _once(w)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(_: Context) -> Told:
        begun.set()
        await go.wait()
        return Told(201, b"first")

    first = asyncio.create_task(once.answer(asked, slow))
    await begun.wait()
    with pytest.raises(InProgress):
        await once.answer(asked, slow)
    go.set()
    assert (await first).content == b"first"
    assert await once.answer(asked, slow) == Told(201, b"first", again=True)


async def test_the_twin_in_another_process_undoes_what_it_did(w: World) -> None:
    """Both have found no answer; the second one's transaction comes later."""
    (mine, asked), (theirs, _) = await _once(w), await _once(w)

    async def outer(context: Context) -> Told:
        assert (await theirs.answer(asked, _made(w, b"theirs"))).again is False
        return await _made(w, b"mine")(context)

    assert await mine.answer(asked, outer) == Told(201, b"theirs", again=True)
    assert await w.count("leads") == 1
    with pytest.raises(KeyReused):
        await mine.answer(Asked(asked.api_key_id, "one", b"other"), outer)


def _made(w: World, name: bytes) -> Callable[[Context], Awaitable[Told]]:
    """A call that makes a lead."""

    async def do(context: Context) -> Told:
        word = name.decode()
        sent = Sent(door="api", key=word, code=w.ada.code, email=f"{word}@example.org")
        assert (await sign_up(context, w.campaign, sent)).status is Status.COUNTED
        return Told(201, name)

    return do


async def test_what_raises_undoes_what_it_did_and_leaves_the_key_free(w: World) -> None:
    once, asked = await _once(w)

    async def broken(context: Context) -> Told:
        await _made(w, b"broken")(context)
        raise ValueError("after the lead was made")

    with pytest.raises(ValueError, match="after the lead"):
        await once.answer(asked, broken)
    assert await w.count("leads") == await w.count("idempotency") == 0
    assert (await once.answer(asked, _made(w, b"made"))).again is False
    assert await w.count("leads") == 1
