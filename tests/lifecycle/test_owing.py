"""What is owed: by several rules, for further conversions, for steps, up to caps and budgets."""

from __future__ import annotations

import asyncio

from goodword.lifecycle.review import qualify, reject, reopen, unqualify
from goodword.model import (
    Kind,
    Lead,
    LeadStatus,
    Occasion,
    Reason,
    Recipient,
    Reward,
    RewardStatus,
    Status,
)
from lifecycle.world import DAY, World, world

BOSS = "boss@example.com"


async def all_rewards(w: World) -> list[Reward]:
    found = [await w.rewards(lead.id) for lead in await w.leads()]
    return sorted((each for some in found for each in some), key=lambda reward: reward.id)


async def stepped(w: World) -> list[tuple[int, str]]:
    return [(each.step, each.status.value) for each in await all_rewards(w) if each.step]


async def test_every_active_rule_pays(database_url: str) -> None:
    async with world(database_url) as w:
        await w.rule(kind=Kind.CUSTOM, amount=1, unit="free month", recipients=(Recipient.LEAD,))
        lead = await w.buyer("1")
        assert sorted(each.worth for each in await w.rewards(lead.id)) == [
            "1 free month",
            "10.00 EUR",
        ]


async def test_without_a_rule_nothing_is_owed(database_url: str) -> None:
    async with world(database_url) as w:
        await w.no_rules()
        lead = await w.buyer("1")
        assert (lead.status, await w.rewards(lead.id)) == (LeadStatus.QUALIFIED, [])


async def test_a_further_conversion_pays_for_as_long_as_its_rule_says(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(
            kind=Kind.PERCENTAGE, amount=0, rate=1000, occasion=Occasion.CONVERTED, months=1
        )
        visit = await w.visit()
        answers = []
        for order, days in (("1", 0), ("2", 20), ("3", 20)):
            w.wait(days * DAY)
            answers.append(await w.convert(token=visit.token, order=order, amount="10.00"))
        assert [answer.status for answer in answers] == [
            Status.COUNTED,
            Status.COUNTED,
            Status.IGNORED,
        ]
        assert answers[2].reason is Reason.ALREADY_QUALIFIED
        assert [each.amount for each in await all_rewards(w)] == [100, 100]


async def test_a_further_conversion_reported_twice_pays_once(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(occasion=Occasion.CONVERTED, amount=100)
        visit = await w.visit()
        for order in ("1", "2", "2", "1"):
            await w.convert(token=visit.token, order=order)
        await w.convert(token=visit.token, order="2", sign=True)
        assert [each.status for each in await all_rewards(w)] == [RewardStatus.DUE] * 2


async def test_a_cancelled_further_reward_is_not_brought_back_by_a_better_report(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(occasion=Occasion.CONVERTED, amount=100)
        lead = await w.buyer("1")
        await w.pay("cancel", *await w.rewards(lead.id))
        visit = await w.visit()
        await w.convert(token=visit.token, order="1", sign=True, email="x@example.org")
        assert (await w.rewards(lead.id))[0].status is RewardStatus.CANCELLED


async def test_every_second_referral_pays(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(every=2)
        for number in range(5):
            await w.buyer(str(number))
            await w.buyer(f"b{number}", w.bob)
        assert sorted(await stepped(w)) == [(2, "due"), (2, "due"), (4, "due"), (4, "due")]


async def test_milestones_pay_once_each(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(milestones="1,3")
        leads = [await w.buyer(str(number)) for number in range(4)]
        assert await stepped(w) == [(1, "due"), (3, "due")]
        await unqualify(w.context, w.campaign, leads[3].id, BOSS)
        await qualify(w.context, w.campaign, leads[3].id, BOSS)
        assert await stepped(w) == [(1, "due"), (3, "due")]


async def test_a_step_that_is_lost_is_cancelled_and_may_be_reached_again(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(milestones="3")
        for number in range(3):
            await w.buyer(str(number))
        [first] = [each for each in await all_rewards(w) if each.step]
        await w.refund("0")
        assert await stepped(w) == [(3, "cancelled")]
        await w.buyer("9")
        assert await stepped(w) == [(3, "cancelled"), (3, "due")]
        assert (await all_rewards(w))[0].reason is Reason.STEP_LOST
        assert first.reason is None


async def test_a_step_moves_on_when_the_lead_that_bears_it_is_lost(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(every=2)
        leads = []
        for number in range(3):
            leads.append(await w.buyer(str(number)))
            w.wait(1)
        await reject(w.context, w.campaign, leads[1].id, BOSS)
        assert await stepped(w) == [(2, "cancelled"), (2, "due")]
        [due] = [each for each in await all_rewards(w) if each.status is RewardStatus.DUE]
        assert due.lead_id == leads[2].id


async def test_doubtful_referrals_reach_no_step(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(every=2)
        await w.buyer("1", sig="v1=00")
        await w.buyer("2")
        assert await stepped(w) == []
        await w.buyer("3")
        assert await stepped(w) == [(2, "due")]


async def test_an_old_referral_reaches_no_step_of_a_newer_rule(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.buyer("1")
        w.wait(1)
        await w.rule(milestones="1,2")
        await w.buyer("2")
        assert await stepped(w) == [(1, "due")]


async def test_what_a_person_cancelled_of_steps_stays_so(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(milestones="1")
        await w.buyer("1")
        await w.pay("cancel", *await all_rewards(w))
        await w.buyer("2")
        assert await stepped(w) == [(1, "cancelled")]


async def test_the_cap_holds_under_parallel_conversions(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(cap=10)
        visits = [await w.visit() for _ in range(40)]
        await asyncio.gather(
            *(w.convert(token=v.token, order=str(n)) for n, v in enumerate(visits))
        )
        found = await all_rewards(w)
        assert sum(each.status is RewardStatus.DUE for each in found) == 10
        held = [each for each in found if each.status is RewardStatus.HELD]
        assert {each.reason for each in held} == {Reason.CAP}
        assert len(held) == 30


async def test_the_cap_is_each_referrer_s_own_and_of_thirty_days(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(cap=1)
        await w.buyer("1")
        await w.buyer("2", w.bob)
        w.wait(30 * DAY + 1)
        await w.buyer("3")
        assert {each.status for each in await all_rewards(w)} == {RewardStatus.DUE}


async def test_the_budget_holds_what_is_beyond_it(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(budget=2500)
        for number in range(3):
            await w.buyer(str(number))
        found = await all_rewards(w)
        assert [each.status.value for each in found] == ["due", "due", "held"]
        assert found[2].reason is Reason.BUDGET
        await w.pay("cancel", found[0])
        await w.buyer("4")
        assert (await all_rewards(w))[3].status is RewardStatus.DUE


async def test_a_reward_held_by_the_cap_is_released_by_a_person_alone(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(cap=1)
        await w.buyer("1")
        lead = await w.buyer("2", sig="v1=00")
        await w.convert(token=(await w.visit()).token, order="2", sign=True, email="z@example.org")
        [held] = [each for each in await all_rewards(w) if each.reason is Reason.CAP]
        await w.pay("release", held)
        [released] = [each for each in await all_rewards(w) if each.id == held.id]
        assert (released.status, released.hold) == (RewardStatus.DUE, None)
        assert lead.status is LeadStatus.QUALIFIED


async def test_two_hundred_twins_of_one_conversion_give_one_reward(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        answers = await asyncio.gather(
            *(w.convert(token=visit.token, order="1", key="same") for _ in range(200))
        )
        assert {answer.status for answer in answers} == {Status.COUNTED}
        assert sum(not answer.dup for answer in answers) == 1
        assert len(await all_rewards(w)) == 1


async def test_reopening_and_qualifying_brings_the_same_rewards_back(database_url: str) -> None:
    async with world(database_url) as w:
        lead: Lead = await w.buyer("1")
        before = await all_rewards(w)
        await reject(w.context, w.campaign, lead.id, BOSS)
        await reopen(w.context, w.campaign, lead.id, BOSS)
        await qualify(w.context, w.campaign, lead.id, BOSS)
        assert await all_rewards(w) == before
