"""A person clears what the checks found: everything it held counts, and Undo holds it again."""

from __future__ import annotations

import pytest

from goodword.lifecycle.clear import clear
from goodword.lifecycle.deed import Done
from goodword.lifecycle.review import NoSuchLead
from goodword.model import Lead, Reason, Recipient, RewardStatus, Status
from lifecycle.world import World, world

BOSS = "boss@example.com"
DUE, HELD, ISSUED = RewardStatus.DUE, RewardStatus.HELD, RewardStatus.ISSUED


async def cleared(w: World, lead: Lead, by: str = BOSS) -> Done:
    return await clear(w.context, w.campaign, lead.id, by, "called them")


async def statuses(w: World, lead: Lead) -> list[RewardStatus]:
    return [reward.status for reward in await w.rewards(lead.id)]


async def conversion_of(w: World, lead: Lead) -> tuple[Status, Reason | None]:
    [row] = (await w.explain(lead.id)).conversions
    return row.status, row.reason


async def test_clearing_releases_every_reward_and_undo_holds_them_again(
    database_url: str,
) -> None:
    async with world(database_url, recipients=tuple(Recipient)) as w:
        lead = await w.buyer("1", sig="v1=00")
        assert await statuses(w, lead) == [HELD, HELD]
        done = await cleared(w, lead)
        assert (done.changed, done.refused) == ((lead.id,), ())
        assert await statuses(w, lead) == [DUE, DUE]
        assert await conversion_of(w, lead) == (Status.COUNTED, None)
        await w.undo(done)
        assert await statuses(w, lead) == [HELD, HELD]
        assert await conversion_of(w, lead) == (Status.HELD, Reason.BAD_SIGNATURE)


async def test_what_a_person_or_a_cap_holds_stays_held(database_url: str) -> None:
    async with world(database_url) as w:
        await w.limits(cap=1)
        await w.buyer("1")
        lead = await w.buyer("2", sig="v1=00")
        await cleared(w, lead)
        [reward] = await w.rewards(lead.id)
        assert (reward.status, reward.hold) == (HELD, Reason.CAP)


async def test_of_one_order_the_lead_that_is_cleared_first_counts(database_url: str) -> None:
    async with world(database_url) as w:
        one = await w.buyer("1", email="cy@example.org")
        visit = await w.visit(w.bob)
        await w.convert(token=visit.token, order="1", email="dee@example.org")
        other = (await w.leads())[-1]
        assert await statuses(w, one) == await statuses(w, other) == [HELD]
        await cleared(w, one)
        assert await conversion_of(w, one) == (Status.COUNTED, None)
        await cleared(w, other)
        assert (await conversion_of(w, other))[0] is Status.HELD


async def test_what_was_issued_meanwhile_stays(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1", sig="v1=00")
        done = await cleared(w, lead)
        await w.pay("issue", *await w.rewards(lead.id), early=True)
        await w.undo(done)
        assert await statuses(w, lead) == [ISSUED]


async def test_nobody_clears_their_own_referral_nor_what_is_in_order(database_url: str) -> None:
    async with world(database_url) as w:
        lead = await w.buyer("1", sig="v1=00")
        assert "own referral" in (await cleared(w, lead, "Ada@example.com")).refused[0].why
        await cleared(w, lead)
        assert "no open finding" in (await cleared(w, lead)).refused[0].why
        with pytest.raises(NoSuchLead):
            await clear(w.context, w.campaign, "lead_0", BOSS)


async def test_a_doubtful_referral_reaches_its_step_once_it_is_cleared(database_url: str) -> None:
    async with world(database_url, reward=None) as w:
        await w.rule(milestones="1")
        lead = await w.buyer("1", sig="v1=00")
        assert await w.rewards(lead.id) == []
        done = await cleared(w, lead)
        assert await statuses(w, lead) == [DUE]
        await w.undo(done)
        assert await statuses(w, lead) == [RewardStatus.CANCELLED]
