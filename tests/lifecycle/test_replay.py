"""What was refused is taken again once its rule was fixed, and counts once, with what it had."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from goodword.leads import customers
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.change import Changes, change_campaign
from goodword.lifecycle.deed import Done
from goodword.lifecycle.replay import confirm, replay
from goodword.lifecycle.review import reopen
from goodword.model import (
    CampaignStatus,
    Evidence,
    LeadStatus,
    Occasion,
    Reason,
    Report,
    RewardStatus,
    Status,
)
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from goodword.storage.rows import noun
from goodword.storage.tables import metadata
from lifecycle.world import DAY, World, world

BOSS = "boss@example.com"


async def reports(w: World) -> list[Report]:
    table = metadata.tables["reports"]
    async with w.context.storage.read() as db:
        return [noun(Report, row) for row in await db.execute(select(table).order_by(table.c.id))]


async def again(w: World, *, by: str = BOSS, only: Report | None = None) -> Done:
    """Replays the latest report, or that one."""
    report = only or (await reports(w))[-1]
    return await replay(w.context, w.campaign, [report.id], by, "found the reason")


async def vouch(w: World, report: Report, by: str = BOSS) -> Done:
    return await confirm(w.context, w.campaign, [report.id], by)


async def change(w: World, **said: Any) -> None:
    await change_campaign(w.context, w.campaign, Changes(**said), BOSS)
    await w.reload()


async def whole(w: World) -> bool:
    """Whether the ledger keeps every invariant."""
    async with w.context.storage.read() as db:
        found = [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)]
    assert found == []
    return True


def why(done: Done) -> str:
    [refusal] = done.refused
    return refusal.why


async def late_buyer(w: World, **said: object) -> Report:
    """Who buys 70 days after a visit, with a window of 60."""
    visit = await w.visit()
    w.wait(70 * DAY)
    answer = await w.convert(token=visit.token, **({"order": "1042"} | said))
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.EXPIRED)
    return (await reports(w))[-1]


@pytest.mark.parametrize("order", ["1042", ""])
async def test_what_was_late_counts_once_the_window_is_wide_enough(
    database_url: str, order: str
) -> None:
    """However long the person takes who replays it: late is judged by when the buyer came."""
    async with world(database_url) as w:
        report = await late_buyer(w, order=order, email="cy@example.org")
        assert "Widen the window" in why(await again(w, only=report))
        await change(w, window=80 * DAY)
        w.wait(100 * DAY)
        done = await again(w, only=report)
        assert done.changed == (report.id,)
        lead = await w.only_lead()
        assert (lead.status, lead.email) == (LeadStatus.QUALIFIED, "cy@example.org")
        [reward] = await w.rewards(lead.id)
        assert (reward.status, reward.issue_after) == (RewardStatus.DUE, w.clock[0] + 30 * DAY)
        [conversion] = [c for c in (await w.explain(lead.id)).conversions]
        assert (conversion.status, conversion.evidence) == (Status.COUNTED, Evidence.TOKEN)
        assert conversion.money is not None
        assert str(conversion.money) == "49.00"
        assert await whole(w)


async def test_what_is_replayed_twice_counts_once(database_url: str) -> None:
    async with world(database_url) as w:
        report = await late_buyer(w)
        await change(w, window=80 * DAY)
        assert (await again(w, only=report)).changed
        assert "counts" in why(await again(w, only=report))
        latest = (await reports(w))[-1]
        assert why(await again(w, only=latest)) == "It counts already."
        assert len(await w.rewards((await w.only_lead()).id)) == 1
        assert (await w.count("conversions"), await w.count("leads")) == (1, 1)


async def test_a_replay_that_is_refused_again_leaves_no_trace(database_url: str) -> None:
    async with world(database_url) as w:
        report = await late_buyer(w, order="", email="cy@example.org")
        tables = ("reports", "conversions", "leads", "activity", "findings", "deeds")
        before = [await w.count(table) for table in tables]
        done = await again(w, only=report)
        assert (done.deed, done.changed) == (None, ())
        assert [await w.count(table) for table in tables] == before


async def test_a_buyer_is_found_once_they_have_signed_up(database_url: str) -> None:
    async with world(database_url) as w:
        answer = await w.convert(email="cy@example.org", order="7", sign=True)
        assert answer.reason is Reason.NO_LEAD
        report = (await reports(w))[-1]
        assert "once the person it names is a lead" in why(await again(w, only=report))
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="cy@example.org")
        assert (await again(w, only=report)).changed == (report.id,)
        lead = await w.only_lead()
        [conversion] = (await w.explain(lead.id)).conversions
        assert (lead.status, conversion.evidence) == (LeadStatus.QUALIFIED, Evidence.SIGNED)
        assert (await reports(w))[-1].door == "script"
        assert await whole(w)


async def test_a_sign_up_during_a_pause_is_made_a_lead_afterwards(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        await change(w, status=CampaignStatus.PAUSED)
        answer = await w.sign_up(token=visit.token, email="cy@example.org", name="Cy")
        assert answer.reason is Reason.PAUSED
        report = (await reports(w))[-1]
        assert "Resume the campaign" in why(await again(w, only=report))
        await change(w, status=CampaignStatus.ACTIVE)
        done = await again(w, only=report)
        lead = await w.only_lead()
        assert (lead.status, lead.name, lead.referrer_id) == (LeadStatus.PENDING, "Cy", w.ada.id)
        assert (await w.convert(token=visit.token, order="1")).status is Status.COUNTED
        refused = await w.undo(done)
        assert "moved on" in why(refused)


async def test_what_is_forged_never_counts(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        forged = f"{visit.token[:-4]}AAAA"
        await w.convert(token=forged, order="1", email="cy@example.org")
        await w.sign_up(token=forged, email="cy@example.org")
        for report in await reports(w):
            assert report.reason is Reason.BAD_TOKEN
            assert "proves no more" in why(await again(w, only=report))
            assert "proves no more" in why(await vouch(w, report))
        assert await w.leads() == []


async def test_a_claim_never_gets_more_evidence_by_a_replay(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        answer = await w.sign_up(token=visit.token, email="cy@example.org")
        await w.convert(code=answer.code, order="1", sig="v1=00")
        claim = (await reports(w))[-1]
        assert claim.reason is Reason.NEEDS_EVIDENCE
        assert "Confirm it" in why(await again(w, only=claim))
        assert (await w.only_lead()).status is LeadStatus.PENDING


async def test_a_claim_counts_when_less_evidence_is_asked_for(database_url: str) -> None:
    async with world(database_url) as w:
        await change(w, least_evidence=Evidence.SIGNED)
        lead = await claimed(w)
        claim = (await reports(w))[-1]
        assert (claim.evidence, claim.reason) == (Evidence.TOKEN, Reason.NEEDS_EVIDENCE)
        await change(w, least_evidence=Evidence.TOKEN)
        assert (await again(w, only=claim)).changed
        [conversion] = (await w.explain(lead)).conversions
        assert conversion.evidence is Evidence.TOKEN


async def claimed(w: World) -> str:
    """A lead with an order that lacks evidence; its id."""
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    return (await w.only_lead()).id


async def test_a_person_vouches_for_a_claim_and_takes_it_back(database_url: str) -> None:
    async with world(database_url) as w:
        await change(w, least_evidence=Evidence.SIGNED)
        lead_id = await claimed(w)
        claim = (await reports(w))[-1]
        done = await vouch(w, claim)
        found = await w.explain(lead_id)
        assert (found.lead.status, found.conversions[0].evidence) == (
            LeadStatus.QUALIFIED,
            Evidence.CALLED,
        )
        assert await whole(w)
        assert (await w.undo(done)).changed == (claim.id,)
        found = await w.explain(lead_id)
        [row] = found.conversions
        assert found.lead.status is LeadStatus.PENDING
        assert (row.status, row.reason, row.evidence) == (
            Status.HELD,
            Reason.NEEDS_EVIDENCE,
            Evidence.TOKEN,
        )
        assert [reward.status for reward in found.rewards] == [RewardStatus.CANCELLED]
        assert (await vouch(w, claim)).changed
        assert [each.status for each in await w.rewards(lead_id)] == [RewardStatus.DUE]
        assert await whole(w)


async def test_nobody_vouches_for_their_own_referral(database_url: str) -> None:
    async with world(database_url) as w:
        await change(w, least_evidence=Evidence.SIGNED)
        lead_id = await claimed(w)
        claim = (await reports(w))[-1]
        assert "own referral" in why(await vouch(w, claim, by="ada+x@example.com"))
        assert (await w.explain(lead_id)).lead.status is LeadStatus.PENDING


async def test_a_claim_is_not_confirmed_against_what_stands(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        answer = await w.sign_up(token=visit.token, email="cy@example.org")
        await w.convert(code=answer.code, order="1042")
        claim = (await reports(w))[-1]
        await w.buyer("1042", w.bob)
        assert "counts already" in why(await vouch(w, claim))


async def test_a_replay_that_took_an_order_over_is_no_one_press_away(database_url: str) -> None:
    async with world(database_url) as w:
        await w.convert(email="cy@example.org", order="7", sign=True)
        refused = (await reports(w))[-1]
        other = await w.buyer("7", w.bob)
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="cy@example.org")
        done = await again(w, only=refused)
        assert (await w.explain(other.id)).lead.status is LeadStatus.PENDING
        assert "took an order" in why(await w.undo(done))
        assert await whole(w)


async def test_undo_makes_it_refused_as_it_was(database_url: str) -> None:
    async with world(database_url) as w:
        report = await late_buyer(w)
        await change(w, window=80 * DAY)
        done = await again(w, only=report)
        assert (await w.undo(done)).changed == (report.id,)
        lead = await w.only_lead()
        [row] = (await w.explain(lead.id)).conversions
        assert (row.status, row.reason) == (Status.REJECTED, Reason.EXPIRED)
        assert lead.status is LeadStatus.PENDING
        assert [each.status for each in await w.rewards(lead.id)] == [RewardStatus.CANCELLED]
        assert (await again(w, only=report)).changed
        assert (await w.only_lead()).status is LeadStatus.QUALIFIED
        assert await whole(w)


async def test_an_order_beyond_the_first_counts_once_a_rule_pays_for_it(database_url: str) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        await w.convert(token=visit.token, order="1")
        answer = await w.convert(token=visit.token, order="2")
        assert answer.reason is Reason.ALREADY_QUALIFIED
        report = (await reports(w))[-1]
        await w.rule(occasion=Occasion.CONVERTED, amount=300)
        assert (await again(w, only=report)).changed
        lead = await w.only_lead()
        assert sorted(reward.amount for reward in await w.rewards(lead.id)) == [300, 1000]


async def test_a_lead_rejected_by_mistake_is_reopened_before_its_order_counts(
    database_url: str,
) -> None:
    async with world(database_url) as w:
        visit = await w.visit()
        w.wait(70 * DAY)
        await w.sign_up(token=visit.token, email="cy@example.org")
        await w.convert(token=visit.token, order="1")
        report = (await reports(w))[-1]
        await change(w, window=80 * DAY)
        assert "reopened first" in why(await again(w, only=report))
        await reopen(w.context, w.campaign, (await w.only_lead()).id, BOSS)
        assert (await again(w, only=report)).changed


async def test_who_became_a_customer_by_that_very_order_is_a_new_one(database_url: str) -> None:
    """The customers were uploaded after the order and before the replay."""
    async with world(database_url) as w:
        report = await late_buyer(w, email="cy@example.org")
        await change(w, window=80 * DAY)
        w.wait(DAY)
        async with w.context.storage.write() as db:
            await customers.put(db, w.campaign.id, [("cy@example.org", w.clock[0])], w.clock[0])
        assert (await again(w, only=report)).changed
        assert (await w.only_lead()).status is LeadStatus.QUALIFIED


async def test_an_unknown_report_is_said_to_be_none(database_url: str) -> None:
    async with world(database_url) as w:
        done = await replay(w.context, w.campaign, ["rep_0"], BOSS)
        assert why(done) == "There is no such report in this campaign."


async def test_many_reports_are_one_deed(database_url: str) -> None:
    async with world(database_url) as w:
        first = await late_buyer(w, order="1")
        second = await late_buyer(w, order="2")
        await change(w, window=200 * DAY)
        ids = [first.id, second.id, "rep_0"]
        done = await replay(w.context, w.campaign, ids, BOSS)
        assert (len(done.changed), len(done.refused)) == (2, 1)
        assert (await w.undo(done)).changed == done.changed
