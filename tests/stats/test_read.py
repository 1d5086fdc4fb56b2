"""Counts and sums of a small world, on each engine."""

from __future__ import annotations

from goodword.lifecycle.test_run import start_test
from goodword.model import Kind, Recipient, RewardStatus
from goodword.stats import read
from goodword.stats.owed import totals
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
        assert not any((await totals(db, w.campaign.id)).values())


async def test_what_is_due_says_from_which_month_it_is(w: World) -> None:
    await _earn(w, "1")
    w.wait(31 * DAY)
    await _earn(w, "2")
    due, issued = await _tallies(w)
    assert [_said(each) for each in due] == [("20.00 EUR", "10.00 EUR", "10.00 EUR")]
    assert issued == []


async def test_what_was_issued_counts_in_the_month_of_its_issue_less_what_was_reversed(
    w: World,
) -> None:
    first, second = await w.buyer("1"), await w.buyer("2")
    rewards = [*await w.rewards(first.id), *await w.rewards(second.id)]
    await w.pay("issue", *rewards, early=True)
    w.wait(31 * DAY)
    await w.pay("reverse", rewards[0])
    due, issued = await _tallies(w)
    assert due == []
    assert [_said(each) for each in issued] == [("10.00 EUR", "-10.00 EUR", "20.00 EUR")]
    assert [each.last_month_by_now for each in issued] == [2000]


async def test_currencies_and_things_stand_side_by_side(w: World) -> None:
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=3, currency="")
    await w.rule(amount=500, currency="USD")
    await w.buyer("1")
    due, _ = await _tallies(w)
    assert [each.worth(each.total) for each in due] == ["5.00 USD", "10.00 EUR", "3 free month"]
    async with w.context.storage.read() as db:
        owed = await read.owed_by_referrer(db, w.campaign.id, [w.ada.id], RewardStatus.DUE)
        assert owed == {w.ada.id: ["5.00 USD", "10.00 EUR", "3 free month"]}
        assert await read.due_to(db, w.campaign.id, [w.ada.id]) == owed


async def test_what_a_referrer_earned_is_that_of_the_stretch_alone(w: World) -> None:
    lead = await w.buyer("1")
    await w.pay("issue", *await w.rewards(lead.id), early=True)
    when = calendar(w.clock[0])
    ids = [w.ada.id, w.bob.id]
    async with w.context.storage.read() as db:
        for span, found in ((when.month, {w.ada.id: ["10.00 EUR"]}), (when.last_month, {})):
            issued = RewardStatus.ISSUED
            owed = await read.owed_by_referrer(db, w.campaign.id, ids, issued, span)
            assert owed == found


async def test_what_a_friend_gets_is_not_due_to_the_referrer(w: World) -> None:
    await w.no_rules()
    await w.rule(recipients=(Recipient.LEAD,))
    await w.buyer("1")
    async with w.context.storage.read() as db:
        assert await read.due_to(db, w.campaign.id, [w.ada.id]) == {}
        owed = await read.owed_by_referrer(db, w.campaign.id, [w.ada.id], RewardStatus.DUE)
    assert owed == {w.ada.id: ["10.00 EUR"]}


async def test_what_is_held_is_not_due(w: World) -> None:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="one@example.com")
    await w.sign_up(token=arrived.token, email="two@example.com")
    await w.convert(token=arrived.token, email="two@example.com", order="7")
    assert await _tallies(w) == ([], [])
    async with w.context.storage.read() as db:
        assert await read.due_to(db, w.campaign.id, [w.ada.id]) == {}
        held = (await totals(db, w.campaign.id))[RewardStatus.HELD]
    assert [each.worth for each in held] == ["10.00 EUR"]


async def _tallies(w: World) -> tuple[list[read.Tally], list[read.Tally]]:
    """What is due, and what was issued."""
    async with w.context.storage.read() as db:
        found = await read.tallies(db, w.campaign.id, calendar(w.clock[0]))
    return found[RewardStatus.DUE], found[RewardStatus.ISSUED]


def _said(tally: read.Tally) -> tuple[str, str, str]:
    """Altogether, of this month, of last month."""
    return (
        tally.worth(tally.total),
        tally.worth(tally.month),
        tally.worth(tally.last_month),
    )


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
    assert due == {w.bob.id: ["10.00 EUR"]}


async def test_the_best_of_a_month_are_those_of_its_days(w: World) -> None:
    for _ in range(3):
        await w.visit(w.ada)
    for number in range(2):
        arrived = await w.visit(w.bob)
        await w.sign_up(token=arrived.token, email=f"friend-{number}@example.com")
    await w.convert(token=arrived.token, order="1")
    month = calendar(w.clock[0]).month
    w.wait(40 * DAY)
    arrived = await w.visit(w.ada)
    await w.sign_up(token=arrived.token, email="late@example.com")
    async with w.context.storage.read() as db:
        for span in (month, calendar(w.clock[0]).month):
            best = await read.best_of_month(db, w.campaign.id, span)
            assert best == await read.best_referrers(db, w.campaign.id, span)
        [only] = await read.best_of_month(db, w.campaign.id, month, 1)
    assert (only.name, only.visits, only.referrals, only.successful) == ("Bob", 2, 2, 1)


async def _earn(w: World, order: str) -> None:
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email=f"friend-{order}@example.com")
    await w.convert(token=arrived.token, order=order)
