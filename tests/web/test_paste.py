"""Where owners paste: each page has the campaign's own key, and its code is well formed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from urllib.parse import urlsplit

import pytest

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


WORDPRESS = """\
function add_action($name, $function) {{ $GLOBALS['actions'][$name] = $function; }}
function wp_unslash($text) {{ return stripslashes($text); }}
function sanitize_text_field($text) {{ return trim($text); }}
class Order {{
    public $meta = [];
    function update_meta_data($name, $value) {{ $this->meta[$name] = $value; }}
}}
{code}
$meta = [];
foreach ([['_gw_k3y' => 'v1.a-b_c'], []] as $_COOKIE) {{
    foreach ($actions as $function) {{
        $order = new Order();
        $function($order, 'the request');
        $meta[] = $order->meta;
    }}
}}
echo json_encode($meta);
"""
"""As much of WordPress as the snippet calls."""


def test_the_php_writes_the_token_of_the_cookie_into_the_order() -> None:
    """Run where PHP is at hand; CI brings it."""
    code = snippets("wordpress", KEY, URL)["order"]
    assert unbalanced(code) == ""
    if (php := shutil.which("php")) is None:
        return
    done = subprocess.run(
        [php, "-r", WORDPRESS.format(code=code)], capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout) == [{"_gw": "v1.a-b_c"}] * 2 + [[]] * 2, done.stderr


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
