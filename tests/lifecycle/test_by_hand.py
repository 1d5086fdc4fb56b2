"""Many leads decided at once, by a person who may take it back."""

from __future__ import annotations

import pytest

from goodword.clock import DAY
from goodword.lifecycle.by_hand import review_in_parts, review_many
from goodword.lifecycle.customers import add_customer
from goodword.lifecycle.deed import Done, items_of
from goodword.lifecycle.in_parts import MOST, PART
from goodword.lifecycle.refund import Refunding, refund
from goodword.lifecycle.review import OWN, KnownCustomer, OwnReferral, qualify
from goodword.lifecycle.undo import undo, undo_in_parts
from goodword.model import (
    Conversion,
    Evidence,
    LeadStatus,
    Reason,
    Reward,
    RewardStatus,
    Status,
)
from goodword.qualification import record as qualification
from lifecycle.world import World

OWNER = "owner@shop.example"


async def act(w: World, verb: str, *ids: str, actor: str = OWNER, note: str = "") -> Done:
    return await review_many(w.context, w.campaign, verb, ids, actor, note)


async def take_back(w: World, done: Done, actor: str = OWNER) -> Done:
    assert done.deed is not None
    return await undo(w.context, w.campaign, done.deed.id, actor)


async def leads_of(w: World, count: int) -> list[str]:
    """So many pending leads of Ada's."""
    ids = []
    for number in range(count):
        visit = await w.visit()
        answer = await w.sign_up(token=visit.token, email=f"friend-{number}@example.org")
        ids.append(answer.id or "")
    return ids


async def bought(w: World, order: str = "1042") -> str:
    """A lead that an order has qualified."""
    visit = await w.visit()
    await w.convert(token=visit.token, order=order, email="cy@example.org")
    return (await w.only_lead()).id


async def claimed(w: World, order: str = "77") -> tuple[str, Conversion]:
    """A pending lead, and a conversion of it that only a bare code claims."""
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="cy@example.org")
    claim = await w.convert(code=w.ada.code, email="cy@example.org", order=order)
    assert (claim.status, claim.reason) == (Status.HELD, Reason.NEEDS_EVIDENCE)
    return answer.id or "", await only_conversion(w, answer.id or "")


async def only_conversion(w: World, lead_id: str) -> Conversion:
    async with w.context.storage.read() as db:
        [row] = await qualification.of_lead(db, w.campaign.id, lead_id)
    return row


async def status(w: World, lead_id: str) -> LeadStatus:
    return (await w.explain(lead_id)).lead.status


async def only_reward(w: World, lead_id: str) -> Reward:
    [reward] = await w.rewards(lead_id)
    return reward


async def test_those_that_can_are_moved_and_the_rest_is_left_with_its_reason(w: World) -> None:
    pending, qualified, rejected = await leads_of(w, 3)
    await act(w, "qualify", qualified)
    await act(w, "reject", rejected)
    done = await act(w, "qualify", pending, qualified, rejected, "lead_nobody", pending)
    assert done.changed == (pending,)
    assert {each.id: each.why for each in done.refused} == {
        qualified: "It is qualified already.",
        rejected: "It is rejected: reopen it first.",
        "lead_nobody": "There is no such lead in this campaign.",
    }
    assert await status(w, pending) is LeadStatus.QUALIFIED
    assert (await only_reward(w, pending)).status is RewardStatus.DUE


async def test_what_changes_nothing_leaves_no_deed(w: World) -> None:
    [lead] = await leads_of(w, 1)
    before = await w.count("deeds")
    done = await act(w, "unqualify", lead)
    assert (done.deed, done.changed) == (None, ())
    assert await w.count("deeds") == before


async def test_a_deed_keeps_who_did_it_and_the_note(w: World) -> None:
    [lead] = await leads_of(w, 1)
    done = await act(w, "reject", lead, note="a colleague")
    assert done.deed is not None
    assert (done.deed.actor, done.deed.verb, done.deed.subject, done.deed.note) == (
        OWNER,
        "reject",
        "lead",
        "a colleague",
    )


@pytest.mark.parametrize(("verb", "count"), [("issue", 1), ("qualify", MOST + 1)])
async def test_neither_another_verb_nor_too_many_leads_are_taken(
    w: World, verb: str, count: int
) -> None:
    with pytest.raises(ValueError, match="can't"):
        await act(w, verb, *(f"lead_{number}" for number in range(count)))


async def test_undoing_a_qualification_cancels_what_it_owed(w: World) -> None:
    first, second = await leads_of(w, 2)
    done = await act(w, "qualify", first, second)
    w.wait(DAY)
    undone = await take_back(w, done)
    assert set(undone.changed) == {first, second}
    for lead in (first, second):
        assert await status(w, lead) is LeadStatus.PENDING
        assert (await only_reward(w, lead)).status is RewardStatus.CANCELLED


@pytest.mark.parametrize("verb", ["unqualify", "reject"])
async def test_undo_makes_a_lead_qualified_as_it_was_with_the_same_reward(
    w: World, verb: str
) -> None:
    lead = await bought(w)
    before, reward = (await w.explain(lead)).lead, await only_reward(w, lead)
    w.wait(DAY)
    done = await act(w, verb, lead)
    assert (await only_reward(w, lead)).status is RewardStatus.CANCELLED
    w.wait(DAY)
    await take_back(w, done)
    assert (await w.explain(lead)).lead == before
    back = await only_reward(w, lead)
    assert (back.id, back.status, back.issue_after) == (
        reward.id,
        RewardStatus.DUE,
        reward.issue_after,
    )


async def test_a_refund_after_the_undo_still_finds_the_lead_that_its_order_qualified(
    w: World,
) -> None:
    lead = await bought(w, "1042")
    w.wait(DAY)
    done = await act(w, "reject", lead)
    w.wait(DAY)
    await take_back(w, done)
    w.wait(DAY)
    await refund(w.context, w.campaign, Refunding(order="1042"), "api")
    assert await status(w, lead) is LeadStatus.PENDING
    assert (await only_reward(w, lead)).status is RewardStatus.CANCELLED


async def test_undo_never_brings_back_the_reward_of_an_order_refunded_since(w: World) -> None:
    lead = await bought(w, "1042")
    w.wait(DAY)
    done = await act(w, "reject", lead)
    w.wait(DAY)
    await refund(w.context, w.campaign, Refunding(order="1042"), "api")
    undone = await take_back(w, done)
    assert undone.changed == ()
    assert "refunded" in undone.refused[0].why
    assert (await only_reward(w, lead)).status is RewardStatus.CANCELLED


async def test_undoing_a_reopening_rejects_for_the_first_reason(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email=w.ada.email)
    lead = await w.only_lead()
    w.wait(DAY)
    done = await act(w, "reopen", lead.id)
    assert await status(w, lead.id) is LeadStatus.PENDING
    w.wait(DAY)
    await take_back(w, done)
    assert (await w.explain(lead.id)).lead == lead


async def test_undo_leaves_leads_that_somebody_moved_on_since(w: World) -> None:
    first, second = await leads_of(w, 2)
    done = await act(w, "reject", first, second)
    w.wait(DAY)
    await act(w, "reopen", first)
    await act(w, "reject", first)
    undone = await take_back(w, done)
    assert undone.changed == (second,)
    assert [(each.id, each.why) for each in undone.refused] == [(first, "It was moved on since.")]
    assert await status(w, first) is LeadStatus.REJECTED
    assert await status(w, second) is LeadStatus.PENDING


async def test_a_deed_is_undone_once(w: World) -> None:
    [lead] = await leads_of(w, 1)
    done = await act(w, "qualify", lead)
    w.wait(DAY)
    await take_back(w, done)
    w.wait(DAY)
    await act(w, "qualify", lead)
    again = await take_back(w, done)
    assert (again.deed, again.changed) == (None, ())
    assert await status(w, lead) is LeadStatus.QUALIFIED


async def test_a_person_vouches_for_what_a_browser_only_claimed(w: World) -> None:
    lead, claim = await claimed(w)
    await act(w, "qualify", lead)
    counted = await only_conversion(w, lead)
    assert (counted.id, counted.status, counted.reason, counted.evidence) == (
        claim.id,
        Status.COUNTED,
        None,
        Evidence.CALLED,
    )
    reward = await only_reward(w, lead)
    assert (reward.status, reward.conversion_id) == (RewardStatus.DUE, claim.id)


async def test_undo_makes_a_claim_of_it_again(w: World) -> None:
    lead, claim = await claimed(w)
    done = await act(w, "qualify", lead)
    w.wait(DAY)
    await take_back(w, done)
    assert await only_conversion(w, lead) == claim
    assert await status(w, lead) is LeadStatus.PENDING
    assert (await only_reward(w, lead)).status is RewardStatus.CANCELLED


async def test_a_claim_on_an_order_that_another_lead_holds_stays_a_claim(w: World) -> None:
    lead, claim = await claimed(w, "77")
    visit = await w.visit(w.bob)
    other = await w.convert(token=visit.token, order="77", email="dee@example.org")
    assert other.status is Status.COUNTED
    await act(w, "qualify", lead)
    assert await only_conversion(w, lead) == claim
    assert await status(w, lead) is LeadStatus.QUALIFIED
    assert (await only_reward(w, lead)).conversion_id is None


@pytest.mark.parametrize("who", ["ada+me@example.com", "friend-0@example.org"])
async def test_nobody_approves_their_own_referral(w: World, who: str) -> None:
    mine, rejected = await leads_of(w, 2)
    own = [mine, rejected] if "ada" in who else [mine]
    await act(w, "reject", rejected)
    for verb, lead in zip(("qualify", "reopen"), own, strict=False):
        done = await act(w, verb, lead, actor=who)
        assert [each.why for each in done.refused] == [OWN]
    with pytest.raises(OwnReferral):
        await qualify(w.context, w.campaign, mine, who)
    assert (await act(w, "reject", mine, actor=who)).changed == (mine,)


async def test_nobody_approves_their_own_referral_by_undoing(w: World) -> None:
    [lead] = await leads_of(w, 1)
    await act(w, "qualify", lead)
    w.wait(DAY)
    done = await act(w, "reject", lead, actor="ada@example.com")
    undone = await take_back(w, done, actor="ada@example.com")
    assert [each.why for each in undone.refused] == [OWN]
    assert (await take_back(w, done)).changed == (lead,)


async def test_an_existing_customer_is_not_qualified_by_hand(w: World) -> None:
    [lead] = await leads_of(w, 1)
    since = w.clock[0] - DAY
    await add_customer(w.context, w.campaign, "friend-0@example.org", since, OWNER)
    done = await act(w, "qualify", lead)
    assert "Set-up, Customers" in done.refused[0].why
    with pytest.raises(KnownCustomer):
        await qualify(w.context, w.campaign, lead, "api")


async def test_qualifying_again_after_an_unqualify_owes_the_rewards_once(w: World) -> None:
    lead = await bought(w)
    for verb in ("unqualify", "qualify"):
        w.wait(DAY)
        await act(w, verb, lead)
    assert (await only_reward(w, lead)).status is RewardStatus.DUE


async def many(w: World) -> list[str]:
    """More leads than one part holds."""
    return await leads_of(w, PART + 10)


async def test_more_than_a_part_is_one_deed_with_one_undo(w: World) -> None:
    ids = await many(w)
    parts = [done async for done in review_in_parts(w.context, w.campaign, "qualify", ids, OWNER)]
    assert [len(done.changed) for done in parts] == [PART, PART + 10]
    assert len({done.deed.id for done in parts if done.deed}) == 1
    w.wait(DAY)
    undone = await take_back(w, parts[-1])
    assert set(undone.changed) == set(ids)
    assert not undone.refused
    assert {await status(w, each) for each in ids} == {LeadStatus.PENDING}


async def test_what_stops_half_way_says_what_was_done_and_undo_takes_back_that(w: World) -> None:
    ids = await many(w)
    begun = await anext(aiter(review_in_parts(w.context, w.campaign, "qualify", ids, OWNER)))
    assert begun.deed is not None
    assert begun.changed == tuple(ids[:PART])
    assert list(items_of(begun.deed)) == ids[:PART]
    assert await status(w, ids[-1]) is LeadStatus.PENDING
    assert set((await take_back(w, begun)).changed) == set(ids[:PART])


async def test_an_undo_that_stopped_half_way_goes_on_with_the_rest(w: World) -> None:
    ids = await many(w)
    done = await act(w, "qualify", *ids)
    assert done.deed is not None
    first = await anext(aiter(undo_in_parts(w.context, w.campaign, done.deed.id, OWNER)))
    assert len(first.changed) == PART
    w.wait(DAY)
    rest = await take_back(w, done)
    assert (len(rest.changed), rest.refused) == (10, ())
    again = await take_back(w, done)
    assert [each.why for each in again.refused] == ["This was undone before."]


async def test_what_is_undone_while_it_goes_on_leaves_the_rest(w: World) -> None:
    ids = await many(w)
    parts = review_in_parts(w.context, w.campaign, "qualify", ids, OWNER)
    await take_back(w, await anext(parts))
    after = await anext(parts)
    assert {each.why for each in after.refused} == {"It was undone before its turn came."}
    assert {await status(w, each) for each in ids} == {LeadStatus.PENDING}
