"""Triggers against a live server: what the webhook brings is what the editor is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from goodword.lifecycle.context import open_context
from goodword.lifecycle.tick import tick
from goodword.settings import load_settings
from goodword.storage import open_storage
from receiver import Receiver, answer
from zapier.app import App, definition
from zapier.conftest import Live

SECONDS = 30
TRIGGERS = ("referred_user", "lead_qualified", "reward_ready")


class Zap:
    """A Zap that is turned on: subscribed with the address of a receiver."""

    def __init__(self, app: App, trigger: str, hooks: Receiver) -> None:
        self.app, self.hooks = app, hooks
        self.operation = f"triggers.{trigger}.operation"
        self.subscribed: dict[str, Any] = {}

    async def on(self) -> None:
        self.subscribed = await self.app.run(
            f"{self.operation}.performSubscribe", targetUrl=self.hooks.url
        )

    async def off(self) -> Any:
        return await self.app.run(
            f"{self.operation}.performUnsubscribe", subscribeData=self.subscribed
        )

    async def next(self) -> list[dict[str, Any]]:
        """What the Zap runs on for the next message."""
        async with asyncio.timeout(SECONDS):
            while not self.hooks.got:
                await asyncio.sleep(0.02)
        body = json.loads(self.hooks.got.pop(0).body)
        taken: list[dict[str, Any]] = await self.app.run(
            f"{self.operation}.perform", cleanedRequest=body
        )
        return taken

    async def samples(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.app.run(f"{self.operation}.performList")
        return found


@asynccontextmanager
async def turned_on(app: App, trigger: str, hooks: Receiver) -> AsyncIterator[Zap]:
    zap = Zap(app, trigger, hooks)
    await zap.on()
    yield zap
    await zap.off()


async def time_has_come(live: Live) -> None:
    """What the server does once a minute, now."""
    settings = load_settings(live.installation.env())
    storage = open_storage(settings.database_url)
    await tick(await open_context(settings, storage))
    await storage.close()


def referred(live: Live) -> dict[str, Any]:
    """A new lead of a new referrer."""
    ada = live.api("POST", "/referrers", {"email": live.email("ada"), "name": "Ada Lovelace"})
    body = {
        "referrer_id": ada["id"],
        "email": live.email("cy"),
        "name": "Cy",
        "customer": live.email("c"),
    }
    lead: dict[str, Any] = live.api("POST", "/leads", body)
    return lead | {"referrer": ada}


def fields(value: object) -> object:
    """The names of a value's fields, at every depth."""
    if isinstance(value, dict):
        return {name: fields(each) for name, each in value.items()}
    return None


async def test_a_new_referred_user(app: App, live: Live, hooks: Receiver) -> None:
    async with turned_on(app, "referred_user", hooks) as zap:
        lead = referred(live)
        [taken] = await zap.next()
        assert taken["lead"] == {
            name: lead[name]
            for name in ("id", "code", "status", "email", "name", "customer", "joined_at")
        }
        assert taken["referrer"] == {
            name: lead["referrer"][name] for name in ("id", "code", "email", "name")
        }
        assert taken["campaign_id"] == live.campaign
        assert (await zap.samples())[0] == taken


async def test_a_lead_qualified_by_an_order_and_by_hand(
    app: App, live: Live, hooks: Receiver
) -> None:
    async with turned_on(app, "lead_qualified", hooks) as zap:
        lead = referred(live)
        order = {"order": live.email("order"), "amount": "49.00", "currency": "EUR"}
        live.api("POST", "/conversions", {"lead_id": lead["id"], **order})
        [bought] = await zap.next()
        assert (bought["lead"]["id"], bought["lead"]["status"]) == (lead["id"], "qualified")
        assert bought["conversion"].items() >= order.items()
        other = referred(live)
        await app.create("qualify_user", id=other["id"])
        [by_hand] = await zap.next()
        assert by_hand["lead"]["id"] == other["id"]
        assert fields(by_hand) == fields(bought)
        assert (await zap.samples())[:2] == [by_hand, bought]


async def test_a_reward_that_is_ready(app: App, live: Live, hooks: Receiver) -> None:
    async with turned_on(app, "reward_ready", hooks) as zap:
        lead = referred(live)
        await app.create("qualify_user", id=lead["id"])
        await time_has_come(live)
        while True:
            [taken] = await zap.next()
            if taken["lead"]["id"] == lead["id"]:
                break
        assert taken["referrer"]["email"] == lead["referrer"]["email"]
        reward = live.api("GET", f"/rewards/{taken['reward']['id']}")
        assert taken["reward"].items() <= reward.items()
        assert (reward["amount"], reward["currency"], reward["lead_id"]) == (
            "10.00",
            "EUR",
            lead["id"],
        )
        assert taken in await zap.samples()


@pytest.mark.parametrize("trigger", TRIGGERS)
async def test_the_sample_has_the_shape_of_what_is_live(
    app: App, live: Live, node: str, trigger: str
) -> None:
    await app.create("qualify_user", id=referred(live)["id"])
    await time_has_come(live)
    sample = definition(node)["triggers"][trigger]["operation"]["sample"]
    shown = await app.run(f"triggers.{trigger}.operation.performList")
    assert shown
    for each in shown:
        assert fields(each) == fields(sample)


async def test_samples_are_the_newest_first_under_ids_that_stay(app: App, live: Live) -> None:
    leads = [referred(live)["id"] for _ in range(4)]
    zap = Zap(app, "referred_user", Receiver())
    first = await zap.samples()
    assert [each["lead"]["id"] for each in first] == leads[:0:-1]
    assert len({each["id"] for each in first}) == 3
    assert await zap.samples() == first


async def test_a_webhook_has_one_event_and_ends_with_its_zap(
    app: App, live: Live, hooks: Receiver
) -> None:
    zap = Zap(app, "referred_user", hooks)
    await zap.on()
    assert list(zap.subscribed) == ["id"]
    [known] = [
        each for each in live.api("GET", "/webhooks")["data"] if each["id"] == zap.subscribed["id"]
    ]
    assert (known["url"], known["events"]) == (hooks.url, ["lead.created"])
    for _ in range(2):
        assert await zap.off() == {}
    assert known["id"] not in [each["id"] for each in live.api("GET", "/webhooks")["data"]]


async def test_a_test_event_runs_no_zap(app: App, live: Live, hooks: Receiver) -> None:
    async with turned_on(app, "referred_user", hooks) as zap:
        live.api("POST", f"/webhooks/{zap.subscribed['id']}/test")
        assert await zap.next() == []


async def test_gone_is_heard(app: App, live: Live, hooks: Receiver) -> None:
    """Zapier answers 410 for a Zap that is no more: nothing is sent there again."""
    async with turned_on(app, "referred_user", hooks) as zap:
        hooks.answers = lambda _: answer(410)
        referred(live)
        await zap.next()

        def status() -> str:
            [known] = [
                each
                for each in live.api("GET", "/webhooks")["data"]
                if each["id"] == zap.subscribed["id"]
            ]
            return str(known["status"])

        async with asyncio.timeout(SECONDS):
            while status() == "active":
                await asyncio.sleep(0.02)
        assert status() == "disabled"
