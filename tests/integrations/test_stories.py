"""What every CRM has to do, told of each of them against its double over real HTTP."""

from __future__ import annotations

import pytest

from goodword.clock import DAY, HOUR
from goodword.integrations.base import BadSignature
from goodword.model import (
    Duplicates,
    EventBecame,
    IntegrationStatus,
    LeadStatus,
    Pushed,
    QualificationRule,
    RewardStatus,
    RuleKind,
)
from integrations.case import CASES, Story, each, told_of
from web.stage import one_engine

hooked = told_of([case for case in CASES if case.hooked])
signed = told_of([case for case in CASES if case.hooked and not case.double.unsigned])
searched = told_of([case for case in CASES if not case.double.unsearched])
pytestmark = one_engine


@each
async def test_a_new_lead_arrives_with_its_code_and_first_value(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    record, plot = story.there.records[id_], story.plot
    assert story.there.email_of(record) == "cy@example.org"
    assert record.fields[plot.field] == plot.first
    assert lead.code in record.fields.values()
    assert (await story.record(lead)).outcome is Pushed.CREATED


@each
async def test_its_change_qualifies_it_within_minutes_without_any_call(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    await story.later()
    assert await story.status(lead) is LeadStatus.PENDING
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later(story.case.system.poll_every)
    assert await story.status(lead) is LeadStatus.QUALIFIED
    assert [each.status for each in await story.w.rewards(lead.id)] == [RewardStatus.DUE]


@hooked
async def test_a_call_qualifies_it_at_once_however_often_it_comes(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    story.there.pending.clear()
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.called(times=3)
    await story.work()
    assert await story.status(lead) is LeadStatus.QUALIFIED
    assert await story.became() == [EventBecame.QUALIFIED]
    assert len(await story.w.rewards(lead.id)) == 1


@signed
async def test_a_call_that_was_tampered_with_is_refused_and_kept(story: Story) -> None:
    await story.save()
    lead, id_ = await story.sent()
    story.there.pending.clear()
    story.there.change(id_, story.plot.field, story.plot.last)
    with pytest.raises(BadSignature):
        await story.called(tampered=True)
    await story.work()
    assert await story.status(lead) is LeadStatus.PENDING
    assert await story.became() == [EventBecame.BAD_SIGNATURE]


@searched
async def test_who_was_there_before_is_left_alone_and_never_qualifies(story: Story) -> None:
    await story.save()
    id_ = story.there.person("cy@example.org", story.w.clock[0] - 30 * DAY)
    before = dict(story.there.records[id_].fields)
    lead, found = await story.sent()
    assert found == id_
    assert (await story.record(lead)).outcome is Pushed.EXISTED
    assert story.there.records[id_].fields == before
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later()
    assert await story.status(lead) is LeadStatus.PENDING
    [blocked] = [line for line in await story.why(lead) if "duplicate" in line.question]
    assert blocked.ok is False
    assert blocked.step


@searched
async def test_who_was_there_before_may_qualify_where_records_are_updated(story: Story) -> None:
    await story.save(duplicates=Duplicates.UPDATE)
    id_ = story.there.person("cy@example.org", story.w.clock[0] - 30 * DAY)
    lead, found = await story.sent()
    assert found == id_
    assert lead.code in story.there.records[id_].fields.values()
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@each
async def test_a_record_whose_answer_was_lost_is_ours_and_made_once(story: Story) -> None:
    await story.save()
    story.there.fail("lost")
    lead = await story.lead()
    await story.work()
    await story.later(HOUR)
    assert len(story.there.found("cy@example.org")) == 1
    assert (await story.record(lead)).outcome is Pushed.CREATED
    story.there.change(story.there.found("cy@example.org")[0].id, story.plot.field, story.plot.last)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@each
async def test_a_record_that_the_sites_own_form_made_meanwhile_is_taken(story: Story) -> None:
    await story.save()
    lead = await story.lead()
    story.w.wait(1_000)
    id_ = story.there.person("cy@example.org", story.w.clock[0])
    story.there.fail("race")
    await story.work()
    await story.later(HOUR)
    if len(story.there.found("cy@example.org")) == 1:
        assert (await story.record(lead)).external_id == id_
    assert (await story.record(lead)).outcome is Pushed.CREATED


@each
async def test_a_search_that_is_behind_makes_no_second_record(story: Story) -> None:
    await story.save()
    story.there.fail("lag", 2)
    story.there.fail("lost")
    lead = await story.lead()
    await story.work()
    for _ in range(4):
        await story.later(HOUR)
    assert (await story.record(lead)).outcome is Pushed.CREATED


@each
async def test_a_refused_token_is_renewed_or_waits_for_a_person(story: Story) -> None:
    await story.save()
    story.there.fail("401")
    lead = await story.lead()
    await story.work()
    if (await story.integration()).status is IntegrationStatus.RECONNECT:
        await story.later(DAY)
        assert story.there.found("cy@example.org") == []
        assert (await story.connect()).works
        await story.work()
    assert (await story.record(lead)).outcome is Pushed.CREATED


@each
async def test_too_many_calls_are_followed_by_a_rest(story: Story) -> None:
    await story.save()
    story.there.fail("429")
    lead = await story.lead()
    await story.work()
    assert story.there.found("cy@example.org") == []
    asked = len(story.there.calls)
    story.w.wait(1_000)
    await story.work()
    assert len(story.there.calls) == asked
    await story.later(DAY)
    assert (await story.record(lead)).outcome is Pushed.CREATED


@each
async def test_a_page_of_errors_is_waited_out_and_shown(story: Story) -> None:
    await story.save()
    story.there.fail("500")
    lead = await story.lead()
    await story.work()
    known = await story.integration()
    assert known.status is IntegrationStatus.FAILING
    assert known.failing_since == story.w.clock[0]
    await story.later(HOUR)
    assert (await story.integration()).status is IntegrationStatus.CONNECTED
    assert (await story.record(lead)).outcome is Pushed.CREATED


@searched
@pytest.mark.parametrize("email", ["o'neil+x@example.org", "zoë.ångström@example.org"])
async def test_every_address_is_found_as_it_is_spelled(story: Story, email: str) -> None:
    await story.save()
    id_ = story.there.person(email, story.w.clock[0] - DAY)
    lead, found = await story.sent(email)
    assert found == id_
    assert (await story.record(lead)).outcome is Pushed.EXISTED


@each
async def test_a_record_of_a_stranger_makes_no_lead(story: Story) -> None:
    await story.save()
    id_ = story.there.person("eve@example.org", story.w.clock[0])
    story.there.change(id_, story.plot.field, story.plot.last)
    if story.case.hooked:
        await story.called()
    await story.later()
    assert await story.w.leads() == []
    assert set(await story.became()) <= {EventBecame.NOT_OURS}


@searched
async def test_the_numbers_of_a_referrer_are_written_to_their_own_record(story: Story) -> None:
    await story.save()
    id_ = story.there.person("ada@example.com", story.w.clock[0] - DAY)
    await story.sent()
    assert story.w.ada.code in story.there.records[id_].fields.values()


@searched
async def test_a_value_that_was_there_from_the_start_never_counts(story: Story) -> None:
    plot = story.plot
    await story.save(duplicates=Duplicates.UPDATE)
    story.there.person("cy@example.org", story.w.clock[0] - DAY, **{plot.field: plot.last})
    lead, _ = await story.sent()
    await story.later(DAY)
    assert await story.status(lead) is LeadStatus.PENDING
    assert any("from the start" in line.step for line in await story.why(lead))


@each
async def test_leads_there_were_before_a_rule_was_saved_stay_pending(story: Story) -> None:
    await story.save(QualificationRule())
    lead, id_ = await story.sent()
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later()
    await story.save()
    await story.later()
    assert await story.status(lead) is LeadStatus.PENDING
    story.there.change(id_, story.plot.field, story.plot.first)
    await story.later()
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later()
    assert await story.status(lead) is LeadStatus.QUALIFIED


@each
async def test_without_a_rule_nothing_qualifies_and_the_checklist_says_so(story: Story) -> None:
    await story.save(QualificationRule(RuleKind.NONE))
    lead, id_ = await story.sent()
    story.there.change(id_, story.plot.field, story.plot.last)
    await story.later(DAY)
    assert await story.status(lead) is LeadStatus.PENDING
    [rule] = [line for line in await story.why(lead) if "rule" in line.question]
    assert (rule.ok, rule.answer) == (False, "It says: Do not qualify my referrals.")
