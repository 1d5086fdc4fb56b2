"""The Rewards tab and what was refused, in a real browser: for eyes, for keys, without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.looks import Look, is_sound
from goodword.model import Kind, Method
from lifecycle.world import DAY, World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/rewards",
    "/admin/rewards?status=held",
    "/admin/rewards?status=issued",
    "/admin/rewards?status=failed",
    "/admin/rewards?status=cancelled",
    "/admin/rewards?month=2020-01",
    "/admin/rewards/rwd_none",
    "/admin/conversions/conv_none",
    "/admin/refused",
    "/admin/refused?reason=bad_token",
)


async def lived_in(w: World) -> None:
    """Every status: amounts, things and codes, a partial refund, a claim, refused reports."""
    w.clock[0] -= 40 * DAY
    await w.rule(kind=Kind.CUSTOM, unit="free month", amount=1, delay=0)
    await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="spring", amount=1, every=3)
    await w.limits(second_eyes=5000)
    await w.pool("spring", "SPRING-1")
    buyers = [
        await w.buyer(str(1000 + number), email=f"b{number}@example.com") for number in range(6)
    ]
    w.clock[0] += 35 * DAY
    ripe = [(await w.rewards(lead.id))[0] for lead in buyers]
    await w.pay("issue", *ripe[:2])
    await w.refund("1000")
    await w.pay("hold", ripe[2])
    await w.pay("cancel", ripe[3])
    fresh = await w.visit(w.bob)
    await w.sign_up(token=fresh.token, email="new@example.com", name="New Friend")
    await w.convert(token=fresh.token, order="2000", sig="v1=00")
    await w.buyer("2001", w.bob)
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="claim@example.com", name="Claire Claims")
    await w.convert(email="claim@example.com", code=w.ada.code, order="3000")
    await w.convert(email="nobody@example.com", order="3001", sign=True)
    await w.convert(token="forged", order="3002", email="mallory@example.com")
    w.clock[0] += 5 * DAY


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("rewards") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", lived_in) as served_pages:
        yield served_pages


@contextmanager
def opened(browser: Browser, pages: Served, **options: object) -> Iterator[Page]:
    """A page of an admin who is logged in; what breaks a rule of the browser fails the test."""
    context = browser.new_context(base_url=pages.url, **options)  # type: ignore[arg-type]
    context.add_cookies([pages.cookie])  # type: ignore[list-item]
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert [text for text in said if "status of 4" not in text] == []


def all_paths(page: Page) -> list[str]:
    """The pages, one reward of each tab, and the conversions that the first tab names."""
    found = []
    for path in PAGES[:5]:
        page.goto(path)
        found += page.locator("tbody th a").evaluate_all("l => l.map(a => a.href)")[:1]
    found += page.locator("tbody td a[href*=conversions]").evaluate_all("l => l.map(a => a.href)")
    page.goto("/admin/refused")
    found += page.locator("tbody th a").evaluate_all("l => l.map(a => a.href)")[:2]
    return [*PAGES, *found]


def test_every_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for path in all_paths(page):
            page.goto(path)
            is_sound(page, path)


def test_the_keyboard_alone_issues_what_is_ripe_and_undoes_it(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/rewards")
        due = page.locator(".tabs b").first.inner_text()
        _tab_to(page, "Issue all that is ripe")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Issued")
        expect(page.get_by_text("Nothing yet.")).to_be_visible()
        _tab_to(page, "Undo")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Undone: issued")
        expect(page.locator(".tabs b").first).to_have_text(due)


def test_the_menu_of_a_row_opens_by_key_and_asks_before_the_time(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages, viewport={"width": 390, "height": 844}) as page:
        page.goto("/admin/rewards")
        waiting = page.locator("tbody").last.locator("tr").last
        waiting.locator("summary").focus()
        page.keyboard.press("Enter")
        _tab_to(page, "Issue 10.00 EUR to Bob")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Issue it before its time?")).to_be_visible()
        page.get_by_label("Note").fill("he is leaving")
        page.get_by_role("button", name="Issue it anyway").click()
        expect(page.get_by_role("status")).to_contain_text("Issued the reward before its time.")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Undone: issued the reward before")


def test_one_box_ticks_the_page_and_the_bar_holds_what_is_ticked(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/rewards?status=held")
        held = page.locator("input[name=id]").count()
        page.get_by_label("Select all on this page").check()
        expect(page.locator("input[name=id]:checked")).to_have_count(held)
        page.get_by_label("Note, kept with what you do").fill("looked at them")
        page.locator(".bulk").get_by_role("button", name="Release").click()
        expect(page.get_by_role("status")).to_contain_text("Released")
        page.get_by_role("button", name="Undo").click()
        page.goto("/admin/rewards?status=held")
        expect(page.locator("input[name=id]")).to_have_count(held)


def test_without_scripts_everything_can_be_done(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, java_script_enabled=False) as page:
        page.goto("/admin/rewards?status=held")
        page.get_by_role("link", name="Select all on this page").click()
        expect(page.locator("input[name=id]:not(:checked)")).to_have_count(0)
        page.goto("/admin/rewards")
        first = page.locator("tbody tr:not(.group)").first
        first.locator("summary").click()
        first.get_by_role("button", name="Hold").click()
        expect(page.get_by_role("status")).to_contain_text("Held the reward.")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Undone: held the reward.")


def test_a_claim_is_confirmed_and_taken_back(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/refused")
        page.locator("select[name=reason]").select_option("needs_evidence")
        page.get_by_role("button", name="Show").click()
        row = page.locator("tbody tr").filter(has_text="Purchase 3000")
        row.locator("summary").click()
        row.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("status")).to_contain_text("Confirmed the report.")
        expect(page.get_by_text("Purchase 3000")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("link", name="Purchase 3000")).to_be_visible()


def test_a_refund_is_recorded_on_the_page_of_its_order(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, viewport={"width": 390, "height": 844}) as page:
        page.goto("/admin/rewards")
        page.get_by_role("link", name="Qualified by order 2001").first.click()
        page.get_by_label("Amount that went back in EUR").fill("x")
        page.get_by_role("button", name="Record a refund").click()
        expect(page.get_by_label("Amount that went back in EUR")).to_have_attribute(
            "aria-invalid", "true"
        )
        page.get_by_label("Amount that went back in EUR").fill("9,00")
        page.get_by_role("button", name="Record a refund").click()
        expect(page.get_by_role("status")).to_contain_text("Recorded the refund")
        expect(page.get_by_text("9.00 EUR").first).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Nothing went back to the buyer.")).to_be_visible()


def _tab_to(page: Page, text: str) -> None:
    """Presses Tab until the element with that text has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')")
        if said == text:
            return
    raise AssertionError(f"no Tab leads to {text!r}")
