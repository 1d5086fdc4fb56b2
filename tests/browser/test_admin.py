"""The admin's pages in a real browser: for eyes, for keys, for screen readers, for strangers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from browser.looks import WATCH, Look, is_sound, open_everything
from goodword.lifecycle.set_up import create_referrer
from goodword.model import Reason
from lifecycle.world import DAY, World
from web.admin_app import Seed, Served, served

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/",
    "/admin/visits",
    "/admin/leads",
    "/admin/leads?sort=converted&status=qualified&q=friend",
    "/admin/leads?q=nobody",
    "/admin/referrers",
    "/admin/rewards",
    "/admin/rewards?status=held",
    "/admin/set-up",
    "/admin/tag",
    "/admin/campaigns/new",
    "/login",
)
POLYGLOT = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//</stYle/</titLe/</teXtarEa/"
    "</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e<img src=x onerror=alert()>"
)


async def lived_in(w: World) -> None:
    """Some weeks with everything that a list can show: qualified, pending, rejected, held."""
    w.clock[0] -= 20 * DAY
    for day in range(20):
        referrer = w.ada if day % 3 else w.bob
        arrived = await w.visit(referrer, http_referrer="https://news.example/")
        await w.sign_up(
            token=arrived.token, email=f"friend-{day}@example.com", name=f"Friend {day}"
        )
        if day % 2:
            await w.convert(token=arrived.token, order=str(day), sign=bool(day % 4))
        w.wait(DAY)
    refused = await w.visit()
    await w.sign_up(token=refused.token, email="ada@example.com")
    shared = await w.visit()
    for name in ("one", "two"):
        await w.sign_up(token=shared.token, email=f"{name}@example.com")
    await w.convert(token=shared.token, email="two@example.com", order="held")
    w.context.refuse(w.campaign, "hit", Reason.ORIGIN, "https://staging.shop.example")
    w.context.refuse(w.campaign, "convert", Reason.NO_HIT)
    await w.visit()


async def hostile(w: World) -> None:
    """Every field that a stranger can fill holds what would run if it were not escaped."""
    await create_referrer(w.context, w.campaign, "eve@example.com", POLYGLOT[:190], "test")
    arrived = await w.visit(
        url=f"https://shop.example/{POLYGLOT}",
        http_referrer=f"https://x.example/{POLYGLOT}",
        user_agent=f"{POLYGLOT} Chrome/140",
    )
    await w.sign_up(token=arrived.token, email="x@example.com", name=POLYGLOT[:190])
    await w.convert(token=arrived.token, event=POLYGLOT[:90], order=POLYGLOT[:190])
    w.context.refuse(w.campaign, "hit", Reason.ORIGIN, POLYGLOT[:100])
    await w.visit()


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with _served(sqlite_template, tmp_path_factory, lived_in) as served_pages:
        yield served_pages


@pytest.fixture(scope="module")
def trap(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with _served(sqlite_template, tmp_path_factory, hostile) as served_pages:
        yield served_pages


@contextmanager
def _served(template: Path, folders: pytest.TempPathFactory, seed: Seed) -> Iterator[Served]:
    file = shutil.copyfile(template, folders.mktemp("admin") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", seed) as served_pages:
        yield served_pages


@contextmanager
def opened(browser: Browser, pages: Served, **options: object) -> Iterator[Page]:
    """A page of an admin who is logged in; broken rules of any kind fail the test."""
    context: BrowserContext = browser.new_context(base_url=pages.url, **options)  # type: ignore[arg-type]
    context.add_cookies([pages.cookie])  # type: ignore[list-item]
    context.add_init_script(WATCH)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))

    def dismiss(dialog: Dialog) -> None:
        said.append("a script ran")
        dialog.dismiss()

    page.on("dialog", dismiss)
    yield page
    context.close()
    assert said == []


def all_paths(page: Page) -> list[str]:
    """The pages, and one lead of each status that there is."""
    page.goto("/admin/leads")
    leads = page.locator("tbody th a").evaluate_all("links => links.map(a => a.href)")
    return [*PAGES, *leads[:4]]


def test_every_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for path in all_paths(page):
            page.goto(path)
            is_sound(page, path)


def test_nothing_moves_while_a_page_loads(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, viewport={"width": 1280, "height": 900}) as page:
        for path in all_paths(page):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("shifts") < 0.01, path


def test_no_page_asks_another_host(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        for path in all_paths(page):
            page.goto(path, wait_until="load")
    assert asked == {urlsplit(pages.url).netloc}


def test_the_chart_is_drawn_and_follows_the_window(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, viewport={"width": 1280, "height": 900}) as page:
        page.goto("/admin/")
        canvas = page.locator("#chart canvas")
        expect(canvas).to_be_visible()
        day, *numbers = page.locator("#chart .u-value").all_inner_texts()
        last = page.locator("details.more tbody tr").first
        assert (last.locator("th").text_content() or "").startswith(f"{day} ")
        assert numbers == last.locator("td").all_text_contents()
        wide = canvas.bounding_box()
        page.set_viewport_size({"width": 600, "height": 900})
        page.wait_for_function("document.querySelector('#chart canvas').clientWidth < 600")
        assert wide is not None
        assert wide["width"] > 800


def test_the_numbers_stand_in_one_row_and_by_twos_on_a_phone(
    browser: Browser, pages: Served
) -> None:
    for width, most in ((1280, 1), (390, 3)):
        with opened(browser, pages, viewport={"width": width, "height": 900}) as page:
            page.goto("/admin/")
            boxes = [each.bounding_box() for each in page.locator(".tiles > li").all()]
            assert len(boxes) == 5
            assert len({round(box["y"]) for box in boxes if box}) == most


def test_on_paper_only_what_was_found_is_left(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/leads")
        page.emulate_media(media="print")
        expect(page.locator("tbody tr").first).to_be_visible()
        for aside in (".top", ".filters", ".bulk", "footer", "td.act"):
            expect(page.locator(aside).first).to_be_hidden()


def test_without_scripts_every_number_can_still_be_read(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, java_script_enabled=False) as page:
        page.goto("/admin/")
        page.get_by_text("The numbers as a table").click()
        expect(page.get_by_role("row")).to_have_count(31 + 3)
        page.goto("/admin/tag")
        expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_the_keyboard_alone_reaches_a_lead(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.goto("/admin/")
        _tab_to(page, "Leads")
        page.keyboard.press("Enter")
        expect(page).to_have_title("Leads · goodword")
        _tab_to(page, "Friend 19")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Friend 19")).to_be_visible()


def test_escape_closes_the_list_of_campaigns(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/")
        summary = page.locator(".switch summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="New campaign")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="New campaign")).to_be_hidden()
        expect(summary).to_be_focused()


def test_a_press_copies_the_tag(browser: Browser, pages: Served) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, pages, permissions=permissions) as page:
        page.goto("/admin/tag")
        page.locator("[data-copy=tag]").click()
        expect(page.locator("[data-copy=tag]")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#tag").inner_text()


def test_the_three_ticks_turn_green_while_one_looks(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/tag")
        page.get_by_role("button", name="Make a test link").click()
        ticks = page.locator(".ticks > li")
        expect(ticks).to_have_count(3)
        expect(page.locator(".ticks > .green")).to_have_count(0)
        code = page.url.partition("test=")[2].partition("#")[0]

        async def test_referral(w: World) -> None:
            arrived = await w.visit(code=code)
            await w.sign_up(token=arrived.token, email="me@example.com")
            await w.convert(token=arrived.token, order="1")

        pages.live(test_referral)
        expect(page.locator(".ticks > .green")).to_have_count(3)
        expect(page.get_by_text("your site is ready")).to_be_visible()


def test_a_campaign_is_made_by_four_answers(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, viewport={"width": 390, "height": 844}) as page:
        page.goto("/admin/campaigns/new")
        page.get_by_label("Your site").fill("second.example")
        page.get_by_label("Reward", exact=True).fill("5")
        page.get_by_label("Both").check()
        page.get_by_label("Delay in days").fill("45")
        page.get_by_role("button", name="Make the campaign").click()
        expect(page.get_by_role("status")).to_contain_text("The campaign is made")
        page.get_by_role("link", name="Campaign", exact=True).click()
        expect(page.get_by_text("5.00 EUR to the referrer and the lead each")).to_be_visible()
        page.locator(".switch summary").click()
        page.get_by_role("link", name="Demo").click()
        expect(page.locator("#campaign")).to_have_text("Demo")


def test_what_strangers_wrote_never_runs(browser: Browser, trap: Served) -> None:
    with opened(browser, trap) as page:
        for path in (*all_paths(page), "/admin/leads?q=%3Cimg%20src%3Dx%20onerror%3Dalert()%3E"):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            open_everything(page)
            assert page.evaluate("broken") == [], path
            assert page.locator("main img, main svg").count() == 0, path


def _tab_to(page: Page, text: str) -> None:
    """Presses Tab until the element with that text has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == text:
            return
    raise AssertionError(f"no Tab leads to {text!r}")
