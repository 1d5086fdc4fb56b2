"""What a call or a page reports: to whom it belongs, under which key, and what it is answered."""

from __future__ import annotations

import pytest

from browser.conftest import Visitor
from browser.stage import SITE, Stage

pytestmark = pytest.mark.browser

ORDER = '<div hidden data-gw-convert="purchase" data-order="1042" data-amount="49.00"></div>'


@pytest.fixture
def thanks(stage: Stage) -> Stage:
    """A thank-you page that declares one order."""
    stage.shop.put("/thanks", stage.tag() + "<body>" + ORDER)
    return stage


def test_a_visitor_nobody_referred_leaves_only_that_there_was_an_order(
    thanks: Stage, visitor: Visitor
) -> None:
    page = visitor.open("/thanks")
    (sent,) = thanks.go.wait_for(1, "convert")
    assert sent == {"v": 1, "s": SITE, "e": "convert", "k": ""}
    for call in ("convert", "lead"):
        answer = visitor.call(page, call, {"order": "8", "email": "a@b.example"})
        assert answer["status"] == "ignored"
    visitor.settle(page)
    assert len(thanks.go.reports) == 1
    assert visitor.waiting(page) == {}
    assert "1042" not in (visitor.stored(page, "d") or "")


@pytest.mark.parametrize("proof", [{"sig": "v1=00"}, {"code": "alice"}], ids=str)
def test_a_signature_or_a_typed_code_is_enough_to_report(
    stage: Stage, visitor: Visitor, proof: dict[str, str]
) -> None:
    page = visitor.open("/")
    visitor.ready(page)
    visitor.call(page, "convert", {"order": "7", **proof})
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["p"]["order"] == "7"
    assert sent.get("c", sent["p"].get("sig")) == next(iter(proof.values()))


@pytest.mark.parametrize(
    ("trouble", "health"),
    [
        ("", 3),
        ("Object.defineProperty(document, 'cookie', {get: () => '', set: () => {}})", 2),
        (
            "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException() }})",
            0,
        ),
        ("Object.defineProperty(window, 'localStorage', {value: null})", 0),
        ("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})", 0),
    ],
    ids=["both", "no cookie", "nothing", "no storage at all", "privacy control"],
)
def test_a_report_tells_where_the_token_is_kept(
    stage: Stage, visitor: Visitor, trouble: str, health: int
) -> None:
    visitor.context.add_init_script(trouble)
    page = visitor.arrive()
    visitor.call(page, "convert", {"order": "7"})
    visitor.call(page, "lead", {"email": "a@b.example"})
    sent = stage.go.sent("convert") + stage.go.sent("lead")
    assert [each["h"] for each in sent] == [health, health]


def test_a_report_with_a_full_storage_tells_that_the_cookie_alone_has_the_token(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {value: new Proxy({}, {"
        "set() { throw new DOMException('full', 'QuotaExceededError') }})})"
    )
    page = visitor.arrive()
    visitor.call(page, "convert", {"order": "7"})
    assert stage.go.sent("convert")[0]["h"] == 1


def test_an_order_on_a_landing_with_an_unknown_code_leaves_only_that_there_was_one(
    thanks: Stage, visitor: Visitor
) -> None:
    thanks.go.refused["producthunt"] = "unknown_code"
    visitor.open("/thanks?ref=producthunt")
    (sent,) = thanks.go.wait_for(1, "convert")
    assert sent == {"v": 1, "s": SITE, "e": "convert", "k": ""}


def test_a_lead_is_reported_under_a_key_that_hides_the_address(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    answer = visitor.call(page, "lead", {"email": "eve@example.com", "name": "Eve"})
    assert answer == {"status": "counted", "id": "lead_1"}
    (sent,) = stage.go.sent("lead")
    assert sent["p"]["email"] == "eve@example.com"
    assert sent["p"]["name"] == "Eve"
    assert "eve" not in sent["k"]
    assert "eve" not in (visitor.stored(page, "d") or "")
    visitor.call(page, "lead", {"email": "mallory@example.com"})
    assert len({each["k"] for each in stage.go.sent("lead")}) == 2


def test_a_repeated_call_is_answered_as_a_duplicate(visitor: Visitor) -> None:
    visitor.call(visitor.arrive(), "convert", {"order": "7"})
    page = visitor.open("/next")
    visitor.ready(page)
    assert visitor.call(page, "convert", {"order": "7"}) == {
        "status": "ignored",
        "reason": "duplicate",
    }


def test_a_call_with_nothing_but_a_function_answers_it(visitor: Visitor) -> None:
    page = visitor.arrive()
    assert page.evaluate("new Promise(done => goodword('convert', done))")["status"] == "counted"


@pytest.mark.parametrize(
    "call", ["'convert', null", "'nonsense'", "'attach', null", "'link', 'http://['", "", "'ready'"]
)
def test_a_wrong_call_never_throws(visitor: Visitor, call: str) -> None:
    page = visitor.open("/")
    visitor.ready(page)
    page.evaluate(f"void goodword({call})")
    assert visitor.ready(page)["reason"] == "no_code"


def test_the_outbox_survives_what_it_cannot_read(stage: Stage, visitor: Visitor) -> None:
    page = visitor.open("/")
    page.evaluate("localStorage._gwq_site_1 = '{broken'")
    page = visitor.arrive("/?ref=alice")
    assert visitor.call(page, "convert", {"order": "7"})["status"] == "counted"
    assert stage.go.sent("convert")
