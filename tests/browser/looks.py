"""How every page of ours has to look: for everybody, in its window, and under its own policy."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Look = dict[str, Any]
"""What a browser's context is opened with: the size of its window, light or dark."""

LOOKS: tuple[Look, ...] = (
    {"viewport": {"width": 1280, "height": 844}, "color_scheme": "light"},
    {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
)
"""A wide and a narrow window, light and dark: no colour of ours asks for the width, and no size
for the scheme."""

WATCH = """
window.broken = [];
addEventListener("securitypolicyviolation", (e) => broken.push(e.violatedDirective));
window.shifts = 0;
new PerformanceObserver((list) => { for (const e of list.getEntries()) shifts += e.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
"""Keeps what breaks the policy in `broken`, and how far things moved while loading in `shifts`."""


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")


def is_sound(page: Page, what: str) -> None:
    """axe finds nothing, nothing is wider than the window, nothing breaks the policy."""
    page.wait_for_load_state("networkidle")
    open_everything(page)
    found = Axe().run(page).response["violations"]
    assert {(what, each["id"], str(each["nodes"][0]["target"])) for each in found} == set()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
    assert page.evaluate("window.broken ?? []") == [], what
