"""A lead decided by hand or by the site's own server, and what becomes of its rewards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from goodword.clock import DAY
from goodword.lifecycle.change import Changes, Terms, change_campaign
from goodword.lifecycle.review import (
    NoSuchLead,
    NotAllowed,
    Reviewed,
    qualify,
    reject,
    reopen,
    unqualify,
)
from goodword.model import (
    LeadStatus,
    Money,
    Occasion,
    Reason,
    Recipient,
    Reward,
    RewardStatus,
    Status,
)
from goodword.rewards import record as rewards
from lifecycle.world import World, world

VERBS = {"qualify": qualify, "unqualify": unqualify, "reject": reject, "reopen": reopen}


@pytest.fixture
async def joining(database_url: str) -> AsyncIterator[World]:
    """A world whose campaign pays for every new lead."""
    async with world(database_url, occasion=Occasion.JOINED) as small:
        yield small


async def _do(w: World, verb: str, lead_id: str | None) -> Reviewed:
    return await VERBS[verb](w.context, w.campaign, lead_id or "", "owner@shop.example")


async def _lead(w: World, **more: object) -> str:
    """A pending lead of Ada's."""
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="cy@example.org", **more)
    assert answer.id is not None
    return answer.id


async def _only_reward(w: World, lead_id: str) -> Reward:
    [reward] = await w.rewards(lead_id)
    return reward


async def _log(w: World, lead_id: str) -> list[str]:
    """What happened to the lead, apart from who was written to."""
    timeline = (await w.explain(lead_id)).timeline
    return [each.title for each in timeline if each.kind != "email"]


async def test_qualifying_by_hand_owes_the_reward_and_dates_the_lead(w: World) -> None:
    lead_id = await _lead(w)
    w.wait(DAY)
    done = await _do(w, "qualify", lead_id)
    assert (done.changed, done.lead.status) == (True, LeadStatus.QUALIFIED)
    assert done.lead.converted_at == w.clock[0]
    reward = await _only_reward(w, lead_id)
    assert (reward.status, reward.conversion_id) == (RewardStatus.DUE, None)
    assert reward.issue_after == w.clock[0] + 30 * DAY
    assert await _log(w, lead_id) == [
        "Visit through the code " + w.ada.code,
        "Lead made",
        "Lead qualified",
        "Reward due",
    ]


async def test_qualifying_again_changes_nothing(w: World) -> None:
    lead_id = await _lead(w)
    await _do(w, "qualify", lead_id)
    before = await w.count("activity")
    w.wait(DAY)
    again = await _do(w, "qualify", lead_id)
    assert (again.changed, again.lead.converted_at) == (False, w.clock[0] - DAY)
    assert await w.count("activity") == before
    assert await w.count("rewards") == 1


async def test_an_open_finding_holds_what_qualifying_owes(w: World) -> None:
    """Ada's own e-mail once came from the browser that now brings a friend of hers."""
    visit = await w.visit(w.bob)
    await w.sign_up(token=visit.token, email=w.ada.email)
    again = await w.visit(token=visit.token)
    held = await w.sign_up(token=again.token, email="cy@example.org")
    assert (held.status, held.reason) == (Status.HELD, Reason.SAME_BROWSER)
    done = await _do(w, "qualify", held.id)
    assert done.lead.status is LeadStatus.QUALIFIED
    reward = await _only_reward(w, done.lead.id)
    assert (reward.status, reward.reason) == (RewardStatus.HELD, Reason.SAME_BROWSER)


async def test_unqualifying_cancels_and_qualifying_brings_the_same_reward_back(w: World) -> None:
    lead_id = await _lead(w)
    await _do(w, "qualify", lead_id)
    first = await _only_reward(w, lead_id)
    w.wait(DAY)
    undone = await _do(w, "unqualify", lead_id)
    assert (undone.lead.status, undone.lead.converted_at) == (LeadStatus.PENDING, None)
    cancelled = await _only_reward(w, lead_id)
    assert (cancelled.status, cancelled.reason) == (RewardStatus.CANCELLED, Reason.BY_HAND)
    w.wait(DAY)
    await _do(w, "qualify", lead_id)
    back = await _only_reward(w, lead_id)
    assert (back.id, back.status, back.reason) == (first.id, RewardStatus.DUE, None)
    assert back.issue_after == first.issue_after


async def test_what_was_issued_stays_and_qualifying_again_makes_no_second(w: World) -> None:
    lead_id = await _lead(w)
    await _do(w, "qualify", lead_id)
    reward = await _only_reward(w, lead_id)
    async with w.context.storage.write(w.campaign.id) as db:
        assert await rewards.move(db, reward, RewardStatus.ISSUED, None)
    await _do(w, "unqualify", lead_id)
    await _do(w, "qualify", lead_id)
    assert (await _only_reward(w, lead_id)).status is RewardStatus.ISSUED


async def test_a_new_order_after_unqualifying_makes_a_new_reward(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    lead = await w.only_lead()
    await _do(w, "unqualify", lead.id)
    w.wait(40 * DAY)
    assert (await w.convert(token=visit.token, order="1043")).status is Status.COUNTED
    former, new = await w.rewards(lead.id)
    assert (former.status, new.status) == (RewardStatus.CANCELLED, RewardStatus.DUE)
    assert new.issue_after == w.clock[0] + 30 * DAY


async def test_rejecting_cancels_and_reopening_with_qualifying_brings_it_back(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    lead = await w.only_lead()
    first = await _only_reward(w, lead.id)
    rejected = await _do(w, "reject", lead.id)
    assert (rejected.lead.status, rejected.lead.reason) == (LeadStatus.REJECTED, Reason.BY_HAND)
    assert (await _only_reward(w, lead.id)).status is RewardStatus.CANCELLED
    reopened = await _do(w, "reopen", lead.id)
    assert (reopened.lead.status, reopened.lead.reason) == (LeadStatus.PENDING, None)
    assert (await _only_reward(w, lead.id)).status is RewardStatus.CANCELLED
    await _do(w, "qualify", lead.id)
    back = await _only_reward(w, lead.id)
    assert (back.id, back.status) == (first.id, RewardStatus.DUE)


async def test_a_lead_rejected_by_hand_is_rejected_whatever_is_reported(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    lead = await w.only_lead()
    await _do(w, "reject", lead.id)
    answer = await w.convert(token=visit.token, order="1042")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.BY_HAND)
    assert await w.count("rewards") == 0


async def test_reopening_brings_back_what_joining_earned(joining: World) -> None:
    lead_id = await _lead(joining)
    first = await _only_reward(joining, lead_id)
    await _do(joining, "reject", lead_id)
    assert (await _only_reward(joining, lead_id)).status is RewardStatus.CANCELLED
    joining.wait(DAY)
    await _do(joining, "reopen", lead_id)
    back = await _only_reward(joining, lead_id)
    assert (back.id, back.status, back.issue_after) == (
        first.id,
        RewardStatus.DUE,
        first.issue_after,
    )


async def test_unqualifying_leaves_what_joining_earned(joining: World) -> None:
    lead_id = await _lead(joining)
    await _do(joining, "qualify", lead_id)
    await _do(joining, "unqualify", lead_id)
    assert (await _only_reward(joining, lead_id)).status is RewardStatus.DUE


@pytest.mark.parametrize(
    ("way", "verb", "allowed"),
    [
        (["reject"], "qualify", ("reopen",)),
        (["reject"], "unqualify", ("reopen",)),
        (["qualify"], "reopen", ("unqualify", "reject")),
    ],
)
async def test_a_move_that_a_lead_cannot_make_says_which_it_can(
    w: World, way: list[str], verb: str, allowed: tuple[str, ...]
) -> None:
    lead_id = await _lead(w)
    for each in way:
        await _do(w, each, lead_id)
    before = await w.count("activity")
    with pytest.raises(NotAllowed) as refused:
        await _do(w, verb, lead_id)
    assert refused.value.allowed == allowed
    assert await w.count("activity") == before


@pytest.mark.parametrize(
    ("way", "verb"), [([], "unqualify"), (["reject"], "reject"), ([], "reopen")]
)
async def test_asking_for_what_is_already_so_changes_nothing(
    w: World, way: list[str], verb: str
) -> None:
    lead_id = await _lead(w)
    for each in way:
        await _do(w, each, lead_id)
    before = await w.count("activity")
    assert (await _do(w, verb, lead_id)).changed is False
    assert await w.count("activity") == before


async def test_a_lead_that_is_not_there_is_said_to_be_missing(w: World) -> None:
    with pytest.raises(NoSuchLead):
        await _do(w, "qualify", "lead_" + "0" * 32)


async def test_a_lead_keeps_the_reward_it_joined_under(w: World) -> None:
    lead_id = await _lead(w)
    w.wait(DAY)
    dearer = Terms(
        money=Money(2500, "EUR"), recipients=(Recipient.REFERRER,), delay=w.campaign.rules[0].delay
    )
    w.campaign = await change_campaign(w.context, w.campaign, Changes(terms=dearer), "test")
    assert [rule.version for rule in w.campaign.rules] == [2]
    w.wait(DAY)
    visit = await w.visit(w.bob)
    later = await w.convert(token=visit.token, order="1043", email="dee@example.org")
    assert later.status is Status.COUNTED
    await _do(w, "qualify", lead_id)
    earlier = await _only_reward(w, lead_id)
    assert (str(earlier.money), earlier.rule_version) == ("10.00", 1)
    [newer] = [
        each for lead in await w.leads() if lead.id != lead_id for each in await w.rewards(lead.id)
    ]
    assert (str(newer.money), newer.rule_version) == ("25.00", 2)


async def test_a_reward_that_is_added_later_counts_for_leads_not_yet_qualified(
    database_url: str,
) -> None:
    async with world(database_url, reward=None) as w:
        lead_id = await _lead(w)
        w.wait(DAY)
        terms = Terms(money=Money(500, "EUR"))
        w.campaign = await change_campaign(w.context, w.campaign, Changes(terms=terms), "test")
        await _do(w, "qualify", lead_id)
        assert str((await _only_reward(w, lead_id)).money) == "5.00"


async def test_a_reward_that_was_taken_away_is_owed_no_more(w: World) -> None:
    lead_id = await _lead(w)
    none = Changes(terms=Terms(money=None))
    w.campaign = await change_campaign(w.context, w.campaign, none, "test")
    await _do(w, "qualify", lead_id)
    assert await w.rewards(lead_id) == []
