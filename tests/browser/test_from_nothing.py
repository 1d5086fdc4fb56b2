"""A campaign from nothing to its first issued reward, in a browser alone: nobody writes a line of
code, and the site carries no tag."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.hosted_stage import PERSON
from browser.stage import Hall, Sites, site_handler
from installation import Installation
from mail_server import Mailbox, receiving
from waiting import wait_until

pytestmark = pytest.mark.browser

LINK = re.compile(r"http://127\.0\.0\.1:\d+/\S+")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server in a thread of its own."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    found: list[Mailbox] = []

    async def listen() -> None:
        async with receiving() as box:
            found.append(box)
            ready.set()
            await stopped.wait()

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(listen()))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.close()


@pytest.fixture
def shop() -> Iterator[Sites]:
    sites = Sites()
    with Hall(site_handler(sites)) as hall:
        sites.port = hall.port
        sites.put("/welcome", "<title>Shop</title><h1>Welcome to the shop</h1>")
        yield sites


def links_in(box: Mailbox, to: str, subject: str) -> list[str]:
    """The links of the first mail of that subject, once it has come."""
    wait_until(lambda: any(subject in got.subject for got in box.to(to)), 30, lambda: str(box.got))
    [mail, *_] = [got for got in box.to(to) if subject in got.subject]
    return LINK.findall(mail.text)


def test_from_nothing_to_the_first_issued_reward(
    browser: Browser, installation: Installation, mailbox: Mailbox, shop: Sites
) -> None:
    """The owner starts a campaign, Ada joins and shares, Grace accepts, the owner qualifies and
    issues, and Ada sees that it was."""
    mail = {"GOODWORD_SMTP_URL": mailbox.url, "GOODWORD_MAIL_FROM": "hello@shop.example"}
    server = installation.serve(env=mail)
    owner = browser.new_context(user_agent=PERSON).new_page()
    make_the_campaign(owner, re.findall(r"http\S+/setup/\S+", server.log)[0], shop)
    owner.get_by_role("link", name="Pages", exact=True).click()
    join_page = owner.locator("#join-page").inner_text()

    ada = browser.new_context(user_agent=PERSON).new_page()
    ada.goto(join_page)
    expect(ada.get_by_role("heading", name="Recommend Shop, get 10.00 EUR")).to_be_visible()
    ada.get_by_label("Your name").fill("Ada Lovelace")
    ada.get_by_label("Your e-mail").fill("ada@example.com")
    ada.get_by_role("button", name="Get my link").click()
    expect(ada.get_by_text("We have mailed you your link")).to_be_visible()
    [own_page] = [
        each for each in links_in(mailbox, "ada@example.com", "Your link") if "/p/" in each
    ]
    ada.goto(own_page)
    ada.get_by_role("button", name="Open my page").click()
    expect(ada.get_by_text("Nobody yet.")).to_be_visible()
    invitation = ada.get_by_role("textbox", name="Your link").input_value()

    grace = browser.new_context(user_agent=PERSON).new_page()
    grace.goto(invitation)
    expect(grace.get_by_role("heading", name="Ada invites you to Shop")).to_be_visible()
    grace.get_by_label("Your name").fill("Grace Hopper")
    grace.get_by_label("Your e-mail").fill("grace@example.org")
    grace.get_by_role("button", name="Accept the invitation").click()
    expect(grace.get_by_role("heading", name="Welcome to the shop")).to_be_visible()
    assert re.fullmatch(r".*/welcome\?ref=\w{16}&lead=\w{16}", grace.url)

    qualify_and_issue(owner)
    ada.get_by_role("button", name="Look again").click()
    expect(ada.get_by_role("listitem").filter(has_text="Grace H.")).to_contain_text("Successful")
    expect(ada.get_by_role("listitem").filter(has_text="10.00 EUR")).to_contain_text("Issued on")
    links_in(mailbox, "ada@example.com", "Your reward from Shop")
    assert "Traceback" not in server.log
    for page in (owner, ada, grace):
        page.context.close()


def make_the_campaign(owner: Page, set_up: str, shop: Sites) -> None:
    owner.goto(set_up)
    owner.get_by_label("E-mail").fill("owner@shop.example")
    owner.get_by_label("Password").fill("correct horse battery")
    owner.get_by_role("button", name="Make the admin").click()
    owner.goto("/".join([*set_up.split("/")[:3], "admin/campaigns/new"]))
    owner.get_by_label("Your site").fill(shop.url("/welcome"))
    owner.get_by_label("Reward", exact=True).fill("10")
    owner.get_by_label("Delay in days").fill("0")
    owner.get_by_text("More", exact=True).click()
    owner.get_by_label("Name", exact=True).fill("Shop")
    owner.get_by_role("button", name="Make the campaign").click()
    expect(owner.get_by_text("The campaign is made.")).to_be_visible()


def qualify_and_issue(owner: Page) -> None:
    owner.get_by_role("link", name="Leads", exact=True).click()
    owner.locator("summary", has_text="Actions for Grace Hopper").click()
    owner.get_by_role("button", name="Qualify Grace Hopper").click()
    expect(owner.get_by_role("status")).to_contain_text("Qualified")
    owner.get_by_role("link", name="Rewards", exact=True).click()
    owner.get_by_role("button", name="Issue all that is ripe").click()
    expect(owner.get_by_role("status")).to_contain_text("Issued")
