"""Who asks to be forgotten is: in every table, in the file and beside it; the ledger stays."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy.engine import make_url

from goodword.activity import calls
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.customers import add_customer
from goodword.lifecycle.erase import erase, erase_lead, erase_referrer, kept_of
from goodword.lifecycle.set_up import NewCampaign, create_campaign, create_referrer
from goodword.model import LeadStatus, RewardStatus
from goodword.referrers import record as referrers
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from goodword.storage.sweep import holding
from lifecycle.inbound import caller_of
from lifecycle.world import World
from web.stage import one_engine

BOSS = "boss@example.com"
EMAIL = "Zoë.Cy+news@Example.org"


async def _story(w: World) -> str:
    """A lead who left traces wherever there are any."""
    visit = await w.visit()
    await w.sign_up(token=visit.token, email=EMAIL, name="Cy Twombly", customer="cus-77")
    await w.convert(token=visit.token, order="1042", email=EMAIL)
    caller = await caller_of(w)
    await caller.call({"code": "nobody", "email": EMAIL.upper(), "url": "?e=zo%C3%AB.cy%2Bnews@"})
    return (await w.only_lead()).id


async def _rows(w: World, *words: str) -> list[str]:
    async with w.context.storage.read() as db:
        return [table.name async for table, _ in holding(db, words)]


async def test_nothing_is_left_of_the_address_and_the_ledger_stands(w: World) -> None:
    lead_id = await _story(w)
    assert {"leads", "reports", "calls"} <= set(await _rows(w, EMAIL))
    done = await erase(w.context, EMAIL.lower(), BOSS)
    assert done.leads == 1
    assert await _rows(w, EMAIL, "zoë.cy@example.org", "Twombly", "cus-77") == []
    lead = (await w.explain(lead_id)).lead
    assert (lead.status, lead.email, lead.name) == (LeadStatus.QUALIFIED, None, None)
    assert [each.status for each in await w.rewards(lead_id)] == [RewardStatus.DUE]
    async with w.context.storage.read() as db:
        assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


@one_engine
async def test_the_file_and_its_log_have_it_no_more(w: World, database_url: str) -> None:
    await _story(w)
    file = Path(make_url(database_url).database or "")

    def left() -> list[str]:
        beside = file.parent.glob(f"{file.name}*")
        return [each.name for each in beside if b"cy+news" in each.read_bytes().lower()]

    assert left() != []
    await erase(w.context, EMAIL, BOSS)
    assert left() == []


async def test_a_referrer_stays_under_a_pseudonym_with_codes_that_bring_nobody(w: World) -> None:
    lead_id = await _story(w)
    erased = await erase_referrer(w.context, w.campaign, w.ada, "api")
    assert erased.email.endswith("@invalid")
    assert erased.disabled_at is not None
    assert await _rows(w, "ada@example.com", "Lovelace") == []
    assert (await w.explain(lead_id)).lead.referrer_id == w.ada.id
    assert (await w.visit()).token == ""


async def test_whose_address_only_contains_theirs_is_another(w: World) -> None:
    """Of three addresses each is the end of the next, and all three are forgotten one by one."""
    people = [
        (await create_referrer(w.context, w.campaign, f"{name}@a.org", "", "test"))[0]
        for name in ("0", "00", "000")
    ]
    assert "00@a.org" not in await kept_of(w.context, "0@a.org")
    for forgotten, left in zip(people, (people[1:], people[2:], []), strict=True):
        await erase_referrer(w.context, w.campaign, forgotten, "api")
        async with w.context.storage.read() as db:
            found = [await referrers.by_id(db, w.campaign.id, each.id) for each in left]
        assert found == left


async def test_who_refers_elsewhere_too_is_forgotten_here_alone(w: World) -> None:
    """One after the other: two who also refer in another campaign, where nothing changes."""
    new = NewCampaign(name="Other", origins=["https://other.example"])
    other = await create_campaign(w.context, new, "test")
    there = [
        (await create_referrer(w.context, other, each.email, each.name, "test"))[0]
        for each in (w.ada, w.bob)
    ]
    for each in (w.ada, w.bob):
        await erase_referrer(w.context, w.campaign, each, "api")
    async with w.context.storage.read() as db:
        assert [await referrers.by_id(db, other.id, each.id) for each in there] == there


async def test_two_leads_who_also_refer_are_forgotten_as_leads(w: World) -> None:
    for each in (w.ada, w.bob):
        visit = await w.visit(w.bob if each is w.ada else w.ada, address="198.51.100.7")
        await w.sign_up(token=visit.token, email=each.email, name=each.name)
    for lead in await w.leads():
        await erase_lead(w.context, w.campaign, lead, "api")
    assert [lead.email for lead in await w.leads()] == [None, None]
    async with w.context.storage.read() as db:
        found = [await referrers.by_id(db, w.campaign.id, each.id) for each in (w.ada, w.bob)]
    assert found == [w.ada, w.bob]


async def test_a_lead_is_forgotten_by_its_id(w: World) -> None:
    await _story(w)
    after = await erase_lead(w.context, w.campaign, await w.only_lead(), "api")
    assert (after.email, after.customer) == (None, None)
    assert await _rows(w, EMAIL) == []


@one_engine
async def test_a_customer_is_taken_off_the_list(w: World) -> None:
    await add_customer(w.context, w.campaign, "old@example.org", None, BOSS)
    assert "customers" in await _rows(w, "old@example.org")
    await erase(w.context, "old@example.org", BOSS)
    assert await _rows(w, "old@example.org") == []


async def test_what_is_kept_is_told_row_by_row(w: World) -> None:
    await _story(w)
    lines = [json.loads(line) for line in (await kept_of(w.context, EMAIL)).splitlines()]
    assert {"leads", "reports", "calls"} <= {line["table"] for line in lines}
    assert await kept_of(w.context, "nobody@example.org") == ""


@one_engine
async def test_others_are_left_as_they_are(w: World) -> None:
    await _story(w)
    visit = await w.visit(token="")
    await w.sign_up(token=visit.token, email="other@example.org", name="Other")
    await erase(w.context, EMAIL, BOSS)
    assert [each.email for each in await w.leads()] == [None, "other@example.org"]
    async with w.context.storage.read() as db:
        assert await calls.last_at(db, w.campaign.id) is not None
