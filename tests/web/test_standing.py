"""The three ways in which this server can stand to a campaign's pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodword.web.site import Site
from goodword.web.standing import Mode, standing
from lifecycle.world import World
from web.admin_app import browsing
from web.stage import one_engine

pytestmark = one_engine


@pytest.mark.parametrize(
    ("public_url", "origins", "mode"),
    [
        ("https://shop.example", ("https://shop.example",), Mode.OWN_HOST),
        ("https://go.shop.example", ("https://shop.example",), Mode.SUB_DOMAIN),
        ("https://go.shop.example", ("https://*.shop.example",), Mode.SUB_DOMAIN),
        ("http://go.shop.example", ("https://shop.example",), Mode.OTHER_SITE),
        ("https://goodword.example", ("https://shop.example",), Mode.OTHER_SITE),
        ("https://go.shop.example", ("https://shop.example", "https://b.example"), Mode.OTHER_SITE),
        ("http://localhost:8000", ("http://localhost:*",), Mode.OWN_HOST),
        ("http://127.0.0.1:8000", ("http://127.0.0.1:8001",), Mode.OWN_HOST),
    ],
)
async def test_the_page_that_fares_worst_decides(
    w: World, public_url: str, origins: tuple[str, ...], mode: Mode
) -> None:
    found = standing(Site(public_url), replace(w.campaign, origins=origins))
    assert found.mode is mode
    assert found.first_party is (mode is not Mode.OTHER_SITE)
    assert bool(found.advice) is not found.first_party


async def test_each_mode_says_how_long_safari_keeps_a_referral(w: World) -> None:
    for url in ("https://shop.example", "https://go.shop.example", "https://goodword.example"):
        text = standing(Site(url), w.campaign).safari
        assert "Safari" in text
        assert "7 days" in text
        assert "400 days" in text


async def test_a_server_of_another_site_is_told_a_name_of_this_one(w: World) -> None:
    found = standing(Site("https://goodword.example"), w.campaign)
    assert "https://go.shop.example" in found.advice


async def test_where_only_some_pages_are_foreign_they_are_named(w: World) -> None:
    campaign = replace(w.campaign, origins=("https://shop.example", "https://b.example"))
    found = standing(Site("https://go.shop.example"), campaign)
    assert "https://b.example" in found.title
    assert "https://shop.example" not in found.title


@pytest.mark.parametrize(
    ("origin", "offered"), [("https://go.shop.example", True), ("https://shop.example", False)]
)
async def test_only_on_its_own_host_the_tag_lets_the_server_set_the_cookie(
    database_url: str, origin: str, offered: bool
) -> None:
    async with browsing(database_url, origins=(origin,)) as admin:
        page = await admin.get("/admin/tag")
    assert ("data-credentials=&#34;include&#34;&gt;" in page) is offered
    assert "Safari keeps" in page
