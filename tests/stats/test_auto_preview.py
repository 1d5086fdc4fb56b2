"""What is read before a rule is set: recent rewards by evidence, and who waits."""

from __future__ import annotations

from dataclasses import replace

from goodword.lifecycle.change import Changes, change_campaign
from goodword.lifecycle.reach import reachable
from goodword.lifecycle.review import qualify
from goodword.lifecycle.rule import add_rule
from goodword.lifecycle.unsubscribe import choose, read_choice, unsubscribe_link
from goodword.model import Evidence, Kind, Method, Occasion, Recipient, RewardStatus
from goodword.rewards import coupons
from goodword.stats.auto_preview import Seen, rewards_since
from goodword.stats.waiting import pending_leads, rewards_without_code
from lifecycle.world import DAY, World


async def seen(w: World, since: int = 0, rule_id: str | None = None) -> set[Seen]:
    async with w.context.storage.read() as db:
        return set(await rewards_since(db, w.campaign, since, rule_id))


async def buy(w: World, order: str, *, sign: bool = False) -> str:
    arrived = await w.visit()
    answer = await w.convert(token=arrived.token, order=order, sign=sign)
    assert answer.id is not None
    return answer.id


async def test_rewards_are_counted_by_how_sure_they_are(w: World) -> None:
    await buy(w, "old")
    w.wait(DAY)
    since = w.clock[0]
    await buy(w, "1")
    await buy(w, "2", sign=True)
    await buy(w, "3", sign=True)
    arrived = await w.visit()
    lead = await w.sign_up(token=arrived.token, email="cy@example.org")
    await qualify(w.context, w.campaign, lead.id or "", "owner@shop.example")
    due = RewardStatus.DUE
    assert await seen(w, since) == {
        Seen(due, Evidence.TOKEN, False, 1),
        Seen(due, Evidence.SIGNED, False, 2),
        Seen(due, None, False, 1),
    }
    [rule] = w.campaign.rules
    assert await seen(w, since, rule.id) == await seen(w, since)
    assert await seen(w, since, "rule_other") == set()
    two = Changes(second_eyes=1000)
    w.campaign = await change_campaign(w.context, w.campaign, two, "test")
    assert {each.two for each in await seen(w, since)} == {True}


async def test_a_reward_for_joining_is_as_sure_as_who_reported_the_lead(w: World) -> None:
    [rule] = w.campaign.rules
    joined = replace(rule, occasion=Occasion.JOINED)
    done = await add_rule(w.context, w.campaign, joined, "test")
    w.campaign = await w.context.directory.by_id(w.campaign.id) or w.campaign
    arrived = await w.visit()
    await w.sign_up(token=arrived.token, email="cy@example.org")
    [added] = done.changed
    assert await seen(w, 0, added) == {Seen(RewardStatus.DUE, Evidence.TOKEN, False, 1)}


async def test_pending_leads_are_counted_without_test_runs(w: World) -> None:
    for email in ("cy@example.org", "dee@example.org"):
        arrived = await w.visit()
        await w.sign_up(token=arrived.token, email=email)
    await buy(w, "1")
    async with w.context.storage.read() as db:
        assert await pending_leads(db, w.campaign.id) == 2


async def test_open_coupon_rewards_without_a_code_wait_at_their_pool(w: World) -> None:
    [rule] = w.campaign.rules
    coupon = replace(rule, kind=Kind.COUPON, pool="spring", method=Method.COUPON)
    await add_rule(w.context, w.campaign, coupon, "test")
    w.campaign = await w.context.directory.by_id(w.campaign.id) or w.campaign
    for order in ("1", "2"):
        await buy(w, order)
    async with w.context.storage.write() as db:
        assert await rewards_without_code(db, w.campaign.id) == {"spring": 2}
        await coupons.add_codes(db, w.campaign.id, "spring", ["A"], 1)
        [first, *_] = [
            reward
            for lead in await w.leads()
            for reward in await w.rewards(lead.id)
            if reward.unit == "coupon"
        ]
        await coupons.take(db, w.campaign.id, "spring", first.id)
        assert await rewards_without_code(db, w.campaign.id) == {"spring": 1}


async def test_who_can_be_mailed_is_told_apart_as_issuing_would(w: World) -> None:
    """No address of their own, or one that wants no e-mails; a referrer has always left one."""
    await w.no_rules()
    await w.rule(recipients=(Recipient.LEAD,))
    await w.buyer("1", email="cy@example.org")
    await w.buyer("2", email="dee@example.org")
    await buy(w, "3")
    stop = unsubscribe_link(w.context, w.campaign, "dee@example.org").rpartition("/")[2]
    choice = await read_choice(w.context, stop)
    assert choice is not None
    await choose(w.context, choice, True)
    async with w.context.storage.read() as db:
        wants = await reachable(db, w.campaign)
        found = set(await rewards_since(db, w.campaign, 0, None, wants))
    due = RewardStatus.DUE
    assert found == {
        Seen(due, Evidence.TOKEN, False, 1, mailed=True),
        Seen(due, Evidence.TOKEN, False, 2, mailed=False),
    }
    assert await seen(w) == {Seen(due, Evidence.TOKEN, False, 3)}
