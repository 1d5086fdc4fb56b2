"""Counts and sums of a small world, on each engine."""

from __future__ import annotations

from goodword.lifecycle.test_run import start_test
from goodword.model import Money
from goodword.stats import read
from goodword.stats.shape import calendar
from lifecycle.world import DAY, World


async def test_a_visit_a_referral_and_a_success_count_on_the_days_they_happened(w: World) -> None:
    visited = w.clock[0] - w.clock[0] % DAY
    arrived = await w.visit()
    w.wait(DAY)
    await w.sign_up(token=arrived.token, email="grace@example.com")
    w.wait(DAY)
    await w.convert(token=arrived.token, order="1042")
    span = calendar(w.clock[0]).span
    async with w.context.storage.read() as db:
        assert await read.visits_by_day(db, w.campaign.id, span) == {visited: 1}
        assert await read.referrals_by_day(db, w.campaign.id, span) == {visited + DAY: 1}
        assert await read.successful_by_day(db, w.campaign.id, span) == {visited + 2 * DAY: 1}


async def test_a_rejected_lead_is_no_referral(w: World) -> None:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="ada@example.com")
    span = calendar(w.clock[0]).span
    async with w.context.storage.read() as db:
        assert await read.referrals_by_day(db, w.campaign.id, span) == {}
        assert [each.referrals for each in await read.best_referrers(db, w.campaign.id, span)] == [
            0
        ]


async def test_a_test_run_counts_nowhere(w: World) -> None:
    run = await start_test(w.context, w.campaign)
    arrived = await w.visit(code=run.code)
    await w.sign_up(token=arrived.token, email="grace@example.com")
    await w.convert(token=arrived.token, order="1042")
    when = calendar(w.clock[0])
    async with w.context.storage.read() as db:
        assert await read.visits_by_day(db, w.campaign.id, when.span) == {}
        assert await read.referrals_by_day(db, w.campaign.id, when.span) == {}
        assert await read.successful_by_day(db, w.campaign.id, when.span) == {}
        assert await read.best_referrers(db, w.campaign.id, when.span) == []
        assert await read.reward_sums(db, w.campaign.id) == []


async def test_what_is_due_says_how_much_is_ready_and_from_which_month(w: World) -> None:
    await _earn(w, "1")
    w.wait(31 * DAY)
    await _earn(w, "2")
    when = calendar(w.clock[0])
    async with w.context.storage.read() as db:
        due = await read.due(db, w.campaign.id, when.month, when.last_month, w.clock[0])
    ten, twenty = Money(1000, "EUR"), Money(2000, "EUR")
    assert due == [read.Due(rewards=2, total=twenty, ready=ten, month=ten, last_month=ten)]


async def test_what_is_held_is_not_due(w: World) -> None:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="one@example.com")
    await w.sign_up(token=arrived.token, email="two@example.com")
    await w.convert(token=arrived.token, email="two@example.com", order="7")
    when = calendar(w.clock[0])
    async with w.context.storage.read() as db:
        assert await read.due(db, w.campaign.id, when.month, when.last_month, w.clock[0]) == []
        assert await read.due_to(db, w.campaign.id, [w.ada.id]) == {}
        sums = await read.reward_sums(db, w.campaign.id)
    assert [(each.status, str(each.total)) for each in sums] == [("held", "10.00")]


async def test_who_brought_the_most_comes_first(w: World) -> None:
    for _ in range(3):
        await w.visit(w.ada)
    arrived = await w.visit(w.bob)
    await w.sign_up(token=arrived.token, email="grace@example.com")
    await w.convert(token=arrived.token, order="1")
    span = calendar(w.clock[0]).span
    async with w.context.storage.read() as db:
        best = await read.best_referrers(db, w.campaign.id, span)
        due = await read.due_to(db, w.campaign.id, [each.referrer_id for each in best])
    assert [(each.name, each.visits, each.referrals, each.successful) for each in best] == [
        ("Bob", 1, 1, 1),
        ("Ada Lovelace", 3, 0, 0),
    ]
    assert due == {w.bob.id: [Money(1000, "EUR")]}


async def _earn(w: World, order: str) -> None:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email=f"friend-{order}@example.com")
    await w.convert(token=arrived.token, order=order)
