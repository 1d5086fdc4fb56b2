"""What the scripts cost the page that carries them, from Chromium's own trace; nothing is asserted.

Each run is a new visitor on the second page of a tab, with nothing but the tag on it, so that
whatever script, microtask or layout the trace shows on its main thread is the tag's. Compiling is
counted.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from browser.conftest import ARGUMENTS, Visitor
from browser.stage import Collector, Hall, Page, Sites, Stage, collect_handler, site_handler

Event = dict[str, Any]

CATEGORIES = ["devtools.timeline", "toplevel"]
SCRIPT = {"EvaluateScript", "v8.compile", "FunctionCall", "RunMicrotasks"}
LAYOUT = {"Layout", "UpdateLayoutTree"}
BARE = "localStorage.none || document.cookie || new URL(location)"
"""What no script that remembers anything gets by without, for comparison."""
LONG_TASK_MS = 50
ORDER = '<body><p>Thank you</p><div hidden data-gw-convert="purchase" data-order="1"></div>'
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Run:
    """One page load: milliseconds of the processor and of the clock in the script, layouts it
    forced, tasks above 50 ms with it."""

    processor: float
    clock: float
    forced_layouts: int
    long_tasks: int


@dataclass
class Case:
    name: str
    path: str
    reports: int
    """How many the page sends."""
    referred: bool = False
    first: bool = False
    """Whether it is the first page in its process, where the browser makes each object anew."""
    runs: list[Run] = field(default_factory=list)


def measure_tag(runs: int) -> str:
    """The table: a row for each kind of page."""
    cases = [
        Case("an empty script", "/empty", 0),
        Case("nothing but one read of localStorage and cookie", "/bare", 0),
        Case("gw.js, a page without a code", "/", 0),
        Case("gw.js, the same as the first page of a process", "/", 0, first=True),
        Case("gw.js, a landing", "/?ref=alice", 1),
        Case("gw.js, a thank-you page", "/thanks", 1, referred=True),
        Case("thanks.js, a thank-you page", "/alone", 1, referred=True),
    ]
    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for _ in range(runs):
            for case in cases:
                case.runs.append(_run(browser, case))
        browser.close()
    return _table(cases)


def _run(browser: Browser, case: Case) -> Run:
    go, shop = Collector(), Sites()
    with Hall(collect_handler(go)) as first, Hall(site_handler(shop)) as second:
        go.port, shop.port = first.port, second.port
        stage = Stage(go, shop)
        shop.put("/bare", "<script async src=/bare.js></script><body><p>Shop</p>")
        shop.put("/empty", "<script async src=/empty.js></script><body><p>Shop</p>")
        shop.pages["/empty.js"] = Page(";", content_type="text/javascript")
        shop.pages["/bare.js"] = Page(BARE, content_type="text/javascript")
        shop.put("/", stage.tag() + "<body><p>Shop</p>")
        shop.put("/thanks", stage.tag() + ORDER)
        shop.put("/alone", stage.tag("thanks") + ORDER)
        context = browser.new_context()
        visitor = Visitor(context, stage)
        if case.referred:
            visitor.arrive()
        before = len(go.reports)
        page = context.new_page()
        if not case.first:
            visitor.ready(visitor.open(page=page))
        browser.start_tracing(page=page, categories=CATEGORIES)
        visitor.open(case.path, page=page)
        go.wait_for(before + case.reports)
        visitor.settle(page)
        events: list[Event] = json.loads(browser.stop_tracing())["traceEvents"]
        context.close()
    return _read(events)


def _read(events: list[Event]) -> Run:
    """Counts what ran on the thread that evaluated one of the scripts."""
    home = next(
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "EvaluateScript" and _is_ours(each)
    )
    there = [
        each for each in events if each.get("ph") == "X" and (each["pid"], each["tid"]) == home
    ]
    begun = min(each["ts"] for each in there if each["name"] == "EvaluateScript" and _is_ours(each))
    ran = [each for each in there if each["name"] in SCRIPT and each["ts"] >= begun]
    outer = [each for each in ran if not any(_holds(other, each) for other in ran)]
    ours = [each for each in outer if _is_ours(each) or each["name"] == "RunMicrotasks"]
    tasks = [each for each in there if each["name"].endswith("RunTask")]
    return Run(
        sum(each.get("tdur", 0) for each in ours) / 1000,
        sum(each["dur"] for each in ours) / 1000,
        sum(any(_holds(by, each) for by in ours) for each in there if each["name"] in LAYOUT),
        sum(
            each["dur"] > LONG_TASK_MS * 1000 and any(_holds(each, one) for one in ours)
            for each in tasks
        ),
    )


def _is_ours(event: Event) -> bool:
    data = event.get("args", {}).get("data") or event.get("args", {})
    return str(data.get("url") or data.get("fileName") or "").endswith(
        ("/gw.js", "/thanks.js", "/bare.js", "/empty.js")
    )


def _holds(outer: Event, inner: Event) -> bool:
    """Whether the second happened within the first."""
    return (
        outer is not inner
        and outer["ts"] <= inner["ts"]
        and inner["ts"] + inner["dur"] <= outer["ts"] + outer["dur"]
    )


def _table(cases: list[Case]) -> str:
    head = "| page | main thread, CPU ms | least | by the clock, ms | forced layouts | long tasks |"
    rows = [
        f"| {case.name} | {median(run.processor for run in case.runs):.2f}"
        f" | {min(run.processor for run in case.runs):.2f}"
        f" | {median(run.clock for run in case.runs):.2f}"
        f" | {sum(run.forced_layouts for run in case.runs)}"
        f" | {sum(run.long_tasks for run in case.runs)} |"
        for case in cases
    ]
    note = (
        f"Medians of {len(cases[0].runs)} new visitors: compiling, running and microtasks of the"
        " script until its reports are answered.\nThe clock also counts waiting for the browser's"
        " other processes: a page's first look at localStorage and cookies."
    )
    return "\n".join([head, "|---|---|---|---|---|---|", *rows, "", note])
