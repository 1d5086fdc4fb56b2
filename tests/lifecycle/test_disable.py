"""A referrer's code is disabled: nothing new comes through it, what came before goes on."""

from __future__ import annotations

import asyncio

from goodword.clock import DAY
from goodword.lifecycle.deed import Done
from goodword.lifecycle.disable import set_disabled
from goodword.lifecycle.set_up import create_referrer
from goodword.lifecycle.undo import undo
from goodword.model import LeadStatus, Reason, Status
from goodword.stats import refusals
from lifecycle.world import World

OWNER = "owner@shop.example"


async def disable(w: World, disabled: bool = True, actor: str = OWNER) -> Done:
    return await set_disabled(w.context, w.campaign, [w.ada.id], disabled, actor)


async def refused(w: World) -> dict[tuple[str, str], int]:
    """How often what was refused; the counts reach the disk by themselves."""
    for _ in range(100):
        async with w.context.storage.read() as db:
            found = await refusals.since(db, w.campaign.id, 0)
        if found:
            break
        await asyncio.sleep(0.02)
    return {(each.event, each.reason): each.count for each in found}


async def test_a_disabled_code_makes_no_hit(w: World) -> None:
    await disable(w)
    arrived = await w.visit()
    assert (arrived.reason, arrived.token) == (Reason.DISABLED, "")
    assert await refused(w) == {("hit", "disabled"): 1}
    assert (await w.visit(w.bob)).reason is None


async def test_a_vanity_code_of_a_disabled_referrer_makes_none_either(w: World) -> None:
    await create_referrer(w.context, w.campaign, w.ada.email, "", "test", vanity="ada")
    assert (await w.visit(code="ada")).reason is None
    await disable(w)
    assert (await w.visit(code="ada")).reason is Reason.DISABLED


async def test_a_bare_disabled_code_makes_no_lead_and_claims_nothing(w: World) -> None:
    await disable(w)
    lead = await w.sign_up(code=w.ada.code, email="cy@example.org")
    conversion = await w.convert(code=w.ada.code, email="cy@example.org", order="1")
    for answer in (lead, conversion):
        assert (answer.status, answer.reason) == (Status.IGNORED, Reason.DISABLED)
    assert (await w.count("leads"), await w.count("conversions")) == (0, 0)


async def test_what_a_server_asks_for_is_kept_with_its_reason(w: World) -> None:
    await disable(w)
    answer = await w.sign_up(code=w.ada.code, email="cy@example.org", door="api")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.DISABLED)
    assert (await w.count("leads"), await w.count("reports")) == (0, 1)


async def test_whoever_came_before_still_becomes_a_lead_and_converts(w: World) -> None:
    early, late = await w.visit(), await w.visit()
    await w.sign_up(token=early.token, email="cy@example.org")
    await disable(w)
    assert (await w.convert(token=early.token, order="1")).status is Status.COUNTED
    assert (await w.sign_up(token=late.token, email="dee@example.org")).status is Status.COUNTED
    assert await w.count("rewards") == 1


async def test_a_known_lead_is_found_however_it_is_reported(w: World) -> None:
    visit = await w.visit()
    lead = await w.sign_up(token=visit.token, email="cy@example.org")
    await disable(w)
    answer = await w.convert(email="cy@example.org", order="1", sign=True)
    assert answer.status is Status.COUNTED
    assert (await w.explain(lead.id)).lead.status is LeadStatus.QUALIFIED


async def test_enabling_makes_the_code_work_again(w: World) -> None:
    await disable(w)
    assert (await disable(w, False)).changed == (w.ada.id,)
    assert (await w.visit()).reason is None


async def test_what_is_so_already_is_left(w: World) -> None:
    assert [each.why for each in (await disable(w, False)).refused] == ["It is active already."]
    await disable(w)
    again = await disable(w)
    assert (again.deed, [each.why for each in again.refused]) == (None, ["It is disabled already."])


async def test_undo_goes_back(w: World) -> None:
    done = await disable(w)
    assert done.deed is not None
    w.wait(DAY)
    undone = await undo(w.context, w.campaign, done.deed.id, OWNER)
    assert undone.changed == (w.ada.id,)
    assert (await w.visit()).reason is None


async def test_what_a_program_asked_for_is_in_the_audit_trail_too(w: World) -> None:
    done = await disable(w, actor="api")
    assert done.deed is not None
    assert (done.deed.actor, done.deed.verb, done.deed.subject) == ("api", "disable", "referrer")
