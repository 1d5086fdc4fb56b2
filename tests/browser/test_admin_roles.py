"""Roles and the audit trail in a real browser: for eyes, for keys, for screen readers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.looks import Look, is_sound
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.appoint import change_role, invite, undo_role
from goodword.lifecycle.log_in import open_session
from goodword.lifecycle.set_up import create_referrer, set_paused
from goodword.model import Reason, Role
from goodword.web.session import cookie_name
from lifecycle.world import World
from web.admin_app import EMAIL, Served, served

pytestmark = pytest.mark.browser

CLEO, READER, MANAGER = "cleo@shop.example", "reader@shop.example", "manager@shop.example"
TOKENS: dict[str, str] = {}


async def lived_in(w: World) -> None:
    """Admins of every kind, and some of what they do."""
    await set_paused(w.context, w.campaign, True, MANAGER)
    await set_paused(w.context, w.campaign, False, MANAGER)
    await create_referrer(w.context, w.campaign, "dora@example.com", "Dora", EMAIL)
    w.context.refuse(w.campaign, "hit", Reason.ORIGIN, "https://staging.shop.example")
    await w.visit()
    await create_admin(w.context, CLEO, None)
    for email, role in ((MANAGER, Role.MANAGER), (READER, Role.READER)):
        admin, _ = await create_admin(w.context, email, None, role)
        session = await open_session(w.context, admin)
        assert session is not None
        TOKENS[email] = session.token
    done = await change_role(w.context, admin.id, Role.MANAGER, CLEO)
    assert done is not None
    await undo_role(w.context, done.id, CLEO)
    waiting = "somebody.with.a.rather.long.name@marketing.shop.example"
    await invite(w.context, waiting, Role.READER, CLEO)


@pytest.fixture(scope="module")
def pages(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("roles") / "goodword.db")
    with served(f"sqlite+aiosqlite:///{file}", lived_in) as served_pages:
        yield served_pages


@contextmanager
def opened(
    browser: Browser, pages: Served, email: str = EMAIL, **options: object
) -> Iterator[Page]:
    """A page of an admin who is logged in; what breaks a rule of the browser fails the test."""
    context = browser.new_context(base_url=pages.url, **options)  # type: ignore[arg-type]
    cookie = pages.cookie | ({"value": TOKENS[email]} if email in TOKENS else {})
    assert cookie["name"] == cookie_name(False)
    context.add_cookies([cookie])  # type: ignore[list-item]
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert [text for text in said if "status of 4" not in text] == []


def test_every_page_is_accessible_and_fits(browser: Browser, pages: Served, look: Look) -> None:
    with opened(browser, pages, EMAIL, **look) as page:
        for path in (
            "/admin/admins",
            "/admin/audit",
            "/admin/audit?actor=nobody",
            "/admin/privacy",
        ):
            page.goto(path)
            is_sound(page, path)
    with opened(browser, pages, READER, **look) as page:
        for path in ("/admin/set-up", "/admin/tag", "/admin/referrers", "/admin/admins"):
            page.goto(path)
            is_sound(page, path)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_owner_adds_an_admin_who_chooses_a_password(
    browser: Browser, pages: Served, width: int
) -> None:
    email = f"eve-{width}@shop.example"
    size = {"width": width, "height": 844}
    with opened(browser, pages, viewport=size) as page:
        page.goto("/admin/set-up")
        page.get_by_text("More", exact=True).click()
        page.get_by_role("link", name="Admins").click()
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Role", exact=True).select_option("manager")
        page.get_by_role("button", name="Add and show the link").click()
        link = page.locator("#setup-link").inner_text()
        is_sound(page, "a new link")
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    theirs = context.new_page()
    theirs.goto(link)
    is_sound(theirs, "set-up")
    theirs.get_by_label("Password").fill("correct horse battery")
    theirs.get_by_role("button", name="Log in").click()
    expect(theirs.get_by_role("link", name="Leads")).to_be_visible()
    theirs.goto(link)
    expect(theirs.get_by_text("This set-up address does not work")).to_be_visible()
    context.close()


def test_a_changed_role_is_undone_from_the_audit_trail_without_scripts(
    browser: Browser, pages: Served
) -> None:
    with opened(browser, pages, java_script_enabled=False) as page:
        page.goto("/admin/admins")
        page.get_by_label(f"Role of {CLEO}").select_option("reader")
        page.get_by_role("button", name=f"Change the role of {CLEO}").click()
        expect(page.get_by_role("status")).to_contain_text("from owner to read-only")
        page.goto("/admin/audit")
        row = page.get_by_role("row").nth(1)
        expect(row).to_contain_text(f"Changed the role of {CLEO} from owner to read-only")
        row.get_by_role("button", name="Undo").click()
        expect(page.get_by_label(f"Role of {CLEO}")).to_have_value("owner")
        page.goto("/admin/audit")
        expect(page.get_by_role("row").nth(2)).to_contain_text(f"Undone by {EMAIL}")


def test_an_admin_is_removed_by_the_keyboard_alone(browser: Browser, pages: Served) -> None:
    async def another(w: World) -> None:
        await create_admin(w.context, "frank@shop.example", None, Role.READER)

    pages.live(another)
    with opened(browser, pages) as page:
        page.goto("/admin/admins")
        summary = page.locator("summary", has_text="Remove frank@shop.example")
        summary.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("logged out everywhere")
        expect(page.get_by_text("frank@shop.example")).to_have_count(0)


def test_who_only_looks_sees_no_button_but_to_sign_out(browser: Browser, pages: Served) -> None:
    with opened(browser, pages, READER) as page:
        for path in ("/admin/", "/admin/set-up", "/admin/tag", "/admin/referrers", "/admin/audit"):
            page.goto(path)
            forms = page.locator("form[method=post]")
            assert [form.get_attribute("action") for form in forms.all()] == ["/logout"], path
        page.goto("/admin/set-up")
        page.get_by_text("More", exact=True).click()
        expect(page.get_by_role("link", name="Audit")).to_be_visible()
        expect(page.get_by_role("link", name="Admins")).to_have_count(0)
        page.goto("/admin/admins")
        expect(page.get_by_text("Your role is read-only. Ask an owner,")).to_be_visible()
