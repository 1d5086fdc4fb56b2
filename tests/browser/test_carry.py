"""Forms, links and Stripe: how the token travels without a mark on the page."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visitor
from browser.stage import Page as Site
from browser.stage import Stage

pytestmark = pytest.mark.browser

FORM = (
    '<form method=post action="/posted"{}>'
    "<input name=email value=a@b.example><button>Go</button></form>"
)


def posted(stage: Stage) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(stage.shop.posted[-1]).items()}


def test_a_marked_form_carries_the_token_and_another_does_not(
    stage: Stage, visitor: Visitor
) -> None:
    stage.shop.put("/forms", stage.tag() + "<body>" + FORM.format(" data-gw") + FORM.format(""))
    page = visitor.arrive("/forms?ref=alice&lead=lead-7")
    page.locator("button").first.click()
    page.wait_for_url("**/posted")
    assert posted(stage) == {
        "email": "a@b.example",
        "gw": "token-alice-1",
        "gw_lead": "lead-7",
    }
    visitor.open("/forms", page=page).locator("button").last.click()
    page.wait_for_url("**/posted")
    assert posted(stage) == {"email": "a@b.example"}


def test_a_form_may_name_the_field(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/forms", stage.tag() + "<body>" + FORM.format(' data-gw="partner"'))
    page = visitor.arrive("/forms?ref=alice")
    page.click("button")
    page.wait_for_url("**/posted")
    assert posted(stage)["partner"] == "token-alice-1"


def test_a_form_added_later_and_sent_by_a_script_carries_the_token(
    stage: Stage, visitor: Visitor
) -> None:
    page = visitor.arrive()
    page.evaluate("(html) => { document.body.innerHTML = html }", FORM.format(" data-gw"))
    before = page.content()
    assert page.evaluate("new FormData(document.forms[0]).get('gw')") == "token-alice-1"
    assert page.content() == before
    page.evaluate("document.forms[0].submit()")
    page.wait_for_url("**/posted")
    assert posted(stage)["gw"] == "token-alice-1"


def test_a_form_can_be_marked_by_a_call(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/forms", stage.tag() + "<body>" + FORM.format(""))
    page = visitor.arrive("/forms?ref=alice")
    page.evaluate("void goodword('attach', document.forms[0])")
    assert page.evaluate("new FormData(document.forms[0]).get('gw')") == "token-alice-1"


def test_a_form_of_a_visitor_nobody_referred_stays_as_it_is(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put("/forms", stage.tag() + "<body>" + FORM.format(" data-gw"))
    page = visitor.open("/forms")
    visitor.ready(page)
    assert page.evaluate("[...new FormData(document.forms[0]).keys()]") == ["email"]


@pytest.fixture
def linked(stage: Stage) -> Stage:
    """A page with links to the site's other host, to a stranger and to itself."""
    other = stage.shop.url("/there?a=1", host="other.test")
    stage.shop.put("/there", stage.tag())
    stage.shop.put(
        "/links",
        stage.tag(links=f"other.test:{stage.shop.port},shop.test")
        + f'<body><a id=other href="{other}"><b>other</b></a> <a id=self href="/next">self</a>'
        f' <a id=stranger href="{stage.shop.url("/", host="stranger.test")}">stranger</a>',
    )
    return stage


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_link_to_the_sites_other_host_carries_the_token(linked: Stage, visitor: Visitor) -> None:
    page = visitor.arrive("/links?ref=alice")
    with page.expect_request(re.compile("there")) as request:
        page.click("#other")
    assert re.fullmatch(r"token-alice-1~[0-9a-z]+", parameters(request.value.url)["_gw"])
    assert visitor.ready(page)["token"] == "token-alice-1"
    assert page.url == linked.shop.url("/there?a=1", host="other.test")
    assert {each["domain"] for each in visitor.cookies()} == {"shop.test", "other.test"}
    assert len(linked.go.reports) == 1


@pytest.mark.parametrize("how", ["middle", "keyboard", "menu"])
def test_a_link_carries_the_token_however_it_is_opened(
    linked: Stage, visitor: Visitor, how: str
) -> None:
    page = visitor.arrive("/links?ref=alice")
    if how == "middle":
        with visitor.context.expect_page() as opened:
            page.click("#other", button="middle")
        opened.value.wait_for_load_state()
        assert visitor.ready(opened.value)["token"] == "token-alice-1"
    elif how == "keyboard":
        page.focus("#other")
        page.keyboard.press("Enter")
        page.wait_for_url("**/there*")
        assert visitor.ready(page)["token"] == "token-alice-1"
    else:
        page.click("#other", button="right")
        assert "_gw" in parameters(page.get_attribute("#other", "href") or "")


@pytest.mark.parametrize("link", ["#self", "#stranger"])
def test_other_links_stay_as_they_are(linked: Stage, visitor: Visitor, link: str) -> None:
    page = visitor.arrive("/links?ref=alice")
    with page.expect_request(re.compile("next|stranger")) as request:
        page.click(link)
    assert "_gw" not in request.value.url


@pytest.mark.parametrize("links", ["", ","])
def test_a_link_without_a_host_stays_as_it_is(stage: Stage, visitor: Visitor, links: str) -> None:
    tag = stage.tag().replace("data-site", f'data-links="{links}" data-site')
    stage.shop.put("/links", tag + "<body><a href='mailto:a@b.example'>Write</a> <a>Menu</a>")
    page = visitor.arrive("/links?ref=alice")
    before = page.inner_html("body")
    for anchor in page.locator("a").all():
        anchor.dispatch_event("pointerdown")
    assert page.inner_html("body") == before


def test_a_carried_token_is_ignored_after_5_minutes(linked: Stage, visitor: Visitor) -> None:
    page = visitor.arrive("/links?ref=alice")
    link = page.evaluate("goodword('link', '/there')")
    carried = "/there?" + urlsplit(link).query
    later = "(() => { const now = Date.now; Date.now = () => now() + 301e3 })()"
    visitor.context.add_init_script(later)
    page = visitor.open(carried, host="other.test")
    assert not visitor.ready(page)["token"]
    assert "_gw" not in page.url


@pytest.mark.parametrize("crafted", ["x;domain=test~{}", "a~", "a~zzzzzzzzz", "~{}", "%00~{}"])
def test_a_crafted_token_is_ignored(stage: Stage, visitor: Visitor, crafted: str) -> None:
    page = visitor.open("/")
    moment = page.evaluate("(Date.now() / 1000 | 0).toString(36)")
    page = visitor.open("/?_gw=" + crafted.format(moment).replace(";", "%3B"))
    visitor.ready(page)
    assert visitor.cookies() == []


def test_the_call_link_gives_an_address_with_the_token(stage: Stage, visitor: Visitor) -> None:
    page = visitor.open("/")
    visitor.ready(page)
    assert page.evaluate("goodword('link', 'https://a.test/x')") == "https://a.test/x"
    page = visitor.arrive("/?ref=alice")
    link = page.evaluate("goodword('link', 'https://a.test/x?y=1#z')")
    assert re.fullmatch(r"https://a\.test/x\?y=1&_gw=token-alice-1%7E\w+#z", link)


def stripe(page: Page) -> tuple[str | None, str | None]:
    return (
        page.get_attribute("stripe-pricing-table", "client-reference-id"),
        page.get_attribute("stripe-buy-button", "client-reference-id"),
    )


def test_stripe_learns_who_was_referred(stage: Stage, visitor: Visitor) -> None:
    stage.shop.put(
        "/pay",
        stage.tag() + '<body><a data-gw-stripe href="https://buy.stripe.test/x?locale=en">Pay</a>'
        "<stripe-pricing-table data-gw-stripe></stripe-pricing-table>"
        "<stripe-buy-button></stripe-buy-button>",
    )
    page = visitor.arrive("/pay?ref=alice")
    page.locator("a").dispatch_event("pointerdown")
    expect(page.locator("a")).to_have_attribute(
        "href", "https://buy.stripe.test/x?locale=en&client_reference_id=token-alice-1"
    )
    assert stripe(page) == ("token-alice-1", None)


def test_react_hydrates_a_page_with_a_marked_form_without_a_warning(
    stage: Stage, visitor: Visitor, node: str, node_modules: Path
) -> None:
    built = subprocess.run(
        [node, "hydrate.mjs"], cwd=node_modules.parent / "testing", capture_output=True, check=True
    )
    app = json.loads(built.stdout)
    stage.shop.pages["/app.js"] = Site(app["script"], content_type="text/javascript")
    body = f"<body><div id=root>{app['html']}</div><script src=/app.js></script>"
    stage.shop.put("/react", stage.tag(load="") + body)
    page = visitor.open("/react?ref=alice")
    page.wait_for_function("() => window.hydrated")
    visitor.ready(page)
    assert page.evaluate("new FormData(document.forms[0]).get('gw')") == "token-alice-1"
    assert page.evaluate("window.complaints") == []
