"""Integrations by request: tiles, connecting, what is sent, what qualifies, and why it did not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from goodword.integrations import SYSTEMS
from goodword.lifecycle.log_in import Session
from goodword.model import LeadStatus
from integrations.abacus import PERSON, Abacus
from integrations.office import Office, opened
from web.admin_app import logged_in
from web.stage import one_engine

HERE = "/admin/integrations/abacus"


@dataclass
class Desk:
    office: Office
    client: httpx.AsyncClient
    session: Session

    async def get(self, path: str) -> str:
        found = await self.client.get(path)
        assert found.status_code == 200, found.text
        return _text(found)

    async def post(self, path: str, status: int = 303, **fields: str) -> str:
        data = {"csrf": self.session.csrf, "campaign": self.office.w.campaign.id} | fields
        found = await self.client.post(HERE + path, data=data)
        assert found.status_code == status, found.text
        return await self.get(found.headers["location"]) if status == 303 else _text(found)

    async def save(self, status: int = 303, **fields: str) -> str:
        settings = {
            "object": PERSON,
            "initial_field": "mood",
            "initial_value": "new",
            "kind": "field",
            "field": "mood",
            "value": "happy",
        }
        return await self.post("/leads", status, **(settings | fields))


def _text(page: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


@pytest.fixture
async def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setitem(SYSTEMS, "abacus", Abacus())
    async with opened(database_url) as office, logged_in(office.w.context) as browser:
        yield Desk(office, *browser)


@one_engine
async def test_a_tile_is_connected_only_after_a_live_check(desk: Desk) -> None:
    assert "Abacus Connected Counting House" in await desk.get("/admin/integrations")
    desk.office.there.key = "another"
    said = await desk.post("/check", 422)
    assert "Abacus says:" in said
    assert "who are you" in said
    assert "Abacus Needs reconnect" in await desk.get("/admin/integrations")
    wrong = await desk.post(
        "/connect", 422, login="key", key="wrong", address=desk.office.there.url
    )
    assert "Needs reconnect" in wrong
    right = await desk.post("/connect", login="key", key="another", address=desk.office.there.url)
    assert "Connected: it answered just now." in right


@one_engine
async def test_what_is_typed_as_a_secret_is_never_shown(desk: Desk) -> None:
    page = (await desk.client.get(HERE)).text
    assert 'value="secret"' not in page
    assert "Kept; empty leaves it as it is." in page
    await desk.post("/connect", login="key", key="", address=desk.office.there.url)
    assert (await desk.office.integration()).works


@one_engine
async def test_an_input_that_is_missing_is_named(desk: Desk) -> None:
    await desk.post("/remove")
    said = await desk.post("/connect", 422, login="key", key=" ")
    assert "Key is missing." in said


@one_engine
async def test_settings_are_saved_refused_by_name_and_undone(desk: Desk) -> None:
    assert "Changed what is sent to, and what qualifies by, the integration." in await desk.save()
    assert (await desk.office.integration()).rule.value == "happy"
    said = await desk.save(422, value="new")
    assert "New leads start with this very value" in said
    await desk.office.w.undo_last()
    assert (await desk.office.integration()).push.object == ""


@one_engine
async def test_the_rules_are_worded_as_the_help_page_words_them(desk: Desk) -> None:
    page = await desk.get(f"{HERE}/leads?object={PERSON}")
    for words in (
        "Do not qualify my referrals",
        "A field of the Person would change",
        "A Person would convert into an order",
        "A Person would convert into an order and move to a specific Stage",
        "Save Changes",
    ):
        assert words in page


@one_engine
async def test_the_page_of_a_lead_says_why_it_did_not_qualify(desk: Desk) -> None:
    await desk.save()
    lead = await desk.office.lead()
    page = await desk.get(f"/admin/leads/{lead.id}")
    assert "It waits to be sent." in page
    await desk.office.work()
    page = await desk.get(f"/admin/leads/{lead.id}")
    assert "Yes: its record was made." in page
    assert "No: mood is “new”. Awaited: mood changes to “happy”." in page
    assert "Make that change in Abacus." in page
    desk.office.people["p1"]["mood"] = "happy"
    await desk.office.later()
    assert await desk.office.status(lead) is LeadStatus.QUALIFIED
    assert "Yes: mood is “happy”." in await desk.get(f"/admin/leads/{lead.id}")


@one_engine
async def test_the_activity_shows_what_was_sent_and_what_was_said(desk: Desk) -> None:
    await desk.save()
    lead = await desk.office.lead()
    await desk.office.work()
    await desk.office.call(PERSON, "p1", "mood = sad")
    await desk.office.call(PERSON, "p9", "mood = sad", "e2")
    await desk.office.work()
    page = await desk.get(f"{HERE}/activity")
    assert "Cy Twombly person p1 Created" in page
    assert "person p1: mood = sad Changed nothing: Cy Twombly" in page
    assert "Not about a lead of this campaign" in page
    assert lead.code not in page
    shown = (await desk.client.get(f"{HERE}/activity?campaign={desk.office.w.campaign.id}")).text
    assert 'href="https://abacus.example/Counting House/p1"' in shown


@one_engine
async def test_leads_that_were_here_before_are_sent_when_asked(desk: Desk) -> None:
    await desk.office.lead()
    await desk.save()
    await desk.office.work()
    assert desk.office.people == {}
    assert "1 lead is on its way." in await desk.post("/send")
    await desk.office.work()
    assert list(desk.office.people) == ["p1"]
    assert "Every lead is there already." in await desk.post("/send")


@one_engine
async def test_a_vendor_that_does_not_tell_its_fields_leaves_a_page_that_works(desk: Desk) -> None:
    desk.office.there.fail("500")
    page = await desk.get(f"{HERE}/leads?object={PERSON}")
    assert "Abacus did not tell its fields" in page
    assert "Save Changes" in page


@one_engine
async def test_integrations_are_in_the_menu_only_while_one_is_connected(desk: Desk) -> None:
    entry = "Rewards Set-up Integrations"
    assert entry in await desk.get("/admin/leads")
    await desk.post("/disconnect")
    assert entry not in await desk.get("/admin/leads")


@one_engine
async def test_a_dry_run_says_what_each_outcome_would_do_and_changes_nothing(desk: Desk) -> None:
    await desk.save()
    lead = await desk.office.lead()
    made = await desk.post("/try", 200, lead="cy@example.org")
    assert "Nobody there has this code or e-mail: a new record would be made." in made
    assert desk.office.people == {}
    old = desk.office.there.person("cy@example.org", 1_000)
    assert "the lead never qualifies" in await desk.post("/try", 200, lead=lead.code.lower())
    del desk.office.there.records[old]
    await desk.office.work()
    sent = await desk.post("/try", 200, lead=lead.code)
    assert "Now mood is “new”. The rule waits until mood changes to “happy”." in sent
    assert "When that happens the lead qualifies, and its rewards fall due." in sent
    assert "There is no such lead" in await desk.post("/try", 200, lead="nobody@example.org")
