"""The clock: what is ripe is told once, issued by itself where its rule says so, never early."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, update

from goodword.lifecycle.act import begin
from goodword.lifecycle.review import qualify
from goodword.lifecycle.ripen import issue_told
from goodword.model import Kind, Lead, Method, Reason, Reward, RewardStatus
from goodword.storage.tables import metadata
from lifecycle.world import DAY, World, world


async def lines(w: World, type_: str) -> int:
    table = metadata.tables["activity"]
    async with w.context.storage.read() as db:
        found = await db.execute(select(table.c.id).where(table.c.type == type_))
        return len(found.all())


async def reward_of(w: World, lead: Lead) -> Reward:
    [reward] = await w.rewards(lead.id)
    return reward


async def auto(w: World, *codes: str) -> None:
    """A rule that gives coupons by itself, and its pool."""
    await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="spring", amount=1, auto=True)
    if codes:
        await w.pool("spring", *codes)


async def test_a_reward_is_told_to_be_ready_once_and_not_a_millisecond_early(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        w.wait(30 * DAY - 1)
        await w.tick()
        assert await lines(w, "reward.ready") == 0
        w.wait(1)
        await asyncio.gather(w.tick(), w.tick())
        await w.tick()
        assert await lines(w, "reward.ready") == 1
        assert (await reward_of(w, lead)).status is RewardStatus.DUE


async def test_a_clock_that_jumps_back_tells_nothing_twice(database_url: str) -> None:
    async with world(database_url) as w:
        await w.buyer("1")
        w.wait(40 * DAY)
        await w.tick()
        w.wait(-20 * DAY)
        await w.tick()
        w.wait(100 * DAY)
        await w.tick()
        assert await lines(w, "reward.ready") == 1


async def test_a_ripe_reward_goes_out_by_itself_where_the_server_signed(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        await auto(w, "AAA", "BBB")
        seen, signed = await w.buyer("1"), await w.buyer("2", sign=True)
        w.wait(30 * DAY)
        await w.tick()
        assert (await reward_of(w, seen)).status is RewardStatus.DUE
        issued = await reward_of(w, signed)
        assert (issued.status, issued.issued_at) == (RewardStatus.ISSUED, w.clock[0])
        assert await w.coupon_of(signed) == "AAA"


async def test_after_a_long_stop_two_workers_issue_each_reward_once_whatever_the_clock_does(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        await auto(w, "AAA", "BBB", "CCC", "DDD")
        leads = []
        for order in ("1", "2", "3"):
            leads.append(await w.buyer(order, sign=True))
            w.wait(10 * DAY)
        w.wait(200 * DAY)
        await asyncio.gather(w.tick(), w.tick())
        assert await lines(w, "reward.issued") == 3
        assert {await w.coupon_of(each) for each in leads} == {"AAA", "BBB", "CCC"}
        w.wait(-190 * DAY)
        later = await w.buyer("4", sign=True)
        w.wait(30 * DAY - 1)
        await asyncio.gather(w.tick(), w.tick())
        assert (await reward_of(w, later)).status is RewardStatus.DUE
        w.wait(1)
        await asyncio.gather(w.tick(), w.tick())
        assert await lines(w, "reward.issued") == 4
        assert await w.coupon_of(later) == "DDD"


async def test_a_person_s_own_hand_is_good_evidence(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await auto(w, "AAA")
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="cy@example.org")
        lead = await w.only_lead()
        await qualify(w.context, w.campaign, lead.id, "boss@example.com")
        w.wait(30 * DAY)
        await w.tick()
        assert (await reward_of(w, lead)).status is RewardStatus.ISSUED


async def test_an_empty_pool_fails_the_reward_until_there_are_codes(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await auto(w)
        lead = await w.buyer("1", sign=True)
        w.wait(30 * DAY)
        await w.tick()
        failed = await reward_of(w, lead)
        assert (failed.status, failed.reason) == (RewardStatus.FAILED, Reason.NO_COUPON)
        await w.pool("spring", "AAA")
        await asyncio.gather(w.tick(), w.tick())
        assert (await reward_of(w, lead)).status is RewardStatus.ISSUED
        assert await lines(w, "reward.issued") == 1


async def test_a_held_reward_never_goes_out_by_itself(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await auto(w, "AAA")
        lead = await w.buyer("1", sig="v1=00")
        w.wait(60 * DAY)
        await w.tick()
        assert (await reward_of(w, lead)).status is RewardStatus.HELD
        assert await lines(w, "reward.ready") == 0


async def test_what_slipped_through_is_found_right_before_it_would_go_out(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        await auto(w, "AAA")
        lead = await w.buyer("1", sign=True)
        leads = metadata.tables["leads"]
        async with w.context.storage.write() as db:
            await db.execute(update(leads).values(status="pending", converted_at=None))
        w.wait(30 * DAY)
        await w.tick()
        assert (await reward_of(w, lead)).status is RewardStatus.CANCELLED


async def test_a_reward_that_large_waits_for_two_persons(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.limits(second_eyes=1000)
        await w.rule(method=Method.WEBHOOK, auto=True, amount=1000)
        await w.rule(method=Method.WEBHOOK, auto=True, amount=999)
        lead = await w.buyer("1", sign=True)
        w.wait(30 * DAY)
        await w.tick()
        for reward in await w.rewards(lead.id):
            async with begin(w.context, w.campaign, "clock") as act:
                await issue_told(act, reward.id)
        found = {reward.amount: reward.status for reward in await w.rewards(lead.id)}
        assert found == {1000: RewardStatus.DUE, 999: RewardStatus.ISSUED}


async def test_a_monthly_batch_waits_for_its_day(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(batch_day=1)
        lead = await w.buyer("1")
        ripe = (await reward_of(w, lead)).issue_after
        assert ripe % DAY == 0
        assert w.clock[0] + 30 * DAY <= ripe < w.clock[0] + 62 * DAY
