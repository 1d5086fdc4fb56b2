"""E-mails in a real browser: words, preview, outbox, and the pages behind links in mails."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.looks import Look, is_sound
from browser.test_admin_rules import opened
from goodword.access import record as access
from goodword.lifecycle.digest import digest_link
from goodword.lifecycle.unsubscribe import unsubscribe_link
from lifecycle.post import coupon_rule, joins, mailing
from lifecycle.world import DAY, World
from mail_server import OK, receiving
from web.admin_app import Served, served

pytestmark = pytest.mark.browser

WELCOME = "/admin/emails/letters/referrer.welcome"
PAGES = (
    "/admin/emails",
    WELCOME,
    "/admin/emails/letters/referrer.reminder",
    "/admin/emails/letters/friend.invitation",
    "/admin/emails/outbox",
    "/admin/emails/outbox?status=dropped",
    "/admin/api",
)


async def with_mails(w: World) -> None:
    """Mails with every kind of end, and one that waits."""
    await coupon_rule(w)
    for name in ("well", "gone", "grey"):
        await joins(w, f"{name}@example.com")
    said = {"gone@example.com": "550 5.1.1 no such user " + "x" * 300, "grey@example.com": "451 no"}
    async with receiving() as box:
        box.answers = lambda stage, to: said.get(to, OK) if stage == "RCPT" else OK
        await mailing(w, box).round()
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="x" * 60 + "@example.net", name="<b>Grace</b>")
    await w.convert(token=visit.token, order="1")


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("mail") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", with_mails) as served_pages:
        yield served_pages


async def mailed(w: World) -> list[str]:
    """The paths of the pages behind the links of mails."""
    async with w.context.storage.read() as db:
        [admin] = await access.admins(db)
    [reward] = await w.rewards((await w.only_lead()).id)
    day = reward.issue_after - reward.issue_after % DAY
    links = [
        digest_link(w.context, w.campaign, admin.id, day),
        unsubscribe_link(w.context, w.campaign, "eve@example.com"),
    ]
    return [link.removeprefix(w.context.settings.public_url) for link in links]


def paths_of(pages: Served) -> list[str]:
    links = asyncio.run_coroutine_threadsafe(mailed(pages.world), pages.loop).result(30)
    return [*PAGES, *links]


def test_every_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, **look) as page:
        for path in paths_of(pages):
            page.goto(path)
            is_sound(page, path)


def test_words_are_tried_in_the_preview_then_kept_and_taken_back(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages) as page:
        page.goto(WELCOME)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text("Hello Ada,")).to_be_visible()
        page.get_by_label("Text").fill("Look here, {{name}}:\n\n{{link}}")
        page.get_by_role("button", name="Preview").click()
        expect(frame.get_by_text("Look here, Ada:")).to_be_visible()
        page.get_by_label("Text").fill("{{nonsense}}")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#text-error")).to_contain_text("{{nonsense}} is no variable here")
        page.get_by_label("Text").fill("Look here, {{name}}:\n\n{{link}}")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Changed the letter")
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_label("Text")).not_to_have_value("Look here, {{name}}:\n\n{{link}}")


def test_what_failed_goes_again_by_keyboard(browser: Browser, pages: Served) -> None:
    with opened(browser, pages) as page:
        page.goto("/admin/emails/outbox?status=failed")
        page.get_by_label("Select Your link for Demo to gone@example.com").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Send again", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Sent again the e-mail")
        page.get_by_role("button", name="Undo").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Undone")
