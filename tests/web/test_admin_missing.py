"""Leads > Missing credit: claims, what is known of each, and what the buttons do."""

from __future__ import annotations

import re
from html import unescape

from goodword.lifecycle.credit import ask_for_credit
from goodword.storage.tables import metadata
from lifecycle.test_credit import FRIEND, newest
from web.admin_app import Browsing
from web.stage import one_engine

NASTY = "<img src=x onerror=alert()>"


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def pressed(admin: Browsing, path: str, **fields: str) -> str:
    answer = await admin.post(path, campaign=admin.world.campaign.id, **fields)
    assert answer.status_code == 303, answer.text
    return text_of(await admin.get(answer.headers["location"]))


async def claimed(admin: Browsing, named: str = FRIEND, said: str = "") -> str:
    """The address of a claim of Ada's."""
    w = admin.world
    await ask_for_credit(w.context, w.campaign, w.ada.id, named, said, "page")
    return f"/admin/missing/{(await newest(w)).id}"


async def test_an_open_claim_shows_on_the_first_page_and_leads_to_its_decision(
    admin: Browsing,
) -> None:
    assert "missing credit waits" not in await admin.get("/admin/")
    here = await claimed(admin, said=NASTY)
    assert "1 referrer’s claim of missing credit waits" in text_of(await admin.get("/admin/"))
    listed = await admin.get("/admin/missing")
    assert here in listed
    assert NASTY not in listed
    assert "Nothing that was captured" in text_of(await admin.get(here))
    said = await pressed(admin, f"{here}/credit", email=FRIEND, qualify="yes", currency="EUR")
    assert "Gave the missing credit" in said
    assert "Credited" in said
    lead = await admin.world.only_lead()
    assert lead.email == FRIEND
    undone = await pressed(admin, "/admin/undo", deed=await deed_of(admin), back=here)
    assert "Undone: gave the missing credit." in undone
    assert "Open" in undone


async def deed_of(admin: Browsing) -> str:
    """The last deed."""
    table = metadata.tables["deeds"]
    async with admin.world.context.storage.read() as db:
        found = await db.execute(table.select().order_by(table.c.id.desc()))
        return str(found.mappings().all()[0]["id"])


@one_engine
async def test_an_admin_writes_down_what_a_referrer_said(admin: Browsing) -> None:
    ada = admin.world.ada
    said = await pressed(admin, "/admin/missing", referrer=ada.code, named="1042", note="By phone")
    assert "Wrote down the missing credit" in said
    assert "says that this friend was not counted: “By phone”" in said
    mine = admin.world.campaign.id
    for fields, told in (
        ({"referrer": "ada@example.com", "named": "1042"}, "asked already"),
        ({"referrer": "nobody@example.com", "named": "1"}, "no referrer with this e-mail"),
        ({"referrer": ada.email, "named": " "}, "Write an order or an e-mail"),
    ):
        answer = await admin.post("/admin/missing", campaign=mine, **fields)
        assert answer.status_code == 422
        assert told in text_of(answer.text)


@one_engine
async def test_what_can_not_be_read_is_said_by_its_field(admin: Browsing) -> None:
    here, mine = await claimed(admin, "1042"), admin.world.campaign.id
    for fields, told in (
        ({"email": "grace", "currency": "EUR"}, "Write an address"),
        ({"amount": "much", "currency": "EUR"}, "Write an amount"),
        ({"order": "1|2", "currency": "EUR"}, "no |"),
    ):
        answer = await admin.post(f"{here}/credit", campaign=mine, **fields)
        assert answer.status_code == 422
        assert told in text_of(answer.text)


@one_engine
async def test_declined_with_a_word_and_left_without_one(admin: Browsing) -> None:
    here = await claimed(admin)
    assert "Say why" in (await pressed(admin, f"{here}/decline")).replace("say why", "Say why")
    assert "Declined the missing credit" in await pressed(
        admin, f"{here}/decline", answer="Bought before"
    )
    assert "Bought before" in text_of(await admin.get("/admin/audit"))
    assert "No claim waits" in await admin.get("/admin/missing")
    assert here in await admin.get("/admin/missing?status=all")
    assert (await admin.client.get("/admin/missing/claim_nobody")).status_code == 404
