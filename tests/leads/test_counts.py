"""The counts of leads, kept as each joins, moves and moves back."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from goodword.clock import DAY, HOUR
from goodword.leads import counts
from goodword.leads import record as leads
from goodword.lifecycle.review import qualify, reject, reopen, unqualify
from goodword.lifecycle.test_run import start_test
from goodword.lifecycle.tick import tick
from goodword.model import Lead, LeadStatus, Mode
from goodword.storage import Storage
from goodword.storage import tables as t
from lifecycle.world import World

LEAD = Lead(
    id="lead_1",
    campaign_id="camp",
    referrer_id="ref_ada",
    status=LeadStatus.PENDING,
    reason=None,
    code="CODE",
    email=None,
    email_canonical=None,
    customer=None,
    name=None,
    hit_id=None,
    visitor=None,
    source="lead",
    mode=Mode.LIVE,
    joined_at=3 * DAY + HOUR,
    converted_at=None,
)
QUALIFIED = replace(LEAD, status=LeadStatus.QUALIFIED, converted_at=5 * DAY - 1)
REJECTED = replace(LEAD, status=LeadStatus.REJECTED)
TEST = replace(QUALIFIED, mode=Mode.TEST)

Counts = dict[int, tuple[int, int]]
"""By day: how many joined and how many qualified."""


async def _counts(storage: Storage, *changes: tuple[Lead | None, Lead | None]) -> Counts:
    async with storage.write() as db:
        for before, after in changes:
            await counts.shift(db, before, after)
    mine = await _of(storage, "ref_ada")
    assert await _of(storage, t.WHOLE) == mine
    return mine


async def _of(storage: Storage, referrer_id: str) -> Counts:
    c = t.lead_counts.c
    async with storage.read() as db:
        query = select(c.day, c.joined, c.qualified).where(c.referrer_id == referrer_id)
        return {row[0]: (row[1], row[2]) for row in await db.execute(query)}


async def test_a_lead_counts_on_the_day_it_joined(storage: Storage) -> None:
    assert await _counts(storage, (None, LEAD)) == {3 * DAY: (1, 0)}


async def test_a_qualified_lead_counts_on_the_day_it_converted_too(storage: Storage) -> None:
    found = await _counts(storage, (None, LEAD), (LEAD, QUALIFIED))
    assert found == {3 * DAY: (1, 0), 4 * DAY: (0, 1)}


async def test_what_is_taken_back_counts_no_more(storage: Storage) -> None:
    found = await _counts(storage, (None, QUALIFIED), (QUALIFIED, LEAD), (LEAD, REJECTED))
    assert found == {3 * DAY: (0, 0), 4 * DAY: (0, 0)}


async def test_a_rejected_lead_counts_nowhere(storage: Storage) -> None:
    assert await _counts(storage, (None, REJECTED)) == {}
    assert await _counts(storage, (REJECTED, LEAD)) == {3 * DAY: (1, 0)}


async def test_a_test_lead_counts_nowhere(storage: Storage) -> None:
    assert await _counts(storage, (None, TEST), (TEST, None)) == {}


async def test_a_lead_that_is_erased_counts_no_more(storage: Storage) -> None:
    found = await _counts(storage, (None, QUALIFIED), (QUALIFIED, None))
    assert found == {3 * DAY: (0, 0), 4 * DAY: (0, 0)}


async def test_every_way_of_a_lead_ends_in_what_a_recount_finds(w: World) -> None:
    for number in range(4):
        arrived = await w.visit(w.bob if number else w.ada)
        await w.sign_up(token=arrived.token, email=f"friend-{number}@example.com")
        w.wait(DAY)
        await w.convert(token=arrived.token, order=str(number))
    first, second, third, _ = [each.id for each in await w.leads()]
    await unqualify(w.context, w.campaign, first, "ada")
    await reject(w.context, w.campaign, second, "ada")
    await reject(w.context, w.campaign, third, "ada")
    w.wait(DAY)
    await reopen(w.context, w.campaign, third, "ada")
    await qualify(w.context, w.campaign, third, "ada")
    assert await _stored(w) == await _recounted(w)


async def test_a_test_run_leaves_no_count(w: World) -> None:
    run = await start_test(w.context, w.campaign)
    arrived = await w.visit(code=run.code)
    await w.sign_up(token=arrived.token, email="grace@example.com")
    await w.convert(token=arrived.token, order="1042")
    w.wait(2 * DAY)
    await tick(w.context)
    assert await w.count("leads") == 0
    assert await w.count("lead_counts") == 0


async def test_a_change_that_fails_changes_no_count(w: World) -> None:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="grace@example.com")
    before = await _stored(w)
    lead = await w.only_lead()
    stale = replace(lead, status=LeadStatus.QUALIFIED)
    async with w.context.storage.write(w.campaign.id) as db:
        assert await leads.move(db, stale, LeadStatus.REJECTED) is None
    assert await _stored(w) == before


async def _stored(w: World) -> dict[tuple[str, int], tuple[int, int]]:
    """What the counters say, by referrer and day, without the days that came to nought."""
    c = t.lead_counts.c
    async with w.context.storage.read() as db:
        query = select(c.referrer_id, c.day, c.joined, c.qualified)
        rows = await db.execute(query.where(c.referrer_id != t.WHOLE))
        return {(row[0], row[1]): (row[2], row[3]) for row in rows if row[2] or row[3]}


async def _recounted(w: World) -> dict[tuple[str, int], tuple[int, int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for lead in await w.leads():
        if lead.status is not LeadStatus.REJECTED:
            day = lead.joined_at - lead.joined_at % DAY
            found.setdefault((lead.referrer_id, day), [0, 0])[0] += 1
        if lead.converted_at is not None:
            day = lead.converted_at - lead.converted_at % DAY
            found.setdefault((lead.referrer_id, day), [0, 0])[1] += 1
    return {key: (joined, qualified) for key, (joined, qualified) in found.items()}
