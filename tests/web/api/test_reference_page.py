"""`/api/docs`: everything is in it, nothing is loaded from elsewhere, and its calls run."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from conftest import Serve
from doc_calls import page as doc_page
from doc_calls import run
from goodword.web.api import OPERATIONS
from goodword.web.api.compat import PATHS
from goodword.web.api.glossary import GLOSSARY
from goodword.web.api.openapi import document
from goodword.web.api.problems import PROBLEMS
from goodword.web.api.reference import curl, sections
from installation import Installation
from web.admin_app import Browsing
from web.stage import one_engine

DOCUMENT = document(OPERATIONS, PATHS)
CURL = re.compile(r'<code id="curl-(\w+)">(.*?)</code>', re.DOTALL)


@pytest.fixture
async def page(admin: Browsing) -> str:
    admin.client.cookies.clear()
    return await admin.get("/api/docs")


@one_engine
async def test_every_call_field_word_and_error_is_in_the_page(page: str) -> None:
    text = unescape(page)
    for path, known in DOCUMENT["paths"].items():
        for method, said in known.items():
            if said["operationId"] != "get_openapi":
                assert f'<h3 id="{said["operationId"]}">{said["summary"]}</h3>' in text
                assert curl(method.upper(), f"/api/v1{path}", None).splitlines()[0] in text
                for each in said.get("parameters", ()):
                    assert f"<code>{each['name']}</code>" in text
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert [each for each in schema.get("properties", ()) if f"{each}</code>" not in text] == []
        if name == "Reason":
            assert [word for word in schema["enum"] if f"<code>{word}</code>" not in text] == []
    assert [word for word in PROBLEMS if f"<code>{word}</code>" not in text] == []


@one_engine
async def test_every_link_within_the_page_leads_somewhere(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) - set(ids) == set()


@one_engine
async def test_nothing_is_loaded_from_anywhere_else_and_nothing_is_inline(page: str) -> None:
    loaded = re.findall(r'<(?:link|script|img|iframe)\b[^>]*?(?:src|href)="([^"]+)"', page)
    assert loaded
    assert [each for each in loaded if not each.startswith("/static/")] == []
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page)


@one_engine
async def test_the_admin_finds_it(admin: Browsing) -> None:
    assert 'href="/api/docs"' in await admin.get("/admin/api")


def test_the_glossary_is_in_the_documentation_too() -> None:
    rows = [f"| {elsewhere} | {here} | {is_} |" for elsewhere, here, is_ in GLOSSARY]
    reference = doc_page("api.md")
    assert [row for row in rows if row not in reference] == []
    assert {"site key", "order", "hit", "token"} <= {here for _, here, _ in GLOSSARY}


STEPS = (
    "create_referrer",
    "list_referrers",
    "get_referrer",
    "change_referrer",
    "create_lead",
    "list_leads",
    "get_lead",
    "change_lead",
    "explain_lead",
    "set_qualification",
    "unqualify_lead",
    "qualify_lead",
    "reject_lead",
    "reopen_lead",
    "set_user_qualification",
    "change_user",
    "create_conversion",
    "list_conversions",
    "get_conversion",
    "create_refund",
    "list_refunds",
    "get_refund",
    "list_rewards",
    "get_reward",
    "hold_reward",
    "release_reward",
    "issue_reward",
    "reverse_reward",
    "issue_rewards",
    "link_to_own_page",
    "create_webhook",
    "list_webhooks",
    "test_webhook",
    "delete_webhook",
    "get_stats",
    "list_activity",
)
"""Every call that a campaign's key may make but one, in an order in which each can be done."""

LAST = ("delete_lead", "delete_referrer")
OF_ALL = ("create_campaign", "list_campaigns", "get_campaign", "change_campaign")


async def test_the_calls_run_as_they_stand(cli: Installation, live_server: Serve) -> None:
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = cli.json("campaign", "create", *shop)
    key = cli.json("apikey", "create", "--campaign", campaign["id"])["key"]
    everywhere = cli.json("apikey", "create")["key"]
    url = live_server({"GOODWORD_OUTBOUND_ALLOW": "127.0.0.0/8"}).url
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/api/docs")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    calls = {name: unescape(text) for name, text in CURL.findall(answer.text)}
    caller = Caller(url, key, calls)
    for name in STEPS:
        caller.call(name)
    caller.call("cancel_reward", await another_reward(url, key))
    for name in LAST:
        caller.call(name)
    caller = Caller(url, everywhere, calls)
    for name in OF_ALL:
        caller.call(name)
    assert {*STEPS, *OF_ALL, *LAST, "cancel_reward"} == set(calls) - {"variables"}


class Caller:
    """Somebody who pastes the page's calls, with the id that the last answer had."""

    def __init__(self, url: str, key: str, calls: dict[str, str]) -> None:
        self._variables = {"URL": url, "KEY": key}
        self._calls = calls
        self._tags = {
            call.name: section.name for section in sections(DOCUMENT) for call in section.calls
        }
        self._ids: dict[str, str] = {}

    def call(self, name: str, id_: str = "") -> None:
        # A host that the internet has not, and no test may call.
        text = self._calls[name].replace("https://hooks.example.com", "http://127.0.0.1:9")
        tag = "leads" if self._tags[name] == "users" else self._tags[name]
        answer = run(text, **self._variables, ID=id_ or self._ids.get(tag, ""))
        if name.startswith("list_"):
            [answer] = answer["data"][:1]
        if name.startswith(("create_", "list_")):
            self._ids[tag] = answer["id"]


async def another_reward(url: str, key: str) -> str:
    """The id of a second lead's due reward."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers) as client:
        lead = {"referral_code": "ada", "email": "di@example.org"}
        made = (await client.post("/leads", json=lead)).json()
        await client.post(f"/leads/{made['id']}/qualify")
        found = await client.get("/rewards", params={"lead_id": made["id"]})
        return str(found.json()["data"][0]["id"])
