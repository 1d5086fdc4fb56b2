"""Money goes back to a buyer: before and after the order, before and after the reward went out."""

from __future__ import annotations

import pytest

from goodword.lifecycle.review import qualify, unqualify
from goodword.model import (
    Kind,
    LeadStatus,
    Occasion,
    Reason,
    RefundStatus,
    Reward,
    RewardStatus,
    Status,
)
from lifecycle.world import DAY, World, world


async def only(w: World, lead_id: str | None) -> Reward:
    [reward] = await w.rewards(lead_id)
    return reward


def amounts(rewards: list[Reward]) -> list[tuple[str, int]]:
    return [(reward.status.value, reward.amount) for reward in rewards]


async def test_a_full_refund_cancels_what_is_not_issued_and_the_lead_is_pending(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        assert (await w.refund("1")).refund.status is RefundStatus.APPLIED
        lead = await w.only_lead()
        assert (lead.status, lead.converted_at) == (LeadStatus.PENDING, None)
        reward = await only(w, lead.id)
        assert (reward.status, reward.reason) == (RewardStatus.CANCELLED, Reason.REFUNDED)
        [conversion] = (await w.explain(lead.id)).conversions
        assert (conversion.status, conversion.reason) == (Status.IGNORED, Reason.REFUNDED)


async def test_a_full_refund_after_issue_writes_a_reversal(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await w.pay("issue", await only(w, lead.id), early=True)
        await w.refund("1")
        issued, reversal = await w.rewards(lead.id)
        assert amounts([issued, reversal]) == [("issued", 1000), ("issued", -1000)]
        assert (issued.reversed, reversal.reverses) == (1000, issued.id)
        assert (await w.only_lead()).status is LeadStatus.PENDING


async def test_a_new_order_after_a_refund_makes_a_new_reward(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        await w.convert(token=visit.token, order="1")
        await w.refund("1")
        w.wait(DAY)
        assert (await w.convert(token=visit.token, order="2")).status is Status.COUNTED
        rewards = await w.rewards((await w.only_lead()).id)
        assert amounts(rewards) == [("cancelled", 1000), ("due", 1000)]
        assert rewards[1].issue_after == rewards[0].issue_after + DAY


async def test_a_refunded_order_that_is_reported_again_stays_refunded(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        await w.convert(token=visit.token, order="1")
        await w.refund("1")
        again = await w.convert(token=visit.token, order="1", sign=True)
        assert (again.status, again.reason) == (Status.IGNORED, Reason.REFUNDED)
        assert (await only(w, (await w.only_lead()).id)).status is RewardStatus.CANCELLED


async def test_a_refund_waits_for_its_order(database_url: str) -> None:
    async with world(database_url) as w:
        waiting = await w.refund("1")
        assert (waiting.refund.status, waiting.conversion) == (RefundStatus.WAITING, None)
        visit = await w.visit()
        answer = await w.convert(token=visit.token, order="1")
        assert (answer.status, answer.reason) == (Status.IGNORED, Reason.REFUNDED)
        lead = await w.only_lead()
        assert (lead.status, await w.rewards(lead.id)) == (LeadStatus.PENDING, [])


async def test_a_partial_refund_that_came_before_its_order_lowers_a_share(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        await w.refund("1", "9.00")
        lead = await w.buyer("1", amount="49.00")
        assert (await only(w, lead.id)).amount == 400


async def test_a_partial_refund_recomputes_a_share_and_leaves_a_fixed_reward(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        lead = await w.buyer("1", amount="49.00")
        await w.refund("1", "9.00", external_id="re_1")
        await w.refund("1", "10.00", external_id="re_2")
        rewards = await w.rewards(lead.id)
        assert amounts(rewards) == [("due", 1000), ("due", 300)]
        assert (await w.only_lead()).status is LeadStatus.QUALIFIED


async def test_a_partial_refund_after_issue_takes_back_the_difference(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        lead = await w.buyer("1", amount="49.00")
        await w.pay("issue", await only(w, lead.id), early=True)
        await w.refund("1", "9.00", external_id="re_1")
        await w.refund("1", "9.00", external_id="re_1")
        await w.refund("1", "40.00", external_id="re_2")
        assert amounts(await w.rewards(lead.id)) == [
            ("issued", 490),
            ("issued", -90),
            ("issued", -400),
        ]
        assert (await w.only_lead()).status is LeadStatus.PENDING


async def test_partial_refunds_that_add_up_to_all_are_a_full_one(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1", amount="49.00")
        await w.refund("1", "19.00", external_id="re_1")
        assert (await only(w, lead.id)).status is RewardStatus.DUE
        await w.refund("1", "30.00", external_id="re_2")
        assert (await only(w, lead.id)).status is RewardStatus.CANCELLED
        assert (await w.only_lead()).status is LeadStatus.PENDING


async def test_the_same_refund_again_changes_nothing(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        first = await w.refund("1")
        again = await w.refund("1")
        assert again.dup
        assert again.refund.id == first.refund.id
        assert len(await w.rewards(lead.id)) == 1
        assert await w.count("refunds") == 1


async def test_undo_of_a_refund_brings_the_same_reward_back(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        before = await only(w, lead.id)
        w.wait(DAY)
        await w.refund("1")
        await w.undo_last()
        after = await only(w, lead.id)
        assert after == before
        assert (await w.only_lead()).status is LeadStatus.QUALIFIED
        [conversion] = (await w.explain(lead.id)).conversions
        assert (conversion.status, conversion.refunded) == (Status.COUNTED, 0)


async def test_undo_of_a_refund_after_issue_owes_a_new_reward_in_its_place(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await w.pay("issue", await only(w, lead.id), early=True)
        await w.refund("1")
        await w.undo_last()
        issued, reversal, fresh = await w.rewards(lead.id)
        assert amounts([issued, reversal, fresh]) == [
            ("issued", 1000),
            ("issued", -1000),
            ("due", 1000),
        ]
        assert (fresh.replaces, fresh.issue_after) == (issued.id, issued.issue_after)


async def test_another_order_that_stands_qualifies_the_lead_at_once(database_url: str) -> None:
    async with world(database_url) as w:
        await w.rule(occasion=Occasion.CONVERTED, amount=100)
        visit = await w.visit()
        await w.convert(token=visit.token, order="1")
        assert (await w.convert(token=visit.token, order="2")).status is Status.COUNTED
        lead = await w.only_lead()
        await w.refund("1")
        assert (await w.only_lead()).status is LeadStatus.QUALIFIED
        live = [r for r in await w.rewards(lead.id) if r.status is RewardStatus.DUE]
        assert sorted((r.occasion.value, r.amount) for r in live) == [
            ("converted", 100),
            ("qualified", 1000),
        ]
        assert len({r.conversion_id for r in live}) == 1


async def test_a_refund_of_a_further_order_leaves_the_lead_qualified(database_url: str) -> None:
    async with world(database_url) as w:
        await w.rule(occasion=Occasion.CONVERTED, amount=100)
        visit = await w.visit()
        await w.convert(token=visit.token, order="1")
        await w.convert(token=visit.token, order="2")
        await w.refund("2")
        lead = await w.only_lead()
        assert lead.status is LeadStatus.QUALIFIED
        due = [r.amount for r in await w.rewards(lead.id) if r.status is RewardStatus.DUE]
        assert sorted(due) == [100, 1000]


async def test_a_refund_in_another_currency_holds_the_rewards(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        lead = await w.buyer("1", amount="49.00", currency="USD")
        await w.refund("1", "9.00")
        reward = await only(w, lead.id)
        assert (reward.status, reward.reason) == (RewardStatus.HELD, Reason.CURRENCY)


@pytest.mark.parametrize("sign", [False, True])
async def test_a_refund_outlives_a_better_report(database_url: str, sign: bool) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
        visit = await w.visit()
        await w.convert(token=visit.token, order="1", amount="49.00")
        await w.refund("1", "9.00")
        await w.convert(token=visit.token, order="1", amount="59.00", sign=sign)
        assert (await only(w, (await w.only_lead()).id)).amount == (500 if sign else 400)


async def test_a_refund_undoes_what_a_person_only_put_back(database_url: str) -> None:
    """Unqualified by mistake and qualified again: it is still that order which qualified it."""
    async with world(database_url) as w:
        lead = await w.buyer("1")
        await unqualify(w.context, w.campaign, lead.id, "boss@example.com")
        await qualify(w.context, w.campaign, lead.id, "boss@example.com")
        await w.refund("1")
        assert (await w.only_lead()).status is LeadStatus.PENDING
        assert (await only(w, lead.id)).status is RewardStatus.CANCELLED


async def test_a_refund_leaves_a_lead_that_a_person_qualified(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="cy@example.org")
        lead = await w.only_lead()
        await qualify(w.context, w.campaign, lead.id, "boss@example.com")
        await w.convert(token=visit.token, order="1")
        await w.refund("1")
        assert (await w.only_lead()).status is LeadStatus.QUALIFIED
        assert (await only(w, lead.id)).status is RewardStatus.DUE
