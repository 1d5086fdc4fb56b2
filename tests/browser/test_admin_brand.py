"""Set-up > Pages in a real browser: for eyes and screen readers, with scripts and without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.looks import LOOKS, Look, is_sound
from browser.test_admin_rules import opened
from lifecycle.world import World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

LOGO = Path(__file__).parents[1] / "campaigns" / "pictures" / "logo.png"


async def nothing(w: World) -> None:
    """A campaign as it was made."""


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("brand") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", nothing) as served_pages:
        yield served_pages


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        page.goto("/admin/pages")
        is_sound(page, "pages")
        page.get_by_label("Headline of the join page").fill("{{nobody}}")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#join_headline-error")).to_contain_text("{{campaign}}")
        is_sound(page, "a text that was refused")


def test_the_preview_follows_what_is_typed_and_undo_takes_back_what_was_saved(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/pages")
        shown = page.frame_locator("iframe[name=preview]")
        expect(shown.get_by_role("heading", name="Recommend Demo")).to_be_attached()
        page.get_by_label("Headline of the invitation").fill("Hello from {{referrer}}")
        expect(shown.get_by_text("Hello from Ada")).to_be_visible()
        page.get_by_label("Headline of the join page").fill("Bring a friend")
        expect(shown.get_by_text("Bring a friend")).to_be_visible()
        page.get_by_label("Logo", exact=True).set_input_files(LOGO)
        expect(shown.get_by_alt_text("Demo")).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Changed the hosted pages")
        expect(page.get_by_alt_text("The logo as it is")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Undone")
        expect(page.get_by_alt_text("The logo as it is")).to_have_count(0)


def test_without_scripts_the_preview_has_buttons(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, java_script_enabled=False) as page:
        page.goto("/admin/pages")
        page.get_by_label("Button of the invitation").fill("Take me there")
        page.get_by_role("button", name="Preview the invitation").click()
        shown = page.frame_locator("iframe[name=preview]")
        expect(shown.get_by_text("Take me there")).to_be_visible()
