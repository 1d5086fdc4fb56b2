"""Rules, coupons and settings in a real browser: with eyes, keys, screen readers, no scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from browser.conftest import ASIDE
from browser.looks import WATCH, Look, is_sound
from goodword.lifecycle.rule import add_rule, change_rule
from goodword.lifecycle.stock import stock_coupons
from goodword.model import Kind, Method, Occasion
from lifecycle.world import DAY, World
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

BY = "owner@shop.example"
PAGES = (
    "/admin/rules",
    "/admin/rules/new",
    "/admin/coupons",
    "/admin/set-up",
    "/admin/campaigns/new",
)


async def with_rules(w: World) -> None:
    """A campaign with rules of every kind, changed once, and a pool that runs low."""
    for order in ("1", "2", "3"):
        arrived = await w.visit()
        await w.convert(token=arrived.token, order=order, sign=order != "3")
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="pending@example.com")
    [rule] = w.campaign.rules
    w.wait(DAY)
    await change_rule(w.context, w.campaign, rule.id, replace(rule, amount=1500), BY)
    coupon = replace(rule, kind=Kind.COUPON, pool="spring", method=Method.COUPON, auto=True)
    share = replace(rule, kind=Kind.PERCENTAGE, rate=500, occasion=Occasion.CONVERTED, months=12)
    for each in (coupon, share, replace(rule, occasion=Occasion.JOINED)):
        await add_rule(w.context, w.campaign, each, BY)
    await stock_coupons(w.context, w.campaign, "spring", ["A", "B"], BY)


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("rules") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", with_rules) as served_pages:
        yield served_pages


@contextmanager
def opened(browser: Browser, pages: Served, **options: object) -> Iterator[Page]:
    """A page of an admin who is logged in; a form may be refused, nothing else may go wrong."""
    context: BrowserContext = browser.new_context(base_url=pages.url, **options)  # type: ignore[arg-type]
    context.add_cookies([pages.cookie])  # type: ignore[list-item]
    context.add_init_script(WATCH)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert [each for each in said if not each.startswith(ASIDE)] == []


def edited(page: Page) -> str:
    """The address of the form of the first rule."""
    page.goto("/admin/rules")
    return page.get_by_role("link", name="Edit").first.get_attribute("href") or ""


def test_every_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for path in (*PAGES, edited(page)):
            page.goto(path)
            is_sound(page, path)
        page.get_by_label("Amount", exact=True).fill("")
        page.get_by_label("Reward only for qualified").uncheck()
        page.get_by_role("button", name="Save the rule").click()
        expect(page.locator("#amount-error")).to_be_visible()
        is_sound(page, "a rule that was refused")


def test_only_the_fields_of_what_was_chosen_are_shown(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/rules/new")
        amount, pool = page.get_by_label("Amount", exact=True), page.get_by_label("Coupon pool")
        auto, by_hand = page.get_by_label("Auto Issue"), page.get_by_label("By hand")
        warning = page.get_by_text("it can lead to fraud")
        expect(amount).to_be_visible()
        for hidden in (pool, auto, warning, page.get_by_label("Percentage of the order")):
            expect(hidden).to_be_hidden()
        page.get_by_label("What the reward is").select_option("coupon")
        expect(amount).to_be_hidden()
        expect(pool).to_be_visible()
        expect(page.get_by_label("Coupon by e-mail")).to_be_checked()
        expect(auto).to_be_visible()
        by_hand.check()
        expect(page.get_by_label("What the reward is")).to_have_value("fixed")
        expect(amount).to_be_visible()
        page.get_by_label("Reward only for qualified referrals").uncheck()
        expect(warning).to_be_visible()


def test_a_rule_is_made_and_undone_without_scripts(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, java_script_enabled=False) as page:
        page.goto("/admin/rules")
        before = page.get_by_role("button", name="Retire").count()
        page.get_by_role("link", name="Add a rule").click()
        page.get_by_label("What the reward is").select_option("custom")
        page.get_by_label("How many", exact=True).fill("2")
        page.get_by_label("Of what").fill("free month")
        page.locator("form summary").click()
        page.get_by_label("Certain numbers").check()
        page.get_by_label("At which numbers").fill("1, 3")
        page.get_by_role("button", name="Add the rule").click()
        says = "2 free month to the referrer for the 1st and 3rd qualified referral"
        expect(page.get_by_text(says)).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Undone")
        expect(page.get_by_role("button", name="Retire")).to_have_count(before)


def test_auto_issue_asks_once_and_pending_leads_keep_what_was_chosen(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages) as page:
        page.goto(edited(page))
        expect(page.get_by_label("No, they keep the rule")).to_be_checked()
        page.get_by_label("Yes, the change is for every lead").check()
        page.get_by_label("By webhook").check()
        page.get_by_label("Auto Issue").check()
        page.get_by_role("button", name="Save the rule").click()
        told = "Of 3 rewards in the last 30 days, Auto Issue would have issued 2; 1 lacks"
        expect(page.get_by_role("alert")).to_contain_text(told)
        expect(page.get_by_label("Yes, the change is for every lead")).to_be_checked()
        page.get_by_role("button", name="Save with Auto Issue").click()
        expect(page.get_by_role("status")).to_contain_text("Changed the rule")
        expect(page.get_by_text("by webhook or Zapier, automatically")).to_be_visible()
        expect(page.get_by_text("Leads that joined before")).to_have_count(0)


def test_a_file_of_codes_is_uploaded_and_taken_back(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, viewport={"width": 390, "height": 844}) as page:
        page.goto("/admin/coupons")
        page.get_by_label("Pool", exact=True).fill("autumn")
        codes = FilePayload(
            name="codes.csv", mimeType="text/csv", buffer=b"Code,Used\nX1,no\nX2,no"
        )
        page.get_by_label("File of codes").set_input_files(codes)
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_text("2 codes added.")).to_be_visible()
        expect(page.get_by_role("row", name="autumn")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("row", name="autumn")).to_have_count(0)


def test_settings_are_saved_by_keyboard_and_undone(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/set-up")
        page.get_by_label("Window in days").fill("500")
        page.keyboard.press("Enter")
        expect(page.locator("#window-error")).to_contain_text("1 to 400")
        page.get_by_label("Window in days").fill("45")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Changed the campaign")
        expect(page.get_by_label("Window in days")).to_have_value("45")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_label("Window in days")).to_have_value("60")
