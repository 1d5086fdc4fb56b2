"""Missing credit in a real browser: asked on the referrer's own page, given by an admin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.looks import Look, is_sound
from browser.test_admin_rules import opened
from goodword.lifecycle.credit import ask_for_credit
from goodword.lifecycle.mailed import own_page_link
from lifecycle.world import DAY, World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser


async def lost(w: World) -> None:
    """A friend came by Ada's link, then by Bob's, and bought."""
    first = await w.visit()
    w.wait(2 * DAY)
    last = await w.visit(w.bob, token=first.token)
    await w.convert(token=last.token, order="1042", email="grace@example.org", name="Grace")
    said = "She told me that she bought in May, " + "a" * 90
    for named in ("grace@example.org", "x" * 60 + "@example.org"):
        await ask_for_credit(w.context, w.campaign, w.ada.id, named, said, "page")


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("missing") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", lost) as served_pages:
        yield served_pages


def test_the_pages_are_accessible_and_fit(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for named in ("grace", "xxx"):
            page.goto("/admin/missing")
            is_sound(page, "claims")
            page.locator("tbody a").filter(has_text=named).click()
            is_sound(page, named)


def test_a_friend_is_asked_for_credited_and_shown(browser: Browser, pages: Served) -> None:
    w = pages.world
    with opened(browser, pages) as page:
        own_page = own_page_link(w.context, w.ada).removeprefix(w.context.settings.public_url)
        page.goto(own_page)
        page.get_by_role("button", name="Open my page").click()
        page.get_by_text("A friend bought, and is not in the list above").click()
        page.get_by_label("Their order number or e-mail").fill("2042")
        page.get_by_role("button", name="Ask us to look into it").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("We look into it")
        page.goto("/admin/")
        page.get_by_role("link", name="Look into it").click()
        page.get_by_role("link", name="2042").click()
        page.get_by_label("The friend’s name").fill("Linus Torvalds")
        page.get_by_label("Amount").fill("49.00")
        page.get_by_role("button", name="Give the credit").click()
        expect(page.get_by_role("status")).to_contain_text("Gave the missing credit")
        page.goto("/p/demo")
        expect(page.get_by_role("listitem").filter(has_text="2042")).to_contain_text("Counted")
        expect(page.get_by_role("listitem").filter(has_text="Linus T.")).to_contain_text(
            "Successful"
        )
