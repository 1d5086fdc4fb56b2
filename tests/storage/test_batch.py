"""The group-committing writer: acknowledged is stored, refused is refused, nothing in between."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.storage import BatchWriter, Storage, Unavailable, batch
from goodword.storage.batch import Batch, Row
from goodword.storage.tables import WHOLE, hits, refusals, tag_health, visits


def row(number: int, campaign: str = "camp_1") -> Row:
    values = {
        "campaign_id": campaign,
        "id": f"hit_{number:032x}",
        "referrer_id": "ref_1",
        "lead_id": None,
        "visitor": "vis_1",
        "code": "CODE",
        "via": "tag",
        "url": "",
        "http_referrer": "",
        "address": "",
        "address_hash": "",
        "user_agent": "é\U0001f600",
        "webdriver": 0,
        "gpc": 0,
        "mode": "live",
        "created_at": number,
    }
    return tuple(values[column.name] for column in hits.columns)


class Slow:
    """A driver whose commits wait for the test, and fail where it says so."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.seen: list[int] = []
        self.go = asyncio.Event()
        self.fails = False

    async def commit(self, written: Batch) -> None:
        self.batches.append(len(written.rows))
        self.seen.append(written.sightings.total())
        await self.go.wait()
        if self.fails:
            raise Unavailable("disk full")

    async def close(self) -> None:
        self.go.set()


async def test_every_acknowledged_row_is_stored_once(storage: Storage) -> None:
    await asyncio.gather(*(storage.hits.add(row(n), ("camp_1", 0, "ref_1")) for n in range(300)))
    async with storage.read() as db:
        stored = (await db.execute(select(hits.c.id))).scalars().all()
        counted = await _visits(db)
    assert sorted(stored) == [f"hit_{n:032x}" for n in range(300)]
    assert counted == {"ref_1": 300, WHOLE: 300}


async def test_a_second_batch_adds_to_the_visits_of_the_day(storage: Storage) -> None:
    for number in range(3):
        await storage.hits.add(row(number), ("camp_1", 0, "ref_1"))
    async with storage.read() as db:
        assert await _visits(db) == {"ref_1": 3, WHOLE: 3}


async def test_the_visits_of_a_campaign_are_those_of_its_referrers(storage: Storage) -> None:
    keys = [("camp_1", 0, "ref_1"), ("camp_1", 0, "ref_2"), ("camp_1", 0, "ref_2")]
    await asyncio.gather(*(storage.hits.add(row(n), key) for n, key in enumerate(keys)))
    async with storage.read() as db:
        assert await _visits(db) == {"ref_1": 1, "ref_2": 2, WHOLE: 3}


async def _visits(db: AsyncConnection) -> dict[str, int]:
    """How many visits are counted, by referrer."""
    found = await db.execute(select(visits.c.referrer_id, visits.c.hits))
    return {row[0]: row[1] for row in found}


async def test_refusals_are_counted_by_the_hour(storage: Storage) -> None:
    for at in (5, 9):
        storage.hits.count(("camp_1", 0, "hit", "bot", ""), at)
        await storage.hits.add(row(at), None)
    async with storage.read() as db:
        found = (await db.execute(select(refusals.c.count, refusals.c.last_at))).one()
    assert tuple(found) == (2, 9)


async def test_sightings_of_one_kind_are_one_row_for_a_day(storage: Storage) -> None:
    for at in (5, 9):
        storage.hits.see(("camp_1", 0, "https://shop.example", "hit", "page", "1.1.0"), at)
    storage.hits.see(("camp_1", 0, "https://shop.example", "hit", "gpc", "1.1.0"), 7)
    await storage.hits.close()
    async with storage.read() as db:
        c = tag_health.c
        found = await db.execute(select(c.way, c.count, c.last_at).order_by(c.way))
    assert [tuple(row) for row in found] == [("gpc", 1, 7), ("page", 2, 9)]


async def test_sightings_gather_and_add_no_commit_of_their_own_to_a_hit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch, "SIGHTINGS_WAIT", 60)
    driver = Slow()
    driver.go.set()
    writer = BatchWriter(driver)
    for number in range(3):
        writer.see(("camp_1", 0, "", "hit", "page", ""), number)
        await writer.add(row(number), None)
    assert driver.seen == [0, 0, 0]
    await writer.close()
    assert driver.seen == [0, 0, 0, 3]


async def test_gathered_sightings_are_stored_though_no_hit_comes(
    monkeypatch: pytest.MonkeyPatch, storage: Storage
) -> None:
    monkeypatch.setattr(batch, "SIGHTINGS_WAIT", 0.01)
    storage.hits.see(("camp_1", 0, "", "convert", "none", ""), 5)
    for _ in range(500):
        async with storage.read() as db:
            if (await db.execute(select(tag_health.c.count))).scalar() == 1:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was stored in five seconds")


async def test_a_flood_of_made_up_sightings_is_bounded(storage: Storage) -> None:
    for number in range(6_000):
        storage.hits.see(("camp_1", 0, f"https://{number}.example", "hit", "page", ""), number)
    await storage.hits.close()
    async with storage.read() as db:
        assert len((await db.execute(select(tag_health.c.origin))).all()) == 5_000


async def test_a_row_that_is_refused_stores_nothing_and_the_next_is_taken(
    storage: Storage,
) -> None:
    await storage.hits.add(row(1), None)
    with pytest.raises(Unavailable):
        await storage.hits.add(row(1), ("camp_1", 0, "ref_1"))
    await storage.hits.add(row(2), None)
    async with storage.read() as db:
        assert len((await db.execute(select(hits.c.id))).all()) == 2
        assert (await db.execute(select(visits.c.hits))).first() is None


async def test_what_arrives_during_a_commit_is_the_next_batch() -> None:
    driver = Slow()
    writer = BatchWriter(driver)
    waiting = [writer.add(row(0), None)]
    while not driver.batches:
        await asyncio.sleep(0)
    waiting += [writer.add(row(n), None) for n in range(1, 50)]
    assert not any(done.done() for done in waiting)
    driver.go.set()
    await asyncio.gather(*waiting)
    assert driver.batches == [1, 49]
    await writer.close()


async def test_a_commit_that_fails_refuses_every_row_of_it() -> None:
    driver = Slow()
    driver.fails = True
    driver.go.set()
    writer = BatchWriter(driver)
    answers = await asyncio.gather(
        *(writer.add(row(n), None) for n in range(5)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [Unavailable] * 5
    await writer.close()


async def test_a_failure_that_nobody_foresaw_refuses_its_batch_and_the_next_is_taken() -> None:
    class Surprising(Slow):
        async def commit(self, written: Batch) -> None:
            await super().commit(written)
            if len(self.batches) == 1:
                raise RuntimeError("a bug")

    driver = Surprising()
    driver.go.set()
    writer = BatchWriter(driver)
    with pytest.raises(Unavailable):
        await writer.add(row(1), None)
    await writer.add(row(2), None)
    await writer.close()


async def test_a_full_queue_refuses_at_once() -> None:
    driver = Slow()
    writer = BatchWriter(driver)
    waiting = [writer.add(row(n), None) for n in range(10_000)]
    with pytest.raises(Unavailable):
        writer.add(row(10_000), None)
    driver.go.set()
    await asyncio.gather(*waiting)
    await writer.close()


async def test_closing_stores_what_was_queued(storage: Storage) -> None:
    waiting = [storage.hits.add(row(n), None) for n in range(20)]
    await storage.hits.close()
    await asyncio.gather(*waiting)
    async with storage.read() as db:
        assert len((await db.execute(select(hits.c.id))).all()) == 20


async def test_of_a_batch_in_two_commits_each_counts_its_own_visits() -> None:
    counted: list[int] = []

    class Counting(Slow):
        async def commit(self, written: Batch) -> None:
            counted.append(written.visits["camp_1", 0, "ref_1"])
            await super().commit(written)

    driver = Counting()
    writer = BatchWriter(driver)
    first = writer.add(row(0), ("camp_1", 0, "ref_1"))
    while not driver.batches:
        await asyncio.sleep(0)
    rest = [writer.add(row(n), ("camp_1", 0, "ref_1")) for n in range(1, 1_502)]
    driver.go.set()
    await asyncio.gather(first, *rest)
    assert driver.batches == counted == [1, 1_000, 501]
    await writer.close()
