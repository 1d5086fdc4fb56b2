"""Leads > Refused: what pays nothing and why, and what the buttons do about it."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import select

from goodword.clock import DAY
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.change import Changes, change_campaign
from goodword.lifecycle.log_in import open_session
from goodword.lifecycle.replay import NEXT_STEPS
from goodword.model import Evidence, LeadStatus, Reason, Role
from goodword.stats.refused import refused
from goodword.storage.tables import metadata
from goodword.web.admin_refused import SHOWN
from goodword.web.session import cookie_name
from lifecycle.world import World
from web.admin_app import Browsing
from web.stage import one_engine

REFUSED = "/admin/refused"
NASTY = "<img src=x onerror=alert()>"


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def latest(w: World) -> str:
    """The id of the newest report."""
    table = metadata.tables["reports"]
    async with w.context.storage.read() as db:
        query = select(table.c.id).order_by(table.c.id.desc()).limit(1)
        return str((await db.execute(query)).scalar_one())


async def late(w: World, order: str = "1042") -> str:
    """A buyer whose visit is too old; the report's id."""
    w.wait(-70 * DAY)
    visit = await w.visit()
    w.wait(70 * DAY + 1)
    await w.convert(token=visit.token, order=order, email=f"b{order}@example.com")
    return await latest(w)


async def widen(w: World) -> None:
    await change_campaign(w.context, w.campaign, Changes(window=90 * DAY), "boss@example.com")
    await w.reload()


async def again(admin: Browsing, **fields: str) -> str:
    """Presses a button, and returns the page after it."""
    answer = await admin.post(f"{REFUSED}/again", campaign=admin.world.campaign.id, **fields)
    assert answer.status_code == 303
    return await admin.get(answer.headers["location"])


async def test_what_was_refused_is_listed_with_its_reason_and_the_next_step(
    admin: Browsing,
) -> None:
    w = admin.world
    assert "Nothing was refused" in await admin.get(REFUSED)
    await late(w)
    await w.convert(email="di@example.org", order="8", door="api")
    await w.convert(email="cy@example.org", order="7", amount="12.50", sign=True)
    page = text_of(await admin.get(REFUSED))
    assert "Purchase 7" in page
    assert "Amount: 12.50 EUR E-mail: cy@example.org Signed by your server, by the tag" in page
    assert "di@example.org Called by your server Rejected" in page
    assert "Rejected Nobody we know as a lead is meant." in page
    assert "Replay it once the person it names is a lead." in page
    assert page.index("Purchase 7") < page.index("Purchase 1042")
    assert "Widen the window of the campaign, then replay it." in page


async def test_one_reason_alone_may_be_looked_at(admin: Browsing) -> None:
    w = admin.world
    await late(w)
    await w.convert(email="cy@example.org", order="7", sign=True)
    page = text_of(await admin.get(f"{REFUSED}?reason=expired"))
    assert "Purchase 1042" in page
    assert "Purchase 7" not in page
    assert "Nothing was refused for this" in await admin.get(f"{REFUSED}?reason=paused")
    assert "Purchase 7" in text_of(await admin.get(f"{REFUSED}?reason=nonsense"))


async def test_a_replay_counts_leaves_the_list_and_is_undone(admin: Browsing) -> None:
    w = admin.world
    report = await late(w)
    page = text_of(await again(admin, one=f"replay {report}"))
    assert "Nothing was changed. 1 was left: it is refused again because" in page
    await widen(w)
    page = await again(admin, one=f"replay {report}", note="the window was too short")
    assert "Replayed the report." in text_of(page)
    assert "Nothing was refused" in page
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED
    deed = re.search(r'name="deed" value="([^"]+)"', page)
    assert deed is not None
    await admin.post("/admin/undo", campaign=w.campaign.id, deed=deed.group(1), back=REFUSED)
    assert (await w.only_lead()).status is LeadStatus.PENDING
    assert "Purchase 1042" in text_of(await admin.get(REFUSED))


async def test_many_are_replayed_at_once(admin: Browsing) -> None:
    w = admin.world
    ids = [await late(w, order) for order in ("1", "2", "3")]
    await widen(w)
    answer = await admin.client.post(
        f"{REFUSED}/again",
        data={
            "csrf": admin.session.csrf,
            "campaign": w.campaign.id,
            "verb": "replay",
            "id": [*ids, "rep_0"],
        },
    )
    page = text_of(await admin.get(answer.headers["location"]))
    assert "Replayed 3 reports. 1 was left: there is no such report" in page
    assert len(await w.leads()) == 3


async def test_a_claim_is_confirmed_by_hand(admin: Browsing) -> None:
    w = admin.world
    visit = await w.visit()
    made = await w.sign_up(token=visit.token, email="cy@example.org", name="Cy")
    await w.convert(code=made.code, order="9")
    claim = await latest(w)
    page = await admin.get(f"{REFUSED}?reason=needs_evidence")
    assert "Claim A browser alone claims it; better evidence is needed." in text_of(page)
    assert f'value="confirm {claim}"' in page
    page = text_of(await again(admin, one=f"confirm {claim}"))
    assert "Confirmed the report." in page
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED
    [conversion] = (await w.explain((await w.only_lead()).id)).conversions
    assert conversion.evidence is Evidence.CALLED


async def test_a_claim_that_counts_by_another_way_is_no_claim_any_more(admin: Browsing) -> None:
    w = admin.world
    visit = await w.visit()
    made = await w.sign_up(token=visit.token, email="cy@example.org")
    await w.convert(code=made.code, order="9")
    await w.convert(token=visit.token, order="9")
    assert "Nothing was refused" in await admin.get(REFUSED)


async def test_an_order_that_counts_since_says_so(admin: Browsing) -> None:
    w = admin.world
    await w.convert(token="forged", order="9")
    await w.buyer("9")
    page = text_of(await admin.get(REFUSED))
    assert "Its order counts since, by another report." in page


async def test_repeats_and_test_runs_are_not_listed(admin: Browsing) -> None:
    w = admin.world
    visit = await w.visit()
    await w.convert(token=visit.token, order="1")
    await w.convert(token=visit.token, order="1")
    await w.sign_up(token=visit.token, email="cy@example.org")
    assert "Nothing was refused" in await admin.get(REFUSED)


@one_engine
async def test_the_list_goes_on_page_by_page(admin: Browsing) -> None:
    w = admin.world
    for order in range(5):
        await w.convert(email="cy@example.org", order=str(order), sign=True)
    found: list[str] = []
    cursor = ""
    async with w.context.storage.read() as db:
        for _ in range(3):
            page = await refused(db, w.campaign.id, None, cursor, limit=2)
            found += [row.said["order"] for row in page.rows]
            cursor = page.next or ""
    assert (found, cursor) == (["4", "3", "2", "1", "0"], "")


@one_engine
async def test_what_a_stranger_wrote_is_shown_as_text(admin: Browsing) -> None:
    w = admin.world
    words = {"email": "a@b.example", "customer": NASTY, "code": NASTY, "event": NASTY}
    await w.convert(token="forged", order=NASTY, **words)
    await w.sign_up(token="forged", name=NASTY, **words)
    page = await admin.get(REFUSED)
    assert "<img" not in page
    assert "&lt;img src=x" in page
    conversion = re.search(r"/admin/conversions/conv_[0-9a-f]+", page)
    assert conversion is not None
    assert "<img" not in await admin.get(conversion.group())


@one_engine
async def test_who_may_only_read_finds_no_button_and_is_refused(admin: Browsing) -> None:
    w = admin.world
    report = await late(w)
    reader, _ = await create_admin(w.context, "reader@shop.example", None, Role.READER)
    session = await open_session(w.context, reader)
    assert session is not None
    admin.client.cookies.set(cookie_name(w.context.settings.secure), session.token)
    reading = Browsing(admin.client, session, w)
    page = (await reading.get(REFUSED)).partition("<main")[2]
    assert "Purchase 1042" in page
    assert "Replay" not in re.sub(r"replay (it|them)", "", page, flags=re.IGNORECASE)
    answer = await reading.post(f"{REFUSED}/again", campaign=w.campaign.id, one=f"replay {report}")
    assert answer.status_code == 403


@one_engine
async def test_a_press_without_a_tick_or_a_campaign_changes_nothing(admin: Browsing) -> None:
    assert "Tick the reports you mean" in await again(admin, verb="replay")
    assert "Tick the reports you mean" in await again(admin, one="forge rep_0")
    nowhere = await admin.post(f"{REFUSED}/again", campaign="camp_nobody")
    assert nowhere.headers["location"] == "/admin/"


def test_every_reason_to_choose_among_says_what_to_do() -> None:
    assert set(SHOWN) <= set(NEXT_STEPS)
    assert Reason.DUPLICATE not in SHOWN
