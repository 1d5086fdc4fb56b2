"""The tag in Firefox and WebKit: the first 17 scenarios, and where they are likeliest to differ.

Pages rendered ahead (15, 16) are Chromium's alone. WebKit's driver forgets a visitor when it ends,
so the browser that is closed and opened again (11) is Firefox.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.other.drivers import Line, installed, opened
from browser.stage import (
    SITE,
    WAIT_SECONDS,
    Collector,
    Fault,
    Hall,
    Sites,
    Stage,
    collect_handler,
    site_handler,
)
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long]

SHOP = "shop.localhost"
ORDER = '<div hidden data-gw-convert="purchase" data-order="1042" data-amount="49.00"></div>'
STUB = "<script>window.goodword=function(){(goodword.q=goodword.q||[]).push(arguments)};"
FORM = "<form data-gw method=post action=/took><input name=a value=1></form>"
CARRIED = "new URL(document.querySelector('a').href).searchParams.get('_gw')"


FIREFOX = pytest.mark.parametrize("name", [each for each in installed() if each == "firefox"])


class Near(Collector):
    """A collector under a name that every browser takes for this machine without being told."""

    @property
    def origin(self) -> str:
        return f"http://go.localhost:{self.port}"


class Visitor:
    """A browser and the stage, in the words of the scenarios."""

    def __init__(self, line: Line, stage: Stage) -> None:
        self.line = line
        self.stage = stage

    def open(self, path: str = "/", host: str = SHOP) -> None:
        self.line.ask("url", {"url": self.stage.shop.url(path, host)})

    def run(self, script: str) -> Any:
        """What a script in the page answers, promises awaited."""
        text = f"const done = arguments[0]; Promise.resolve().then(() => {script}).then(done, done)"
        return self.line.ask("execute/async", {"script": text, "args": []})

    def ready(self) -> dict[str, Any]:
        """What `ready` brings; the tag stands in the page, so it is there."""
        visit: dict[str, Any] = self.run("new Promise(reply => goodword('ready', reply))")
        return visit

    def arrive(self, path: str = "/?ref=alice", host: str = SHOP) -> None:
        self.open(path, host)
        self.ready()

    def settle(self) -> None:
        """Returns when what the page sent before now has arrived."""
        self.run(f"fetch('{self.stage.go.origin}/marker').then(() => 1)")

    def token(self) -> tuple[str, str]:
        """Cookie and localStorage."""
        cookie = self.run(f"document.cookie.match('_gw_{SITE}=([^;]+)')?.[1] || ''")
        return cookie, self.run(f"localStorage._gw_{SITE} || ''")

    def tab(self) -> tuple[str, str]:
        """Opens another tab and takes it: the first one and the new one."""
        (first,) = self.line.ask("handles")
        second = self.line.ask("window/new", {"type": "tab"})["handle"]
        self.take(second)
        return first, second

    def take(self, tab: str) -> None:
        self.line.ask("window", {"handle": tab})

    def close(self, tab: str, other: str) -> None:
        """Closes one tab and takes the other."""
        self.take(tab)
        self.line.ask("close")
        self.take(other)


@pytest.fixture(scope="module", params=installed())
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    with opened(request.param, tmp_path_factory.mktemp(request.param)) as line:
        yield line


@pytest.fixture
def stage() -> Iterator[Stage]:
    """As in the tests of Chromium; ports are new for each test, and with them the storage."""
    go, shop = Near(), Sites()
    with Hall(collect_handler(go)) as first, Hall(site_handler(shop)) as second:
        go.port, shop.port = first.port, second.port
        stage = Stage(go, shop)
        for path, body in (("/", ""), ("/next", ""), ("/thanks", ORDER), ("/form", FORM)):
            shop.put(path, f"{stage.tag(load='')}<body>{body}")
        yield stage


@pytest.fixture
def visitor(line: Line, stage: Stage) -> Visitor:
    """Cookies know no ports: the former test's go first."""
    visitor = Visitor(line, stage)
    visitor.open("/blank")
    visitor.run(f"document.cookie = '_gw_{SITE}=;path=/;max-age=0'")
    visitor.run(f"document.cookie = '_gw_{SITE}=;path=/;max-age=0;domain={SHOP}'")
    return visitor


def test_a_page_without_a_code_asks_nothing(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive("/")
    visitor.settle()
    assert stage.go.reports == []


def test_a_landing_asks_once_without_preflight(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    visitor.settle()
    assert [each["c"] for each in stage.go.reports] == ["alice"]
    assert stage.go.preflights == 0
    assert visitor.token() == ("token-alice-1", "token-alice-1")


def test_an_unknown_code_keeps_nothing(stage: Stage, visitor: Visitor) -> None:
    stage.go.refused["producthunt"] = "unknown"
    visitor.open("/?ref=producthunt")
    assert visitor.ready()["reason"] == "unknown"
    assert visitor.token() == ("", "")


def test_a_subdomain_knows_the_token(stage: Stage, visitor: Visitor) -> None:
    stage.go.extra["d"] = SHOP
    visitor.arrive(host=f"www.{SHOP}")
    visitor.open(host=f"app.{SHOP}")
    assert visitor.ready()["token"] == "token-alice-1"


def test_cookie_and_storage_restore_each_other(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.run(f"document.cookie = '_gw_{SITE}=;path=/;max-age=0'")
    visitor.arrive("/next")
    assert visitor.token() == ("token-alice-1", "token-alice-1")
    visitor.run("localStorage.clear()")
    visitor.arrive("/next")
    assert visitor.token() == ("token-alice-1", "token-alice-1")


def test_a_call_before_the_script_is_delivered_once(stage: Stage, visitor: Visitor) -> None:
    early = STUB + "goodword('convert', {order: '7'})</script>"
    stage.shop.put("/early", early + stage.tag(load=""))
    visitor.arrive("/early?ref=alice")
    assert [each["k"] for each in stage.go.wait_for(1, "convert")] == ["purchase:7"]


def test_an_order_survives_that_the_page_leaves_in_the_same_tick(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.arrive()
    visitor.run("{ goodword('convert', {order: '7'}); location = '/blank' }")
    stage.go.wait_for(1, "convert")
    visitor.arrive("/next")
    assert {each["k"] for each in stage.go.sent("convert")} == {"purchase:7"}


def test_an_order_survives_that_the_tab_closes_at_once(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    first, second = visitor.tab()
    visitor.arrive("/next")
    visitor.run("void goodword('convert', {order: '7'})")
    visitor.close(second, first)
    stage.go.wait_for(1, "convert")
    visitor.arrive("/next")
    assert {each["k"] for each in stage.go.sent("convert")} == {"purchase:7"}


@pytest.mark.parametrize("fault", [Fault(503), Fault(cut=True)], ids=["503", "cut"])
def test_what_met_a_fault_is_sent_again_on_the_next_page_once(
    stage: Stage, visitor: Visitor, fault: Fault
) -> None:
    visitor.arrive()
    stage.go.down = fault
    visitor.open("/thanks")
    failed = len(stage.go.wait_for(1, "convert"))
    visitor.settle()
    stage.go.down = None
    visitor.arrive("/next")
    stage.go.wait_for(failed + 1, "convert")
    visitor.arrive("/next")
    visitor.settle()
    assert {each["k"] for each in stage.go.sent("convert")} == {"purchase:1042"}


def test_what_failed_is_sent_when_the_visitor_is_online_again(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.arrive()
    stage.go.down = Fault(503)
    error = visitor.run("new Promise(reply => goodword('convert', {order: '7'}, reply))")
    assert error == {"error": 503}
    stage.go.down = None
    visitor.run("void dispatchEvent(new Event('online'))")
    assert len(stage.go.wait_for(2, "convert")) == 2


@FIREFOX
def test_an_order_survives_the_end_of_the_browser(stage: Stage, tmp_path: Path, name: str) -> None:
    with opened(name, tmp_path / "profile") as line:
        visitor = Visitor(line, stage)
        visitor.arrive()
        stage.go.down = Fault(503)
        visitor.run("new Promise(reply => goodword('convert', {order: '7'}, reply))")
    stage.go.down = None
    with opened(name, tmp_path / "profile") as line:
        Visitor(line, stage).arrive("/next")
        assert stage.go.wait_for(2, "convert")[-1]["t"] == "token-alice-1"


@FIREFOX
def test_firefoxs_own_global_privacy_control_is_heard(
    stage: Stage, tmp_path: Path, name: str
) -> None:
    with opened(name, tmp_path / "profile", privacy__globalprivacycontrol__enabled=True) as line:
        visitor = Visitor(line, stage)
        visitor.arrive("/form?ref=alice")
        assert [each["g"] for each in stage.go.reports] == [1]
        assert visitor.run("new FormData(document.forms[0]).get('gw')") == "token-alice-1"
        assert visitor.token() == ("", "")


@FIREFOX
def test_a_visitor_who_blocks_all_cookies_is_counted(
    stage: Stage, tmp_path: Path, name: str
) -> None:

    with opened(name, tmp_path / "profile", network__cookie__cookieBehavior=2) as line:
        Visitor(line, stage).arrive("/thanks?ref=alice")
        assert [each["t"] for each in stage.go.wait_for(1, "convert")] == ["token-alice-1"]


def test_reloading_the_thank_you_page_sends_nothing_again(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    for _ in range(4):
        visitor.arrive("/thanks")
        stage.go.wait_for(1, "convert")
        visitor.settle()
    assert len(stage.go.sent("convert")) == 1


def test_two_tabs_with_one_order_send_one_key(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    first, second = visitor.tab()
    visitor.arrive("/thanks")
    visitor.take(first)
    visitor.arrive("/thanks")
    stage.go.wait_for(1, "convert")
    visitor.settle()
    visitor.close(second, first)
    assert {each["k"] for each in stage.go.sent("convert")} == {"purchase:1042"}


def test_a_page_gone_back_to_sends_only_what_is_still_owed(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    visitor.run("void addEventListener('pageshow', event => { window.kept = event.persisted })")
    visitor.open("/blank")
    visitor.line.ask("back")
    visitor.ready()
    visitor.settle()
    assert visitor.run("window.kept") is True
    assert [each["e"] for each in stage.go.reports] == ["hit"]


def test_a_tag_included_twice_delivers_once(stage: Stage, visitor: Visitor) -> None:
    early = STUB + "goodword('convert', {order: '7'})</script>"
    stage.shop.put("/twice", early + stage.tag(load="") * 2)
    visitor.arrive("/twice?ref=alice")
    stage.go.wait_for(1, "convert")
    visitor.settle()
    assert [each["e"] for each in stage.go.reports] == ["hit", "convert"]


def test_a_marked_form_carries_the_token(stage: Stage, visitor: Visitor) -> None:
    visitor.arrive("/form?ref=alice")
    assert visitor.run("new FormData(document.forms[0]).get('gw')") == "token-alice-1"
    visitor.run("document.forms[0].submit()")
    posted = stage.shop.posted
    wait_until(lambda: len(posted) > 0, WAIT_SECONDS, lambda: "no form came")
    assert posted == ["a=1&gw=token-alice-1"]


@pytest.mark.parametrize("event", ["pointerdown", "click"])
def test_a_link_to_another_host_carries_the_token(
    stage: Stage, visitor: Visitor, event: str
) -> None:
    link = "<a href='http://pay.localhost/x' onclick='return false'>pay</a>"
    stage.shop.put("/link", stage.tag(load="", links="pay.localhost") + link)
    visitor.arrive("/link?ref=alice")
    press = f"new MouseEvent('{event}', {{bubbles: true, cancelable: true}})"
    visitor.run(f"void document.querySelector('a').dispatchEvent({press})")
    assert visitor.run(CARRIED).startswith("token-alice-1~")


def test_a_frame_without_storage_still_reports(stage: Stage, visitor: Visitor) -> None:
    frame = "<iframe sandbox=allow-scripts src='/thanks?ref=alice'></iframe>"
    stage.shop.put("/framed", "<body>" + frame)
    visitor.open("/framed")
    assert [each["t"] for each in stage.go.wait_for(1, "convert")] == ["token-alice-1"]


def test_a_code_is_found_although_a_router_was_faster(stage: Stage, visitor: Visitor) -> None:
    router = "<script>history.replaceState(null, '', '/route')</script>"
    stage.shop.put("/routed", router + stage.tag(load=""))
    visitor.open("/routed?ref=alice")
    assert visitor.ready()["token"] == "token-alice-1"


def test_an_order_in_a_dialog_counts_when_it_opens(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/dialog", f"{stage.tag(load='')}<body><dialog>{ORDER}</dialog>")
    visitor.arrive("/dialog?ref=alice")
    visitor.settle()
    assert stage.go.sent("convert") == []
    visitor.run("document.querySelector('dialog').showModal()")
    stage.go.wait_for(1, "convert")


def test_withdrawn_consent_wipes(stage: Stage, visitor: Visitor) -> None:
    stage.go.extra["d"] = SHOP
    stage.shop.put("/asks", stage.tag(load="", consent="required"))
    visitor.open("/asks?ref=alice", host=f"www.{SHOP}")
    visitor.settle()
    assert stage.go.reports == []
    visitor.run("void goodword('consent', true)")
    assert visitor.ready()["token"] == "token-alice-1"
    visitor.run("void goodword('consent', false)")
    assert visitor.token() == ("", "")
    assert visitor.run("Object.keys(localStorage).length") == 0
