"""No conversion is lost, and none is sent twice: whatever network, server or page do."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.conftest import ARGUMENTS, NewVisitor, Visitor
from browser.stage import Fault, Stage
from waiting import wait_until

pytestmark = pytest.mark.browser

ORDER = (
    '<div hidden data-gw-convert="purchase" data-order="1042"'
    ' data-amount="49.00" data-currency="EUR"></div>'
)
KEY = "purchase:1042"
DONE = "localStorage._gwd_site_1?.includes('convert')"


@pytest.fixture
def thanks(stage: Stage) -> Stage:
    """A thank-you page that declares one order."""
    stage.shop.put("/thanks", stage.tag() + "<body>" + ORDER)
    return stage


def test_a_declared_order_is_sent_once_with_its_token(thanks: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    page = visitor.open("/thanks")
    (sent,) = thanks.go.wait_for(1, "convert")
    assert (sent["k"], sent["t"]) == (KEY, "token-alice-1")
    assert sent["p"] == {
        "event": "purchase",
        "order": "1042",
        "amount": "49.00",
        "currency": "EUR",
    }
    visitor.settle(page)
    assert len(thanks.go.sent("convert")) == 1
    assert thanks.go.preflights == 0


def test_an_order_on_the_landing_page_waits_for_the_token(thanks: Stage, visitor: Visitor) -> None:
    answer = threading.Event()
    thanks.go.faults.append(Fault(until=answer))
    page = visitor.open("/thanks?ref=alice")
    thanks.go.wait_for(1, "hit")
    visitor.settle(page)
    assert thanks.go.sent("convert") == []
    answer.set()
    (sent,) = thanks.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"


def test_an_order_reported_before_the_script_has_loaded_is_delivered_once(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.arrive()
    stub = (
        "<script>window.goodword=window.goodword||function(){(goodword.q=goodword.q||[])"
        ".push(arguments)};goodword('convert',{order:'7'},a=>window.answer=a)</script>"
    )
    stage.shop.put("/early", stub + stage.tag() + stage.tag())
    page = visitor.open("/early")
    page.wait_for_function("() => window.answer")
    assert page.evaluate("answer.status") == "counted"
    visitor.settle(page)
    assert [each["k"] for each in stage.go.sent("convert")] == ["purchase:7"]


def test_an_order_is_delivered_although_the_page_leaves_in_the_same_tick(
    stage: Stage, visitor: Visitor
) -> None:
    answer = threading.Event()
    page = visitor.arrive()
    stage.go.faults.append(Fault(until=answer))
    page.evaluate("goodword('convert', {order: '7'}); location = '/plain'")
    stage.go.wait_for(1, "convert")
    answer.set()


def test_an_order_is_delivered_although_the_tab_closes_at_once(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    page.evaluate("void goodword('convert', {order: '7'})")
    page.close()
    assert stage.go.wait_for(1, "convert")[0]["k"] == "purchase:7"
    assert stage.go.preflights == 0


@pytest.mark.parametrize("fault", [Fault(503), Fault(429), Fault(500), Fault(cut=True)], ids=str)
def test_an_order_that_met_a_fault_is_sent_again_on_the_next_page_once(
    thanks: Stage, visitor: Visitor, fault: Fault
) -> None:
    visitor.arrive()
    thanks.go.down = fault
    page = visitor.open("/thanks")
    visitor.ready(page)
    thanks.go.wait_for(1, "convert")
    visitor.settle(page)
    page.wait_for_function("Object.keys(JSON.parse(localStorage._gwq_site_1)).length == 1")
    before = len(thanks.go.sent("convert"))
    thanks.go.down = None
    page = visitor.open("/next")
    thanks.go.wait_for(before + 1, "convert")
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    page = visitor.open("/thanks")
    visitor.settle(page)
    assert len(thanks.go.sent("convert")) == before + 1


@pytest.mark.parametrize("fault", [Fault(400), Fault(403), Fault(413), Fault(empty=True)], ids=str)
def test_an_order_that_was_answered_is_not_sent_again(
    thanks: Stage, visitor: Visitor, fault: Fault
) -> None:
    visitor.arrive()
    thanks.go.faults.append(fault)
    page = visitor.open("/thanks")
    thanks.go.wait_for(1, "convert")
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    page.reload()
    visitor.ready(page)
    visitor.settle(page)
    assert len(thanks.go.sent("convert")) == 1


def test_an_order_reported_offline_is_delivered_when_the_visitor_is_online_again(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    visitor.context.set_offline(True)
    assert visitor.call(page, "convert", {"order": "7"}) == {"error": "network"}
    assert len(visitor.waiting(page)) == 1
    visitor.context.set_offline(False)
    assert [each["k"] for each in stage.go.wait_for(1, "convert")] == ["purchase:7"]
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")


def test_an_order_reported_offline_survives_the_end_of_the_browser(
    stage: Stage, chromium: str, tmp_path: Path, browser: Browser
) -> None:
    stage.shop.put("/", stage.tag())
    launch = browser.browser_type.launch_persistent_context
    first = launch(str(tmp_path), executable_path=chromium, args=ARGUMENTS)
    visitor = Visitor(first, stage)
    page = visitor.arrive()
    first.set_offline(True)
    visitor.call(page, "convert", {"order": "7"})
    first.close()
    second = launch(str(tmp_path), executable_path=chromium, args=ARGUMENTS)
    Visitor(second, stage).open("/next")
    assert stage.go.wait_for(1, "convert")[0]["t"] == "token-alice-1"
    second.close()


def test_reloading_the_thank_you_page_sends_nothing_again(thanks: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    page = visitor.open("/thanks")
    page.wait_for_function(DONE)
    for _ in range(3):
        page.reload()
        visitor.ready(page)
    page.add_init_script("(() => { const now = Date.now; Date.now = () => now() + 864e5 })()")
    page.reload()
    visitor.ready(page)
    visitor.settle(page)
    assert len(thanks.go.sent("convert")) == 1


def test_two_tabs_with_one_order_send_one_key(thanks: Stage, visitor: Visitor) -> None:
    visitor.arrive()
    first, second = visitor.context.new_page(), visitor.context.new_page()
    first.goto(thanks.shop.url("/thanks"), wait_until="commit")
    second.goto(thanks.shop.url("/thanks"), wait_until="commit")
    for page in (first, second):
        page.wait_for_function(DONE)
    assert {each["k"] for each in thanks.go.sent("convert")} == {KEY}


def test_a_page_from_the_back_forward_cache_sends_only_what_is_still_owed(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    page.evaluate("addEventListener('pageshow', e => window.restored = e.persisted)")
    visitor.open("/next", page=page)
    visitor.ready(page)
    before = len(stage.go.reports)
    stage.go.down = Fault(503)
    visitor.call(page, "convert", {"order": "7"})
    stage.go.down = None
    page.go_back(wait_until="commit")
    page.wait_for_function("() => window.restored === true", timeout=5000)
    stage.go.wait_for(before + 2)
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    page.go_forward(wait_until="commit")
    page.go_back(wait_until="commit")
    visitor.settle(page)
    assert len(stage.go.reports) == before + 2


def test_an_order_kept_back_by_a_security_policy_is_delivered_once_it_is_mended(
    stage: Stage, new_visitor: NewVisitor
) -> None:
    visitor = new_visitor()
    visitor.arrive()
    policy = f"script-src {stage.go.origin}; connect-src 'none'"
    stage.shop.put("/strict", stage.tag() + "<body>" + ORDER, content_security_policy=policy)
    page = visitor.open("/strict")
    visitor.ready(page)
    page.wait_for_function("Object.keys(JSON.parse(localStorage._gwq_site_1)).length == 1")
    assert visitor.troubles
    visitor.troubles.clear()
    visitor.open("/next")
    assert [each["k"] for each in stage.go.wait_for(1, "convert")] == [KEY]


def test_a_hit_that_failed_is_sent_again_before_the_order_that_needs_its_token(
    thanks: Stage, visitor: Visitor
) -> None:
    thanks.go.down = Fault(503)
    page = visitor.open("/thanks?ref=alice")
    visitor.ready(page)
    assert len(visitor.waiting(page)) == 2
    assert thanks.go.sent("convert") == []
    thanks.go.down = None
    visitor.open("/next")
    (sent,) = thanks.go.wait_for(1, "convert")
    assert sent["t"].startswith("token-alice")
    assert [each["e"] for each in thanks.go.reports] == ["hit", "hit", "convert"]


def test_an_order_with_a_friend_is_not_held_up_by_another_hit_that_failed(
    thanks: Stage, visitor: Visitor
) -> None:
    visitor.arrive()
    thanks.go.faults.append(Fault(503))
    visitor.open("/thanks?ref=bob")
    (sent,) = thanks.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"


def test_a_hit_whose_answer_was_lost_is_sent_again(stage: Stage, visitor: Visitor) -> None:
    stage.go.faults.append(Fault(empty=True))
    assert visitor.ready(visitor.open("/?ref=alice"))["reason"] == "network"
    assert visitor.ready(visitor.open("/next"))["token"] == "token-alice-2"


def test_a_hit_that_failed_does_not_outrank_a_later_friends_link(
    stage: Stage, visitor: Visitor
) -> None:
    stage.go.faults.append(Fault(503))
    assert visitor.ready(visitor.open("/?ref=alice"))["reason"] == 503
    page = visitor.arrive("/?ref=bob")
    assert [each["c"] for each in stage.go.sent("hit")] == ["alice", "alice", "bob"]
    assert (visitor.stored(page) or "").startswith("token-bob")


def test_a_tag_included_twice_delivers_what_waits_and_what_is_called_once(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    stage.go.down = Fault(503)
    visitor.call(page, "convert", {"order": "7"})
    stage.go.down = None
    early = (
        "<script>window.goodword=function(){(goodword.q=goodword.q||[]).push(arguments)};"
        "goodword('convert',{order:'8'},a=>window.answer=a)</script>"
    )
    stage.shop.put("/twice", early + stage.tag() + stage.tag())
    page = visitor.open("/twice?ref=bob")
    page.wait_for_function("() => window.answer")
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    visitor.settle(page)
    sent = [str(each.get("k", each.get("c"))) for each in stage.go.reports]
    assert sorted(sent[2:]) == ["bob", "purchase:7", "purchase:8"]


def test_an_old_order_keeps_its_friend_when_another_friends_link_is_followed(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    stage.go.down = Fault(503)
    visitor.call(page, "convert", {"order": "7"})
    stage.go.down = None
    visitor.arrive("/?ref=bob")
    assert stage.go.wait_for(2, "convert")[1]["t"] == "token-alice-1"


def test_an_order_that_waits_keeps_its_friend(stage: Stage, visitor: Visitor) -> None:
    page = visitor.arrive()
    stage.go.down = Fault(503)
    visitor.call(page, "convert", {"order": "7"})
    (waits,) = visitor.waiting(page).values()
    page.evaluate("localStorage._gw_site_1 = 'token-bob-2'")
    visitor.call(page, "convert", {"order": "7"})
    assert visitor.waiting(page) == {"convertpurchase:7\n": waits}
    assert waits["t"] == "token-alice-1"


def test_of_25_orders_reported_offline_20_are_kept_and_5_are_told(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    visitor.context.set_offline(True)
    answers = [visitor.call(page, "convert", {"order": str(each)}) for each in range(25)]
    assert answers == [{"error": "network"}] * 20 + [{"error": "full"}] * 5
    visitor.context.set_offline(False)
    assert {each["k"] for each in stage.go.wait_for(20, "convert")} == {
        f"purchase:{each}" for each in range(20)
    }


def test_the_outbox_takes_at_most_8_kib(visitor: Visitor) -> None:
    page = visitor.arrive()
    visitor.context.set_offline(True)
    big = {"name": "n" * 3000}
    answers = [visitor.call(page, "lead", {**big, "customer": str(each)}) for each in range(3)]
    assert answers == [{"error": "network"}] * 2 + [{"error": "full"}]


def test_what_waited_longer_than_7_days_is_let_go(stage: Stage, visitor: Visitor) -> None:
    page = visitor.arrive()
    stage.go.down = Fault(503)
    visitor.call(page, "convert", {"order": "7"})
    stage.go.down = None
    later = "(() => { const now = Date.now; Date.now = () => now() + 7 * 864e5 + 1 })()"
    visitor.context.add_init_script(later)
    page = visitor.open("/next")
    visitor.ready(page)
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    assert len(stage.go.sent("convert")) == 1


def test_a_full_storage_does_not_stop_an_order(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/bare")
    page = visitor.open("/bare")
    page.evaluate(
        "for (let size = 1 << 22; size; size >>= 1)"
        " for (;;) try { localStorage['x' + Math.random()] = 'x'.repeat(size) } catch { break }"
    )
    page = visitor.arrive()
    assert visitor.call(page, "convert", {"order": "7"})["status"] == "counted"
    assert stage.go.sent("convert")[0]["t"] == "token-alice-1"


def test_a_frame_without_storage_still_reports(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/frame", stage.tag() + "<body>" + ORDER)
    source = stage.shop.url("/frame?ref=alice")
    stage.shop.put("/outer", f'<body><iframe sandbox="allow-scripts" src="{source}"></iframe>')
    visitor.open("/outer")
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"
    assert "g" not in stage.go.sent("hit")[0]


def test_a_server_that_takes_25_seconds_loses_nothing(stage: Stage, visitor: Visitor) -> None:
    """The visitor is long on another page, where nothing tells that the first try will arrive."""
    answer = threading.Event()
    page = visitor.arrive()
    stage.go.faults.append(Fault(until=answer))
    page.evaluate("void goodword('convert', {order: '7'})")
    stage.go.wait_for(1, "convert")
    visitor.open("/next", page=page)
    sent = stage.go.wait_for(2, "convert")
    answer.set()
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    assert {each["k"] for each in sent} == {"purchase:7"}


def test_a_server_that_closes_each_connection_loses_nothing(stage: Stage, visitor: Visitor) -> None:
    stage.go.closes = True
    page = visitor.arrive()
    for each in range(5):
        assert visitor.call(page, "convert", {"order": str(each)})["status"] == "counted"
    assert len(stage.go.sent("convert")) == 5


def test_a_network_that_fails_one_request_in_three_loses_nothing(
    thanks: Stage, visitor: Visitor
) -> None:
    thanks.go.faults.extend([Fault(cut=True), None, None] * 20)
    page = visitor.open("/thanks?ref=alice")
    delivered: set[str] = set()

    def all_there() -> bool:
        visitor.open("/next", page=page)
        visitor.ready(page)
        visitor.settle(page)
        delivered.update(each["k"] for each in thanks.go.sent("convert"))
        return visitor.waiting(page) == {} and KEY in delivered

    wait_until(all_there, 20, lambda: str(thanks.go.reports))
    assert all(each.get("t", "").startswith("token-alice") for each in thanks.go.sent("convert"))
