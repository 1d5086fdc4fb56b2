"""A person issues, holds, releases, cancels and reverses rewards, and takes it back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from goodword.lifecycle.deed import Done
from goodword.lifecycle.pay import VERBS
from goodword.lifecycle.review import qualify, unqualify
from goodword.model import (
    Kind,
    Lead,
    Method,
    Occasion,
    Reason,
    Recipient,
    Reward,
    RewardStatus,
)
from goodword.storage.tables import metadata
from lifecycle.world import DAY, World, world

DUE, HELD, ISSUED, CANCELLED = (
    RewardStatus.DUE,
    RewardStatus.HELD,
    RewardStatus.ISSUED,
    RewardStatus.CANCELLED,
)


async def reward_of(w: World, lead: Lead) -> Reward:
    """The lead's reward that counts now."""
    return (await w.rewards(lead.id))[-1]


async def statuses(w: World, lead: Lead) -> list[str]:
    return [f"{reward.status} {reward.amount}" for reward in await w.rewards(lead.id)]


def why(done: Done) -> str:
    [refusal] = done.refused
    return refusal.why


async def test_a_ripe_reward_is_issued_once(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        w.wait(30 * DAY)
        done = await w.pay("issue", await reward_of(w, lead))
        assert (len(done.changed), done.refused) == (1, ())
        assert (await reward_of(w, lead)).issued_at == w.clock[0]
        again = await w.pay("issue", await reward_of(w, lead))
        assert (again.changed, again.deed) == ((), None)
        assert "can only be reversed" in why(again)


async def test_issuing_early_wants_to_be_meant_and_is_logged(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        reward = await reward_of(w, lead)
        assert "early if you mean to" in why(await w.pay("issue", reward))
        assert (await w.pay("issue", reward, early=True)).changed == (reward.id,)
        table = metadata.tables["activity"]
        async with w.context.storage.read() as db:
            query = select(table.c.data).where(table.c.type == "reward.issued")
            assert json.loads((await db.execute(query)).scalar_one())["early"] == 1


async def test_a_held_reward_is_released_before_it_is_issued(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await w.pay("hold", await reward_of(w, lead))
        held = await reward_of(w, lead)
        assert (held.status, held.reason) == (HELD, Reason.BY_HAND)
        assert "Release it first" in why(await w.pay("issue", held, early=True))
        await w.pay("release", held)
        assert (await w.pay("issue", await reward_of(w, lead), early=True)).changed


async def test_releasing_one_reward_clears_no_finding_and_outlasts_it(database_url: str) -> None:
    async with world(database_url, recipients=tuple(Recipient)) as w:
        lead = await w.buyer("1", sig="v1=00")
        first, second = await w.rewards(lead.id)
        assert (first.status, second.status) == (HELD, HELD)
        w.wait(1)
        await w.pay("release", first)
        assert [each.status for each in await w.rewards(lead.id)] == [DUE, HELD]
        await w.tick()
        assert [each.status for each in await w.rewards(lead.id)] == [DUE, HELD]


async def test_many_at_once_are_one_deed_and_the_rest_is_told(database_url: str) -> None:
    async with world(database_url) as w:
        leads = [await w.buyer(str(number)) for number in range(3)]
        rewards = [await reward_of(w, lead) for lead in leads]
        before = await w.count("deeds")
        await w.pay("cancel", rewards[0])
        done = await w.pay("hold", *rewards, rewards[1])
        assert set(done.changed) == {rewards[1].id, rewards[2].id}
        assert [refusal.id for refusal in done.refused] == [rewards[0].id]
        assert await w.count("deeds") == before + 2


async def test_a_reward_of_another_campaign_is_not_there(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        reward = await reward_of(w, lead)
        done = await w.pay("hold", replace(reward, id="rwd_0"))
        assert "no such reward" in why(done)


@pytest.mark.parametrize("own", ["ADA@example.com", "ada+x@example.com"])
async def test_nobody_issues_for_their_own_referral(database_url: str, own: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        reward = await reward_of(w, lead)
        assert "own referral" in why(await w.pay("issue", reward, by=own, early=True))
        await w.pay("hold", reward, by=own)
        assert "own referral" in why(await w.pay("release", await reward_of(w, lead), by=own))


async def test_large_amounts_want_two_persons(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(second_eyes=1000)
        lead = await w.buyer("1")
        first = await w.pay("issue", await reward_of(w, lead), by="ann@x.example", early=True)
        assert (await reward_of(w, lead)).status is DUE
        again = await w.pay("issue", await reward_of(w, lead), by="ann@x.example", early=True)
        assert "second person" in why(again)
        await w.undo(first)
        assert (await reward_of(w, lead)).approved_by is None
        await w.pay("issue", await reward_of(w, lead), by="ann@x.example", early=True)
        await w.pay("issue", await reward_of(w, lead), by="bea@x.example", early=True)
        assert (await reward_of(w, lead)).status is ISSUED


async def test_a_program_issues_a_large_amount_only_once_a_person_has_approved_it(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        await w.limits(second_eyes=1000)
        lead = await w.buyer("1")
        refused = await w.pay("issue", await reward_of(w, lead), by="api", early=True)
        assert "by a person first" in why(refused)
        assert (await reward_of(w, lead)).approved_by is None
        await w.pay("issue", await reward_of(w, lead), by="ann@x.example", early=True)
        await w.pay("issue", await reward_of(w, lead), by="api", early=True)
        assert (await reward_of(w, lead)).status is ISSUED


async def test_a_reversal_takes_all_back_once_and_is_none_itself(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await w.pay("issue", await reward_of(w, lead), early=True)
        [issued] = await w.rewards(lead.id)
        await w.pay("reverse", issued)
        assert await statuses(w, lead) == ["issued 1000", "issued -1000"]
        assert "taken back before" in why(await w.pay("reverse", issued))
        assert "reversal itself" in why(await w.pay("reverse", await reward_of(w, lead)))


@pytest.mark.parametrize("verb", ["hold", "cancel"])
async def test_undo_brings_the_very_reward_back(database_url: str, verb: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        before = await reward_of(w, lead)
        done = await w.pay(verb, before)
        assert (await w.undo(done)).changed == (before.id,)
        assert await reward_of(w, lead) == before
        assert "undone before" in why(await w.undo(done))


async def test_undo_of_a_release_holds_it_for_the_same_reason(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1", sig="v1=00")
        before = await reward_of(w, lead)
        done = await w.pay("release", before)
        await w.undo(done)
        assert await reward_of(w, lead) == before


async def test_undo_of_an_issue_writes_the_reversal_and_a_new_due_row(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        done = await w.pay("issue", await reward_of(w, lead), early=True)
        await w.undo(done)
        issued, reversal, fresh = await w.rewards(lead.id)
        assert await statuses(w, lead) == ["issued 1000", "issued -1000", "due 1000"]
        assert (reversal.reverses, fresh.replaces) == (issued.id, issued.id)
        assert fresh.issue_after == issued.issue_after


async def test_undo_of_a_reversal_writes_a_new_due_row(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await w.pay("issue", await reward_of(w, lead), early=True)
        done = await w.pay("reverse", await reward_of(w, lead))
        await w.undo(done)
        assert await statuses(w, lead) == ["issued 1000", "issued -1000", "due 1000"]


async def test_undo_of_an_issue_owes_nothing_while_the_lead_does_not_count(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        done = await w.pay("issue", await reward_of(w, lead), early=True)
        await unqualify(w.context, w.campaign, lead.id, "boss@example.com")
        await w.undo(done)
        assert await statuses(w, lead) == ["issued 1000", "issued -1000"]
        await qualify(w.context, w.campaign, lead.id, "boss@example.com")
        assert await statuses(w, lead) == ["issued 1000", "issued -1000", "due 1000"]


async def test_undo_leaves_what_has_moved_on(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        done = await w.pay("cancel", await reward_of(w, lead))
        await unqualify(w.context, w.campaign, lead.id, "boss@example.com")
        assert "qualify the lead first" in why(await w.undo(done))
        assert (await reward_of(w, lead)).status is CANCELLED


async def test_undo_brings_nothing_back_of_an_order_that_was_refunded_since(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        await w.rule(occasion=Occasion.CONVERTED, amount=100)
        visit = await w.visit()
        await w.convert(token=visit.token, order="1")
        await w.convert(token=visit.token, order="2")
        lead = await w.only_lead()
        further = [r for r in await w.rewards(lead.id) if r.amount == 100]
        issued, cancelled = further
        await w.pay("issue", issued, early=True)
        taken = await w.pay("reverse", issued)
        stopped = await w.pay("cancel", cancelled)
        await w.refund("1")
        await w.refund("2")
        assert "refunded since" in why(await w.undo(taken))
        assert why(await w.undo(stopped))
        assert not [r for r in await w.rewards(lead.id) if r.status in (DUE, HELD)]


async def test_qualifying_again_while_an_issued_row_stands_makes_none(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await w.pay("issue", await reward_of(w, lead), early=True)
        await unqualify(w.context, w.campaign, lead.id, "boss@example.com")
        await qualify(w.context, w.campaign, lead.id, "boss@example.com")
        assert await statuses(w, lead) == ["issued 1000"]


async def test_a_coupon_is_taken_when_its_reward_is_issued(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="spring", amount=1)
        await w.pool("spring", "AAA", "BBB")
        first, second, third = [await w.buyer(str(number)) for number in range(3)]
        assert (await w.pay("issue", await reward_of(w, first), early=True)).changed
        assert (await w.pay("issue", await reward_of(w, second), early=True)).changed
        assert {await w.coupon_of(first), await w.coupon_of(second)} == {"AAA", "BBB"}
        done = await w.pay("issue", await reward_of(w, third), early=True)
        assert "no coupon code left" in why(done)


async def test_undo_of_an_issue_gives_the_coupon_back(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="spring", amount=1)
        await w.pool("spring", "AAA")
        lead = await w.buyer("1")
        done = await w.pay("issue", await reward_of(w, lead), early=True)
        await w.undo(done)
        assert (await w.pay("issue", await reward_of(w, lead), early=True)).changed
        assert await w.coupon_of(lead) == "AAA"


@pytest.mark.parametrize("amount", ["many", "0.00"])
async def test_a_share_of_no_amount_can_t_be_released(database_url: str, amount: str) -> None:
    """What can't be read, and what a free trial costs: nothing goes out, and nothing is lost."""
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        visit = await w.visit()
        await w.convert(token=visit.token, order="1", amount=amount)
        lead = await w.only_lead()
        reward = await reward_of(w, lead)
        assert (reward.status, reward.reason) == (HELD, Reason.AMOUNT_MISSING)
        assert "report the order with its amount" in why(await w.pay("release", reward))
        await w.convert(token=visit.token, order="1", amount="49.00", sign=True)
        reward = await reward_of(w, lead)
        assert (reward.status, reward.amount) == (DUE, 490)


def test_the_verbs_are_the_contract_s() -> None:
    assert VERBS == ("issue", "hold", "release", "cancel", "reverse")
