"""A programme moves in, in a real browser: on a desk and on a phone, by mouse and with scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.looks import LOOKS, Look, is_sound
from browser.test_admin import opened
from goodword.lifecycle.move_steps import carry_on
from lifecycle.world import World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

FILE = (
    "Kundin;E-Mail;Kürzel;Beitritt\n"
    + "".join(f"Person {n};p{n}@example.org;Kz{n};{n:02}/02/2026\n" for n in range(1, 13))
    + "Niemand;keine;x;01/02/2026\n"
).encode("cp1252")


async def nobody(w: World) -> None:
    """Only Ada and Bob."""


async def go_on(w: World) -> None:
    await carry_on(w.context)


@pytest.fixture
def pages(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", nobody) as served_pages:
        yield served_pages


@pytest.mark.parametrize("look", LOOKS)
def test_a_file_nobody_knows_moves_in(
    browser: Browser, pages: Served, look: Look, tmp_path: Path
) -> None:
    file = tmp_path / "kunden.csv"
    file.write_bytes(FILE)
    with opened(browser, pages, **look) as page:
        page.goto("/admin/set-up")
        page.locator("summary", has_text="More").first.click()
        page.get_by_role("link", name="Moving in").click()
        page.get_by_label("A CSV file of it").set_input_files(file)
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_text("No product is recognised")).to_be_visible()
        is_sound(page, page.url)
        page.get_by_label("Code or link").select_option(label="Kürzel: Kz1")
        page.get_by_label("Joined").select_option(label="Beitritt: 01/02/2026")
        page.get_by_label("In dates such as").select_option(label="the day comes first")
        page.get_by_role("button", name="Check it").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        pages.live(go_on)
        expect(page.get_by_text("12 rows bring something new")).to_be_visible()
        expect(page.get_by_text("It is no e-mail address")).to_be_visible()
        is_sound(page, page.url)
        page.get_by_label("Leave the wrong rows out").check()
        page.get_by_role("button", name="Import 12 rows").click()
        pages.live(go_on)
        expect(page.get_by_text("Nobody was told")).to_be_visible()
        is_sound(page, page.url)
        page.get_by_role("link", name="Moving in", exact=True).click()
        expect(page.get_by_text("Written", exact=True)).to_be_visible()
        is_sound(page, page.url)
