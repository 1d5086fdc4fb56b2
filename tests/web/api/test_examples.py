"""The examples of the OpenAPI document are sent as they stand, and do what they say."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import httpx
from starlette.applications import Starlette

from goodword.web.api import OPERATIONS, Api
from goodword.web.api.call import Nothing
from goodword.web.api.examples import EXAMPLES
from web.api.conftest import Site


async def _send(site: Site, name: str, id_: str = "") -> dict[str, Any]:
    [operation] = [each for each in OPERATIONS if each.name == name]
    path = operation.path.replace("{id}", id_)
    return await site.call(operation.method, path, operation.status, EXAMPLES[name])


def test_every_body_has_an_example_and_no_example_is_idle() -> None:
    takes = {each.name for each in OPERATIONS if each.body is not Nothing}
    assert set(EXAMPLES) == takes


async def test_a_campaign_is_set_up_by_the_examples(site: Site) -> None:
    everywhere = await site.with_key(None)
    made = await _send(everywhere, "create_campaign")
    assert made["reward"]["amount"] == "10.00"
    changed = await _send(everywhere, "change_campaign", made["id"])
    assert changed["window_days"] == 60
    own = await site.with_key(made["id"])
    assert (await _send(own, "create_referrer"))["code"] == "ada"


async def _campaign(site: Site) -> Site:
    """A key of the campaign of the examples, with Ada in it."""
    everywhere = await site.with_key(None)
    own = await site.with_key((await _send(everywhere, "create_campaign"))["id"])
    await _send(own, "create_referrer")
    return own


async def test_a_webhook_is_added_by_the_example_but_for_its_host(site: Site) -> None:
    w = site.world
    settings = replace(w.context.settings, outbound_allow=(ip_network("127.0.0.0/8"),))
    app = Starlette(routes=Api(replace(w.context, settings=settings)).routes())
    body = {**EXAMPLES["create_webhook"], "url": "http://127.0.0.1:9/hooks/goodword"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://go.example/api/v1"
    ) as client:
        headers = {"authorization": f"Bearer {site.key}"}
        answer = await client.post("/webhooks", json=body, headers=headers)
    assert answer.status_code == 201
    assert answer.json()["events"] == ["lead.qualified", "reward.ready"]


async def test_people_come_and_buy_by_the_examples(site: Site) -> None:
    own = await _campaign(site)
    lead = await _send(own, "create_lead")
    ada = await _send(own, "change_referrer", lead["referrer_id"])
    assert ada["name"] == "Ada King"
    assert (await _send(own, "change_lead", lead["id"]))["name"] == "Grace Hopper"
    assert (await _send(own, "set_qualification"))["status"] == "qualified"
    await own.post(f"/leads/{lead['id']}/unqualify", status=200)
    assert (await _send(own, "create_conversion"))["status"] == "counted"
    refund = await _send(own, "create_refund")
    assert refund["conversion"]["refunded"] == "9.00"


async def test_rewards_are_decided_by_the_examples(site: Site) -> None:
    own = await _campaign(site)
    await _send(own, "create_lead")
    await _send(own, "create_conversion")
    [reward] = (await own.get("/rewards"))["data"]
    assert (await _send(own, "hold_reward", reward["id"]))["status"] == "held"
    assert (await _send(own, "release_reward", reward["id"]))["status"] == "due"
    assert (await _send(own, "issue_reward", reward["id"]))["status"] == "issued"
    assert (await _send(own, "reverse_reward", reward["id"]))["reversed"] == "10.00"
    assert len((await _send(own, "issue_rewards"))["refused"]) == 1


async def test_a_reward_is_cancelled_by_the_example(site: Site) -> None:
    own = await _campaign(site)
    await _send(own, "create_lead")
    await _send(own, "create_conversion")
    [reward] = (await own.get("/rewards"))["data"]
    assert (await _send(own, "cancel_reward", reward["id"]))["status"] == "cancelled"
