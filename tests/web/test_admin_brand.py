"""Set-up > Pages: addresses, look and texts, the preview, and what the pages are then made of."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from goodword.campaigns.picture import LARGEST
from goodword.lifecycle.brand import brand_of
from goodword.model import Brand
from web.admin_app import Browsing
from web.hosted_app import text_of, visiting

PICTURES = Path(__file__).parents[1] / "campaigns" / "pictures"
PNG = (PICTURES / "logo.png").read_bytes()
HERE, PREVIEW = "/admin/pages", "/admin/pages/preview"


async def brand(admin: Browsing) -> Brand:
    return await brand_of(admin.world.context, admin.world.campaign)


async def send(
    admin: Browsing, path: str = HERE, logo: tuple[str, bytes, str] | None = None, **fields: str
) -> httpx.Response:
    """The form, as a browser sends it."""
    sent = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id} | fields
    files = {"logo": logo or ("", b"", "application/octet-stream")}
    return await admin.client.post(path, data=sent, files=files)


async def hosted(admin: Browsing, path: str) -> httpx.Response:
    async with visiting(admin.world.context) as person:
        return await person.get(path)


async def test_the_addresses_are_there_to_copy_and_to_scan(admin: Browsing) -> None:
    page = await admin.get(HERE)
    for address in ("https://go.shop.example/c/demo", "https://go.shop.example/p/demo"):
        assert f">{address}</code>" in page
    assert 'src="/c/demo/qr.svg"' in page
    assert "&lt;goodword-page campaign=&#34;demo&#34;&gt;" in page
    assert 'placeholder="Recommend {{campaign}}, get {{reward}}"' in page


async def test_what_is_saved_is_what_visitors_see_and_undo_takes_it_back(admin: Browsing) -> None:
    before = await hosted(admin, "/c/demo")
    saved = await send(
        admin,
        logo=("anything.svg", PNG, "image/svg+xml"),
        accent="#123456",
        paper="#fafafa",
        join_headline="Bring {{reward}} home",
    )
    page = await admin.get(saved.headers["location"])
    assert "Changed the hosted pages (the colour of buttons and links, the colour of the" in page
    after = await hosted(admin, "/c/demo")
    assert "Bring 10.00 EUR home" in text_of(after)
    assert "/brand/123456-fafafa.css" in after.text
    assert 'width="70" height="30" alt="Demo"' in after.text
    deed = re.search(r'name="deed" value="([^"]+)"', page)
    assert deed
    await admin.post("/admin/undo", campaign=admin.world.campaign.id, deed=deed[1])
    assert (await hosted(admin, "/c/demo")).content == before.content
    assert "undid" in (await admin.get("/admin/audit")).lower()


async def test_a_logo_is_served_as_the_picture_that_it_is_and_as_nothing_else(
    admin: Browsing,
) -> None:
    await send(admin, logo=("logo.html", PNG, "text/html"))
    logo = await hosted(admin, f"/brand/demo/{(await brand(admin)).logo}")
    assert (logo.content, logo.headers["content-type"]) == (PNG, "image/png")
    assert logo.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in logo.headers["content-security-policy"]
    assert "immutable" in logo.headers["cache-control"]
    for other in ("/brand/demo/x", "/brand/other/" + (await brand(admin)).logo, "/brand/demo/../x"):
        assert (await hosted(admin, other)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"accent": "red;}"}, "accent", "is no colour"),
        ({"link_to": "evil"}, "link_to", "Choose one of these"),
        ({"message": "{{password}}"}, "message", "nothing this text knows"),
        ({"join_headline": "<b>" * 100}, "join_headline", "at most 120"),
    ],
)
async def test_what_can_t_be_used_is_said_beside_its_field_and_nothing_typed_is_lost(
    admin: Browsing, fields: dict[str, str], field: str, message: str
) -> None:
    answer = await send(admin, HERE, None, **{"join_offer": "Kept <i>as typed</i>"} | fields)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert message in answer.text
    assert "Kept &lt;i&gt;as typed&lt;/i&gt;" in answer.text
    assert await brand(admin) == Brand(campaign_id=admin.world.campaign.id)


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
        PNG.ljust(LARGEST + 1, b"\0"),
    ],
)
async def test_only_a_small_picture_is_a_logo(admin: Browsing, content: bytes) -> None:
    answer = await send(admin, logo=("logo.png", content, "image/png"))
    assert answer.status_code == 422
    assert 'id="logo-error"' in answer.text
    assert (await brand(admin)).logo == ""


async def test_saving_what_stands_changes_nothing(admin: Browsing) -> None:
    answer = await send(admin)
    assert "did=" not in answer.headers["location"]


async def test_the_preview_shows_what_is_not_saved_and_saves_nothing(admin: Browsing) -> None:
    shown = await send(
        admin,
        PREVIEW,
        ("x", PNG, "image/png"),
        page="invitation",
        accent="#ff0000",
        invitation_headline="{{referrer}} says hello",
    )
    assert "Ada says hello" in text_of(shown)
    assert "/brand/ff0000-f7f6f2.css" in shown.text
    assert "data:image/png;base64," in shown.text
    assert "<main" in shown.text
    assert " inert>" in shown.text
    policy = shown.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "form-action 'none'" in policy
    assert await brand(admin) == Brand(campaign_id=admin.world.campaign.id)
    wrong = await send(admin, PREVIEW, page="join", accent="x")
    assert (wrong.status_code, "is no colour" in text_of(wrong)) == (422, True)


async def test_the_preview_of_what_stands_needs_no_form(admin: Browsing) -> None:
    page = await admin.client.get(PREVIEW, params={"page": "invitation"})
    assert "Ada invites you to Demo" in text_of(page)
    framed = (await admin.client.get(HERE)).headers["content-security-policy"]
    assert framed.endswith("frame-src 'self'")
    assert "frame-ancestors 'none'" in framed


async def test_the_owners_words_are_never_markup(admin: Browsing) -> None:
    await send(admin, join_headline="<script>alert(1)</script>", join_button="\"'><b>")
    page = await hosted(admin, "/c/demo")
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text


@pytest.mark.parametrize("path", ["/brand/x.css", "/brand/0b6b50-f7f6f2x.css", "/brand/;}.css"])
async def test_a_stylesheet_is_made_of_two_colours_alone(admin: Browsing, path: str) -> None:
    assert (await hosted(admin, path)).status_code == 404


async def test_colours_and_qr_codes_are_kept_by_browsers(admin: Browsing) -> None:
    colours = await hosted(admin, "/brand/0b6b50-f7f6f2.css")
    assert colours.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in colours.headers["cache-control"]
    for path in ("/c/demo/qr.svg", f"/c/demo/{admin.world.ada.code}/qr.svg"):
        code = await hosted(admin, path)
        assert code.headers["content-type"].startswith("image/svg+xml")
        assert code.headers["cache-control"] == "public, max-age=3600"
        assert "sandbox" in code.headers["content-security-policy"]
    for path in ("/c/none/qr.svg", "/c/demo/nobody/qr.svg"):
        assert (await hosted(admin, path)).status_code == 404


async def test_links_lead_at_once_to_the_site_where_the_owner_wants_it(admin: Browsing) -> None:
    w = admin.world
    first = await hosted(admin, f"/c/demo/{w.ada.code}/qr.svg")
    await send(admin, link_to="site")
    second = await hosted(admin, f"/c/demo/{w.ada.code}/qr.svg")
    assert first.content != second.content
