"""Leads decided on their pages, singly and by the dozen, and taken back; lists saved as files."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest

from goodword.clock import DAY
from goodword.model import LeadStatus
from web.admin_app import Browsing
from web.stage import one_engine


async def leads_of(admin: Browsing, count: int) -> list[str]:
    """So many pending leads of Ada's, with a name each."""
    ids = []
    for number in range(count):
        visit = await admin.world.visit()
        answer = await admin.world.sign_up(
            token=visit.token, email=f"friend-{number}@example.org", name=f"Friend {number}"
        )
        ids.append(answer.id or "")
        admin.world.wait(1)
    return ids


async def send(admin: Browsing, path: str = "/admin/leads/review", **fields: object) -> str:
    """The page that a form leads to."""
    mine = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id}
    answer = await admin.client.post(path, data=mine | fields)
    assert answer.status_code == 303, answer.text
    return await admin.get(answer.headers["location"])


async def statuses(admin: Browsing) -> list[str]:
    return [lead.status for lead in await admin.world.leads()]


def banner(page: str) -> str:
    found = re.search(r'class="said did"[^>]*>\s*<p>(.*?)</p>', page, re.DOTALL)
    return unescape(found[1]) if found else ""


def undo_fields(page: str) -> dict[str, str]:
    """What the Undo button of a page sends."""
    form = page.partition('action="/admin/undo"')[2].partition("</form>")[0]
    return {
        name: unescape(value)
        for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)
        if name in ("deed", "back")
    }


async def test_ticked_leads_are_qualified_together_and_the_page_says_so(admin: Browsing) -> None:
    ids = await leads_of(admin, 3)
    await send(admin, one=f"reject {ids[0]}")
    back = f"/admin/leads?campaign={admin.world.campaign.id}&sort=joined"
    page = await send(admin, verb="qualify", id=ids, note="called them", back=back)
    assert await statuses(admin) == ["rejected", "qualified", "qualified"]
    assert banner(page) == "Qualified 2 leads. 1 was left: it is rejected: reopen it first."
    assert "sort" not in banner(page)


async def test_undo_takes_them_back_and_returns_to_the_same_list(admin: Browsing) -> None:
    ids = await leads_of(admin, 2)
    back = f"/admin/leads?campaign={admin.world.campaign.id}&status=pending"
    page = await send(admin, verb="reject", id=ids, back=back)
    assert await statuses(admin) == ["rejected", "rejected"]
    admin.world.wait(DAY)
    fields = undo_fields(page)
    undone = await send(admin, "/admin/undo", **fields)
    assert await statuses(admin) == ["pending", "pending"]
    assert banner(undone) == "Undone: rejected 2 leads."
    assert 'aria-current="true">Pending</a>' in undone
    again = await admin.get(f"{back}&did={fields['deed']}")
    assert "This was undone." in banner(again)
    assert undo_fields(again) == {}


async def test_the_menu_of_a_row_does_one_thing_to_one_lead(admin: Browsing) -> None:
    first, second = await leads_of(admin, 2)
    page = await send(admin, one=f"qualify {first}", id=[second], verb="reject")
    assert await statuses(admin) == ["qualified", "pending"]
    assert banner(page) == "Qualified the lead."


@one_engine
async def test_a_leads_own_page_offers_what_can_be_done_with_it(admin: Browsing) -> None:
    [lead] = await leads_of(admin, 1)
    here = f"/admin/leads/{lead}?campaign={admin.world.campaign.id}"
    assert re.findall(r'name="verb" value="(\w+)"', await admin.get(here)) == ["qualify", "reject"]
    page = await send(admin, verb="qualify", id=lead, back=here, note="by phone")
    assert re.findall(r'name="verb" value="(\w+)"', page) == ["unqualify", "reject"]
    assert "Reward due" in page
    assert (await admin.world.only_lead()).status is LeadStatus.QUALIFIED


@one_engine
async def test_a_button_without_ticked_leads_changes_nothing(admin: Browsing) -> None:
    await leads_of(admin, 1)
    for fields in ({"verb": "qualify"}, {"verb": "explode", "id": "lead_x"}, {}):
        page = await send(admin, **fields)
        assert banner(page).startswith("Nothing was changed. Tick the leads")
    assert await statuses(admin) == ["pending"]


@one_engine
async def test_nobody_puts_words_into_the_pages_mouth(admin: Browsing) -> None:
    for seal in ("", "0" * 32, "é"):
        page = await admin.get(f"/admin/leads?left=Send+us+your+password&seal={seal}")
        assert "password" not in page.partition("<main")[2]


@one_engine
@pytest.mark.parametrize("back", ["https://x.example/", "//x.example", "/login", "/\\x.example"])
async def test_an_act_never_leads_off_to_another_place(admin: Browsing, back: str) -> None:
    answer = await admin.post(
        "/admin/leads/review", campaign=admin.world.campaign.id, verb="qualify", back=back
    )
    assert answer.headers["location"].startswith("/admin/leads?campaign=")


@one_engine
async def test_a_deed_that_is_not_there_is_not_undone(admin: Browsing) -> None:
    answer = await admin.post(
        "/admin/undo", campaign=admin.world.campaign.id, deed="deed_x", back="/admin/leads"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/leads")


async def test_a_code_is_disabled_and_enabled_from_the_list(admin: Browsing) -> None:
    ada, back = admin.world.ada, f"/admin/referrers?campaign={admin.world.campaign.id}"
    page = await send(admin, "/admin/referrers/disable", referrer=ada.id, back=back)
    assert banner(page) == "Disabled the referrer."
    assert "Code disabled" in page
    assert (await admin.world.visit()).token == ""
    undone = await send(admin, "/admin/undo", **undo_fields(page))
    assert "Code disabled" not in undone
    assert (await admin.world.visit()).token
    await send(admin, "/admin/referrers/disable", referrer=ada.id, back=back)
    page = await send(admin, "/admin/referrers/enable", referrer=ada.id, back=back)
    assert banner(page) == "Enabled the referrer."


async def test_the_list_is_saved_as_it_is_filtered(admin: Browsing) -> None:
    ids = await leads_of(admin, 3)
    await send(admin, verb="qualify", id=ids[1:])
    mine = f"campaign={admin.world.campaign.id}"
    answer = await admin.client.get(f"/admin/leads.csv?{mine}&status=qualified&order=oldest")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="leads-demo-2026-11-' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["Name"] for row in rows] == ["Friend 1", "Friend 2"]
    assert rows[0]["Referrer's e-mail"] == "ada@example.com"
    assert rows[0]["Status"] == "qualified"


async def test_a_list_of_several_pages_is_saved_whole(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.web.csv_out.PAGE", 2)
    ids = await leads_of(admin, 5)
    await send(admin, verb="qualify", id=ids[:3])
    for order in ("", "&sort=converted", "&q=Friend", "&order=oldest"):
        answer = await admin.client.get(f"/admin/leads.csv?{order}")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert sorted(row["Lead"] for row in rows) == sorted(ids)


@one_engine
async def test_what_a_stranger_called_themselves_never_runs_in_a_spreadsheet(
    admin: Browsing,
) -> None:
    visit = await admin.world.visit()
    await admin.world.sign_up(token=visit.token, email="x@example.org", name="=cmd|'/c calc'!A1")
    text = (await admin.client.get("/admin/leads.csv")).content.decode("utf-8-sig")
    assert ",'=cmd|" in text
    assert ",=cmd|" not in text


async def test_the_referrers_are_saved_with_what_they_brought(admin: Browsing) -> None:
    ids = await leads_of(admin, 2)
    await send(admin, verb="qualify", id=ids[:1])
    answer = await admin.client.get("/admin/referrers.csv?q=ada")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert (row["E-mail"], row["Referrals"], row["Referrals Successful"], row["Status"]) == (
        "ada@example.com",
        "2",
        "1",
        "active",
    )
