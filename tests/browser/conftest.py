"""One real Chromium for all browser tests; each test makes contexts of its own in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from browser.looks import LOOKS, Look
from browser.stage import (
    SITE,
    Collector,
    Hall,
    Sites,
    Stage,
    collect_handler,
    site_handler,
)
from node_packages import node_packages

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]

SNIPPET = Path(__file__).resolve().parents[2] / "snippet"

ASIDE = "Failed to load resource"
"""How Chromium's console begins on an answer of 4xx, 5xx or none: not the page's own doing."""


class Visitor:
    """A browser with storage of its own, and what went wrong in its pages."""

    def __init__(self, context: BrowserContext, stage: Stage) -> None:
        self.context = context
        self.stage = stage
        self.troubles: list[str] = []
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        context.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ASIDE):
            self.troubles.append(message.text)

    def open(self, path: str = "/", host: str = "shop.test", page: Page | None = None) -> Page:
        page = page or self.context.new_page()
        page.goto(self.stage.shop.url(path, host))
        return page

    def arrive(self, path: str = "/?ref=alice", host: str = "shop.test") -> Page:
        """A landing, as soon as the script has its token."""
        page = self.open(path, host)
        self.ready(page)
        return page

    def ready(self, page: Page, name: str = "goodword") -> dict[str, Any]:
        """What `ready` brings, once the script is there."""
        page.wait_for_function(f"() => !!window.{name}", timeout=10_000)
        visit: dict[str, Any] = page.evaluate(f"new Promise(done => {name}('ready', done))")
        return visit

    def settle(self, page: Page) -> None:
        """Returns when what the page sent before now has arrived."""
        page.evaluate("(url) => fetch(url).then(() => 1)", f"{self.stage.go.origin}/marker")

    def call(self, page: Page, *call: object) -> dict[str, Any]:
        """The answer that the callback of a call gets."""
        text = ",".join(json.dumps(each) for each in call)
        answer: dict[str, Any] = page.evaluate(f"new Promise(done => goodword({text}, done))")
        return answer

    def cookies(self, name: str = f"_gw_{SITE}") -> list[dict[str, Any]]:
        return [dict(each) for each in self.context.cookies() if each.get("name") == name]

    def stored(self, page: Page, name: str = "", site: str = SITE) -> str | None:
        """An entry of localStorage: the token, the outbox (`q`) or the done-keys (`d`)."""
        value: str | None = page.evaluate("(n) => localStorage.getItem(n)", f"_gw{name}_{site}")
        return value

    def waiting(self, page: Page) -> dict[str, Any]:
        """What is in the outbox."""
        outbox: dict[str, Any] = json.loads(self.stored(page, "q") or "{}")
        return outbox


class NewVisitor(Protocol):
    def __call__(self, **options: Any) -> Visitor: ...


@pytest.fixture(params=LOOKS, ids=("1280-light", "390-dark"))
def look(request: pytest.FixtureRequest) -> Look:
    """A wide and light window, and a narrow and dark one."""
    found: Look = request.param
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """The installed Chromium, headless; names under `.test` are this machine."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=ARGUMENTS,
            # Playwright turns the cache of pages to go back to off; visitors have it on.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def node_modules(node: str) -> Path:
    """What the snippet's build and the React page need, installed as its lock file says."""
    return node_packages(SNIPPET, node)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A collector and sites; the front page carries the tag."""
    go, shop = Collector(), Sites()
    with Hall(collect_handler(go)) as first, Hall(site_handler(shop)) as second:
        go.port, shop.port = first.port, second.port
        stage = Stage(go, shop)
        shop.put("/", stage.tag())
        shop.put("/next", stage.tag())
        yield stage


@pytest.fixture
def new_visitor(browser: Browser, stage: Stage) -> Iterator[NewVisitor]:
    """Makes visitors that leave at the end, none of whose pages may have thrown or warned."""
    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        visitors.append(Visitor(browser.new_context(**options), stage))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


@pytest.fixture
def visitor(new_visitor: NewVisitor) -> Visitor:
    return new_visitor()
