"""Leads decided by hand in a real browser: by mouse, by keys, without scripts, on a phone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.looks import LOOKS, is_sound
from browser.test_admin import opened
from goodword.lifecycle.disable import set_disabled
from lifecycle.world import World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

PAGES = ("/admin/leads", "/admin/leads?tick=all", "/admin/referrers", "/admin/customers")


async def friends(w: World) -> None:
    """Six friends of Ada's, two of whom bought; Bob's code is disabled."""
    for number in range(6):
        arrived = await w.visit()
        email = f"friend-{number}@example.com"
        await w.sign_up(token=arrived.token, email=email, name=f"Friend {number}")
        if number < 2:
            await w.convert(token=arrived.token, order=str(number))
        w.wait(1)
    await set_disabled(w.context, w.campaign, [w.bob.id], True, "owner@shop.example")


@pytest.fixture
def pages(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", friends) as served_pages:
        yield served_pages


def test_the_pages_are_accessible_and_fit(browser: Browser, pages: Served) -> None:
    for look in LOOKS:
        with opened(browser, pages, **look) as page:
            page.goto("/admin/leads")
            page.get_by_label("Select Friend 5").check()
            page.get_by_role("button", name="Reject", exact=True).first.click()
            is_sound(page, page.url)
            page.get_by_role("button", name="Undo").click()
            for path in (*PAGES, page.locator("tbody th a").first.get_attribute("href") or ""):
                page.goto(path)
                is_sound(page, page.url)


def test_all_of_a_page_are_ticked_qualified_and_taken_back(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, viewport={"width": 1280, "height": 900}) as page:
        page.goto("/admin/leads")
        every = page.get_by_label("Select all on this page")
        every.check()
        assert page.locator("input[name=id]:checked").count() == 6
        page.get_by_label("Select Friend 3").uncheck()
        assert every.evaluate("box => box.indeterminate")
        page.get_by_label("Note, kept with what you do").fill("the fair in May")
        page.get_by_role("button", name="Qualify", exact=True).first.click()
        said = page.get_by_role("status")
        expect(said).to_contain_text(
            "Qualified 3 leads. 2 were left, each because it is qualified already."
        )
        expect(page.locator(".pill.good")).to_have_count(5)
        page.get_by_role("button", name="Undo").click()
        expect(said).to_contain_text("Undone: qualified 3 leads.")
        expect(page.locator(".pill.good")).to_have_count(2)


def test_enter_in_the_note_does_nothing_by_itself(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/leads")
        page.get_by_label("Select Friend 3").check()
        note = page.get_by_label("Note, kept with what you do")
        note.fill("x")
        page.evaluate("addEventListener('submit', () => { window.sent = true; })")
        note.press("Enter")
        assert page.evaluate("window.sent") is None


def test_the_keyboard_alone_decides_about_a_lead(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/leads")
        menu = page.locator("summary", has_text="Friend 5")
        menu.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Qualify Friend 5")).to_be_focused()
        page.keyboard.press("Escape")
        expect(menu).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Rejected the lead.")


def test_without_scripts_it_all_works_on_a_phone(browser: Browser, pages: Served) -> None:
    options = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
    with opened(browser, pages, **options) as page:
        page.goto("/admin/leads")
        page.locator("summary", has_text="Friend 5").click()
        page.get_by_role("button", name="Qualify Friend 5").click()
        expect(page.get_by_role("status")).to_contain_text("Qualified the lead.")
        page.get_by_role("link", name="Select all on this page").click()
        expect(page.locator("input[name=id]:checked")).to_have_count(6)
        page.get_by_role("button", name="Reject", exact=True).first.click()
        expect(page.get_by_role("status")).to_contain_text("Rejected 6 leads.")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(".pill.good")).to_have_count(3)


@pytest.fixture
def crowded(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    async def crowd(w: World) -> None:
        for number in range(53):
            arrived = await w.visit()
            await w.sign_up(token=arrived.token, email=f"friend-{number}@example.com")
            w.wait(1)

    file = shutil.copyfile(sqlite_template, tmp_path / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", crowd) as served_pages:
        yield served_pages


def test_all_that_match_are_moved_after_one_question(browser: Browser, crowded: Served) -> None:
    every, reject = "All that match, on every page", "Reject"
    with opened(browser, crowded, viewport={"width": 390, "height": 844}) as page:
        page.goto("/admin/leads?status=pending")
        page.get_by_label(every).check()
        page.get_by_role("button", name=reject, exact=True).first.click()
        expect(page.get_by_role("heading", name="Reject 53 leads?")).to_be_visible()
        is_sound(page, page.url)
        page.get_by_role("link", name="Leave them as they are").click()
        expect(page.get_by_label(every)).not_to_be_checked()
    with opened(browser, crowded, java_script_enabled=False) as page:
        page.goto("/admin/leads?status=pending")
        page.get_by_label(every).check()
        page.get_by_role("button", name=reject, exact=True).first.click()
        page.get_by_role("button", name="Reject 53 leads").click()
        expect(page.get_by_role("status")).to_contain_text("Rejected 53 leads.")
        expect(page.get_by_role("heading", name="No lead matches")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("input[name=id]")).to_have_count(50)


def test_a_list_is_saved_and_customers_are_sent(
    browser: Browser, pages: Served, tmp_path: Path
) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/leads?q=Friend+3")
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save as CSV").click()
        assert saved.value.suggested_filename.startswith("leads-demo-")
        assert "Friend 3" in Path(saved.value.path()).read_text(encoding="utf-8-sig")
        file = tmp_path / "customers.csv"
        file.write_text("E-Mail\na@shop.example\nnobody\n", encoding="utf-16")
        page.goto("/admin/customers")
        page.get_by_label("A file with their e-mails").set_input_files(file)
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_role("heading", name="1 row was not understood")).to_be_visible()
        is_sound(page, page.url)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Undone")
