"""The Stats page: every number is that of the rows it links to."""

from __future__ import annotations

import re
from html import unescape

import pytest

from goodword.clock import HOUR
from goodword.model import Kind, Recipient
from web.admin_app import Browsing


async def _months(admin: Browsing) -> None:
    """Two months in which Ada and Bob bring people, some of whom buy, one of whom is rejected."""
    w = admin.world
    for number in range(14):
        arrived = await w.visit(w.bob if number % 3 == 0 else w.ada)
        await w.sign_up(token=arrived.token, email=f"friend-{number}@example.org")
        if number % 2 == 0:
            await w.convert(token=arrived.token, order=str(number))
        w.wait(22 * HOUR)
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="ada@example.com")


NUMBER = re.compile(r'<a[^>]* href="(/admin/(?:leads|visits)\?[^"]+)"[^>]*>(\d+)</a>')
LEAD = re.compile(r"/admin/leads/(lead_\w+)\?")


async def test_every_number_links_to_as_many_rows_as_it_says(admin: Browsing) -> None:
    await _months(admin)
    for address in ("/admin/", "/admin/?month=2026-11"):
        found = NUMBER.findall(await admin.get(address))
        assert len(found) > 20
        for link, number in dict.fromkeys(found):
            page = await admin.get(unescape(link))
            rows = page.count("<tr>") - 1 if "/visits" in link else len(set(LEAD.findall(page)))
            assert max(rows, 0) == int(number), link


async def test_due_and_issued_link_to_their_rewards_by_month_and_referrer(admin: Browsing) -> None:
    w = admin.world
    lead = await w.buyer("1")
    await w.pay("issue", *await w.rewards(lead.id), early=True)
    await w.buyer("2")
    page = unescape(await admin.get("/admin/"))
    links = re.findall(r'href="(/admin/rewards\?[^"]*status=[^"]+)">([^<]+)</a>', page)
    mine = f"/admin/rewards?campaign={w.campaign.id}"
    assert dict(links) == {
        f"{mine}&status=due": "10.00 EUR",
        f"{mine}&status=due&month=2026-11": "10.00 EUR",
        f"{mine}&status=due&month=2026-10": "0.00 EUR",
        f"{mine}&status=issued&month=2026-11": "10.00 EUR",
        f"{mine}&status=issued&month=2026-10": "0.00 EUR",
        f"{mine}&status=issued": "10.00 EUR",
        f"{mine}&referrer={w.ada.id}&status=due": "10.00 EUR",
        f"{mine}&referrer={w.ada.id}&status=issued&month=2026-11": "10.00 EUR",
    }


async def test_currencies_and_things_are_never_added_up(admin: Browsing) -> None:
    await admin.world.rule(kind=Kind.CUSTOM, unit="free month", amount=3, currency="")
    await admin.world.rule(amount=500, currency="USD")
    await admin.world.buyer("1")
    page = await admin.get("/admin/")
    sums = re.findall(r'class="big sum"[^>]*>([^<]+)<', page)
    assert sums == ["5.00 USD", "10.00 EUR", "3 free month"]


async def test_what_friends_get_is_told_apart(admin: Browsing) -> None:
    await admin.world.buyer("1")
    told = "Due and issued hold what their friends get, too."
    assert told not in await admin.get("/admin/")
    await admin.world.rule(recipients=tuple(Recipient))
    assert told in await admin.get("/admin/")


async def test_the_table_of_referrers_goes_back_month_by_month(admin: Browsing) -> None:
    await _months(admin)
    page = unescape(await admin.get("/admin/"))
    assert "Who referred in December 2026" in page
    [before] = re.findall(r'href="([^"]+)">The month before<', page)
    page = await admin.get(before.partition("#")[0])
    assert "Who referred in November 2026" in page
    assert "This month" in page
    assert "Nobody came through a referral link in May 2026." in await admin.get(
        "/admin/?month=2026-05"
    )


@pytest.mark.parametrize("query", ["month=x", "month=2026-99", "month=%00", "on=x", "referrer=%00"])
async def test_what_an_address_says_wrongly_is_left_out(admin: Browsing, query: str) -> None:
    assert "Who referred in November 2026" in await admin.get(f"/admin/?{query}")
    assert "newest first" in await admin.get(f"/admin/visits?{query}")


async def test_visits_that_none_match_lead_on_to_all_visits(admin: Browsing) -> None:
    await _months(admin)
    page = await admin.get("/admin/visits?on=2026-05-01")
    assert "No visit matches" in page
    assert "Show all visits" in page
    w = admin.world
    page = await admin.get(f"/admin/visits?on=2026-11&referrer={w.bob.id}")
    assert "Through referral links of Bob in November 2026, newest first" in page
