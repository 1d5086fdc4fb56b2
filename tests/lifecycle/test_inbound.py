"""A secret address qualifies a lead: kept first, once, by E3, and never makes a lead."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import replace

import pytest

from goodword.activity import calls
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.hook import (
    BOTH_ADDRESSES,
    NoHook,
    address_of,
    make_hook,
    rotate_hook,
)
from goodword.lifecycle.inbound import foresee
from goodword.lifecycle.replay_calls import replay_calls
from goodword.lifecycle.review import reject, unqualify
from goodword.lifecycle.set_up import Refused, adopt_keys
from goodword.lifecycle.test_run import start_test
from goodword.model import (
    Amount,
    CallResult,
    Evidence,
    LeadStatus,
    Mode,
    Occasion,
    Reason,
    RewardStatus,
    Status,
)
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.signing import CodeKind, mint_code
from goodword.stats.verify import violations
from lifecycle.inbound import BOSS, Caller, caller_of, token_of
from lifecycle.world import DAY, World


async def whole(w: World) -> None:
    """The ledger keeps every invariant."""
    async with w.context.storage.read() as db:
        assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


@pytest.fixture
async def c(w: World) -> Caller:
    return await caller_of(w)


async def test_a_leads_code_qualifies_it_and_its_reward_falls_due(c: Caller) -> None:
    lead = await c.lead()
    assert await c.call(f"code={lead.code}") == "qualified"
    assert (await c.w.only_lead()).status is LeadStatus.QUALIFIED
    [reward] = await c.w.rewards(lead.id)
    assert reward.status is RewardStatus.DUE
    [conversion] = await c.conversions()
    assert (conversion.evidence, conversion.event) == (Evidence.CALLED, "purchase")
    [call] = await c.kept()
    assert (call.result, call.lead_id, call.conversion_id) == (
        CallResult.QUALIFIED,
        lead.id,
        conversion.id,
    )
    assert call.body == f"code={lead.code}".encode()


async def test_the_same_call_again_changes_nothing(c: Caller) -> None:
    lead = await c.lead()
    results = [await c.call({"code": lead.code, "order": "1"}) for _ in range(3)]
    assert results == ["qualified", "already_qualified", "already_qualified"]
    assert await c.call(f"code={lead.code}&event=other") == "already_qualified"
    assert len(await c.w.rewards(lead.id)) == 1
    counted = [each for each in await c.conversions() if each.status is Status.COUNTED]
    assert len(counted) == 1


async def test_an_order_by_every_door_is_one_conversion_by_the_best_of_them(c: Caller) -> None:
    visit = await c.w.visit()
    await c.w.sign_up(token=visit.token, email="cy@example.org")
    lead = await c.w.only_lead()
    await c.w.convert(token=visit.token, order="1042")
    assert await c.call(f"code={lead.code}&order=1042&amount=49.00") == "already_qualified"
    await c.w.convert(token=visit.token, order="1042", sign=True)
    [conversion] = await c.conversions()
    assert conversion.evidence is Evidence.CALLED
    assert str(conversion.money) == "49.00"
    assert len(await c.w.rewards(lead.id)) == 1


async def test_the_same_order_raced_counts_once(c: Caller) -> None:
    lead = await c.lead()
    bodies = [{"code": lead.code, "order": "1", "n": number} for number in range(8)]
    results = await asyncio.gather(*(c.call(body) for body in bodies))
    assert sorted(results) == ["already_qualified"] * 7 + ["qualified"]
    assert len(await c.conversions()) == 1
    assert len(await c.w.rewards(lead.id)) == 1
    await whole(c.w)


async def test_a_further_order_counts_where_a_rule_pays_for_it(c: Caller) -> None:
    lead = await c.lead()
    await c.w.rule(occasion=Occasion.CONVERTED)
    assert await c.call(f"code={lead.code}&order=1") == "qualified"
    assert await c.call(f"code={lead.code}&order=2") == "already_qualified"
    assert len(await c.w.rewards(lead.id)) == 3
    await whole(c.w)


async def test_a_refunded_order_counts_no_more_when_it_comes_again(c: Caller) -> None:
    lead = await c.lead()
    await c.call(f"code={lead.code}&order=1&amount=49.00")
    await c.w.refund("1")
    assert await c.call(f"code={lead.code}&order=1&amount=49.00") == "ignored"
    assert await c.call(f"code={lead.code}&order=1") == "ignored"
    assert (await c.w.only_lead()).status is LeadStatus.PENDING
    await whole(c.w)


async def test_what_is_no_leads_code_is_told_apart_and_makes_nothing(c: Caller) -> None:
    early = mint_code(c.w.campaign.code_key, CodeKind.LEAD, b"early")
    assert await c.call(f"code={c.w.ada.code}") == "referrer_code"
    assert await c.call("code=NONSENSE") == "unknown_code"
    assert await c.call(f"code={early}") == "unknown_code"
    assert await c.call("codes=1") == "invalid"
    assert (await c.w.count("leads"), await c.w.count("conversions")) == (0, 0)
    assert [call.reason for call in await c.kept()] == [None, None, None, "code"]


async def test_a_rejected_lead_stays_rejected(c: Caller) -> None:
    lead = await c.lead()
    await reject(c.w.context, c.w.campaign, lead.id, BOSS)
    assert await c.call(f"code={lead.code}") == "rejected"
    assert (await c.w.only_lead()).status is LeadStatus.REJECTED


async def test_who_was_unqualified_by_hand_is_not_qualified_by_a_repeat(c: Caller) -> None:
    lead = await c.lead()
    await c.call(f"code={lead.code}")
    await unqualify(c.w.context, c.w.campaign, lead.id, BOSS)
    assert await c.call(f"code={lead.code}") == "ignored"
    assert (await c.w.only_lead()).status is LeadStatus.PENDING


async def test_one_order_of_two_leads_is_held(c: Caller) -> None:
    first, second = await c.lead(), await c.lead("di@example.org")
    assert await c.call(f"code={first.code}&order=1") == "qualified"
    assert await c.call(f"code={second.code}&order=1") == "held"
    assert {each.reason for each in await c.conversions()} == {Reason.ORDER_CONFLICT}


async def test_an_amount_that_can_t_be_read_never_refuses(c: Caller) -> None:
    lead = await c.lead()
    assert await c.call(f"code={lead.code}&order=1&amount=forty") == "qualified"
    [conversion] = await c.conversions()
    assert (conversion.money, conversion.reason) == (None, Reason.AMOUNT_UNREADABLE)


async def test_a_filter_that_is_not_met_is_ignored(c: Caller) -> None:
    lead = await c.lead()
    await c.set(code_field="data.ref", only_field="data.stage", only_value="won")
    said = {"data": {"ref": lead.code, "stage": "lost"}}
    assert await c.call(said) == "ignored"
    assert await c.call({}) == "ignored"
    assert await c.call({"data": {"ref": lead.code, "stage": "won"}}) == "qualified"


async def test_where_bodies_are_signed_an_unsigned_one_does_nothing(c: Caller) -> None:
    lead = await c.lead()
    await c.set(signature_header="X-Crm-Signature", signature_secret="s3cret")
    body = f"code={lead.code}"
    right = hmac.new(b"s3cret", body.encode(), hashlib.sha256).hexdigest()
    assert await c.call(body) == "bad_signature"
    assert await c.call(body, x_crm_signature="sha256=" + "0" * 64) == "bad_signature"
    assert await c.call(body, x_crm_signature=f"sha256={right}") == "qualified"
    assert [call.body for call in await c.kept()] == [body.encode()] * 3


async def test_a_stranger_finds_no_address(c: Caller) -> None:
    for token in ("", "x", c.token[:-1], c.token + "=", "x" * 5_000, "é"):
        assert await c.call("code=1", token=token) == "none"
    assert await c.w.count("calls") == 0


async def test_the_former_address_works_for_seven_days(c: Caller) -> None:
    former = c.token
    await rotate_hook(c.w.context, c.w.campaign, BOSS)
    c.token = token_of(address_of(c.w.context, await c.hook()))
    assert c.token != former
    assert await c.call("code=1") == await c.call("code=1", token=former) == "unknown_code"
    c.w.wait(BOTH_ADDRESSES)
    assert await c.call("code=1", token=former) == "none"
    assert await c.call("code=1") == "unknown_code"


async def test_a_new_address_can_be_undone_and_both_work_on(c: Caller) -> None:
    former = c.token
    await c.w.undo(await rotate_hook(c.w.context, c.w.campaign, BOSS))
    assert token_of(address_of(c.w.context, await c.hook())) == former
    assert await c.call("code=1") == "unknown_code"


async def test_there_is_one_address_and_none_before_it_is_made(w: World) -> None:
    with pytest.raises(NoHook):
        await rotate_hook(w.context, w.campaign, BOSS)
    assert (await make_hook(w.context, w.campaign, BOSS)).changed
    assert not (await make_hook(w.context, w.campaign, BOSS)).changed
    assert await w.count("hooks") == 1


async def test_settings_are_undone(c: Caller) -> None:
    await c.set(code_field="a", signature_header="x-sig", signature_secret="one")
    sealed = (await c.hook()).signature_secret
    await c.set(code_field="b")
    assert (await c.hook()).signature_secret is None
    await c.w.undo_last()
    hook = await c.hook()
    assert (hook.code_field, hook.signature_header) == ("a", "x-sig")
    assert hook.signature_secret == sealed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code_field": ""}, "code_field"),
        ({"order_field": "x" * 201}, "order_field"),
        ({"amount_field": "a\nb"}, "amount_field"),
        ({"only_field": "stage"}, "only_value"),
        ({"only_value": "won"}, "only_field"),
        ({"signature_header": "X Sig"}, "signature_header"),
        ({"signature_header": "-"}, "signature_header"),
        ({"signature_header": "x-sig"}, "signature_secret"),
        ({"signature_header": "x-sig", "signature_secret": ""}, "signature_secret"),
    ],
)
async def test_settings_that_can_t_be_used_are_refused_by_name(
    c: Caller, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await c.set(**changes)
    assert refused.value.field == field


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(c: Caller) -> None:
    lead = await c.lead()
    body = f'{{"code": "{lead.code}", "order": 1042, "amount": 4900}}'.encode()
    seen = await foresee(c.w.context, c.w.campaign, await c.hook(), "application/json", body)
    assert (seen.became.result, seen.became.lead_id) == (CallResult.QUALIFIED, lead.id)
    assert seen.lead is not None
    assert (seen.said.order, str(seen.said.amount.money)) == ("1042", "49.00")
    assert (await c.w.only_lead()).status is LeadStatus.PENDING
    assert (await c.w.count("calls"), await c.w.count("conversions")) == (0, 0)
    other = await foresee(c.w.context, c.w.campaign, await c.hook(), "", b"x=1")
    assert (other.became.result, other.said.amount) == (CallResult.INVALID, Amount())


async def test_a_call_is_forgotten_after_thirty_days(c: Caller) -> None:
    await c.call("code=1")
    c.w.wait(30 * DAY)
    await c.w.tick()
    assert await c.w.count("calls") == 1
    c.w.wait(1)
    await c.w.tick()
    assert await c.w.count("calls") == 0


async def test_secrets_are_sealed_anew_with_a_new_key(c: Caller) -> None:
    await c.set(signature_header="x-sig", signature_secret="one")
    before = await c.hook()
    keys = (b"n" * 32, *c.w.context.keys)
    settings = replace(c.w.context.settings, secret_keys=keys)
    await adopt_keys(settings, c.w.context.storage)
    newest = replace(c.w.context, settings=replace(settings, secret_keys=keys[:1]))
    after = await c.hook()
    assert after.signature_secret != before.signature_secret
    assert token_of(address_of(newest, after)) == c.token


async def test_a_secret_whose_key_is_gone_is_not_brought_back(c: Caller) -> None:
    await c.set(signature_header="x-sig", signature_secret="one")
    await c.set(signature_header="x-sig", signature_secret="two")
    keys = (b"n" * 32, *c.w.context.keys)
    settings = replace(c.w.context.settings, secret_keys=keys)
    await adopt_keys(settings, c.w.context.storage)
    only_new = replace(settings, secret_keys=keys[:1])
    c.w.context = replace(c.w.context, settings=only_new)
    done = await c.w.undo_last()
    assert (done.changed, len(done.refused)) == ((), 1)
    assert (await c.hook()).signed


# Replays -------------------------------------------------------------------------------------


async def test_a_code_that_came_before_its_lead_is_replayed(c: Caller) -> None:
    assert await c.call("code=&ref=x") == "invalid"
    lead = await c.lead()
    body = {"ref": lead.code, "order": "1"}
    assert await c.call(body) == "invalid"
    await c.set(code_field="ref")
    first, second = await c.kept()
    done = await replay_calls(c.w.context, c.w.campaign, [first.id, second.id, "call_x"], BOSS)
    assert done.changed == (second.id,)
    assert [each.id for each in done.refused] == [first.id, "call_x"]
    assert (await c.w.only_lead()).status is LeadStatus.QUALIFIED
    third = (await c.kept())[-1]
    assert (third.result, third.replayed_of, third.body) == (
        CallResult.QUALIFIED,
        second.id,
        second.body,
    )
    again = await replay_calls(c.w.context, c.w.campaign, [second.id], BOSS)
    assert (again.changed, again.deed, len(await c.kept())) == ((), None, 3)


async def test_a_replay_is_undone_and_can_be_done_again(c: Caller) -> None:
    lead = await c.lead()
    await c.call({"ref": lead.code, "order": "1"})
    await c.set(code_field="ref")
    [call] = await c.kept()
    done = await replay_calls(c.w.context, c.w.campaign, [call.id], BOSS)
    assert (await c.w.undo(done)).changed == (call.id,)
    assert (await c.w.only_lead()).status is LeadStatus.PENDING
    assert [reward.status for reward in await c.w.rewards(lead.id)] == [RewardStatus.CANCELLED]
    await replay_calls(c.w.context, c.w.campaign, [call.id], BOSS)
    assert (await c.w.only_lead()).status is LeadStatus.QUALIFIED
    await whole(c.w)


async def test_a_forged_call_is_replayed_only_once_its_signature_holds(c: Caller) -> None:
    lead = await c.lead()
    await c.set(signature_header="x-sig", signature_secret="wrong")
    body = f"code={lead.code}"
    right = hmac.new(b"right", body.encode(), hashlib.sha256).hexdigest()
    assert await c.call(body, x_sig=right) == "bad_signature"
    assert await c.call(body) == "bad_signature"
    ids = [call.id for call in await c.kept()]
    assert (await replay_calls(c.w.context, c.w.campaign, ids, BOSS)).changed == ()
    await c.set(signature_header="x-sig", signature_secret="right")
    assert (await replay_calls(c.w.context, c.w.campaign, ids, BOSS)).changed == (ids[0],)


async def test_nobody_replays_a_call_of_an_own_referral(c: Caller) -> None:
    lead = await c.lead()
    await c.call({"ref": lead.code})
    await c.set(code_field="ref")
    [call] = await c.kept()
    done = await replay_calls(c.w.context, c.w.campaign, [call.id], "ada@example.com")
    assert (done.changed, len(done.refused)) == ((), 1)
    assert (await c.w.only_lead()).status is LeadStatus.PENDING


async def test_a_call_that_was_kept_and_not_read_is_replayed(c: Caller) -> None:
    lead = await c.lead()
    await c.call(f"code={lead.code}x")
    [call] = await c.kept()
    async with c.w.context.storage.write(c.w.campaign.id) as db:
        unread = replace(call, id="call_0", body=f"code={lead.code}".encode())
        await calls.keep(db, replace(unread, result=CallResult.RECEIVED))
    done = await replay_calls(c.w.context, c.w.campaign, ["call_0"], BOSS)
    assert done.changed == ("call_0",)


async def test_a_test_run_stays_a_test(c: Caller) -> None:
    run = await start_test(c.w.context, c.w.campaign)
    visit = await c.w.visit(code=run.code)
    await c.w.sign_up(token=visit.token, email="tester@example.org")
    lead = await c.w.only_lead()
    assert await c.call(f"code={lead.code}&order=1") == "qualified"
    [conversion] = await c.conversions()
    assert (lead.mode, conversion.mode) == (Mode.TEST, Mode.TEST)
    assert await c.w.rewards(lead.id) == []
