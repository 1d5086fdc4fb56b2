"""Arriving through a friend's link: what is asked, what is kept, what `ready` tells."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Route

from browser.conftest import Visitor
from browser.stage import SITE, TOKEN_LIFE, Fault, Stage, script_bytes

pytestmark = pytest.mark.browser

CLOCK_BACK = "(() => { const now = Date.now; Date.now = () => now() - 2 * 864e5; })()"


def test_a_page_without_a_code_asks_nothing(stage: Stage, visitor: Visitor) -> None:
    page = visitor.open()
    assert visitor.ready(page)["reason"] == "no_code"
    visitor.settle(page)
    assert stage.go.reports == []
    assert visitor.cookies() == []


def test_a_landing_asks_once_without_preflight_and_keeps_the_token(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive("/?q=secret&ref=alice&utm_source=mail&gclid=x1#part")
    (hit,) = stage.go.reports
    assert (hit["v"], hit["s"], hit["e"], hit["c"]) == (1, SITE, "hit", "alice")
    assert hit["u"] == stage.shop.url("/?ref=alice&utm_source=mail&gclid=x1")
    assert "t" not in hit
    assert "g" not in hit
    assert hit["b"] == 1
    assert stage.go.preflights == 0
    assert stage.go.requests[-1].headers["Content-Type"].startswith("text/plain")
    (cookie,) = visitor.cookies()
    assert cookie["value"] == visitor.stored(page) == "token-alice-1"
    assert (cookie["path"], cookie["sameSite"], cookie["secure"]) == ("/", "Lax", False)
    assert not cookie["httpOnly"]
    life = cookie["expires"] - page.evaluate("Date.now() / 1000")
    assert TOKEN_LIFE - 60 < life <= TOKEN_LIFE
    assert visitor.waiting(page) == {}


def test_ready_tells_the_friends_name_and_offer(visitor: Visitor) -> None:
    page = visitor.open("/?via=alice")
    assert visitor.ready(page) == {
        "code": "alice",
        "token": "token-alice-1",
        "lead": None,
        "name": "Ada",
        "offer": "10 % off",
        "reason": None,
    }
    assert page.evaluate("[goodword.code, goodword.token]") == ["alice", "token-alice-1"]


def test_an_unknown_code_keeps_nothing_and_says_why(stage: Stage, visitor: Visitor) -> None:
    stage.go.refused["producthunt"] = "unknown_code"
    page = visitor.open("/?ref=producthunt")
    assert visitor.ready(page)["reason"] == "unknown_code"
    assert visitor.cookies() == []
    assert visitor.stored(page) is None


@pytest.mark.parametrize(("status", "reason"), [(503, 503), (403, 403), (0, "network")])
def test_ready_fires_when_the_server_refuses_or_is_away(
    stage: Stage, visitor: Visitor, status: int, reason: object
) -> None:
    stage.go.faults.append(Fault(status=status, cut=not status))
    page = visitor.open("/?ref=alice")
    assert visitor.ready(page)["reason"] == reason


def test_a_subdomain_of_the_site_knows_the_token(stage: Stage, visitor: Visitor) -> None:
    stage.go.extra["d"] = "shop.test"
    visitor.arrive(host="www.shop.test")
    page = visitor.open(host="app.shop.test")
    assert visitor.ready(page)["token"] == "token-alice-1"
    (cookie,) = visitor.cookies()
    assert cookie["domain"] == ".shop.test"
    assert len(stage.go.reports) == 1


def test_an_old_cookie_of_one_host_does_not_hide_the_new_one_of_the_domain(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.arrive()
    stage.go.extra["d"] = "shop.test"
    visitor.arrive("/?ref=bob")
    (cookie,) = visitor.cookies()
    assert (cookie["domain"], cookie["value"]) == (".shop.test", "token-bob-2")


def test_the_domain_attribute_outranks_the_answer(stage: Stage, visitor: Visitor) -> None:
    stage.go.extra["d"] = "nonsense.test"
    stage.shop.put("/own", stage.tag(domain="shop.test"))
    visitor.arrive("/own?ref=alice", host="www.shop.test")
    assert [each["domain"] for each in visitor.cookies()] == [".shop.test"]


def test_a_deleted_cookie_comes_back_from_local_storage(visitor: Visitor) -> None:
    visitor.arrive()
    visitor.context.clear_cookies()
    assert visitor.ready(visitor.open("/next"))["token"] == "token-alice-1"
    assert [each["value"] for each in visitor.cookies()] == ["token-alice-1"]


def test_emptied_local_storage_is_filled_again_from_the_cookie(visitor: Visitor) -> None:
    page = visitor.arrive()
    page.evaluate("localStorage.clear()")
    page = visitor.open("/next")
    assert visitor.ready(page)["token"] == visitor.stored(page) == "token-alice-1"


def test_a_cookie_that_the_server_set_is_not_written_again(stage: Stage, visitor: Visitor) -> None:
    served = {"name": f"_gw_{SITE}", "value": "token-alice-1", "sameSite": "Lax"}
    expires = 4_000_000_000
    visitor.context.add_cookies([{**served, "url": stage.shop.url(), "expires": expires}])  # type: ignore[typeddict-item]
    (before,) = visitor.cookies()
    page = visitor.arrive()
    (after,) = visitor.cookies()
    assert after["expires"] == before["expires"]
    assert visitor.stored(page) == "token-alice-1"


def test_a_second_friends_link_replaces_the_token_and_brings_the_old_one(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.arrive()
    page = visitor.arrive("/?ref=bob")
    assert stage.go.sent("hit")[1]["t"] == "token-alice-1"
    assert "f" not in stage.go.sent("hit")[1]
    assert visitor.stored(page) == "token-bob-2"


def test_the_link_hops_token_is_sent_as_fresh_and_leaves_the_address(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive("/?ref=alice&_gw=hop-token&utm_source=x#part")
    (hit,) = stage.go.reports
    assert (hit["t"], hit["f"]) == ("hop-token", 1)
    assert page.url == stage.shop.url("/?ref=alice&utm_source=x#part")
    assert "_gw" not in hit["u"]


def test_a_stale_shared_address_without_code_makes_no_token(stage: Stage, visitor: Visitor) -> None:
    page = visitor.open("/?_gw=hop-token")
    assert not visitor.ready(page)["token"]
    assert page.url == stage.shop.url("/")
    assert stage.go.reports == []


def test_a_leads_code_is_read_and_leaves_the_address(stage: Stage, visitor: Visitor) -> None:
    page = visitor.open("/?ref=alice&lead=lead-7")
    assert visitor.ready(page)["lead"] == "lead-7"
    assert stage.go.sent("hit")[0]["l"] == "lead-7"
    assert page.url == stage.shop.url("/?ref=alice")
    assert page.evaluate("goodword.lead") == "lead-7"


def test_a_sites_own_lead_parameter_stays(stage: Stage, visitor: Visitor) -> None:
    page = visitor.open("/?lead=77")
    visitor.ready(page)
    assert page.url == stage.shop.url("/?lead=77")


def test_a_code_is_found_although_a_router_was_faster(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/spa", "<script>history.replaceState(0,'','/spa')</script>" + stage.tag())
    page = visitor.arrive("/spa?ref=alice")
    assert [each["c"] for each in stage.go.sent("hit")] == ["alice"]
    assert page.url == stage.shop.url("/spa")


def test_other_parameters_can_be_named_and_the_first_wins(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/fpr", stage.tag(params="aff,fpr"))
    visitor.arrive("/fpr?fpr=second&aff=first&ref=alice")
    assert [each["c"] for each in stage.go.sent("hit")] == ["first"]


def test_a_visitor_whose_clock_is_two_days_off_is_counted(stage: Stage, visitor: Visitor) -> None:
    visitor.context.add_init_script(CLOCK_BACK)
    page = visitor.arrive()
    assert visitor.call(page, "convert", {"order": "1"})["status"] == "counted"
    assert stage.go.sent("convert")[0]["t"] == "token-alice-1"


def test_a_test_code_clears_what_was_done(stage: Stage, visitor: Visitor) -> None:
    page = visitor.arrive()
    visitor.call(page, "convert", {"order": "1"})
    stage.go.extra["x"] = 1
    page = visitor.arrive("/?ref=testcode")
    assert visitor.stored(page) == "token-testcode-2"
    visitor.call(page, "convert", {"order": "1"})
    assert [each["t"] for each in stage.go.sent("convert")] == ["token-alice-1", "token-testcode-2"]


def test_two_campaigns_on_a_page_keep_apart(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/two", stage.tag() + stage.tag(site="site_2", params="aff"))
    page = visitor.open("/two?ref=alice&aff=bob")
    visitor.ready(page)
    stage.go.wait_for(2, "hit")
    page.wait_for_function("localStorage._gw_site_2 && localStorage._gw_site_1")
    assert {each["s"]: each["c"] for each in stage.go.sent("hit")} == {
        SITE: "alice",
        "site_2": "bob",
    }
    assert re.match("token-alice", visitor.stored(page) or "")
    assert re.match("token-bob", visitor.stored(page, site="site_2") or "")
    page.evaluate("void goodword('convert', {order: '1'})")
    assert {each["s"] for each in stage.go.wait_for(2, "convert")} == {SITE, "site_2"}


def test_a_tag_manager_that_drops_attributes_is_told_the_site_in_the_address(
    stage: Stage, visitor: Visitor
) -> None:
    inject = (
        "const script = document.createElement('script');"
        f"script.src = '{stage.go.origin}/gw.js#{SITE}'; document.head.append(script)"
    )
    stage.shop.put("/gtm", f"<body><script>{inject}</script>")
    visitor.arrive("/gtm?ref=alice")
    assert [each["s"] for each in stage.go.sent("hit")] == [SITE]


def test_cookies_are_secure_on_https(stage: Stage, visitor: Visitor) -> None:
    tag = stage.tag(load="").replace(stage.go.origin, "https://go.test")
    answers: dict[str, dict[str, Any]] = {
        "https://shop.test/*": {"body": tag, "content_type": "text/html"},
        "https://go.test/gw.js": {
            "body": script_bytes("/gw.js"),
            "content_type": "text/javascript",
        },
        "https://go.test/e": {
            "json": {"t": "tok", "c": "alice", "m": 1000},
            "headers": {"access-control-allow-origin": "https://shop.test"},
        },
    }
    for url, answer in answers.items():
        visitor.context.route(url, partial(fulfil, answer))
    page = visitor.context.new_page()
    page.goto("https://shop.test/?ref=alice")
    visitor.ready(page)
    assert [each["secure"] for each in visitor.cookies()] == [True]


def fulfil(answer: dict[str, Any], route: Route) -> None:
    route.fulfill(**answer)


@pytest.mark.parametrize("load", ["", "defer", "async"])
@pytest.mark.parametrize("where", ["head", "end"])
def test_the_tag_works_wherever_it_stands(
    stage: Stage, visitor: Visitor, load: str, where: str
) -> None:
    tag = stage.tag(load=load)
    stage.shop.put("/where", tag + "<body>" if where == "head" else "<body><p>text</p>" + tag)
    assert visitor.ready(visitor.open("/where?ref=alice"))["token"] == "token-alice-1"
