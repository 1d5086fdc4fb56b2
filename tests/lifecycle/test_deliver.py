"""Messages leave: signed, at least once under one id, none delaying another, none lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from standardwebhooks import Webhook

from goodword.lifecycle.act import begin
from goodword.lifecycle.deliver import Courier
from goodword.lifecycle.endpoints import (
    BOTH_SECRETS,
    NoSuchEndpoint,
    Opened,
    add_endpoint,
    change_secret,
    remove_endpoint,
    revive_endpoint,
    send_again,
    send_test,
)
from goodword.lifecycle.set_up import Refused
from goodword.model import EVENTS, WEBHOOK, Method, Reason, RewardStatus
from goodword.notifications import record as notifications
from goodword.outbound import Outbound
from goodword.storage.tables import metadata
from lifecycle.world import DAY, MINUTE, World, world
from receiver import Got, Receiver, answer, listening

LOOPBACK = (ip_network("127.0.0.0/8"),)
BOSS = "boss@example.com"


@asynccontextmanager
async def telling(database_url: str, **campaign: object) -> AsyncIterator[World]:
    """A world that may call loopback."""
    async with world(database_url, **campaign) as w:
        settings = replace(w.context.settings, outbound_allow=LOOPBACK)
        w.context = replace(w.context, settings=settings)
        yield w


async def send(w: World) -> None:
    """One round of the courier, to its end."""
    async with Outbound(LOOPBACK) as outbound:
        courier = Courier(w.context, outbound)
        await courier.round()
        await courier.finish()


async def opened(w: World, receiver: Receiver, *events: str) -> Opened:
    return await add_endpoint(w.context, w.campaign, receiver.url, events or EVENTS, BOSS)


def bodies(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(got.body) for got in receiver.got]


def types(receiver: Receiver) -> list[str]:
    return [event["type"] for event in bodies(receiver)]


async def waiting(w: World) -> list[str]:
    t = metadata.tables["outbox"]
    async with w.context.storage.read() as db:
        query = select(t.c.type, t.c.status).where(t.c.kind == WEBHOOK).order_by(t.c.id)
        found = await db.execute(query)
        return [f"{row[0]} {row[1]}" for row in found]


async def the_message(db: AsyncConnection) -> str:
    """The id of the only message to a webhook."""
    t = metadata.tables["outbox"]
    return str((await db.execute(select(t.c.id).where(t.c.kind == WEBHOOK))).scalar_one())


async def test_who_wants_to_know_is_told_in_order_and_signed(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        made = await opened(w, receiver)
        lead = await w.buyer("1", email="cy@example.org")
        await send(w)
        assert types(receiver) == [
            "lead.created",
            "conversion.counted",
            "lead.qualified",
            "reward.due",
        ]
        for got in receiver.got:
            assert json.loads(got.body)["data"]["lead"]["id"] == lead.id
            seconds = int(got.headers["webhook-timestamp"])
            signed = Webhook(made.secret).sign(
                got.headers["webhook-id"], datetime.fromtimestamp(seconds, UTC), got.body
            )
            assert got.headers["webhook-signature"] == signed
            assert seconds == w.clock[0] // 1000
        reward = json.loads(receiver.got[3].body)["data"]["reward"]
        assert (reward["amount"], reward["currency"]) == ("10.00", "EUR")
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 4
        await send(w)
        assert len(receiver.got) == 4


async def test_only_what_was_asked_for_is_told(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        await w.buyer("1")
        await send(w)
        assert types(receiver) == ["lead.qualified"]


async def test_nothing_is_told_of_what_was_not_committed(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver)
        with pytest.raises(ZeroDivisionError):
            await _begin_and_fail(w)
        await send(w)
        assert await waiting(w) == []


async def _begin_and_fail(w: World) -> None:
    async with begin(w.context, w.campaign, BOSS) as act:
        await act.log("lead.qualified")
        raise ZeroDivisionError


async def test_a_failed_try_comes_again_under_the_same_id(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        answers = iter([answer(500, "oops"), None, answer(301, location="/")])
        receiver.answers = lambda _: next(answers, answer(200))
        await w.buyer("1")
        await send(w)
        await send(w)
        assert len(receiver.got) == 1
        for wait in (6_000, 6 * MINUTE, 34 * MINUTE):
            w.wait(wait)
            await send(w)
        assert len(receiver.got) == 4
        assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
        assert await waiting(w) == ["lead.qualified sent"]
        async with w.context.storage.read() as db:
            message = await the_message(db)
            tries = await notifications.tries(db, w.campaign.id, message)
        assert [each.code for each in tries] == [500, None, 301, 200]
        assert tries[0].answer == "oops"


async def test_after_the_last_try_a_message_has_failed_and_may_be_sent_again(
    database_url: str,
) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        receiver.answers = lambda _: answer(404)
        await w.buyer("1")
        for _ in range(12):
            await send(w)
            w.wait(27 * 60 * MINUTE)
        assert len(receiver.got) == 10
        assert await waiting(w) == ["lead.qualified failed"]
        receiver.answers = lambda _: answer(200)
        async with w.context.storage.read() as db:
            message = await the_message(db)
        await send_again(w.context, w.campaign, message, BOSS)
        await send(w)
        assert await waiting(w) == ["lead.qualified sent"]


async def test_a_dead_receiver_delays_no_other(database_url: str) -> None:
    async with listening() as dead, listening() as alive, telling(database_url) as w:
        await opened(w, dead, "lead.qualified")
        await opened(w, alive, "lead.qualified")
        dead.answers = lambda _: b""
        for number in range(30):
            await w.buyer(str(number))
        async with Outbound(LOOPBACK) as outbound:
            courier = Courier(w.context, outbound)
            await courier.round()
            async with asyncio.timeout(10):
                while len(alive.got) < 30:
                    await asyncio.sleep(0.01)
            assert len(dead.got) == 1
            await courier.stop()


async def test_two_senders_send_each_message_once(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        for number in range(25):
            await w.buyer(str(number))
        await asyncio.gather(send(w), send(w))
        await send(w)
        ids = [got.headers["webhook-id"] for got in receiver.got]
        assert len(ids) == len(set(ids)) == 25


async def test_a_sender_that_was_killed_leaves_its_messages_to_the_next(
    database_url: str,
) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        receiver.answers = lambda _: b""
        await w.buyer("1")
        async with Outbound(LOOPBACK) as outbound:
            courier = Courier(w.context, outbound)
            await courier.round()
            while not receiver.got:
                await asyncio.sleep(0.01)
            await courier.stop()
        receiver.answers = lambda _: answer(200)
        await send(w)
        assert len(receiver.got) == 1
        w.wait(7 * MINUTE)
        await send(w)
        assert len(receiver.got) == 2
        assert await waiting(w) == ["lead.qualified sent"]


async def test_a_receiver_that_is_gone_is_disabled_and_can_be_revived(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        made = await opened(w, receiver, "lead.qualified")
        receiver.answers = lambda _: answer(410)
        await w.buyer("1")
        await w.buyer("2")
        await send(w)
        await w.buyer("3")
        await send(w)
        assert len(receiver.got) == 1
        assert await waiting(w) == ["lead.qualified failed"] * 2
        receiver.answers = lambda _: answer(200)
        await revive_endpoint(w.context, w.campaign, made.endpoint.id, BOSS)
        await w.buyer("4")
        await send(w)
        assert len(receiver.got) == 2


async def test_retry_after_is_honoured(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        receiver.answers = lambda _: answer(429, retry_after="3600")
        await w.buyer("1")
        await send(w)
        w.wait(59 * MINUTE)
        await send(w)
        assert len(receiver.got) == 1
        w.wait(8 * MINUTE)
        await send(w)
        assert len(receiver.got) == 2


async def test_for_a_day_both_secrets_sign(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        made = await opened(w, receiver, "lead.qualified")
        changed = await change_secret(w.context, w.campaign, made.endpoint.id, BOSS)
        assert changed.secret != made.secret
        await send_test(w.context, w.campaign, made.endpoint.id, BOSS)
        await send(w)
        w.wait(BOTH_SECRETS)
        await send_test(w.context, w.campaign, made.endpoint.id, BOSS)
        await send(w)
        signatures = [got.headers["webhook-signature"].split() for got in receiver.got]
        assert [len(each) for each in signatures] == [2, 1]
        assert types(receiver) == ["test", "test"]


async def test_a_test_event_shows_every_field_under_ids_that_are_nobodys(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        made = await opened(w, receiver)
        await w.buyer("1", email="cy@example.org")
        await send_test(w.context, w.campaign, made.endpoint.id, BOSS)
        await send(w)
        told = {event["type"]: event["data"] for event in bodies(receiver)}
        for thing in ("lead", "referrer", "conversion", "reward"):
            assert told["test"][thing].keys() == told["reward.due"][thing].keys()
            assert told["test"][thing]["id"].endswith("_" + "0" * 32)


async def test_a_removed_endpoint_is_told_nothing_more(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        made = await opened(w, receiver)
        await w.buyer("1")
        await remove_endpoint(w.context, w.campaign, made.endpoint.id, BOSS)
        await w.buyer("2")
        await send(w)
        assert receiver.got == []
        with pytest.raises(NoSuchEndpoint):
            await remove_endpoint(w.context, w.campaign, made.endpoint.id, BOSS)


@pytest.mark.parametrize(
    ("url", "events", "field"),
    [
        ("https://10.0.0.1/", EVENTS, "url"),
        ("http://example.com/", EVENTS, "url"),
        ("https://exa mple.com/", EVENTS, "url"),
        ("https://" + "x" * 2_000, EVENTS, "url"),
        ("http://127.0.0.1:1/", (), "events"),
        ("http://127.0.0.1:1/", ("lead.lost",), "events"),
    ],
)
async def test_what_can_t_be_used_is_refused_by_name(
    database_url: str, url: str, events: tuple[str, ...], field: str
) -> None:
    async with telling(database_url) as w:
        with pytest.raises(Refused) as refused:
            await add_endpoint(w.context, w.campaign, url, events, BOSS)
        assert refused.value.field == field
        assert await w.count("endpoints") == 0


async def told_ready(w: World) -> RewardStatus:
    w.wait(31 * DAY)
    await w.tick()
    await send(w)
    [reward] = await w.rewards((await w.only_lead()).id)
    assert reward.reason in (None, Reason.UNDELIVERED)
    return reward.status


async def test_a_reward_is_issued_once_the_program_has_taken_the_message(
    database_url: str,
) -> None:
    async with listening() as receiver, telling(database_url, reward=None) as w:
        await opened(w, receiver, "reward.ready", "reward.issued")
        await w.rule(method=Method.WEBHOOK, auto=True)
        await w.buyer("1", sign=True)
        assert await told_ready(w) is RewardStatus.ISSUED
        await send(w)
        assert types(receiver) == ["reward.ready", "reward.issued"]


async def test_a_reward_that_no_program_could_be_told_of_has_failed(database_url: str) -> None:
    async with listening() as receiver, telling(database_url, reward=None) as w:
        await opened(w, receiver, "reward.ready")
        await w.rule(method=Method.WEBHOOK, auto=True)
        await w.buyer("1", sign=True)
        receiver.answers = lambda got: _unless_fixed(got)
        assert await told_ready(w) is RewardStatus.DUE
        for _ in range(10):
            w.wait(27 * 60 * MINUTE)
            await send(w)
        [reward] = await w.rewards((await w.only_lead()).id)
        assert (reward.status, reward.reason) == (RewardStatus.FAILED, Reason.UNDELIVERED)
        receiver.answers = lambda _: answer(200)
        async with w.context.storage.read() as db:
            message = await the_message(db)
        await send_again(w.context, w.campaign, message, BOSS)
        await send(w)
        [reward] = await w.rewards((await w.only_lead()).id)
        assert reward.status is RewardStatus.ISSUED


def _unless_fixed(_: Got) -> bytes:
    return answer(500)


async def test_without_anybody_to_tell_the_reward_waits_for_a_person(database_url: str) -> None:
    async with telling(database_url, reward=None) as w:
        await w.rule(method=Method.WEBHOOK, auto=True)
        await w.buyer("1", sign=True)
        assert await told_ready(w) is RewardStatus.DUE


async def test_what_was_sent_is_forgotten_after_thirty_days(database_url: str) -> None:
    async with listening() as receiver, telling(database_url) as w:
        await opened(w, receiver, "lead.qualified")
        await w.buyer("1")
        await send(w)
        w.wait(29 * DAY)
        await w.buyer("2")
        w.wait(2 * DAY)
        await w.tick()
        assert await waiting(w) == ["lead.qualified waiting"]
        assert await w.count("deliveries") == 0
