"""The page on webhooks: its calls run as they stand, its recipes take what is ours alone."""

from __future__ import annotations

import json
import time

import httpx
import pytest

import doc_calls
from conftest import Serve
from doc_calls import calls_of, page
from goodword.campaigns import hooks
from goodword.lifecycle.context import open_context
from goodword.lifecycle.hook import address_of, make_hook
from goodword.model import EVENTS, CallResult
from goodword.notifications.webhook import headers, read_secret, spell_secret
from goodword.settings import load_settings
from goodword.storage import open_storage
from installation import Installation
from recipes import LANGUAGES, OF_HOOKS, Failed, interpreters, recipe_of, run

PAGE = page("webhooks.md")
SECRET = spell_secret(bytes(range(32)))
BODY = json.dumps({"type": "test", "data": {"name": "Zoë"}}, ensure_ascii=False)


def signed(at: int, body: str = BODY, secret: str = SECRET) -> tuple[str, dict[str, str], str]:
    """What a receiver checks: the secret, headers and the body."""
    told = headers([read_secret(spell_secret(b"f" * 32)), read_secret(secret)], "msg_1", at, BODY)
    return SECRET, told, body


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_recipe_takes_what_is_ours_and_refuses_the_rest(language: str, node: str) -> None:
    """Every language has a recipe; those whose interpreter is at hand are run."""
    recipe = recipe_of(PAGE, language)
    command = interpreters(node).get(language)
    if command is None:
        assert "webhook-signature" in recipe
        return
    now = int(time.time())
    assert run(command, language, recipe, "verify", *signed(now)) == json.loads(BODY)
    for given in (
        signed(now, body=BODY.replace("test", "best")),
        signed(now, secret=spell_secret(b"x" * 32)),
        signed(now - 3_600),
    ):
        with pytest.raises(Failed):
            run(command, language, recipe, "verify", *given)


async def test_the_calls_run_as_they_stand(cli: Installation, live_server: Serve) -> None:
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = cli.json("campaign", "create", *shop)
    key = cli.json("apikey", "create", "--campaign", campaign["id"])["key"]
    referrer = ("--campaign", campaign["id"], "--email", "ada@example.com")
    ada = cli.json("referrer", "create", *referrer)
    server = live_server()
    lead = httpx.post(
        f"{server.url}/api/v1/leads",
        json={"referrer_id": ada["id"], "email": "cy@example.org"},
        headers={"authorization": f"Bearer {key}"},
    ).json()
    token = await made_address(cli, campaign["id"])
    calls = list(calls_of(PAGE))
    assert len(calls) == 3
    for call, shown in calls:
        address = f"{server.url}/webhook/{token}/qualify"
        assert doc_calls.run(call, ADDRESS=address, CODE=lead["code"]) == shown
    assert token not in server.log


async def made_address(cli: Installation, campaign_id: str) -> str:
    """The secret of the campaign's inbound webhook, as its page shows it."""
    settings = load_settings(cli.env())
    storage = open_storage(settings.database_url)
    context = await open_context(settings, storage)
    campaign = await context.directory.by_id(campaign_id)
    assert campaign is not None
    await make_hook(context, campaign, "test")
    async with storage.read() as db:
        hook = await hooks.of_campaign(db, campaign_id)
    await storage.close()
    assert hook is not None
    return address_of(context, hook).split("/")[-2]


def test_every_event_and_every_result_is_in_the_page() -> None:
    assert [event for event in EVENTS if f"`{event}`" not in PAGE] == []
    assert [each for each in OF_HOOKS if f"| `{each}` |" not in PAGE] == []
    told = page("shops.md").partition("## Answers")[2]
    unsaid = (CallResult.RECEIVED, CallResult.UNKNOWN_CODE, CallResult.REFERRER_CODE)
    assert [each for each in CallResult if each not in unsaid and f"`{each}`" not in told] == []
