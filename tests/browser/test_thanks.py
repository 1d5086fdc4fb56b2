"""The thank-you page: the script alone, both scripts, dialogs, pages that change themselves."""

from __future__ import annotations

import pytest

from browser.conftest import NewVisitor, Visitor
from browser.stage import SITE, Fault, Stage, script_bytes

pytestmark = pytest.mark.browser

ORDER = '<div hidden data-gw-convert="signup" data-order="1042"></div>'


def keys(stage: Stage) -> list[str]:
    return [each["k"] for each in stage.go.sent("convert")]


def test_the_thank_you_script_alone_reports_one_conversion(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/thanks", stage.tag("thanks"))
    visitor.arrive()
    page = visitor.open("/thanks")
    (sent,) = stage.go.wait_for(1, "convert")
    assert (sent["s"], sent["t"], sent["p"]) == (SITE, "token-alice-1", {"event": "purchase"})
    page.wait_for_function("localStorage._gwd_site_1?.includes('convert')")
    page.reload()
    visitor.settle(page)
    assert len(stage.go.sent("convert")) == 1


def test_the_thank_you_script_names_another_event(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/thanks", stage.tag("thanks", event="signup"))
    visitor.arrive()
    visitor.open("/thanks")
    assert stage.go.wait_for(1, "convert")[0]["p"] == {"event": "signup"}


def test_the_thank_you_script_can_be_told_to_wait_for_a_declaration(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/thanks", stage.tag("thanks", auto="off"))
    visitor.arrive()
    page = visitor.open("/thanks")
    visitor.settle(page)
    assert stage.go.sent("convert") == []


def test_the_thank_you_script_reports_what_the_page_declares_instead(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/thanks", stage.tag("thanks") + "<body>" + ORDER)
    visitor.arrive()
    page = visitor.open("/thanks")
    stage.go.wait_for(1, "convert")
    visitor.settle(page)
    assert keys(stage) == ["signup:1042"]


def test_the_thank_you_script_reports_a_visitor_nobody_referred_as_no_more_than_that(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/thanks", stage.tag("thanks") + "<body>" + ORDER)
    page = visitor.open("/thanks")
    (sent,) = stage.go.wait_for(1)
    visitor.settle(page)
    assert sent == {"v": 1, "s": SITE, "e": "convert", "k": ""}
    assert len(stage.go.reports) == 1


def test_the_thank_you_script_sends_again_what_did_not_arrive(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/thanks", stage.tag("thanks"))
    visitor.arrive()
    stage.go.faults.append(Fault(503))
    page = visitor.open("/thanks")
    stage.go.wait_for(1, "convert")
    page.wait_for_function("Object.keys(JSON.parse(localStorage._gwq_site_1)).length == 1")
    visitor.settle(page)
    page.reload()
    stage.go.wait_for(2, "convert")
    page.wait_for_function("localStorage._gwq_site_1 == '{}'")
    assert len(set(keys(stage))) == 1


@pytest.mark.parametrize("order", [("gw", "thanks"), ("thanks", "gw")], ids="-then-".join)
@pytest.mark.parametrize("load", ["", "async"], ids=["in turn", "async"])
@pytest.mark.parametrize("declared", [ORDER, ""], ids=["declared", "by itself"])
def test_both_scripts_on_a_page_report_once(
    stage: Stage, visitor: Visitor, order: tuple[str, str], load: str, declared: str
) -> None:
    tags = "".join(stage.tag(script, load=load) for script in order)
    stage.shop.put("/both", tags + "<body>" + declared)
    visitor.arrive()
    page = visitor.open("/both")
    stage.go.wait_for(1, "convert")
    visitor.ready(page)
    page.wait_for_load_state("load")
    visitor.settle(page)
    assert len(stage.go.sent("convert")) == 1
    assert stage.go.sent("convert")[0]["t"] == "token-alice-1"


@pytest.mark.parametrize("order", [("gw", "thanks"), ("thanks", "gw")], ids="-then-".join)
def test_a_token_carried_to_a_thank_you_page_with_both_scripts_is_used(
    stage: Stage, visitor: Visitor, order: tuple[str, str]
) -> None:
    stage.shop.put("/both", "".join(stage.tag(script) for script in order))
    stage.shop.put("/", stage.tag(links=f"pay.test:{stage.shop.port}"))
    page = visitor.arrive()
    link = page.evaluate("goodword('link', 'http://pay.test/both')")
    visitor.open(link.removeprefix("http://pay.test"), host="pay.test", page=page)
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"


@pytest.mark.parametrize("other", ["gw.0.1.0", "gw.9.9.9"])
def test_the_tag_twice_on_a_page_in_whatever_versions_counts_once(
    stage: Stage, visitor: Visitor, other: str
) -> None:
    newer = (script_bytes("/gw.js") or b"").replace(b'"0.1.0"', b'"9.9.9"')
    visitor.context.route(
        "**/gw.9.9.9.js", lambda route: route.fulfill(body=newer, content_type="text/javascript")
    )
    stage.shop.put("/twice", stage.tag() + stage.tag(script=other) + "<body>" + ORDER)
    page = visitor.arrive("/twice?ref=alice")
    stage.go.wait_for(1, "convert")
    visitor.settle(page)
    assert [each["e"] for each in stage.go.reports] == ["hit", "convert"]


def test_the_thank_you_script_finishes_what_the_landing_could_not(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/thanks", stage.tag("thanks"))
    stage.go.down = Fault(503)
    visitor.ready(visitor.open("/?ref=alice"))
    stage.go.down = None
    page = visitor.open("/thanks")
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["t"] == visitor.stored(page) == "token-alice-2"
    assert [each["value"] for each in visitor.cookies()] == ["token-alice-2"]


def test_a_call_before_the_thank_you_script_has_loaded_is_answered_once(
    stage: Stage, visitor: Visitor
) -> None:
    stub = (
        "<script>window.goodword=function(){(goodword.q=goodword.q||[]).push(arguments)};"
        "goodword('convert',{order:'7'},a=>window.answer=a)</script>"
    )
    stage.shop.put("/thanks", stub + stage.tag("thanks", auto="off"))
    visitor.arrive()
    page = visitor.open("/thanks")
    page.wait_for_function("() => window.answer")
    assert page.evaluate("answer.status") == "counted"
    visitor.settle(page)
    assert keys(stage) == ["purchase:7"]


def test_the_thank_you_script_reports_an_order_in_a_dialog_when_it_opens(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/modal", stage.tag("thanks") + f"<body><dialog>{ORDER}</dialog>")
    visitor.arrive()
    page = visitor.open("/modal")
    visitor.settle(page)
    assert stage.go.sent("convert") == []
    page.evaluate("document.querySelector('dialog').showModal()")
    stage.go.wait_for(1, "convert")
    assert keys(stage) == ["signup:1042"]


def test_an_order_in_a_dialog_counts_when_the_dialog_opens(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/modal", stage.tag() + f"<body><dialog><p>Thanks</p>{ORDER}</dialog>")
    page = visitor.arrive("/modal?ref=alice")
    visitor.settle(page)
    assert stage.go.sent("convert") == []
    page.evaluate("document.querySelector('dialog').showModal()")
    stage.go.wait_for(1, "convert")
    page.evaluate("document.querySelector('dialog').close()")
    page.evaluate("document.querySelector('dialog').showModal()")
    visitor.settle(page)
    assert keys(stage) == ["signup:1042"]


def test_an_order_that_a_page_adds_later_counts_when_it_is_next_touched_or_left(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    page.evaluate(f"document.body.innerHTML = '{ORDER}<p>Thank you</p>'")
    page.click("p")
    assert stage.go.wait_for(1, "convert")[0]["p"]["order"] == "1042"


def test_an_order_number_and_amount_may_be_numbers(stage: Stage, visitor: Visitor) -> None:
    page = visitor.arrive()
    visitor.call(page, "convert", {"order": 1042, "amount": 4900, "currency": "EUR"})
    assert stage.go.sent("convert")[0]["p"] == {
        "order": 1042,
        "amount": 4900,
        "currency": "EUR",
        "event": "purchase",
    }


def test_what_a_template_left_empty_is_left_out(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put(
        "/thanks",
        stage.tag() + '<body><div data-gw-convert data-order="" data-email="a@b.example"></div>',
    )
    visitor.arrive()
    visitor.open("/thanks")
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["p"] == {"event": "purchase", "email": "a@b.example"}
    assert "a@b" not in sent["k"]


def test_the_next_person_on_this_browser_is_reported_too(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/thanks", stage.tag("thanks", event="signup"))
    visitor.arrive()
    visitor.open("/thanks")
    stage.go.wait_for(1, "convert")
    visitor.arrive("/?ref=bob")
    visitor.open("/thanks")
    assert [each["t"] for each in stage.go.wait_for(2, "convert")] == [
        "token-alice-1",
        "token-bob-2",
    ]


def test_without_javascript_the_pixel_is_asked(stage: Stage, new_visitor: NewVisitor) -> None:
    visitor = new_visitor(java_script_enabled=False)
    pixel = f"{stage.go.origin}/p.gif?s={SITE}&amp;e=purchase&amp;order=1042"
    stage.shop.put(
        "/thanks", stage.tag() + f'<body>{ORDER}<noscript><img src="{pixel}" alt=""></noscript>'
    )
    visitor.open("/thanks")
    assert [each.path for each in stage.go.requests] == [f"/p.gif?s={SITE}&e=purchase&order=1042"]
