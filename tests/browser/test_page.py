"""What the tag does to the page that carries it: nothing a careful site owner would mind."""

from __future__ import annotations

import base64
import hashlib

import pytest

from browser.conftest import NewVisitor, Visitor
from browser.stage import Stage, script_bytes

pytestmark = pytest.mark.browser

ORDER = '<div hidden data-gw-convert="purchase" data-order="1042"></div>'
STUB = "window.goodword=window.goodword||function(){(goodword.q=goodword.q||[]).push(arguments)};"


def _tight(stage: Stage) -> str:
    """A policy that lets the tag's server in and nothing else."""
    return (
        f"default-src 'none'; script-src {stage.go.origin}; connect-src {stage.go.origin}; "
        "require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'"
    )


def test_a_page_under_trusted_types_and_a_tight_policy_works_without_a_violation(
    stage: Stage, visitor: Visitor
) -> None:
    body = f'<body><form data-gw="who"></form>{ORDER}'
    stage.shop.put(
        "/tight", stage.tag(links="other.test") + body, content_security_policy=_tight(stage)
    )
    page = visitor.open("/tight?ref=alice")
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"
    assert page.evaluate("new FormData(document.forms[0]).get('who')") == "token-alice-1"


def test_the_thank_you_script_runs_under_trusted_types_and_a_tight_policy(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/tight", stage.tag("thanks") + ORDER, content_security_policy=_tight(stage))
    visitor.arrive()
    visitor.open("/tight")
    (sent,) = stage.go.wait_for(1, "convert")
    assert sent["t"] == "token-alice-1"


def test_the_versioned_file_loads_with_its_integrity_and_is_refused_when_altered(
    stage: Stage, new_visitor: NewVisitor
) -> None:
    source = script_bytes("/gw.0.1.0.js") or b""
    digest = base64.b64encode(hashlib.sha384(source).digest()).decode()
    wrong = base64.b64encode(hashlib.sha384(source + b"\n").digest()).decode()
    for path, hash_ in (("/right", digest), ("/wrong", wrong)):
        load = f'async crossorigin integrity="sha384-{hash_}"'
        stage.shop.put(path, stage.tag(script="gw.0.1.0", load=load))
    new_visitor().arrive("/right?ref=alice")
    strict = new_visitor()
    page = strict.open("/wrong?ref=alice")
    assert not page.evaluate("!!window.goodword")
    assert strict.troubles
    strict.troubles.clear()
    assert len(stage.go.reports) == 1


@pytest.mark.parametrize("how", ["missing", "blocked"])
def test_a_page_whose_tag_is_missing_or_blocked_works(
    stage: Stage, new_visitor: NewVisitor, how: str
) -> None:
    visitor = new_visitor()
    if how == "blocked":
        visitor.context.route("**/gw.js", lambda route: route.abort("blockedbyclient"))
    tag = stage.tag() if how == "blocked" else stage.tag(script="nothing")
    stage.shop.put(
        "/shop",
        f"<script>{STUB}goodword('convert',{{order:'7'}})</script>{tag}"
        "<body><form data-gw method=post action=/posted><button>Pay</button></form>",
    )
    page = visitor.open("/shop?ref=alice")
    page.evaluate("goodword('lead', {email: 'a@b.example'})")
    page.click("button")
    page.wait_for_url("**/posted")
    assert stage.shop.posted == [""]


def test_the_tag_costs_no_long_task_and_no_shift(stage: Stage, new_visitor: NewVisitor) -> None:
    """A busy machine makes a long task of anything, but hardly of five landings out of five."""
    stage.shop.put("/text", stage.tag() + "<body><p>Some text</p>")

    def seen() -> list[str]:
        visitor = new_visitor()
        visitor.context.add_init_script(
            "window.seen = [];"
            "new PerformanceObserver(list => seen.push(...list.getEntries().map(e => e.entryType)))"
            ".observe({entryTypes: ['longtask', 'layout-shift']})"
        )
        entries: list[str] = visitor.arrive("/text?ref=alice").evaluate("seen")
        return entries

    assert [] in (seen() for _ in range(5))


def test_the_scripts_leave_nothing_but_their_own_names_on_the_window(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/bare", "<body>")
    names = "Object.getOwnPropertyNames(window)"
    before = set(visitor.open("/bare").evaluate(names))
    stage.shop.put("/both", stage.tag() + stage.tag("thanks"))
    page = visitor.arrive("/both?ref=alice")
    assert set(page.evaluate(names)) - before == {"goodword", "_gw_site_1"}


def test_another_name_for_the_global(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/named", stage.tag(**{"global": "friends"}))
    page = visitor.open("/named?ref=alice")
    assert visitor.ready(page, "friends")["token"] == "token-alice-1"
    assert page.evaluate("typeof goodword") == "undefined"


def test_a_proxy_on_the_sites_own_host_is_asked_with_credentials(
    stage: Stage, visitor: Visitor
) -> None:
    visitor.context.route(
        "**/_r/e", lambda route: route.fulfill(json={"t": "own", "c": "alice", "m": 100})
    )
    stage.shop.put("/own", stage.tag(api="/_r", credentials="include"))
    page = visitor.context.new_page()
    with page.expect_request("**/_r/e") as asked:
        page.goto(stage.shop.url("/own?ref=alice"))
    assert visitor.ready(page)["token"] == "own"
    assert asked.value.url == stage.shop.url("/_r/e")
    assert stage.go.reports == []
