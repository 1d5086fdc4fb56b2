"""What says something of a person goes in its time; what was counted stays."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from goodword.lifecycle.address_key import hash_address, renew_key
from goodword.lifecycle.context import open_context
from goodword.lifecycle.replay import replay
from goodword.model import Hit
from goodword.settings import Keep
from goodword.storage import Unavailable
from goodword.storage import installation as notes
from goodword.storage.rows import noun
from goodword.storage.tables import metadata
from lifecycle.test_replay import reports, whole
from lifecycle.world import DAY, World, world

HERE, NEIGHBOUR = "203.0.113.9", "203.0.113.10"


async def visits(w: World) -> list[Hit]:
    table = metadata.tables["hits"]
    async with w.context.storage.read() as db:
        return [noun(Hit, row) for row in await db.execute(select(table).order_by(table.c.id))]


async def test_of_an_old_visit_is_kept_that_there_was_one(w: World) -> None:
    lead = await w.buyer("1042", email="grace@example.org")
    w.wait(60 * DAY)
    await w.visit()
    w.wait(30 * DAY + 1)
    await w.tick()
    old, new = await visits(w)
    assert (old.address, old.address_hash, old.user_agent, old.url) == ("", "", "", "")
    assert (old.id, old.referrer_id) == (lead.hit_id, w.ada.id)
    assert new.user_agent
    assert new.url
    assert new.address == "203.0.113.0/24"
    assert (await w.explain(lead.id)).hit == old
    await whole(w)


async def test_a_long_backlog_is_worked_off_in_steps(w: World) -> None:
    for _ in range(30):
        await w.visit()
        w.wait(2 * 60 * 60 * 1000)
    w.wait(91 * DAY)
    await w.tick()
    left = [each for each in await visits(w) if each.user_agent]
    assert len(left) == 30 - 24
    await w.tick()
    assert [each for each in await visits(w) if each.user_agent] == []


async def test_how_long_is_a_setting(w: World) -> None:
    w.context = replace(w.context, settings=replace(w.context.settings, keep=Keep(visits=2)))
    await w.visit()
    w.wait(2 * DAY + 1)
    await w.tick()
    assert [each.address for each in await visits(w)] == [""]


async def test_refused_words_of_nobodys_lead_go_and_can_not_be_replayed(w: World) -> None:
    await w.convert(sign=True, order="1", email="nobody@example.org")
    visit = await w.visit()
    w.wait(61 * DAY)
    await w.sign_up(token=visit.token, email="late@example.org")  # a lead, although rejected
    w.wait(400 * DAY)
    await w.tick()
    nobodys, late = await reports(w)
    assert nobodys.payload == "{}"
    assert "late@example.org" in late.payload
    done = await replay(w.context, w.campaign, [nobodys.id], "boss@example.com")
    assert done.refused[0].why == "What it said is not kept any more."


async def test_the_whole_address_is_on_no_disk_and_a_hash_tells_who_is_who(w: World) -> None:
    await w.visit(address=HERE)
    await w.visit(address=HERE)
    await w.visit(address=NEIGHBOUR)
    await w.visit(address="unknown")
    await w.visit(address=HERE, gpc=True)
    one, same, other, none, private = [each.address_hash for each in await visits(w)]
    assert one == same != other
    assert (none, private) == ("", "")
    assert HERE not in f"{await visits(w)}"
    six = [await hash_address(w.context, each) for each in ("2001:db8::1", "2001:db8::2")]
    assert six[0] == six[1] != await hash_address(w.context, "2001:db8:0:1::1")


async def test_its_key_is_destroyed_in_time_in_every_process(w: World) -> None:
    before = await hash_address(w.context, HERE)
    other = await open_context(w.context.settings, w.context.storage, w.context.now)
    assert await hash_address(other, HERE) == before
    async with w.context.storage.read() as db:
        kept = await notes.read(db, "address_key")
    w.wait(30 * DAY)
    await w.tick()
    async with w.context.storage.read() as db:
        assert await notes.read(db, "address_key") != kept
    assert await hash_address(w.context, HERE) != before
    assert await hash_address(other, HERE) == await hash_address(w.context, HERE)


async def test_a_key_that_no_secret_key_opens_gives_way_to_a_new_one(w: World) -> None:
    before = await renew_key(w.context)
    settings = replace(w.context.settings, secret_keys=(b"n" * 32,))
    assert await renew_key(replace(w.context, settings=settings)) != before


async def test_a_visit_is_not_refused_for_want_of_a_key(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("disk full")

    w.wait(31 * DAY)
    monkeypatch.setattr("goodword.lifecycle.address_key.renew_key", refuse)
    await w.visit()
    assert [each.address_hash for each in await visits(w)] == [""]


async def test_no_file_of_the_database_has_the_address(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = shutil.copyfile(sqlite_template, tmp_path / "goodword.db")
    async with world(f"sqlite+aiosqlite:///{file}") as w:
        await w.visit(address=HERE)
        found = [each.name for each in tmp_path.iterdir() if HERE.encode() in each.read_bytes()]
    assert found == []
