"""Hosted pages in a real browser: for eyes, for keys, for screen readers, in other sites' pages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.conftest import ASIDE
from browser.hosted_stage import PERSON, Town, town
from browser.looks import WATCH, Look, is_sound
from goodword.lifecycle.context import Context
from goodword.lifecycle.mailed import own_page_link

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("hosted") / "goodword.db")
    with town(f"sqlite+aiosqlite:///{file}") as built:
        tag = (
            f'<script async src="{built.url}/gw.js" data-site="{built.campaign.site_key}"></script>'
        )
        built.sites.put("/welcome", f"<title>Shop</title>{tag}<h1>Welcome</h1>")
        embed = f'<title>Shop</title><script async src="{built.url}/embed.js"></script>{tag}'
        for name, more in (("join", ""), ("own", ' page="own"')):
            element = f'<goodword-page campaign="paper-thread"{more}>Not yet</goodword-page>'
            built.sites.put(f"/{name}", f"{embed}<main><h1>Shop</h1>{element}</main>")
        yield built


@contextmanager
def opened(browser: Browser, served: Town, **options: object) -> Iterator[Page]:
    """A person's page; nothing may go wrong in it."""
    context = browser.new_context(base_url=served.url, user_agent=PERSON, **options)  # type: ignore[arg-type]
    context.add_init_script(WATCH)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert [each for each in said if not each.startswith(ASIDE)] == []


def mailed(served: Town) -> str:
    """The link to Ada's own page, as it is mailed."""

    async def link(context: Context) -> str:
        return own_page_link(context, served.ada)

    return served.do(link)


def assert_grown(page: Page) -> None:
    """The frame becomes as high as what it shows."""
    body = "() => document.body.getBoundingClientRect().height"
    page.wait_for_function(
        "(height) => Math.abs(document.querySelector('iframe').clientHeight - height) < 2",
        arg=page.frames[1].evaluate(body),
    )


def test_every_page_is_accessible_and_fits(browser: Browser, served: Town, look: Look) -> None:
    code = served.ada.code
    with opened(browser, served, **look) as page:
        for path in (
            "/c/paper-thread",
            "/c/paper-thread?done=1",
            f"/c/paper-thread/{code}",
            "/c/paper-thread/nobody",
            "/c/nobody",
            "/p/paper-thread",
            mailed(served),
        ):
            page.goto(path)
            is_sound(page, path)
        page.get_by_role("button", name="Open my page").click()
        expect(page.get_by_role("heading", name="Hello Ada")).to_be_visible()
        is_sound(page, "own page")


def test_a_friend_goes_from_the_link_by_the_form_to_the_shop(
    browser: Browser, served: Town
) -> None:
    """Shared on Ada's own page, opened by a friend, who arrives with both codes and is known."""
    with opened(browser, served) as page:
        page.goto(mailed(served))
        page.get_by_role("button", name="Open my page").click()
        shared = page.get_by_role("textbox", name="Your link").input_value()
        whatsapp = page.get_by_role("link", name="WhatsApp").get_attribute("href") or ""
        assert shared.rpartition("/")[2] in whatsapp
    with opened(browser, served) as friend:
        friend.goto(shared)
        expect(
            friend.get_by_role("heading", name="Ada invites you to Paper & Thread")
        ).to_be_visible()
        friend.get_by_label("Your name").fill("Grace Hopper")
        friend.keyboard.press("Tab")
        friend.keyboard.type("grace@example.org")
        friend.keyboard.press("Enter")
        expect(friend.get_by_role("heading", name="Welcome")).to_be_visible()
        friend.wait_for_function("() => window.goodword && goodword.lead")
        [[code, email, name]] = served.rows("leads", "code", "email", "name")
        assert (email, name) == ("grace@example.org", "Grace Hopper")
        assert friend.evaluate("goodword.lead") == code
        assert friend.evaluate("goodword.code") == served.ada.code
        assert friend.url.partition("?")[2] == f"ref={served.ada.code}"
    assert served.rows("hits", "via") == [("hop",), ("tag",)]


def test_without_scripts_the_way_is_the_same(browser: Browser, served: Town) -> None:
    before = len(served.rows("leads", "id"))
    with opened(browser, served, java_script_enabled=False) as friend:
        friend.goto(f"/c/paper-thread/{served.ada.code}")
        friend.get_by_label("Your name").fill("Linus")
        friend.get_by_label("Your e-mail").fill("linus@example.org")
        friend.get_by_role("button", name="Accept the invitation").click()
        expect(friend.get_by_role("heading", name="Welcome")).to_be_visible()
        [[code]] = served.rows("leads", "code")[before:]
        assert f"ref={served.ada.code}&lead={code}" in friend.url


def test_a_button_pressed_twice_sends_one_form(browser: Browser, served: Town) -> None:
    before = len(served.rows("hits", "id"))
    with opened(browser, served) as friend:
        sent: list[str] = []

        def slow(route: Route) -> None:
            if route.request.method == "POST":
                sent.append(route.request.url)
            route.continue_()

        friend.goto(f"/c/paper-thread/{served.ada.code}")
        friend.route("**/c/**", slow)
        friend.get_by_label("Your name").fill("Di")
        friend.get_by_label("Your e-mail").fill("di@example.org")
        friend.evaluate(
            "for (let i = 0; i < 3; i++) document.querySelector('form').requestSubmit()"
        )
        expect(friend.get_by_role("heading", name="Welcome")).to_be_visible()
        assert len(sent) == 1
    assert len(served.rows("hits", "id")) <= before + 2


def test_the_link_is_copied_and_given_to_the_phones_own_sheet(
    browser: Browser, served: Town
) -> None:
    with opened(browser, served) as page:
        page.add_init_script(
            "window.given = []; navigator.share = async (what) => { given.push(what); };"
        )
        page.goto(mailed(served))
        page.get_by_role("button", name="Open my page").click()
        shared = page.get_by_role("textbox", name="Your link").input_value()
        page.get_by_role("button", name="Share").click()
        [given] = page.evaluate("given")
        assert given["url"] == shared
        assert given["text"].startswith("I recommend Paper & Thread.")
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_the_join_page_stands_in_the_shop_and_knows_its_visitor(
    browser: Browser, served: Town
) -> None:
    """A friend of Ada's joins in the shop's page: by the tag's token, in no cookie of ours."""
    with opened(browser, served) as page:
        page.goto(served.sites.url(f"/welcome?ref={served.ada.code}"))
        page.wait_for_function("() => window.goodword && goodword.token")
        page.goto(served.sites.url("/join"))
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Recommend Paper & Thread")).to_be_visible()
        expect(frame.locator("input[name=gw]")).to_have_value(re.compile(".{108}"))
        assert_grown(page)
        is_sound(page, "the shop's page")
        frame.get_by_label("Your name").fill("Cy Young")
        frame.get_by_label("Your e-mail").fill("cy@example.org")
        frame.get_by_role("button", name="Get my link").click()
        expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
        assert_grown(page)
    ids = {email: id_ for id_, email in served.rows("referrers", "id", "email")}
    assert served.rows("own_visitors", "referrer_id", by="created_at") == [(ids["cy@example.org"],)]


def test_the_own_page_opens_in_the_shop_by_a_link_and_without_cookies(
    browser: Browser, served: Town
) -> None:
    link = mailed(served)
    tail = f'campaign="paper-thread" page="own" link="{link}"'
    served.sites.put(
        "/account",
        f'<title>Shop</title><script async src="{served.url}/embed.js"></script>'
        f"<goodword-page {tail}></goodword-page>",
    )
    with opened(browser, served) as page:
        page.context.clear_cookies()
        page.goto(served.sites.url("/account"))
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Hello Ada")).to_be_visible()
        frame.get_by_role("button", name="Look again").click()
        expect(frame.get_by_role("heading", name="Hello Ada")).to_be_visible()
        assert [each for each in page.context.cookies() if "page" in str(each.get("name"))] == []
        page.goto(served.sites.url("/own"))
        frame.get_by_text("I have a link already").click()
        frame.get_by_label("The link from the mail").fill(link)
        frame.get_by_role("button", name="Open my page").click()
        expect(frame.get_by_role("heading", name="Hello Ada")).to_be_visible()


@pytest.mark.parametrize("path", ["/join", "/own"])
def test_a_foreign_site_can_t_frame_a_page(browser: Browser, served: Town, path: str) -> None:
    context = browser.new_context(user_agent=PERSON)
    page = context.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(served.sites.url(path, host="evil.test"))
    assert page.frame_locator("iframe").get_by_role("heading").count() == 0
    context.close()
