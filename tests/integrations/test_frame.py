"""What every integration does the same: shown on a CRM that does not exist."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from doubles.abacus import told
from goodword.integrations import kept
from goodword.integrations.base import BadSignature
from goodword.lifecycle.hear import Call, Ear
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.subscribe import address_of
from goodword.model import (
    Duplicates,
    EventBecame,
    Evidence,
    IntegrationStatus,
    LeadStatus,
    Pushed,
    QualificationRule,
    RewardStatus,
    RuleKind,
)
from goodword.notifications import read as outbox
from goodword.qualification import record as qualification
from integrations.abacus import PERSON
from integrations.office import HAPPY, PUSH, Office, opened
from lifecycle.world import DAY, MINUTE


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with opened(database_url) as made:
        yield made


async def test_a_lead_is_sent_and_qualifies_when_its_field_changes(office: Office) -> None:
    await office.save()
    lead = await office.lead()
    await office.work()
    [person] = office.people.values()
    assert (person["mail"], person["mood"], person["code"]) == (
        "cy@example.org",
        "curious",
        lead.code,
    )
    await office.later()
    assert await office.status(lead) is LeadStatus.PENDING
    person["mood"] = "happy"
    await office.later()
    assert await office.status(lead) is LeadStatus.QUALIFIED
    [reward] = await office.w.rewards(lead.id)
    assert reward.status is RewardStatus.DUE
    async with office.w.context.storage.read() as db:
        [row] = await qualification.of_lead(db, office.w.campaign.id, lead.id)
    assert row.evidence is Evidence.CONFIRMED


async def test_a_call_makes_it_at_once_and_twice_changes_nothing(office: Office) -> None:
    await office.save()
    lead = await office.lead()
    await office.work()
    office.people["p1"]["mood"] = "happy"
    await office.call(PERSON, "p1", "mood = happy")
    await office.call(PERSON, "p1", "mood = happy")
    await office.work()
    assert await office.status(lead) is LeadStatus.QUALIFIED
    assert await office.became() == [EventBecame.QUALIFIED]
    assert (await office.record(lead)).told == "mood = happy"
    await office.call(PERSON, "p1", "mood = happy", "e2")
    await office.work()
    assert await office.became() == [EventBecame.UNCHANGED, EventBecame.QUALIFIED]
    assert len(await office.w.rewards(lead.id)) == 1


async def test_leaving_the_value_unqualifies_until_the_reward_is_issued(office: Office) -> None:
    await office.save()
    lead = await office.lead()
    await office.work()
    person = office.people["p1"]
    for mood, status in (("happy", "qualified"), ("sad", "pending"), ("happy", "qualified")):
        person["mood"] = mood
        await office.later()
        assert await office.status(lead) == status
    [reward] = await office.w.rewards(lead.id)
    await office.w.pay("issue", reward, early=True)
    person["mood"] = "sad"
    await office.later()
    assert await office.status(lead) is LeadStatus.QUALIFIED


async def test_an_older_record_is_left_alone_and_never_qualifies(office: Office) -> None:
    await office.save()
    office.there.person("cy@example.org", office.w.clock[0] - DAY)
    lead = await office.lead()
    await office.work()
    assert (await office.record(lead)).outcome is Pushed.EXISTED
    assert "code" not in office.people["p1"]
    office.people["p1"]["mood"] = "happy"
    await office.later()
    assert await office.status(lead) is LeadStatus.PENDING


async def test_an_older_record_that_is_updated_may_qualify(office: Office) -> None:
    await office.save(replace(PUSH, duplicates=Duplicates.UPDATE))
    id_ = office.there.person("cy@example.org", 1_000, mood="happy")
    made = office.people[id_]
    lead = await office.lead()
    await office.work()
    assert (made["code"], made["mood"]) == (lead.code, "happy")
    await office.later()
    assert await office.status(lead) is LeadStatus.PENDING
    for mood in ("sad", "happy"):
        made["mood"] = mood
        await office.later()
    assert await office.status(lead) is LeadStatus.QUALIFIED


async def test_a_push_whose_answer_was_lost_is_ours_and_made_once(office: Office) -> None:
    await office.save()
    office.there.fail("lost")
    lead = await office.lead()
    await office.work()
    await office.later(DAY)
    assert list(office.people) == ["p1"]
    assert (await office.record(lead)).outcome is Pushed.CREATED
    office.people["p1"]["mood"] = "happy"
    await office.later()
    assert await office.status(lead) is LeadStatus.QUALIFIED


async def test_a_record_that_its_own_form_made_meanwhile_is_taken(office: Office) -> None:
    await office.save()
    lead = await office.lead()
    office.w.wait(1_000)
    office.there.person("cy@example.org")
    office.there.fail("race", 2)
    await office.work()
    assert (await office.record(lead)).outcome is Pushed.CREATED
    assert office.people["p1"]["code"] == lead.code


async def test_conversion_and_stage_are_followed_with_the_worth(office: Office) -> None:
    await office.save(rule=QualificationRule(RuleKind.CONVERTED_STAGE, value="won"))
    lead = await office.lead()
    await office.work()
    order = office.there.convert("p1")
    await office.later()
    assert await office.status(lead) is LeadStatus.PENDING
    office.there.move_deal(order, "won")
    await office.call("order", order)
    await office.work()
    assert await office.status(lead) is LeadStatus.QUALIFIED
    async with office.w.context.storage.read() as db:
        [row] = await qualification.of_lead(db, office.w.campaign.id, lead.id)
    assert str(row.money) == "49.00"


async def test_a_refused_key_waits_for_a_person_and_loses_nothing(office: Office) -> None:
    await office.save()
    office.there.key = "other"
    lead = await office.lead()
    await office.work()
    assert (await office.integration()).status is IntegrationStatus.RECONNECT
    await office.later(DAY)
    assert office.people == {}
    assert (await office.connect("other")).works
    await office.work()
    assert (await office.record(lead)).outcome is Pushed.CREATED


async def test_a_limit_is_kept_and_trouble_is_waited_out(office: Office) -> None:
    await office.save()
    office.there.fail("429")
    lead = await office.lead()
    await office.work()
    asked = len(office.there.calls)
    await office.later(MINUTE)
    assert len(office.there.calls) == asked
    office.there.fail("500")
    await office.later(MINUTE + 1)
    assert (await office.integration()).status is IntegrationStatus.FAILING
    await office.later(DAY)
    assert (await office.record(lead)).outcome is Pushed.CREATED
    assert (await office.integration()).status is IntegrationStatus.CONNECTED


async def test_a_call_that_is_not_the_vendors_is_kept_and_refused(office: Office) -> None:
    await office.save()
    body = office.there.call(told(PERSON, "p1", "", "e1")).body
    address = urlsplit(address_of(office.w.context, await office.integration())).path.split("/")
    ear, call = Ear(office.w.context), Call("POST", "", {"x-abacus": "0" * 64}, body)
    with pytest.raises(BadSignature):
        await ear.take(address[2], address[3], call)
    assert await ear.take(address[2], "x" + address[3], call) is None
    assert await ear.take("int_0", address[3], call) is None
    async with office.w.context.storage.read() as db:
        [event] = await kept.newest_events(db, await office.integration(), 5)
    assert event.became is EventBecame.BAD_SIGNATURE
    assert event.said == "it is not signed with the hook's key"


async def test_what_is_of_no_interest_is_shown_all_the_same(office: Office) -> None:
    await office.call("invoice", "7", "paid")
    async with office.w.context.storage.read() as db:
        [event] = await kept.newest_events(db, await office.integration(), 5)
    assert (event.became, event.said) == (EventBecame.IGNORED, "invoice")


async def test_an_id_that_can_not_be_keeps_no_other_call_waiting(office: Office) -> None:
    await office.save(rule=QualificationRule(RuleKind.CONVERTED_STAGE, value="won"))
    lead = await office.lead()
    await office.work()
    order = office.there.convert("p1", "won")
    await office.call("order", "odd", event="e1")
    await office.call("order", order, event="e2")
    await office.call("order", "o9", event="e3")
    await office.work()
    assert await office.status(lead) is LeadStatus.QUALIFIED
    assert sorted(await office.became()) == ["not_ours", "not_ours", "qualified"]


async def test_what_may_not_be_read_any_more_is_said_and_waited_out(office: Office) -> None:
    await office.save()
    lead = await office.lead()
    await office.work()
    office.people["p1"]["mood"] = "happy"
    office.there.closed = True
    await office.later()
    known = await office.integration()
    assert (known.status, "not for you" in known.failure) == (IntegrationStatus.FAILING, True)
    office.there.closed = False
    await office.later()
    assert (await office.integration()).status is IntegrationStatus.CONNECTED
    assert await office.status(lead) is LeadStatus.QUALIFIED


async def test_numbers_that_are_refused_are_said_to_be_once(office: Office) -> None:
    await office.save()
    office.there.person("ada@example.com", 1_000)
    office.there.fixed = "code"
    for email in ("cy@example.org", "dee@example.org", "eve@example.org"):
        await office.lead(email)
        await office.work()
    async with office.w.context.storage.read() as db:
        told = await outbox.messages(db, office.w.campaign.id, office.id, limit=50)
    assert [each.type for each in told if each.status == "failed"] == ["counts"]


async def test_a_rule_that_new_leads_meet_from_the_start_is_refused(office: Office) -> None:
    with pytest.raises(Refused, match="never change"):
        await office.save(rule=replace(HAPPY, value="curious"))


async def test_a_record_that_is_gone_is_looked_for_once_more_and_then_no_more(
    office: Office,
) -> None:
    await office.save()
    lead = await office.lead()
    await office.work()
    office.there.delete("p1")
    await office.later()
    assert (await office.record(lead)).gone
    asked = office.asked.count("GET /v1/people")
    await office.later(DAY)
    again = office.asked.count("GET /v1/people")
    assert again > asked
    await office.later(DAY)
    assert office.asked.count("GET /v1/people") == again


async def test_a_record_that_went_into_another_is_found_by_our_code(office: Office) -> None:
    await office.save()
    lead = await office.lead()
    await office.work()
    office.there.delete("p1")
    await office.later()
    assert (await office.record(lead)).gone
    id_ = office.there.person("other@example.org", code=lead.code)
    await office.later(DAY)
    record = await office.record(lead)
    assert (record.external_id, record.gone) == (id_, False)
    office.people[id_]["mood"] = "happy"
    await office.later(DAY)
    assert await office.status(lead) is LeadStatus.QUALIFIED
