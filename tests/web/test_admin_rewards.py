"""The Rewards tab: what it shows, and what its forms do."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select

from goodword.lifecycle import pay
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.log_in import open_session
from goodword.model import (
    Kind,
    Method,
    Occasion,
    Recipient,
    RewardStatus,
    Role,
)
from goodword.storage.tables import metadata
from goodword.web import admin_progress
from goodword.web.reward_words import ACTIONS
from goodword.web.session import cookie_name
from lifecycle.world import DAY
from web.admin_app import EMAIL, Browsing
from web.paying import REWARDS, now_is, ripe_one, text_of
from web.stage import one_engine


async def rows_of(admin: Browsing, query: str = "") -> list[dict[str, str]]:
    answer = await admin.client.get(f"{REWARDS}.csv?campaign={admin.world.campaign.id}{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))


async def post(admin: Browsing, path: str, **fields: str) -> str:
    """Sends a form, and returns what the page after it says was done."""
    answer = await admin.post(f"{REWARDS}/{path}", campaign=admin.world.campaign.id, **fields)
    assert answer.status_code == 303, answer.text
    page = await admin.get(answer.headers["location"])
    banner = re.search(r'class="said did" role="status">(.*?)</div>', page, re.DOTALL)
    assert banner is not None, page
    return text_of(banner.group(1))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long on a busy machine is waited for; `test_admin_progress.py` is about that."""
    monkeypatch.setattr(admin_progress, "_PATIENCE", 60.0)


async def test_the_tabs_count_and_sum_without_adding_across(admin: Browsing) -> None:
    w = admin.world
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=3)
    await w.rule(amount=500, currency="USD")
    await ripe_one(w)
    page = text_of(await admin.get(REWARDS))
    assert "Due 3 5.00 USD, 10.00 EUR, 3 free month" in page
    assert "Held 0 Nothing" in page


async def test_what_is_due_is_told_apart_by_whether_it_waits(admin: Browsing) -> None:
    w = admin.world
    await ripe_one(w, "1")
    await w.buyer("2")
    await w.buyer("3")
    page = text_of(await admin.get(REWARDS))
    assert "May be issued now 10.00 EUR in 1 reward" in page
    assert "Waiting 20.00 EUR in 2 rewards Issue from 18 Dec 2026 on." in page
    ripe, waiting = (
        page.index("May be issued now 10.00 EUR"),
        page.index("Issue from 18 Dec 2026 on"),
    )
    assert ripe < waiting
    assert page.index("Qualified by order 1 ") < page.index("Waiting: not to be issued yet")
    assert page.index("Waiting: not to be issued yet") < page.index("Qualified by order 2")


async def test_a_row_says_to_whom_for_whom_what_and_why(admin: Browsing) -> None:
    w = admin.world
    w.wait(-40 * DAY)
    await w.no_rules()
    await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="spring", amount=1, every=2)
    await w.rule(occasion=Occasion.CONVERTED, recipients=(Recipient.LEAD,), amount=200)
    await w.pool("spring", "SPRING-1")
    await w.buyer("7", email="b7@example.com")
    lead = await w.buyer("8", email="b8@example.com")
    w.wait(40 * DAY)
    [step] = [each for each in await w.rewards(lead.id) if each.step]
    page = text_of(await admin.get(REWARDS))
    assert "1 coupon Ada Lovelace (referrer) b8@example.com Step 2" in page
    assert "2.00 EUR b7@example.com (lead) b7@example.com Order 7" in page
    await w.pay("issue", step)
    assert "SPRING-1" not in await admin.get(f"{REWARDS}?status=issued")
    page = text_of(await admin.get(f"{REWARDS}/{step.id}"))
    assert "Given, and seen by nobody yet" in page
    assert "SPRING-1" not in page
    await admin.post(f"{REWARDS}/{step.id}/code", campaign=w.campaign.id)
    assert "SPRING-1" in await admin.get(f"{REWARDS}/{step.id}")
    assert "SPRING-1" in await admin.get(f"{REWARDS}?status=issued")
    assert "looked at the code of the reward" in text_of(await admin.get("/admin/audit")).lower()


async def test_ticked_rewards_are_issued_and_the_banner_takes_it_back(admin: Browsing) -> None:
    w = admin.world
    first = await ripe_one(w, "1")
    second = await ripe_one(w, "2")
    answer = await admin.client.post(
        f"{REWARDS}/pay",
        data={
            "csrf": admin.session.csrf,
            "campaign": w.campaign.id,
            "verb": "issue",
            "id": [first.id, second.id],
            "note": "paid by bank",
        },
    )
    page = await admin.get(answer.headers["location"])
    assert "Issued 2 rewards." in text_of(page)
    assert (await now_is(w, first)).status is RewardStatus.ISSUED
    deed = re.search(r'name="deed" value="([^"]+)"', page)
    assert deed is not None
    undone = await admin.post(
        "/admin/undo", campaign=w.campaign.id, deed=deed.group(1), back=f"{REWARDS}?status=issued"
    )
    page = text_of(await admin.get(undone.headers["location"]))
    assert "Undone: issued 2 rewards." in page
    assert "-10.00 EUR" in page
    assert "Takes back this reward" in page
    assert "All of it taken back" in page


async def test_the_menu_of_a_row_does_one_thing_to_it(admin: Browsing) -> None:
    w = admin.world
    reward = await ripe_one(w)
    assert "Held the reward." in await post(admin, "pay", one=f"hold {reward.id}", note="ask Ada")
    held = text_of(await admin.get(f"{REWARDS}?status=held"))
    assert "A person or your server decided so" in held
    assert "Released the reward." in await post(admin, "pay", one=f"release {reward.id}")
    assert "Cancelled the reward." in await post(admin, "pay", one=f"cancel {reward.id}")
    again = await post(admin, "pay", one=f"issue {reward.id}")
    assert "Nothing was changed. 1 was left: it is cancelled." in again


async def test_issuing_one_before_its_time_asks_once(admin: Browsing) -> None:
    w = admin.world
    lead = await w.buyer("1")
    [reward] = await w.rewards(lead.id)
    asked = await admin.post(
        f"{REWARDS}/pay", campaign=w.campaign.id, one=f"issue {reward.id}", note="he is leaving"
    )
    assert asked.status_code == 200
    assert "is due from 18 Dec 2026" in text_of(asked.text)
    assert 'value="he is leaving"' in asked.text
    assert (await now_is(w, reward)).status is RewardStatus.DUE
    said = await post(admin, "pay", one=f"issue {reward.id}", early="yes")
    assert "Issued the reward before its time." in said
    table = metadata.tables["activity"]
    async with w.context.storage.read() as db:
        query = select(table.c.data).where(table.c.type == "reward.issued")
        assert '"early": 1' in (await db.execute(query)).scalar_one()


async def test_in_bulk_what_waits_is_left_alone(admin: Browsing) -> None:
    w = admin.world
    ripe = await ripe_one(w, "1")
    lead = await w.buyer("2")
    [waiting] = await w.rewards(lead.id)
    answer = await admin.client.post(
        f"{REWARDS}/pay",
        data={
            "csrf": admin.session.csrf,
            "campaign": w.campaign.id,
            "verb": "issue",
            "id": [ripe.id, waiting.id],
        },
    )
    page = text_of(await admin.get(answer.headers["location"]))
    assert "Issued the reward. 1 was left: it is due, to be issued from 18 Dec 2026 on." in page
    assert (await now_is(w, waiting)).status is RewardStatus.DUE


async def test_all_that_is_ripe_is_issued_in_parts(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = admin.world
    monkeypatch.setattr(pay, "MOST", 2)
    own = await ripe_one(w, "0")
    await w.pay("hold", own)
    ripe = [await ripe_one(w, str(number)) for number in range(1, 6)]
    await w.buyer("9")
    said = await post(admin, "issue-ripe")
    assert "Issued the reward. In all 5 rewards, in 3 parts" in said
    assert {(await now_is(w, each)).status for each in ripe} == {RewardStatus.ISSUED}
    assert (await now_is(w, own)).status is RewardStatus.HELD
    page = text_of(await admin.get(REWARDS))
    assert "Due 1 10.00 EUR" in page
    assert "Nothing may be issued now." in await post(admin, "issue-ripe")


async def test_large_amounts_show_who_approved_them(admin: Browsing) -> None:
    w = admin.world
    await w.limits(second_eyes=1000)
    reward = await ripe_one(w)
    said = await post(admin, "pay", one=f"issue {reward.id}")
    assert said.startswith("Approved the reward. A second person issues so large an amount.")
    assert f"Approved by {EMAIL}, needs a second person" in text_of(await admin.get(REWARDS))
    again = await post(admin, "pay", one=f"issue {reward.id}")
    assert "a second person" in again
    assert (await now_is(w, reward)).status is RewardStatus.DUE


async def test_a_partial_refund_shows_what_is_left_of_a_share(admin: Browsing) -> None:
    w = admin.world
    await w.no_rules()
    await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
    reward = await ripe_one(w, "1", amount="100.00")
    await w.pay("issue", reward)
    await w.refund("1", "40.00")
    page = text_of(await admin.get(f"{REWARDS}?status=issued"))
    assert "4.00 EUR of it taken back, 6.00 EUR stands" in page
    assert "-4.00 EUR" in page
    assert "Issued 2 6.00 EUR" in page


@one_engine
async def test_the_file_for_who_pays_holds_only_what_may_go_out(admin: Browsing) -> None:
    w = admin.world
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=1, recipients=(Recipient.LEAD,))
    await ripe_one(w, "1042")
    await w.buyer("2")
    rows = await rows_of(admin)
    assert [(row["Amount"], row["Currency"], row["Unit"]) for row in rows] == [
        ("10.00", "EUR", ""),
        ("1", "", "free month"),
    ]
    first = rows[0]
    assert (first["Name"], first["E-mail"], first["Recipient"]) == (
        "Ada Lovelace",
        "ada@example.com",
        "referrer",
    )
    assert (rows[1]["E-mail"], rows[1]["Order"], first["Waiting until"]) == (
        "b1042@example.com",
        "1042",
        "",
    )
    every = await rows_of(admin, "&waiting=yes")
    assert [row["Waiting until"] for row in every] == ["", "", "2026-12-18", "2026-12-18"]


@one_engine
async def test_a_formula_in_a_name_stays_text(admin: Browsing) -> None:
    w = admin.world
    await w.no_rules()
    await w.rule(recipients=(Recipient.LEAD,))
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="x@example.com", name="=cmd()|calc")
    await w.convert(token=visit.token, order="+1")
    [row] = await rows_of(admin, "&waiting=yes")
    assert (row["Name"], row["Order"]) == ("'=cmd()|calc", "'+1")


async def test_what_was_paid_elsewhere_is_marked_by_pasting_the_file(admin: Browsing) -> None:
    w = admin.world
    reward = await ripe_one(w, "1")
    lead = await w.buyer("2")
    [waiting] = await w.rewards(lead.id)
    paid = f"Reward,Amount\r\n{reward.id},10.00\r\n{waiting.id},10.00\r\nrwd_none,1"
    said = await post(admin, "issued", ids=paid)
    assert "Issued the reward. 1 was left" in said
    said = await post(admin, "issued", ids=paid, early="yes")
    assert "Issued the reward before its time." in said
    assert (await now_is(w, waiting)).status is RewardStatus.ISSUED
    assert "No reward id is in it" in await post(admin, "issued", ids="nothing")


async def test_what_was_paid_elsewhere_is_marked_by_the_file_itself(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = admin.world
    ripe = [await ripe_one(w, str(order)) for order in range(3)]
    saved = await admin.client.get(f"{REWARDS}.csv?campaign={w.campaign.id}")
    monkeypatch.setattr(pay, "MOST", 2)
    answer = await admin.client.post(
        f"{REWARDS}/issued",
        data={"csrf": admin.session.csrf, "campaign": w.campaign.id, "note": "bank"},
        files={"file": ("paid.csv", saved.content, "text/csv")},
    )
    page = text_of(await admin.get(answer.headers["location"]))
    assert "In all 3 rewards, in 2 parts: the others are under Set-up, Audit." in page
    assert {(await now_is(w, each)).status for each in ripe} == {RewardStatus.ISSUED}


async def test_a_month_and_a_referrer_narrow_the_tab(admin: Browsing) -> None:
    w = admin.world
    reward = await ripe_one(w, "1")
    await ripe_one(w, "2", referrer=w.bob)
    await w.pay("issue", reward)
    page = text_of(await admin.get(f"{REWARDS}?referrer={w.bob.id}"))
    assert "Referred by Bob." in page
    assert "order 2" in page
    assert "order 1" not in page
    page = text_of(await admin.get(f"{REWARDS}?status=issued&month=2026-11"))
    assert "Issued in November 2026." in page
    assert "order 1" in page
    assert "No reward matches" in await admin.get(f"{REWARDS}?status=issued&month=2026-10")


@one_engine
async def test_what_the_address_says_wrongly_is_as_if_it_were_not_there(admin: Browsing) -> None:
    page = await admin.get(f"{REWARDS}?status=paid&month=99&cursor=%00&referrer=%27")
    assert "No reward matches" in page
    assert "Nothing is due" in await admin.get(f"{REWARDS}?status=paid&month=99&cursor=x")


@one_engine
async def test_a_press_without_a_tick_says_what_to_do(admin: Browsing) -> None:
    assert "Tick the rewards you mean" in await post(admin, "pay", verb="issue")
    assert "Tick the rewards you mean" in await post(admin, "pay", verb="steal", id="rwd_0")


@one_engine
async def test_without_scripts_a_link_ticks_the_whole_page(admin: Browsing) -> None:
    await ripe_one(admin.world)
    assert 'name="id"' in await admin.get(REWARDS)
    page = await admin.get(f"{REWARDS}?tick=all")
    assert re.search(r'name="id" value="rwd_[0-9a-f]+" aria-label="[^"]+" checked', page)


@one_engine
async def test_who_may_only_read_sees_no_button_and_is_refused(admin: Browsing) -> None:
    w = admin.world
    reward = await ripe_one(w)
    reader, _ = await create_admin(w.context, "reader@shop.example", None, Role.READER)
    session = await open_session(w.context, reader)
    assert session is not None
    admin.client.cookies.set(cookie_name(w.context.settings.secure), session.token)
    reading = Browsing(admin.client, session, w)
    for path in (REWARDS, f"{REWARDS}/{reward.id}", f"/admin/conversions/{reward.conversion_id}"):
        assert "<button" not in (await reading.get(path)).partition("<main")[2]
    for path in ("pay", "issue-ripe", "issued"):
        answer = await reading.post(f"{REWARDS}/{path}", campaign=w.campaign.id)
        assert answer.status_code == 403
    assert (await now_is(w, reward)).status is RewardStatus.DUE


@one_engine
async def test_a_form_that_names_no_campaign_or_has_no_proof_changes_nothing(
    admin: Browsing,
) -> None:
    reward = await ripe_one(admin.world)
    paths = [f"{REWARDS}/{each}" for each in ("pay", "issue-ripe", "issued")]
    for path in (*paths, f"/admin/conversions/{reward.conversion_id}/refund"):
        forged = await admin.client.post(path, data={"campaign": admin.world.campaign.id})
        assert forged.status_code == 403
        nowhere = await admin.post(path, campaign="camp_nobody", one=f"issue {reward.id}")
        assert (nowhere.status_code, nowhere.headers["location"]) == (303, "/admin/")
    assert (await now_is(admin.world, reward)).status is RewardStatus.DUE


def test_every_move_of_the_page_is_one_that_the_verbs_know() -> None:
    assert {verb for each in ACTIONS.values() for verb, _ in each} == set(pay.VERBS)
