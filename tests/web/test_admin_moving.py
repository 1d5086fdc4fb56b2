"""The pages of moving in: send, name the columns, look, write, take back."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

import httpx
import pytest

from goodword.lifecycle import move_back
from goodword.lifecycle.move_out import keys_of
from goodword.lifecycle.move_steps import carry_on
from goodword.lifecycle.move_whole import whole_of
from lifecycle.test_move_in import REFERRERS
from web.admin_app import Browsing
from web.stage import one_engine

UNKNOWN = "Mail;Kürzel;Beitritt\ncy@example.org;Cy-1;01/02/2026\nnobody;x;02/03/2026\n"


async def upload(admin: Browsing, content: bytes, **fields: str) -> httpx.Response:
    mine = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id}
    return await admin.client.post(
        "/admin/moving/upload",
        data=mine | fields,
        files={"file": ("old.csv", content, "text/csv")},
    )


async def form(admin: Browsing, page: str, verb: str, **fields: str) -> httpx.Response:
    """A form of the page of an import."""
    path = page.partition("?")[0]
    return await admin.post(f"{path}/{verb}", campaign=admin.world.campaign.id, **fields)


async def test_a_known_file_comes_in_and_is_taken_back(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move_back, "SEEN_WITHIN", 0)
    here = (await upload(admin, REFERRERS.encode())).headers["location"]
    page = await admin.get(here)
    assert "<strong>Rewardful</strong>" in page
    assert "Nothing is written by checking" in page
    assert (await form(admin, here, "check")).status_code == 303
    assert "<progress" in await admin.get(here)
    await carry_on(admin.world.context)
    page = await admin.get(here)
    assert "2 rows bring something new" in page
    assert "A new referrer" in page
    await form(admin, here, "write")
    await carry_on(admin.world.context)
    page = await admin.get(here)
    assert "It is written" in page
    assert (await admin.world.visit(code="CY20")).reason is None
    assert "rote an import of referrers" in await admin.get("/admin/audit")
    report = await admin.client.get(f"{here.partition('?')[0]}/rows.csv")
    assert report.text.splitlines()[1].startswith("2,New,,A new referrer.,ref_")


async def test_columns_are_named_by_hand_and_wrong_rows_shown(admin: Browsing) -> None:
    here = (await upload(admin, UNKNOWN.encode("cp1252"))).headers["location"]
    page = unescape(await admin.get(here))
    assert "No product is recognised" in page
    assert "Kürzel: Cy-1" in page
    sent = {"is_email": "0", "is_code": "1", "is_joined": "2", "dates": "dmy", "params": "k"}
    await form(admin, here, "check", **sent)
    await carry_on(admin.world.context)
    page = await admin.get(here)
    assert re.search(r">3</th><td[^>]*>Mail</td><td>It is no e-mail address", page)
    refused = await form(admin, here, "write")
    assert refused.status_code == 422
    assert "1 rows are wrong" in refused.text
    await form(admin, here, "write", leave_wrong="yes")
    await carry_on(admin.world.context)
    assert (await admin.world.visit(code="cy-1")).reason is None
    assert 'data-params="ref,via,k"' in unescape(await admin.get("/admin/tag"))
    assert 'data-params="ref,via,k"' in unescape(await admin.get("/admin/tag/where/html"))


@one_engine
async def test_what_a_person_must_say_is_asked_for(admin: Browsing) -> None:
    here = (await upload(admin, UNKNOWN.encode())).headers["location"]
    await form(admin, here, "kind", kind="leads")
    answer = await form(admin, here, "check", is_email="0", is_referrer_code="")
    assert answer.status_code == 422
    assert "Say which column names the referrer" in answer.text
    answer = await form(admin, here, "check", is_email="9", currency="???")
    assert "choose columns of the file" in answer.text.lower()
    sent = {"is_email": "0", "is_code": "1", "is_joined": "2"}
    await form(admin, here, "kind", kind="referrers")
    assert "such dates: say what comes first" not in await admin.get(here)
    await form(admin, here, "check", **sent)
    await carry_on(admin.world.context)
    assert "may be the day or the month" in await admin.get(f"{here}&rows=wrong")


@one_engine
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0", b"email\n"])
async def test_what_is_no_table_is_said_to_be_none(admin: Browsing, content: bytes) -> None:
    answer = await upload(admin, content)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


@one_engine
async def test_a_file_may_be_thrown_away(admin: Browsing) -> None:
    here = (await upload(admin, REFERRERS.encode())).headers["location"]
    await form(admin, here, "drop")
    assert (await admin.client.get(here)).status_code == 404
    assert await admin.world.count("imports") == 0


@one_engine
async def test_everything_is_saved_by_an_owner(admin: Browsing) -> None:
    w, mine = admin.world, {"campaign": admin.world.campaign.id}
    assert "Take everything out" in await admin.get("/admin/moving")
    lines = await admin.post("/admin/moving/everything", format="jsonl", **mine)
    assert whole_of(io.BytesIO(lines.content)) is not None
    assert "goodword-demo-" in lines.headers["content-disposition"]
    tables = await admin.post("/admin/moving/everything", format="csv", **mine)
    assert "referrers.csv" in zipfile.ZipFile(io.BytesIO(tables.content)).namelist()
    keys = await admin.post("/admin/moving/keys", **mine)
    assert keys.content == keys_of([w.campaign])
    trail = await admin.get("/admin/audit")
    assert trail.count("xported all of the campaign") == 3
    assert "its keys" in trail
