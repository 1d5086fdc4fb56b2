"""Set-up > More > Privacy: how long what is kept, and the text for the owner's policy."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from goodword.lifecycle.endpoints import add_endpoint
from goodword.model import ShopKind
from goodword.settings import Keep
from goodword.web.notice import Facts, notice
from web.admin_app import Browsing
from web.stage import one_engine


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


async def test_the_page_says_how_long_and_has_a_text_to_copy(admin: Browsing) -> None:
    w = admin.world
    hook = "https://93.184.216.34/hook?s=1"
    await add_endpoint(w.context, w.campaign, hook, ["lead.created"], "x")
    page = await admin.get("/admin/privacy")
    text = text_of(page)
    assert "Destroyed after 30 days" in text
    assert f"_gw_{w.campaign.site_key}" in text
    assert "for 90 days the page" in text
    assert "Our systems at 93.184.216.34." in text
    assert 'data-copy="notice"' in page


@one_engine
async def test_the_text_follows_the_settings(admin: Browsing) -> None:
    facts = Facts(
        campaign=admin.world.campaign,
        keep=Keep(visits=7, refused=8, calls=9, messages=10, addresses=1),
        server="go.shop.example",
        systems=("HubSpot", ShopKind.SHOPIFY),
        hosts=(),
        mails=True,
    )
    text = notice(facts)
    for said in ("for 7 days", "after at most 1 day.", "we know: 8 days", "10 days and 9 days"):
        assert said in text
    assert "- HubSpot, which we use ourselves." in text
    assert "Every e-mail has a link that stops them." in text
    alone = notice(replace(facts, systems=(), mails=False))
    assert "No other system is told." in alone
    assert "Every e-mail" not in alone
