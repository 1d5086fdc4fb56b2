"""What becomes of a record after it was sent, told of every CRM: it changes, moves on, is lost,
merged, renamed or watched by two."""

from __future__ import annotations

from goodword.model import LeadStatus, QualificationRule, RewardStatus, RuleKind
from integrations.case import CASES, Story, each, joined, told_of
from web.stage import one_engine

followed = told_of([case for case in CASES if not case.double.unmerged])
renaming = told_of([case for case in CASES if not case.double.unrenamed])
staged = told_of([case for case in CASES if case.stage_rule])
pytestmark = one_engine


@staged
async def test_a_deal_at_the_stage_qualifies_it_and_an_open_one_does_not(story: Story) -> None:
    await story.save(QualificationRule(_staged(story), value=story.plot.won))
    lead, id_ = await story.sent()
    deal = story.there.convert(id_, story.plot.open)
    await story.later()
    assert await story.status(lead) is LeadStatus.PENDING
    story.there.move_deal(f"{deal}", story.plot.won)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@staged
async def test_a_deal_that_goes_on_stays_reached_and_a_lost_one_does_not(story: Story) -> None:
    plot = story.plot
    await story.save(QualificationRule(_staged(story), value=plot.open))
    lead, id_ = await story.sent()
    deal = f"{story.there.convert(id_, plot.open)}"
    for stage, status in (
        (plot.open, "qualified"),
        (plot.won, "qualified"),
        (plot.open, "qualified"),
        (plot.lost, "pending"),
    ):
        story.there.move_deal(deal, stage)
        await story.later()
        assert await story.status(lead) == status, stage
    assert [each.status for each in await story.w.rewards(lead.id)] == [RewardStatus.CANCELLED]


@staged
async def test_what_qualified_and_then_converts_stays_qualified(story: Story) -> None:
    """Whatever its conversion makes of the value that it qualified by."""
    await story.save()
    lead, id_ = await story.sent()
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later()
    story.there.convert(id_, story.plot.open)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@each
async def test_two_systems_watch_and_a_lead_qualifies_once(story: Story) -> None:
    """While one of them still says so, the other may take it back."""
    other = CASES[(CASES.index(story.case) + 1) % len(CASES)]
    await story.save()
    async with joined(story, other) as second:
        await second.save()
        lead, id_ = await story.sent()
        for each in (story, second):
            there = (await each.record(lead)).external_id
            each.there.change(there, each.plot.field, each.plot.last)
            await second.later(story.case.system.poll_every)
            assert await story.status(lead) is LeadStatus.QUALIFIED
        assert [each.status for each in await story.w.rewards(lead.id)] == [RewardStatus.DUE]
        for each, status in ((story, "qualified"), (second, "pending")):
            there = (await each.record(lead)).external_id
            each.there.change(there, each.plot.field, each.plot.first)
            await second.later(story.case.system.poll_every)
            assert await story.status(lead) == status
    assert len(await story.w.rewards(lead.id)) == 1


@renaming
async def test_a_renamed_field_is_said_and_nothing_is_lost(story: Story) -> None:
    field, last = story.plot.field, story.plot.last
    await story.save()
    (one, first), (two, second) = await story.sent(), await story.sent("dee@example.org")
    story.there.change(first, field, last)
    await story.later()
    new = f"{field[:-1]}9"
    story.there.rename(field, new)
    await story.later()
    assert (await story.status(one), await story.status(two)) == ("qualified", "pending")
    for lead, live in ((two, False), (None, True)):
        red = [line for line in await story.why(lead, live=live) if line.ok is False]
        assert any(field in line.answer and "choose it again" in line.step for line in red)
    await story.save(QualificationRule(RuleKind.FIELD, new, last), field=new)
    await story.later()
    story.there.change(second, new, last)
    await story.later()
    assert (await story.status(one), await story.status(two)) == ("qualified", "qualified")
    assert [len(await story.w.rewards(each.id)) for each in (one, two)] == [1, 1]


@each
async def test_leaving_the_value_unqualifies_until_the_reward_is_issued(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    field, first, last = story.plot.field, story.plot.first, story.plot.last
    for value, status in ((last, "qualified"), (first, "pending"), (last, "qualified")):
        story.there.change(id_, field, value)
        await story.later()
        assert await story.status(lead) == status
    [reward] = await story.w.rewards(lead.id)
    await story.w.pay("issue", reward, early=True)
    story.there.change(id_, field, first)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@followed
async def test_a_record_that_was_merged_is_followed(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    other = story.there.person("other@example.org", story.w.clock[0])
    merged = story.there.merge(id_, other)
    await story.later()
    assert (await story.record(lead)).external_id == merged
    story.there.change(merged, story.plot.field, story.plot.last)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@each
async def test_a_record_that_is_gone_is_said_to_be(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    story.there.delete(id_)
    await story.later()
    assert (await story.record(lead)).gone
    assert any("no more" in line.answer for line in await story.why(lead))
    assert await story.status(lead) is LeadStatus.PENDING


def _staged(story: Story) -> RuleKind:
    kind = story.case.stage_rule
    assert kind is not None
    return kind
