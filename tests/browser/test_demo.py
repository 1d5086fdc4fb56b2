"""The first thing a newcomer does: `make demo`, then the whole way of a referral by hand."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from waiting import free_port, wait_until

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/141.0.0.0 Safari/537.36"
)
START_SECONDS = 120
STOP_SECONDS = 40


@dataclass
class Demo:
    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def referral_link(self) -> str:
        return self._printed("Referral link")

    @property
    def password(self) -> str:
        return self._printed("Password")

    def end(self, sign: signal.Signals) -> int:
        """The exit code after this signal."""
        self.process.send_signal(sign)
        return self.process.wait(STOP_SECONDS)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "goodword.db")) as database:
            return database.execute(query).fetchall()

    def _printed(self, name: str) -> str:
        found = re.search(rf"^ *{name} +(\S+)", self.log, re.MULTILINE)
        assert found, self.log
        return found.group(1)


@pytest.fixture(scope="module")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo that was made, started once and then ended by Ctrl-C."""
    demo = _started(tmp_path_factory.mktemp("demo"), _two_free_ports())
    demo.end(signal.SIGINT)
    return demo


@pytest.fixture
def demo(first_start: Demo, tmp_path: Path) -> Iterator[Demo]:
    """A second start, on a copy of what the first one left."""
    shutil.copytree(first_start.folder, tmp_path / "kept")
    again = _started(tmp_path, first_start.port)
    yield again
    if again.process.poll() is None:
        again.end(signal.SIGTERM)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a person: what calls itself headless is a bot, and leaves no hit."""
    with browser.new_context(user_agent=PERSON) as context:
        yield context.new_page()


@pytest.fixture
def page_without_javascript(browser: Browser) -> Iterator[Page]:
    with browser.new_context(user_agent=PERSON, java_script_enabled=False) as context:
        yield context.new_page()


def test_a_friend_who_signs_up_and_buys_earns_the_referrer_one_due_reward(
    demo: Demo, page: Page
) -> None:
    _sign_up(page, demo)
    _buy(page)
    wait_until(lambda: bool(demo.rows("select 1 from rewards")), 20, lambda: demo.log)
    page.reload()
    page.wait_for_load_state("networkidle")
    assert demo.rows("select count(*) from hits") == [(1,)]
    assert demo.rows("select email, name, status, source from leads") == [
        ("grace@example.com", "Grace Hopper", "qualified", "lead")
    ]
    assert demo.rows("select order_id, amount, currency, evidence, status from conversions") == [
        ("1042", 4800, "EUR", 2, "counted")
    ]
    assert demo.rows("select recipient, amount, currency, status from rewards") == [
        ("referrer", 1000, "EUR", "due")
    ]
    assert demo.rows("select count(*) from findings") == [(0,)]


def test_a_friend_who_only_buys_becomes_a_lead_by_the_order(demo: Demo, page: Page) -> None:
    page.goto(demo.referral_link)
    page.get_by_role("link", name="Choose a cover").click()
    page.get_by_role("button", name="Go to checkout").click()
    _buy(page)
    wait_until(lambda: bool(demo.rows("select 1 from rewards")), 20, lambda: demo.log)
    assert demo.rows("select email, status, source from leads") == [
        ("grace@example.com", "qualified", "conversion")
    ]


def test_without_javascript_the_hop_link_and_the_pixel_count_the_order(
    demo: Demo, page_without_javascript: Page
) -> None:
    code = demo.referral_link.split("ref=")[1]
    page = page_without_javascript
    page.goto(f"http://127.0.0.1:{demo.port}/r/{code}")
    page.get_by_role("link", name="Choose a cover").click()
    page.get_by_role("button", name="Go to checkout").click()
    _buy(page)
    wait_until(lambda: bool(demo.rows("select 1 from rewards")), 20, lambda: demo.log)
    assert demo.rows("select via from hits") == [("hop",)]
    assert demo.rows("select order_id, evidence, status from conversions") == [
        ("1042", 2, "counted")
    ]


def test_an_order_of_a_visitor_nobody_sent_is_kept_and_pays_nothing(demo: Demo, page: Page) -> None:
    page.goto(demo.referral_link.split("?")[0])
    expect(page.get_by_role("status")).to_have_text("Notebooks sewn by hand")
    page.get_by_role("link", name="Choose a cover").click()
    page.get_by_role("button", name="Go to checkout").click()
    _buy(page)
    wait_until(lambda: bool(demo.rows("select 1 from conversions")), 20, lambda: demo.log)
    assert demo.rows("select status, reason from conversions") == [("rejected", "no_lead")]
    for table in ("hits", "leads", "rewards"):
        assert demo.rows(f"select count(*) from {table}") == [(0,)], table


def test_a_reader_joins_in_a_page_of_the_shop(demo: Demo, page: Page) -> None:
    page.goto(demo.referral_link)
    expect(page.get_by_role("status")).to_have_text("Ada sent you. Welcome.")
    page.get_by_role("link", name="Recommend us").click()
    frame = page.frame_locator("goodword-page iframe")
    expect(frame.locator("input[name=gw]")).to_have_value(re.compile(".{100}"))
    frame.get_by_label("Your name").fill("Grace Hopper")
    frame.get_by_label("Your e-mail").fill("grace@example.com")
    frame.get_by_role("button", name="Get my link").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    joined = "from referrers where email = 'grace@example.com'"
    assert demo.rows(f"select name {joined}") == [("Grace Hopper",)]
    assert demo.rows("select referrer_id from own_visitors") == demo.rows(f"select id {joined}")


def test_ctrl_c_ends_it_with_0_and_without_a_traceback(first_start: Demo) -> None:
    assert first_start.process.returncode == 0
    assert "Traceback" not in first_start.log


def test_a_second_start_finds_its_data_and_sigterm_ends_it_with_0(
    first_start: Demo, demo: Demo
) -> None:
    assert demo.referral_link == first_start.referral_link
    assert demo.password == first_start.password
    assert demo.rows("select count(*) from campaigns") == [(1,)]
    assert demo.rows("select count(*) from admins") == [(1,)]
    assert demo.end(signal.SIGTERM) == 0
    assert "Traceback" not in demo.log


def test_the_password_is_kept_where_only_its_owner_can_read_it(first_start: Demo) -> None:
    kept = first_start.folder / "admin.txt"
    assert first_start.password in kept.read_text()
    assert [each.stat().st_mode & 0o77 for each in (first_start.folder, kept)] == [0, 0]


def test_a_taken_port_is_refused_in_one_line_before_anything_is_made(tmp_path: Path) -> None:
    port = _two_free_ports()
    with socket.create_server(("127.0.0.1", port + 1)):
        demo = _run(tmp_path, port)
        assert demo.process.wait(STOP_SECONDS) == 1
    assert demo.log.count("\n") == 1
    assert "DEMO_PORT=" in demo.log
    assert not demo.folder.exists()


def test_when_one_of_the_two_dies_the_other_is_stopped(demo: Demo) -> None:
    os.kill(_child(demo, "demo_site.shop"), signal.SIGKILL)
    assert demo.process.wait(STOP_SECONDS) == 1
    assert "The shop stopped by itself" in demo.log
    with socket.create_server(("127.0.0.1", demo.port)):
        assert "Traceback" not in demo.log


def _sign_up(page: Page, demo: Demo) -> None:
    page.goto(demo.referral_link)
    expect(page.get_by_role("status")).to_have_text("Ada sent you. Welcome.")
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_role("button", name="Send me the letters").click()
    page.get_by_role("link", name="See the notebook").click()
    page.get_by_role("button", name="Go to checkout").click()


def _buy(page: Page) -> None:
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Grace")


def _started(folder: Path, port: int) -> Demo:
    """A demo that has printed its panel, and therefore answers."""
    demo = _run(folder, port)
    try:
        wait_until(lambda: "Ctrl-C" in demo.log, START_SECONDS, lambda: demo.log, demo.process)
    except BaseException:
        demo.process.terminate()
        raise
    return demo


def _run(folder: Path, port: int) -> Demo:
    kept, log_file = folder / "kept", folder / "demo.log"
    own = {"DEMO_PORT": str(port), "GOODWORD_DATA_DIR": str(kept)}
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, ROOT / "demo_site" / "run.py"],
            env=os.environ | own,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    return Demo(port, kept, process, log_file)


def _two_free_ports() -> int:
    """The first of two loopback ports in a row that nothing listens on."""
    while True:
        port = free_port()
        try:
            with socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue


def _child(demo: Demo, command: str) -> int:
    """The process that the demo started with this in its command."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        pid, parent, args = line.split(None, 2)
        if int(parent) == demo.process.pid and command in args:
            return int(pid)
    raise AssertionError(listed.stdout)
