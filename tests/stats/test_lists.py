"""Pages of rows, on each engine: order, filters, and cursors that miss and repeat nothing."""

from __future__ import annotations

import pytest

from goodword.clock import DAY, MINUTE
from goodword.leads import record as lead_shelf
from goodword.lifecycle.set_up import create_referrer
from goodword.model import LeadStatus
from goodword.stats import lists
from goodword.stats import search as lists_search
from goodword.stats.rows import LeadsWanted
from goodword.stats.shape import Span
from lifecycle.world import World

ORDERS = [
    (LeadsWanted(), ["e", "d", "c", "b", "a"]),
    (LeadsWanted(oldest_first=True), ["a", "b", "c", "d", "e"]),
    (LeadsWanted(sort="converted"), ["a", "c", "e", "d", "b"]),
    (LeadsWanted(sort="converted", oldest_first=True), ["c", "a", "e", "d", "b"]),
]


@pytest.mark.parametrize(("wanted", "names"), ORDERS)
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_go_through_all_leads_in_order_once(
    w: World, wanted: LeadsWanted, names: list[str], limit: int
) -> None:
    await _five_leads(w)
    assert await _walk(w, wanted, limit) == names


async def test_leads_that_joined_in_one_millisecond_are_each_listed_once(w: World) -> None:
    for name in "abcd":
        await _lead(w, name)
    assert sorted(await _walk(w, LeadsWanted(), 1)) == ["a", "b", "c", "d"]


async def test_a_cursor_that_is_none_starts_at_the_beginning(w: World) -> None:
    await _five_leads(w)
    for cursor in ("x", "1", ".", "never.", "never.x", "9" * 40 + ".lead_x", "١.lead_x"):
        wanted = LeadsWanted(sort="converted" if cursor.startswith("never") else "joined")
        async with w.context.storage.read() as db:
            page = await lists.leads(db, w.campaign.id, wanted, cursor)
        assert page.rows


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("A@Example.com", ["a"]),
        ("example", ["e", "d", "c", "b", "a"]),
        ("friend b", ["b"]),
        ("100%", []),
        ("_", []),
        ("nobody@example.com", []),
        ("' or 1=1 --", []),
        ("FRIEND  B", ["b"]),
        ("riend", []),
        ("com", []),
        (" ", ["e", "d", "c", "b", "a"]),
    ],
)
@pytest.mark.parametrize("few", [0, lists_search.FEW])
async def test_a_search_finds_the_beginning_of_any_word(
    w: World, monkeypatch: pytest.MonkeyPatch, search: str, names: list[str], few: int
) -> None:
    monkeypatch.setattr(lists_search, "FEW", few)
    await _five_leads(w)
    assert await _walk(w, LeadsWanted(search=search.strip()), 2) == names


async def test_a_whole_code_or_customer_number_finds_its_lead(w: World) -> None:
    token = await _lead(w, "a")
    await w.convert(token=token, order="1", customer="cus_42")
    lead = await w.only_lead()
    for search in (lead.code, lead.code.lower(), "cus_42"):
        assert await _walk(w, LeadsWanted(search=search), 50) == ["a"]
    assert await _walk(w, LeadsWanted(search="cus_4"), 50) == []


async def test_what_a_lead_is_called_later_finds_it(w: World) -> None:
    arrived = await w.visit()
    await w.convert(token=arrived.token, order="1")
    await w.sign_up(token=arrived.token, email="grace@example.org", name="Grace")
    assert await _walk(w, LeadsWanted(search="grace"), 50) == ["Grace"]
    lead = await w.only_lead()
    async with w.context.storage.write(w.campaign.id) as db:
        await lead_shelf.rename(db, lead, "Amazing Hopper")
    assert await _walk(w, LeadsWanted(search="hop"), 50) == ["Amazing Hopper"]


async def test_referrers_are_found_by_any_code_of_theirs(w: World) -> None:
    await create_referrer(w.context, w.campaign, "eve@example.com", "Eve Noël", "test", "eve-10")
    for search in ("eve-10", "EVE-10", "noel", "eve@"):
        async with w.context.storage.read() as db:
            page = await lists.referrers(db, w.campaign.id, search)
        assert [row.name for row in page.rows] == ["Eve Noël"]
    async with w.context.storage.read() as db:
        page = await lists.referrers(db, w.campaign.id, w.ada.code.lower())
    assert [row.name for row in page.rows] == ["Ada Lovelace"]


async def test_filters_narrow_the_list(w: World) -> None:
    start = w.clock[0]
    await _five_leads(w)
    await _lead(w, "f", w.bob)
    qualified = LeadsWanted(statuses=(LeadStatus.QUALIFIED,))
    assert await _walk(w, qualified, 50) == ["c", "a"]
    assert await _walk(w, LeadsWanted(referrer_id=w.bob.id), 50) == ["f"]
    early = Span(start, start + 2 * MINUTE)
    assert await _walk(w, LeadsWanted(joined=early), 50) == ["b", "a"]
    late = Span(start + 90 * MINUTE, w.clock[0] + 1)
    assert await _walk(w, LeadsWanted(converted=late, sort="converted"), 1) == ["a"]


async def test_a_lead_shows_who_referred_it(w: World) -> None:
    await _lead(w, "a")
    async with w.context.storage.read() as db:
        page = await lists.leads(db, w.campaign.id, LeadsWanted())
    [row] = page.rows
    assert (row.referrer_id, row.referrer_name) == (w.ada.id, "Ada Lovelace")


async def test_referrers_come_with_what_they_brought(w: World) -> None:
    await _five_leads(w)
    await _lead(w, "ada")
    async with w.context.storage.read() as db:
        page = await lists.referrers(db, w.campaign.id)
        only = await lists.referrers(db, w.campaign.id, referrer_id=w.bob.id)
        named = await lists.referrers(db, w.campaign.id, search="lovelace")
    brought = {row.name: (row.visits, row.referrals, row.referrals_successful) for row in page.rows}
    assert brought == {"Ada Lovelace": (6, 5, 2), "Bob": (0, 0, 0)}
    assert [row.name for row in only.rows] == ["Bob"]
    assert [row.name for row in named.rows] == ["Ada Lovelace"]


async def test_referrers_are_paged(w: World) -> None:
    async with w.context.storage.read() as db:
        first = await lists.referrers(db, w.campaign.id, limit=1)
        second = await lists.referrers(db, w.campaign.id, cursor=first.next or "", limit=1)
    assert {row.name for row in first.rows + second.rows} == {"Ada Lovelace", "Bob"}
    assert second.next is None


async def test_visits_are_listed_newest_first(w: World) -> None:
    await w.visit(w.ada)
    w.wait(MINUTE)
    await w.visit(w.bob)
    async with w.context.storage.read() as db:
        first = await lists.visits(db, w.campaign.id, limit=1)
        second = await lists.visits(db, w.campaign.id, first.next or "", limit=1)
    assert [row.referrer_name for row in first.rows + second.rows] == ["Bob", "Ada Lovelace"]


async def test_visits_of_a_referrer_are_found_on_the_days_they_came(w: World) -> None:
    came = []
    for _ in range(4):
        for number in range(2):
            await w.visit(w.ada if number else w.bob)
            w.wait(MINUTE)
        came.append(w.clock[0])
        w.wait(2 * DAY)
    for limit in (1, 2, 3, 50):
        assert len(await _visits(w, w.ada.id, limit)) == 4
    two = Span(came[1] - DAY, came[2] + DAY)
    assert [came.index(at + MINUTE) for at in await _visits(w, w.ada.id, 1, two)] == [2, 1]
    assert await _visits(w, "ref_nobody", 50) == []


async def _visits(w: World, referrer_id: str, limit: int, span: Span | None = None) -> list[int]:
    """When a referrer's visits were, page after page."""
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        async with w.context.storage.read() as db:
            page = await lists.visits(
                db, w.campaign.id, cursor, limit, referrer_id=referrer_id, span=span
            )
        found += [row.created_at for row in page.rows]
        cursor = page.next
    return found


async def _five_leads(w: World) -> None:
    """Five a minute apart; `c` converts first, then `a`."""
    tokens = {}
    for name in "abcde":
        tokens[name] = await _lead(w, name)
        w.wait(MINUTE)
    for name in "ca":
        w.wait(60 * MINUTE)
        await w.convert(token=tokens[name], order=name)


async def _lead(w: World, name: str, referrer: object = None) -> str:
    arrived = await w.visit(referrer)  # type: ignore[arg-type]
    await w.sign_up(token=arrived.token, email=f"{name}@example.com", name=f"Friend {name}")
    return arrived.token


async def _walk(w: World, wanted: LeadsWanted, limit: int) -> list[str]:
    """The last letter of each name, page after page."""
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        async with w.context.storage.read() as db:
            page = await lists.leads(db, w.campaign.id, wanted, cursor, limit)
        names += [(row.name or "").removeprefix("Friend ") for row in page.rows]
        cursor = page.next
    return names
