"""Consent and Global Privacy Control: what is neither sent nor stored, and what is wiped."""

from __future__ import annotations

import threading

import pytest

from browser.conftest import Visitor
from browser.stage import SITE, Fault, Stage

pytestmark = pytest.mark.browser

STUB = "window.goodword=function(){(goodword.q=goodword.q||[]).push(arguments)};"
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
ORDER = '<div hidden data-gw-convert="purchase" data-order="1042"></div>'
FORM = '<form data-gw="who"></form>'
WHO = "new FormData(document.forms[0]).get('who')"
OWN = "Object.keys(localStorage).filter(name => name.startsWith('_gw'))"


@pytest.fixture
def asking(stage: Stage) -> Stage:
    """A site whose tag waits for consent."""
    tag = stage.tag(consent="required", links="other.test")
    stage.shop.put("/asks", tag + f"<body>{FORM}<a href='http://other.test/x'>other</a>")
    stage.shop.put("/asks/thanks", tag + "<body>" + ORDER)
    stage.shop.put("/asks/alone", stage.tag("thanks", consent="required"))
    return stage


def test_before_consent_nothing_is_sent_or_stored_and_the_code_still_travels(
    asking: Stage, visitor: Visitor
) -> None:
    page = visitor.open("/asks?ref=alice")
    assert visitor.ready(page)["reason"] == "consent"
    visitor.settle(page)
    assert asking.go.reports == []
    assert page.evaluate(OWN) == []
    assert visitor.cookies() == []
    assert page.evaluate(WHO) == "alice"
    page.locator("a").dispatch_event("pointerdown")
    assert page.get_attribute("a", "href") == "http://other.test/x?ref=alice"


def test_consent_sends_the_hit_and_keeps_the_token(asking: Stage, visitor: Visitor) -> None:
    page = visitor.open("/asks?ref=alice")
    visitor.ready(page)
    page.evaluate("void goodword('consent', true)")
    assert visitor.ready(page)["token"] == "token-alice-1"
    assert visitor.stored(page) == "token-alice-1"
    assert len(asking.go.sent("hit")) == 1
    page.evaluate("void goodword('consent', true)")
    visitor.settle(page)
    assert len(asking.go.reports) == 1


def test_an_order_waits_for_consent_and_is_then_sent(asking: Stage, visitor: Visitor) -> None:
    page = visitor.open("/asks/thanks?ref=alice")
    visitor.ready(page)
    assert visitor.call(page, "convert", {"order": "8"}) == {"error": "consent"}
    visitor.settle(page)
    assert asking.go.reports == []
    page.evaluate("void goodword('consent', true)")
    sent = asking.go.wait_for(2, "convert")
    assert {each["k"]: each["t"] for each in sent} == {
        "purchase:1042": "token-alice-1",
        "purchase:8": "token-alice-1",
    }


@pytest.mark.parametrize("answers", [["true"], ["false", "true"]], ids=str)
def test_an_answer_given_before_the_script_has_loaded_is_heard(
    asking: Stage, visitor: Visitor, answers: list[str]
) -> None:
    calls = "".join(f"goodword('consent',{answer});" for answer in answers)
    asking.shop.put("/early", f"<script>{STUB}{calls}</script>" + asking.tag(consent="required"))
    page = visitor.open("/early?ref=alice")
    assert visitor.ready(page)["token"] == "token-alice-1"


def test_a_refusal_given_before_the_script_has_loaded_stops_the_hit(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/no", f"<script>{STUB}goodword('consent',false)</script>" + stage.tag())
    page = visitor.open("/no?ref=alice")
    visitor.ready(page)
    visitor.settle(page)
    assert stage.go.reports == []
    assert visitor.cookies() == []
    assert page.evaluate(OWN) == []


def test_withdrawn_consent_wipes_everything_on_every_domain(
    asking: Stage, visitor: Visitor
) -> None:
    asking.go.extra["d"] = "shop.test"
    page = visitor.open("/asks?ref=alice", host="www.shop.test")
    visitor.ready(page)
    page.evaluate("void goodword('consent', true)")
    visitor.ready(page)
    visitor.call(page, "convert", {"order": "7"})
    page = visitor.open("/asks", host="www.shop.test")
    visitor.ready(page)
    assert visitor.cookies()
    page.evaluate("void goodword('consent', false)")
    assert visitor.cookies() == []
    assert page.evaluate(OWN) == []
    assert page.evaluate(WHO) is None
    assert not visitor.ready(page)["token"]
    assert not page.evaluate("goodword.token || goodword.code")
    before = len(asking.go.reports)
    visitor.call(page, "convert", {"order": "8"})
    visitor.settle(page)
    assert len(asking.go.reports) == before


def test_consent_withdrawn_and_given_again_on_the_landing_captures_again(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    page.evaluate("void goodword('consent', false)")
    assert visitor.stored(page) is None
    page.evaluate("void goodword('consent', true)")
    assert visitor.ready(page)["token"] == "token-alice-2"


def test_consent_withdrawn_while_the_hit_is_under_way_leaves_no_token_behind(
    stage: Stage, visitor: Visitor
) -> None:
    answer = threading.Event()
    stage.go.faults.append(Fault(until=answer))
    stage.shop.put("/slow", stage.tag() + "<body>" + FORM)
    page = visitor.open("/slow?ref=alice")
    stage.go.wait_for(1, "hit")
    with page.expect_response("**/e"):
        page.evaluate("void goodword('consent', false)")
        answer.set()
    visitor.settle(page)
    assert visitor.cookies() == []
    assert page.evaluate(OWN) == []
    assert page.evaluate(WHO) is None
    assert not page.evaluate("goodword.token")


def test_reset_forgets_the_visitor(visitor: Visitor) -> None:
    page = visitor.arrive()
    visitor.call(page, "convert", {"order": "7"})
    page.evaluate("void goodword('reset')")
    assert visitor.cookies() == []
    assert page.evaluate(OWN) == []
    assert not visitor.ready(visitor.open("/next"))["token"]


def test_the_thank_you_script_alone_waits_for_consent(asking: Stage, visitor: Visitor) -> None:
    page = visitor.open("/asks?ref=alice")
    visitor.ready(page)
    page.evaluate("void goodword('consent', true)")
    visitor.ready(page)
    page = visitor.open("/asks/alone")
    page.wait_for_function("() => !!window.goodword")
    visitor.settle(page)
    assert asking.go.sent("convert") == []
    page.evaluate("void goodword('consent', true)")
    assert asking.go.wait_for(1, "convert")[0]["t"] == "token-alice-1"


@pytest.mark.parametrize("order", [("gw", "thanks"), ("thanks", "gw")], ids="-then-".join)
def test_both_scripts_hear_the_consent(
    asking: Stage, visitor: Visitor, order: tuple[str, str]
) -> None:
    tags = "".join(asking.tag(script, load="", consent="required") for script in order)
    asking.shop.put("/asks/both", tags)
    page = visitor.open("/asks?ref=alice")
    visitor.ready(page)
    page.evaluate("void goodword('consent', true)")
    visitor.ready(page)
    page = visitor.open("/asks/both")
    visitor.ready(page)
    visitor.settle(page)
    assert asking.go.sent("convert") == []
    page.evaluate("void goodword('consent', true)")
    asking.go.wait_for(1, "convert")
    visitor.settle(page)
    assert [each["t"] for each in asking.go.sent("convert")] == ["token-alice-1"]
    assert page.evaluate("goodword('link', '/x')").startswith(asking.shop.url("/x?_gw=token"))


def test_under_global_privacy_control_one_hit_is_sent_and_nothing_kept(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.context.add_init_script(GPC)
    stage.shop.put("/gpc", stage.tag() + "<body>" + FORM)
    page = visitor.open("/gpc?ref=alice")
    assert visitor.ready(page)["token"] == "token-alice-1"
    assert [each["g"] for each in stage.go.reports] == [1]
    assert visitor.cookies() == []
    assert page.evaluate(OWN) == []
    assert page.evaluate(WHO) == "token-alice-1"
    assert visitor.call(page, "convert", {"order": "7"})["status"] == "counted"
    assert stage.go.sent("convert")[0]["t"] == "token-alice-1"
    assert page.evaluate(OWN) == []


def test_under_global_privacy_control_both_scripts_share_the_token_of_the_page(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.context.add_init_script(GPC)
    stage.shop.put("/both", stage.tag() + stage.tag("thanks"))
    page = visitor.open("/both?ref=alice")
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"
    assert page.evaluate(OWN) == []


def test_global_privacy_control_can_be_switched_off_by_the_site(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.context.add_init_script(GPC)
    stage.shop.put("/off", stage.tag(gpc="off"))
    page = visitor.arrive("/off?ref=alice")
    assert "g" not in stage.go.reports[0]
    assert visitor.stored(page) == "token-alice-1"


def test_consent_outranks_global_privacy_control(asking: Stage, visitor: Visitor) -> None:
    visitor.context.add_init_script(GPC)
    page = visitor.open("/asks?ref=alice")
    visitor.ready(page)
    assert asking.go.reports == []
    page.evaluate("void goodword('consent', true)")
    visitor.ready(page)
    assert visitor.stored(page) == "token-alice-1"
    assert "g" not in asking.go.reports[0]


def test_consent_under_global_privacy_control_keeps_what_was_in_memory(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.context.add_init_script(GPC)
    page = visitor.arrive()
    page.evaluate("void goodword('consent', true)")
    visitor.ready(page)
    assert visitor.stored(page) == "token-alice-1"
    assert [each["value"] for each in visitor.cookies()] == ["token-alice-1"]
    assert len(stage.go.reports) == 1
    assert stage.go.reports[0]["s"] == SITE
