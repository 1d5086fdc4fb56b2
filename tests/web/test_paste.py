"""Where owners paste: each page has the campaign's own key, and its code is well formed."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from jinja2 import Environment

from goodword.web.admin_paste import PLATFORMS
from goodword.web.paste_snippets import snippets
from web.admin_app import Browsing
from web.stage import one_engine

SLUGS = [platform.slug for platform in PLATFORMS]
KEY, URL = "k3y", "https://go.shop.example"
PAIRS = {")": "(", "]": "[", "}": "{"}


def code_on(page: str) -> dict[str, str]:
    """The code blocks of a page by their ids, as somebody would copy them."""
    found = re.findall(r'<code id="([^"]+)">(.*?)</code>', page, re.DOTALL)
    return {name: unescape(text) for name, text in found}


@pytest.mark.parametrize("slug", SLUGS)
@one_engine
async def test_each_page_has_the_campaigns_own_key_and_address(admin: Browsing, slug: str) -> None:
    campaign = admin.world.campaign
    page = await admin.get(f"/admin/tag/where/{slug}?campaign={campaign.id}")
    code = code_on(page)
    assert code == snippets(slug, campaign.site_key, URL)
    assert campaign.site_key in code["tag"]
    assert URL in code["tag"]
    assert not re.search("SITE_KEY|SERVER", page)


@pytest.mark.parametrize("slug", SLUGS)
@one_engine
async def test_each_code_block_has_a_button_that_copies_it(admin: Browsing, slug: str) -> None:
    page = await admin.get(f"/admin/tag/where/{slug}")
    assert set(re.findall(r'data-copy="([^"]+)"', page)) == set(code_on(page))


@one_engine
async def test_the_tag_page_and_each_page_link_to_all(admin: Browsing) -> None:
    wanted = {f"/admin/tag/where/{slug}?campaign={admin.world.campaign.id}" for slug in SLUGS}
    for path in ("/admin/tag", *(f"/admin/tag/where/{slug}" for slug in SLUGS)):
        page = await admin.get(path)
        assert wanted <= {unescape(link) for link in re.findall(r'href="([^"]+)"', page)}


@one_engine
async def test_who_is_not_logged_in_sees_none_of_them(admin: Browsing) -> None:
    admin.client.cookies.clear()
    for slug in SLUGS:
        answer = await admin.client.get(f"/admin/tag/where/{slug}")
        assert (answer.status_code, urlsplit(answer.headers["location"]).path) == (303, "/login")


@pytest.mark.parametrize("slug", SLUGS)
@one_engine
async def test_the_code_is_shown_and_never_run(admin: Browsing, slug: str) -> None:
    page = await admin.get(f"/admin/tag/where/{slug}")
    assert (
        re.findall(r"<script(?![^>]* src=\"/static/)|<style|\sstyle=|<img|<[^>]* data-gw", page)
        == []
    )


@one_engine
async def test_a_platform_without_a_page_leads_back_to_the_tag(admin: Browsing) -> None:
    answer = await admin.client.get("/admin/tag/where/geocities")
    assert answer.status_code == 404
    assert "Back to the tag" in answer.text


def test_the_php_is_balanced_and_prints_what_the_tag_reads() -> None:
    code = snippets("wordpress", KEY, URL)
    for name in ("tag", "convert", "secret"):
        assert unbalanced(code[name]) == ""
        assert code[name].endswith(";")
    printed = "".join(re.findall(r"'([^']*%s[^']*)'", code["convert"]))
    assert printed.count("%s") == 6
    assert re.findall(r'([a-z-]+)="%s"', printed) == [
        "data-gw-convert",
        "data-order",
        "data-amount",
        "data-currency",
        "data-email",
        "data-sig",
    ]


def test_an_unbalanced_program_is_noticed() -> None:
    assert unbalanced("a( b[ ) ]") == ")"
    assert unbalanced("f( '(' );") == ""
    assert unbalanced("f(") == "("
    assert unbalanced("f( 'x );") == "'"


def test_the_body_that_shopify_flow_sends_is_json_of_the_order() -> None:
    """Liquid and Jinja read these few tags alike."""
    order = {
        "name": "#1042",
        "email": 'o"neill@example.com',
        "customAttributes": [{"key": "gift", "value": "x"}, {"key": "gw", "value": "v1.a-b_c"}],
        "totalPriceSet": {"shopMoney": {"amount": "49.0", "currencyCode": "EUR"}},
    }
    environment = Environment()
    environment.filters["json"] = json.dumps
    body = environment.from_string(snippets("shopify", KEY, URL)["body"]).render(order=order)
    assert json.loads(body) == {
        "token": "v1.a-b_c",
        "order": "#1042",
        "amount": "49.0",
        "currency": "EUR",
        "email": 'o"neill@example.com',
    }


def test_amounts_are_never_bare_numbers() -> None:
    """A whole number would be read as minor units."""
    for slug in SLUGS:
        for text in snippets(slug, KEY, URL).values():
            said = re.findall(r"\bamount: (\S+)", text)
            assert all(value.startswith("String(") for value in said)


def unbalanced(program: str) -> str:
    """The first bracket or quotation mark without its partner; empty when each has one."""
    opened: list[str] = []
    for mark in re.sub(r"'[^']*'", "", program):
        if mark in PAIRS.values():
            opened.append(mark)
        elif mark in PAIRS and (not opened or opened.pop() != PAIRS[mark]) or mark == "'":
            return mark
    return opened[-1] if opened else ""
