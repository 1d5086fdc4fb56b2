"""Integrations and API in a real browser: keys, webhooks, the inbound webhook; for everybody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.looks import Look, is_sound
from browser.test_admin_rules import opened
from goodword.lifecycle.admit import create_api_key
from goodword.lifecycle.deliver import Courier
from goodword.lifecycle.endpoints import add_endpoint
from goodword.model import EVENTS
from goodword.outbound import Outbound
from lifecycle.inbound import BOSS, caller_of
from lifecycle.tills import Tills, tills_of
from lifecycle.world import World
from receiver import answer, listening
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/api",
    "/admin/api/keys",
    "/admin/api/webhooks",
    "/admin/api/inbound",
    "/admin/api/inbound?calls=all",
    "/admin/api/shops",
    "/api/docs",
)
BUYER = "di@example.org"
LOOPBACK = (ip_network("127.0.0.0/8"),)


async def with_integrations(w: World) -> None:
    """Keys, webhooks that answer well and badly, and calls with every kind of end."""
    settings = replace(w.context.settings, outbound_allow=LOOPBACK)
    w.context = replace(w.context, settings=settings)
    await create_api_key(w.context, w.campaign.id, "write")
    await create_api_key(w.context, None, "read")
    async with listening() as well, listening() as badly, listening() as gone:
        badly.answers = lambda _: answer(500, "x" * 500)
        gone.answers = lambda _: answer(410)
        for receiver in (well, badly, gone):
            await add_endpoint(w.context, w.campaign, receiver.url, EVENTS, BOSS)
        await w.buyer("1", email="cy@example.org")
        async with Outbound(LOOPBACK) as outbound:
            courier = Courier(w.context, outbound)
            await courier.round()
            await courier.finish()
    caller = await caller_of(w)
    lead = await caller.lead("di@example.org")
    long_word = {"code": lead.code, "about": {"word": "x" * 300}}
    for body in (long_word, long_word, {"code": "NOBODYS"}, {"code": w.ada.code}, {"nothing": 1}):
        await caller.call(body)
    tills = await tills_of(w)
    await tills.shopify(email=BUYER)
    await tills.woocommerce()
    await tills.refund("5.00", order_id=7)
    await caller.lead("ed@example.org")


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("api") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", with_integrations) as served_pages:
        yield served_pages


def webhooks(page: Page) -> list[str]:
    """The addresses of the pages of the three webhooks."""
    page.goto("/admin/api/webhooks")
    links = page.locator("tbody th a")
    return [links.nth(n).get_attribute("href") or "" for n in range(links.count())]


def test_every_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for path in (*PAGES, *webhooks(page)):
            page.goto(path)
            is_sound(page, path)


def test_set_up_leads_to_integrations_by_keyboard(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/set-up")
        page.get_by_role("link", name="Integrations and API").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Inbound webhook")).to_be_visible()
        expect(page.get_by_text("Some messages could not be delivered")).to_be_visible()
        page.get_by_role("link", name="Show the address").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="The last calls")).to_be_visible()


def test_a_key_is_made_copied_and_revoked(browser: Browser, pages: Served) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, pages, permissions=permissions) as page:
        page.goto("/admin/api/keys")
        page.get_by_label("It may").select_option("read")
        page.get_by_role("button", name="Make the key").click()
        key = page.locator("#key").inner_text()
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == key
        row = page.locator("tbody tr").first
        row.get_by_text("Revoke").first.click()
        row.get_by_role("button", name="Revoke now").click()
        expect(page.get_by_role("status")).to_contain_text("The key is revoked")
        expect(page.locator("tbody tr").first).to_contain_text("Revoked")


def test_the_log_of_a_webhook_tells_what_was_said_and_answered(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages, viewport={"width": 390, "height": 844}) as page:
        page.goto(webhooks(page)[1])
        row = page.get_by_role("row").filter(has_text="500")
        row.get_by_text("What it says").click()
        expect(row.locator("pre").first).to_contain_text('"email": "cy@example.org"')
        row.get_by_text("Answer").click()
        expect(row.locator("pre").last).to_contain_text("xxxx")
        row.get_by_role("button", name="Send now").click()
        expect(page.get_by_role("status")).to_contain_text("goes out once more")
        page.get_by_role("link", name="Failed 0").click()
        expect(page.get_by_role("heading", name="No message is failed")).to_be_visible()


def test_a_body_is_tried_and_a_call_is_replayed_without_scripts(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages, java_script_enabled=False) as page:
        page.goto("/admin/leads")
        page.get_by_role("link", name="ed@example.org").first.click()
        code = page.locator("code", has_text="").first.inner_text()
        page.goto("/admin/api/inbound")
        page.get_by_label("Field with the code").fill("about.ref")
        page.get_by_label("Try a body").fill(json.dumps({"about": {"ref": code}}))
        page.get_by_role("button", name="See what it would do").click()
        expect(page.get_by_role("status")).to_contain_text("It would be answered:")
        expect(page.get_by_label("Field with the code")).to_have_value("about.ref")
        page.get_by_role("checkbox", name="Select call_").first.check()
        page.get_by_role("button", name="Replay", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Nothing was changed")


def test_a_call_that_comes_appears_while_somebody_looks_but_never_while_they_work(
    browser: Browser, pages: Served
) -> None:
    async def call(w: World) -> None:
        tills = Tills(w)
        await tills.woocommerce(id=9000 + len(await tills.kept()), number="9000", email=BUYER)

    with opened(browser, pages) as page:
        page.clock.install()
        page.goto("/admin/api/inbound")
        calls = page.get_by_text("WooCommerce order.updated")
        before = calls.count()
        pages.live(call)
        page.clock.run_for(4_100)
        expect(calls).to_have_count(before + 1)
        page.get_by_role("checkbox", name="Select call_").first.check()
        page.get_by_role("heading", name="The last calls").click()
        pages.live(call)
        page.clock.run_for(8_200)
        expect(page.get_by_role("checkbox", name="Select call_").first).to_be_checked()
        expect(calls).to_have_count(before + 1)
        page.get_by_role("checkbox", name="Select all on this page").check()
        page.get_by_role("checkbox", name="Select all on this page").uncheck()
        page.get_by_role("heading", name="The last calls").click()
        page.clock.run_for(4_100)
        expect(calls).to_have_count(before + 2)
        page.get_by_role("checkbox", name="Select all on this page").check()
        assert page.locator("input[name=id]:checked").count() >= before + 2
