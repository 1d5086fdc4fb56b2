"""The rewards as the Rewards tab reads them."""

from __future__ import annotations

from dataclasses import replace

from goodword.model import Kind, Reward, RewardStatus
from goodword.stats import owed
from goodword.stats.owed import OwedRow, OwedWanted, Total
from goodword.stats.rows import Page
from goodword.stats.shape import Span
from lifecycle.world import DAY, World

DUE, HELD, ISSUED = RewardStatus.DUE, RewardStatus.HELD, RewardStatus.ISSUED


async def pages(w: World, wanted: OwedWanted, limit: int = 2) -> list[OwedRow]:
    """Every row, read page by page."""
    found: list[OwedRow] = []
    cursor: str | None = ""
    async with w.context.storage.read() as db:
        while cursor is not None:
            page = await owed.rewards(db, w.campaign.id, wanted, cursor, limit)
            assert len(page.rows) <= limit
            found, cursor = found + page.rows, page.next
    return found


async def totals(w: World, referrer_id: str = "", month: Span | None = None) -> dict[str, str]:
    async with w.context.storage.read() as db:
        found = await owed.totals(db, w.campaign.id, referrer_id, month)
    return {
        status.value: ", ".join(f"{each.rewards}: {each.worth}" for each in each_)
        for status, each_ in found.items()
        if each_
    }


async def bought(w: World, order: str) -> Reward:
    lead = await w.buyer(order)
    return (await w.rewards(lead.id))[0]


async def test_what_is_due_comes_in_the_order_in_which_it_may_go_out(w: World) -> None:
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=1, delay=90 * DAY)
    for order in ("1", "2", "3"):
        await w.buyer(order)
        w.wait(DAY)
    rows = await pages(w, OwedWanted(status=DUE))
    assert [(row.worth, row.order_id) for row in rows] == [
        *(("10.00 EUR", order) for order in ("1", "2", "3")),
        *(("1 free month", order) for order in ("1", "2", "3")),
    ]
    assert rows[0].event == "purchase"
    assert rows[0].referrer_name == "Ada Lovelace"


async def test_only_what_is_ripe_is_read_where_that_is_asked_for(w: World) -> None:
    first = await bought(w, "1")
    w.wait(DAY)
    second = await bought(w, "2")
    wanted = OwedWanted(status=DUE, ripe_at=first.issue_after)
    assert [row.id for row in await pages(w, wanted)] == [first.id]
    async with w.context.storage.read() as db:
        assert await owed.ripe(db, w.campaign.id, wanted) == [Total(1, 1000, "EUR", "")]
        waiting = OwedWanted(status=DUE)
        at = await owed.first_waiting(db, w.campaign.id, waiting, first.issue_after)
        assert at == second.issue_after
        assert await owed.first_waiting(db, w.campaign.id, waiting, second.issue_after) is None


async def test_the_sums_of_what_is_ripe_are_those_of_its_rewards(w: World) -> None:
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=2)
    for order in "1234":
        reward = await bought(w, order)
        w.wait(DAY - 1)
    await w.pay("issue", reward, early=True)
    for at in (reward.issue_after - DAY, reward.issue_after, reward.issue_after + 40 * DAY):
        wanted = OwedWanted(status=DUE, ripe_at=at)
        async with w.context.storage.read() as db:
            whole = await owed.ripe(db, w.campaign.id, wanted)
            by_row = replace(wanted, referrer_id=w.ada.id)
            assert whole == await owed.ripe(db, w.campaign.id, by_row)
    assert whole == [Total(3, 3000, "EUR", ""), Total(4, 8, "", "free month")]


async def test_what_was_issued_last_comes_first(w: World) -> None:
    first, second = await bought(w, "1"), await bought(w, "2")
    await w.pay("issue", second, early=True)
    w.wait(DAY)
    await w.pay("issue", first, early=True)
    assert [row.id for row in await pages(w, OwedWanted(status=ISSUED))] == [first.id, second.id]


async def test_totals_never_add_up_across_and_take_reversals_off(w: World) -> None:
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=2)
    await w.rule(amount=300, currency="USD")
    reward = await bought(w, "1")
    await w.buyer("2", w.bob)
    assert await totals(w) == {"due": "2: 6.00 USD, 2: 20.00 EUR, 2: 4 free month"}
    assert await totals(w, w.bob.id) == {"due": "1: 3.00 USD, 1: 10.00 EUR, 1: 2 free month"}
    await w.pay("issue", reward, early=True)
    await w.pay("reverse", reward)
    assert (await totals(w))["issued"] == "2: 0.00 EUR"


async def test_a_month_is_that_of_issue_for_what_was_issued(w: World) -> None:
    reward = await bought(w, "1")
    made = w.clock[0]
    w.wait(30 * DAY)
    await w.pay("issue", reward)
    then, now = Span(made - DAY, made + DAY), Span(w.clock[0] - DAY, w.clock[0] + DAY)
    assert await pages(w, OwedWanted(status=ISSUED, month=then)) == []
    assert [row.id for row in await pages(w, OwedWanted(status=ISSUED, month=now))] == [reward.id]
    assert "issued" in await totals(w, month=Span(now.since - now.since % DAY, now.until))
    assert await totals(w, month=then) == {}


async def test_the_rest_comes_newest_first_and_page_by_page(w: World) -> None:
    rewards = []
    for order in range(5):
        rewards.append(await bought(w, str(order)))
        w.wait(1)
    await w.pay("hold", *rewards)
    rows = await pages(w, OwedWanted(status=HELD))
    assert [row.id for row in rows] == [reward.id for reward in reversed(rewards)]
    async with w.context.storage.read() as db:
        none = await owed.rewards(db, w.campaign.id, OwedWanted(status=RewardStatus.FAILED))
    assert none == Page([], None)


async def test_a_partly_reversed_row_says_what_is_left(w: World) -> None:
    await w.no_rules()
    await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
    lead = await w.buyer("1", amount="100.00")
    [reward] = await w.rewards(lead.id)
    await w.pay("issue", reward, early=True)
    w.wait(1)
    await w.refund("1", "40.00")
    reversal, issued = await pages(w, OwedWanted(status=ISSUED))
    assert (issued.taken_back, issued.left) == ("4.00 EUR", "6.00 EUR")
    assert (reversal.reverses, reversal.worth) == (reward.id, "-4.00 EUR")
