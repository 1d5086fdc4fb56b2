"""The tag page and the paste pages in a real browser, with a tag that has been seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.looks import Look, is_sound
from browser.test_admin import opened
from goodword.clock import DAY
from goodword.lifecycle.sighting import see
from goodword.stats.decide import OTHER, Way
from goodword.web.admin_paste import PLATFORMS
from goodword.web.versions import CURRENT
from lifecycle.world import World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

SHOP, TWIN = "https://shop.example", "https://www.shop.example"
[VERSION] = CURRENT
PAGES = ("/admin/tag", *(f"/admin/tag/where/{platform.slug}" for platform in PLATFORMS))


async def seen(w: World) -> None:
    """Weeks of a healthy site, and of its twin that fell silent with everything wrong."""
    w.clock[0] -= 20 * DAY
    for day in range(20):
        for way in (Way.PAGE, Way.PAGE, Way.LINK, Way.GPC):
            see(w.context, w.campaign, "hit", way, SHOP, VERSION)
        see(w.context, w.campaign, "convert", Way.BOTH, SHOP, VERSION)
        see(w.context, w.campaign, "convert", Way.NONE, SHOP)
        see(w.context, w.campaign, "convert", Way.FORM)
        if day < 10:
            see(w.context, w.campaign, "hit", Way.PAGE, TWIN, OTHER)
            see(w.context, w.campaign, "lead", Way.STORAGE, TWIN, OTHER)
        w.wait(DAY)
    await w.context.storage.hits.close()


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("tag") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", seen) as served_pages:
        yield served_pages


def test_the_pages_are_accessible_and_fit(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for path in PAGES:
            page.goto(path)
            is_sound(page, path)


def test_each_origin_tells_how_it_fares(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/tag")
        well = facts(page, SHOP)
        assert well["Version"] == f"{VERSION}, the current one"
        assert well["Storage"] == "Works: cookie and localStorage"
        assert well["Referrals travelled by"] == "cookie and localStorage: 20, link: 20"
        assert well["Conversions without a token"] == "20 of 40"
        assert well["Visits under Global Privacy Control"] == "20 of 80"
        assert advice(page, SHOP) == []
        assert facts(page, "Your server, and pages that name no origin").keys() == {
            "Last seen",
            "Referrals travelled by",
            "Conversions without a token",
        }


def test_an_origin_in_trouble_is_told_what_to_do(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/tag")
        silent, blocked, version = advice(page, TWIN)
        assert "Silent" in silent
        assert f"_gw_{pages.world.campaign.site_key}" in blocked
        assert "never released" in version


def test_a_press_copies_the_code_of_a_platform(browser: Browser, pages: Served) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, pages, permissions=permissions) as page:
        page.goto("/admin/tag")
        page.get_by_role("link", name="WordPress and WooCommerce").click()
        page.locator("[data-copy=convert]").click()
        expect(page.locator("[data-copy=convert]")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.locator("#convert").text_content()
        assert "woocommerce_thankyou" in copied


def facts(page: Page, origin: str) -> dict[str, str]:
    article = page.get_by_role("article", name=origin, exact=True)
    names, values = article.locator("dt").all_inner_texts(), article.locator("dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def advice(page: Page, origin: str) -> list[str]:
    return page.get_by_role("article", name=origin, exact=True).locator(".warn").all_inner_texts()
