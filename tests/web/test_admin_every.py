"""Whatever matches a list is meant at once: named in numbers first, then moved, and taken back."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from goodword.clock import DAY
from goodword.lifecycle import in_parts
from goodword.model import RewardStatus
from goodword.web import admin_every, admin_leads
from web.admin_app import Browsing
from web.paying import REWARDS, now_is, ripe_one, text_of
from web.stage import one_engine
from web.test_admin_leads_actions import banner, leads_of, send, statuses, undo_fields

LEADS = "/admin/leads"


async def wanted(admin: Browsing, path: str, back: str, **fields: str) -> httpx.Response:
    """The answer to a button of the bar, with the box ticked that means all."""
    mine = {"campaign": admin.world.campaign.id, "back": back, "all": "yes"}
    return await admin.post(path, **mine | fields)


def asked(answer: httpx.Response) -> tuple[str, list[str], dict[str, str]]:
    """The question, what it says of those that are meant, and what its form sends."""
    assert answer.status_code == 200, answer.text
    page = answer.text.partition("<main")[2]
    [heading] = re.findall(r"<h1>(.*?)</h1>", page)
    facts = [unescape(each) for each in re.findall(r"<li><strong>(.*?)</strong>", page)]
    fields = re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', page)
    return heading, facts, {name: unescape(value) for name, value in fields}


async def test_all_that_match_are_named_before_any_moves(admin: Browsing) -> None:
    w = admin.world
    ids = await leads_of(admin, 4)
    await send(admin, one=f"reject {ids[0]}")
    back = f"{LEADS}?campaign={w.campaign.id}&q=friend&referrer={w.ada.id}&cursor=1.x"
    answer = await wanted(admin, f"{LEADS}/review", back, verb="qualify", note="the fair")
    heading, facts, form = asked(answer)
    assert heading == "Qualify 3 leads?"
    assert facts == ["Pending", "Found by “friend”", "Referred by Ada Lovelace"]
    assert await statuses(admin) == ["rejected", *["pending"] * 3]

    w.wait(1)
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="friend-late@example.org", name="Friend Late")
    page = await send(admin, **form)
    assert banner(page) == "Qualified 3 leads."
    assert "cursor" not in undo_fields(page)["back"]
    assert await statuses(admin) == ["rejected", *["qualified"] * 3, "pending"]
    undone = await send(admin, "/admin/undo", **undo_fields(page))
    assert banner(undone) == "Undone: qualified 3 leads."
    assert await statuses(admin) == ["rejected", *["pending"] * 4]


async def test_of_all_that_match_only_those_are_meant_that_can_make_the_move(
    admin: Browsing,
) -> None:
    first, *_ = await leads_of(admin, 3)
    await send(admin, one=f"qualify {first}")
    heading, facts, _ = asked(await wanted(admin, f"{LEADS}/review", LEADS, verb="reject"))
    assert (heading, facts) == ("Reject 3 leads?", ["Pending or Qualified"])
    heading, facts, _ = asked(await wanted(admin, f"{LEADS}/review", LEADS, verb="unqualify"))
    assert (heading, facts) == ("Unqualify 1 lead?", ["Qualified"])
    for verb in ("reopen", "unqualify"):
        there = f"{LEADS}?status=pending&sure=yes"
        answer = await wanted(admin, f"{LEADS}/review", there, verb=verb, sure="yes")
        page = await admin.get(answer.headers["location"])
        assert banner(page) == "Nothing was changed. Nothing on this list can make that move."
    assert await statuses(admin) == ["qualified", "pending", "pending"]


@one_engine
async def test_one_row_is_meant_alone_whatever_is_ticked(admin: Browsing) -> None:
    first, _ = await leads_of(admin, 2)
    await send(admin, one=f"qualify {first}", all="yes", sure="yes", verb="reject")
    assert await statuses(admin) == ["qualified", "pending"]


@one_engine
async def test_more_than_a_deed_may_have_are_done_by_turns(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, most in (
        (admin_every, "MOST", 2),
        (admin_leads, "MOST", 2),
        (admin_leads, "FETCHED", 3),
    ):
        monkeypatch.setattr(module, name, most)
    await leads_of(admin, 3)
    answer = await wanted(admin, f"{LEADS}/review", LEADS, verb="qualify")
    heading, _, form = asked(answer)
    assert heading == "Qualify 2 leads?"
    assert "These are the first 2 that came; do it again for the rest." in answer.text
    assert banner(await send(admin, **form)) == "Qualified 2 leads."
    assert await statuses(admin) == ["qualified", "qualified", "pending"]


@one_engine
async def test_long_work_tells_how_many_are_still_to_come(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_parts, "PART", 1)
    first, *_ = await leads_of(admin, 6)
    sent = {"campaign": admin.world.campaign.id, "csrf": admin.session.csrf}
    await send(admin, one=f"qualify {first}")
    ids = [lead.id for lead in await admin.world.leads()]
    told = await admin.client.post(f"{LEADS}/review", data={**sent, "verb": "qualify", "id": ids})
    assert re.findall(r'<p class="turn">(So far: .*?)</p>', told.text) == [
        f"So far: qualified {number} leads; 1 left ({number + 1} of 6)." for number in (3, 4, 5)
    ]


async def test_all_that_may_be_issued_of_a_referrer_is_named_with_its_sum(admin: Browsing) -> None:
    w = admin.world
    ripe = [await ripe_one(w, str(number)) for number in range(2)]
    other = await ripe_one(w, "7", w.bob)
    waiting = await w.buyer("8")
    back = f"{REWARDS}?status=due&referrer={w.ada.id}"
    heading, facts, form = asked(await wanted(admin, f"{REWARDS}/pay", back, verb="issue"))
    assert heading == "Issue 2 rewards?"
    assert facts == [
        "Due, and may be issued now",
        "Referred by Ada Lovelace",
        "Together 20.00 EUR",
    ]
    page = await send(admin, f"{REWARDS}/pay", **form)
    assert "Issued 2 rewards." in text_of(page)
    assert [(await now_is(w, each)).status for each in (*ripe, other)] == [
        *[RewardStatus.ISSUED] * 2,
        RewardStatus.DUE,
    ]
    assert [each.status for each in await w.rewards(waiting.id)] == [RewardStatus.DUE]

    w.wait(DAY)
    await send(admin, f"{REWARDS}/pay", one=f"reverse {ripe[0].id}")
    issued = f"{REWARDS}?status=issued"
    heading, facts, _ = asked(await wanted(admin, f"{REWARDS}/pay", issued, verb="reverse"))
    assert (heading, facts) == ("Reverse 1 reward?", ["Issued", "Together 10.00 EUR"])
    refused = await wanted(admin, f"{REWARDS}/pay", issued, verb="hold", sure="yes")
    page = text_of(await admin.get(refused.headers["location"]))
    assert "Nothing was changed. Nothing on this tab can be changed so." in page
