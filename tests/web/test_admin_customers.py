"""The page of existing customers: a file, one e-mail, and who may send them."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from goodword.leads import customers
from web.admin_app import Browsing
from web.stage import one_engine

FILE = "Name;E-Mail;Since\nAda;a@shop.example;2026-01-31\nBob;nobody;\nCy;c@shop.example;\n"


async def upload(admin: Browsing, content: bytes, **fields: str) -> httpx.Response:
    mine = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id}
    return await admin.client.post(
        "/admin/customers/upload",
        data=mine | fields,
        files={"file": ("customers.csv", content, "text/csv")},
    )


async def known(admin: Browsing) -> int:
    async with admin.world.context.storage.read() as db:
        return await customers.count(db, admin.world.campaign.id)


async def test_a_file_is_read_and_what_was_not_understood_is_told(admin: Browsing) -> None:
    page = (await upload(admin, FILE.encode("utf-16"))).text
    assert "2 rows name customers; 2 are new" in page
    assert "1 row names no day in a column “since”" in page
    assert "1 row was not understood" in page
    assert re.search(r">3</td><td>Its e-mail is no address", page)
    assert await known(admin) == 2
    assert '<strong class="number">2 customers</strong> are known' in page


@one_engine
async def test_nothing_is_said_of_days_where_every_row_names_one(admin: Browsing) -> None:
    page = (await upload(admin, b"email,since\na@shop.example,2026-01-31\n")).text
    assert "1 row names a customer" in page
    assert "a column “since”: who" not in page


async def test_an_upload_is_undone(admin: Browsing) -> None:
    page = (await upload(admin, FILE.encode())).text
    deed = re.search(r'name="deed" value="([^"]+)"', page)
    assert deed is not None
    answer = await admin.post(
        "/admin/undo",
        campaign=admin.world.campaign.id,
        deed=deed[1],
        back="/admin/customers",
    )
    assert "Undone" in await admin.get(answer.headers["location"])
    assert await known(admin) == 0


@one_engine
@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "No e-mail was found"), (b"name\nAda\n", "No e-mail"), (b"\x89PNG\r\n\x1a\n\0", "No e")],
)
async def test_what_is_no_such_file_is_refused(admin: Browsing, content: bytes, why: str) -> None:
    answer = await upload(admin, content)
    assert answer.status_code == 422
    assert why in unescape(answer.text)
    assert await known(admin) == 0


@one_engine
async def test_a_file_without_its_proof_is_not_taken(admin: Browsing) -> None:
    assert (await upload(admin, FILE.encode(), csrf="")).status_code == 403
    admin.client.headers["sec-fetch-site"] = "cross-site"
    assert (await upload(admin, FILE.encode())).status_code == 403
    del admin.client.headers["sec-fetch-site"]
    admin.client.cookies.clear()
    assert (await upload(admin, FILE.encode())).status_code == 403
    assert await known(admin) == 0


@one_engine
async def test_a_file_that_is_too_large_is_not_read_to_its_end(
    admin: Browsing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodword.web.upload.LARGEST_FILE", 5_000)
    answer = await upload(admin, FILE.encode() * 1_000)
    assert answer.status_code == 413
    assert "more than 100 MB" in answer.text
    assert await known(admin) == 0


@one_engine
async def test_no_file_is_asked_for_again(admin: Browsing) -> None:
    answer = await admin.post("/admin/customers/upload", campaign=admin.world.campaign.id)
    assert answer.status_code == 422
    assert "Choose a file first." in answer.text


async def test_one_email_is_added_and_removed(admin: Browsing) -> None:
    mine = {"campaign": admin.world.campaign.id, "email": "A@shop.example", "since": "31.01.2026"}
    added = await admin.post("/admin/customers/add", **mine)
    assert "Undo" in await admin.get(added.headers["location"])
    assert "shop.example" not in added.headers["location"]
    assert await known(admin) == 1
    again = await admin.get((await admin.post("/admin/customers/add", **mine)).headers["location"])
    assert "Nothing was changed" in again
    removed = await admin.post("/admin/customers/remove", **mine)
    assert await known(admin) == 0
    assert "Undo" in await admin.get(removed.headers["location"])


@one_engine
@pytest.mark.parametrize(
    ("field", "typed"),
    [("email", "nobody"), ("since", "01/02/2026"), ("since", "2999-01-01")],
)
async def test_what_cannot_be_read_is_asked_for_again(
    admin: Browsing, field: str, typed: str
) -> None:
    fields = {"email": "a@shop.example", "since": ""} | {field: typed}
    answer = await admin.post("/admin/customers/add", campaign=admin.world.campaign.id, **fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert typed in answer.text
