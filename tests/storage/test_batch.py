"""The group-committing writer: acknowledged is stored, refused is refused, nothing in between."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from goodword.storage import BatchWriter, Storage, Unavailable
from goodword.storage.batch import Batch, Row
from goodword.storage.tables import hits, refusals, visits


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
        self.go = asyncio.Event()
        self.fails = False

    async def commit(self, batch: Batch) -> None:
        self.batches.append(len(batch.rows))
        await self.go.wait()
        if self.fails:
            raise Unavailable("disk full")

    async def close(self) -> None:
        self.go.set()


async def test_every_acknowledged_row_is_stored_once(storage: Storage) -> None:
    await asyncio.gather(*(storage.hits.add(row(n), ("camp_1", 0, "ref_1")) for n in range(300)))
    async with storage.read() as db:
        stored = (await db.execute(select(hits.c.id))).scalars().all()
        counted = (await db.execute(select(visits.c.hits))).scalar_one()
    assert sorted(stored) == [f"hit_{n:032x}" for n in range(300)]
    assert counted == 300


async def test_a_second_batch_adds_to_the_visits_of_the_day(storage: Storage) -> None:
    for number in range(3):
        await storage.hits.add(row(number), ("camp_1", 0, "ref_1"))
    async with storage.read() as db:
        assert (await db.execute(select(visits.c.hits))).scalar_one() == 3


async def test_refusals_are_counted_by_the_hour(storage: Storage) -> None:
    for at in (5, 9):
        storage.hits.count(("camp_1", 0, "hit", "bot", ""), at)
        await storage.hits.add(row(at), None)
    async with storage.read() as db:
        found = (await db.execute(select(refusals.c.count, refusals.c.last_at))).one()
    assert tuple(found) == (2, 9)


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
        async def commit(self, batch: Batch) -> None:
            await super().commit(batch)
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
