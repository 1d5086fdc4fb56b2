"""Conversions: orders, repeats, amounts and evidence, as the contract has them."""

from __future__ import annotations

import pytest

from goodword.clock import DAY
from goodword.lifecycle.review import reject
from goodword.lifecycle.set_up import set_paused
from goodword.model import LeadStatus, Reason, RewardStatus, Status
from lifecycle.world import World


async def test_a_purchase_makes_the_lead_qualifies_it_and_owes_the_reward(w: World) -> None:
    """Day 0: a visit and a purchase, nothing else. The tag and the thank-you script suffice."""
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", email="cy@example.org")
    assert (answer.status, answer.reason, answer.dup) == (Status.COUNTED, None, False)
    lead = await w.only_lead()
    assert (lead.status, lead.email, lead.referrer_id) == (
        LeadStatus.QUALIFIED,
        "cy@example.org",
        w.ada.id,
    )
    [reward] = await w.rewards(lead.id)
    assert (reward.status, str(reward.money), reward.currency) == (
        RewardStatus.DUE,
        "10.00",
        "EUR",
    )
    assert reward.issue_after == w.clock[0] + 30 * DAY


async def test_the_same_report_again_answers_the_same_and_changes_nothing(w: World) -> None:
    visit = await w.visit()
    first = await w.convert(token=visit.token, order="1042", key="purchase:1042")
    again = await w.convert(token=visit.token, order="1042", key="purchase:1042")
    assert (again.status, again.id, again.dup) == (first.status, first.id, True)
    assert await w.count("conversions") == 1
    assert await w.count("rewards") == 1


async def test_the_same_order_under_another_key_is_a_duplicate(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    again = await w.convert(token=visit.token, order="1042")
    assert (again.status, again.reason) == (Status.IGNORED, Reason.DUPLICATE)
    assert await w.count("conversions") == 1


async def test_a_second_order_of_a_qualified_lead_is_kept_but_pays_nothing(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    second = await w.convert(token=visit.token, order="1043")
    assert (second.status, second.reason) == (Status.IGNORED, Reason.ALREADY_QUALIFIED)
    assert await w.count("conversions") == 2
    assert await w.count("rewards") == 1


async def test_without_an_order_a_lead_converts_once_for_each_event(w: World) -> None:
    visit = await w.visit()
    assert (await w.convert(token=visit.token, event="signup")).status is Status.COUNTED
    again = await w.convert(token=visit.token, event="signup")
    assert (again.status, again.reason) == (Status.IGNORED, Reason.DUPLICATE)


async def test_no_token_no_code_and_no_signature_is_only_counted(w: World) -> None:
    answer = await w.convert(order="1042", email="cy@example.org")
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.NO_HIT)
    assert await w.count("conversions") == await w.count("reports") == 0


async def test_a_bare_code_is_kept_as_a_claim(w: World) -> None:
    answer = await w.convert(code=w.ada.code, order="1042")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.NEEDS_EVIDENCE)
    assert await w.count("leads") == await w.count("rewards") == 0


async def test_a_stranger_who_claims_a_thousand_orders_burns_none(w: World) -> None:
    for order in range(1042, 1062):
        await w.convert(code=w.bob.code, order=str(order), key=f"purchase:{order}")
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", key="purchase:1042")
    assert (answer.status, answer.dup) == (Status.COUNTED, False)
    lead = await w.only_lead()
    assert lead.referrer_id == w.ada.id
    assert [reward.status for reward in await w.rewards(lead.id)] == [RewardStatus.DUE]


async def test_a_forged_token_is_rejected_kept_once_and_burns_nothing(w: World) -> None:
    visit = await w.visit()
    forged = visit.token[:-4] + "AAAA"
    for _ in range(3):
        answer = await w.convert(token=forged, order="1042", key="purchase:1042")
        assert (answer.status, answer.reason) == (Status.REJECTED, Reason.BAD_TOKEN)
    assert await w.count("reports") == 1
    genuine = await w.convert(token=visit.token, order="1042", key="purchase:1042")
    assert (genuine.status, genuine.dup) == (Status.COUNTED, False)
    assert await w.count("conversions") == 1


async def test_a_name_that_comes_after_the_rejection_changes_nothing_of_it(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    [lead] = await w.leads()
    await reject(w.context, w.campaign, lead.id, "boss@example.com")
    answer = await w.convert(token=visit.token, order="1043", email=w.ada.email)
    assert answer.status is Status.REJECTED
    after = (await w.explain(lead.id)).lead
    assert (after.status, after.reason) == (LeadStatus.REJECTED, Reason.BY_HAND)


async def test_a_visit_older_than_the_window_makes_no_lead(w: World) -> None:
    visit = await w.visit()
    w.wait(61 * DAY)
    answer = await w.convert(token=visit.token, order="1042")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.EXPIRED)
    assert await w.count("leads") == 0


async def test_a_token_that_became_a_lead_in_time_goes_on_after_the_window(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    w.wait(200 * DAY)
    assert (await w.convert(token=visit.token, order="1042")).status is Status.COUNTED


async def test_two_leads_of_one_order_by_equal_evidence_are_both_held(w: World) -> None:
    first, second = await w.visit(), await w.visit(w.bob)
    await w.convert(token=first.token, order="1042")
    answer = await w.convert(token=second.token, order="1042")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.ORDER_CONFLICT)
    statuses = [
        (lead.status, reward.status, reward.reason)
        for lead in await w.leads()
        for reward in await w.rewards(lead.id)
    ]
    held = (LeadStatus.QUALIFIED, RewardStatus.HELD, Reason.ORDER_CONFLICT)
    assert statuses == [held, held]


async def test_better_evidence_takes_the_order_over(w: World) -> None:
    """Day 0: a cheat reports order 1042 with a genuine token; then the shop signs it for Cy."""
    cheat, genuine = await w.visit(w.bob), await w.visit()
    await w.convert(token=cheat.token, order="1042")
    answer = await w.convert(token=genuine.token, order="1042", email="cy@example.org", sign=True)
    assert answer.status is Status.COUNTED
    loser, winner = await w.leads()
    assert (loser.status, winner.status) == (LeadStatus.PENDING, LeadStatus.QUALIFIED)
    assert [r.status for r in await w.rewards(loser.id)] == [RewardStatus.CANCELLED]
    assert [r.status for r in await w.rewards(winner.id)] == [RewardStatus.DUE]
    assert await w.count("conversions") == 1


async def test_a_conflict_is_settled_by_a_surer_report(w: World) -> None:
    first, second = await w.visit(), await w.visit(w.bob)
    await w.convert(token=first.token, order="1042")
    await w.convert(token=second.token, order="1042")
    answer = await w.convert(token=second.token, order="1042", sign=True)
    assert answer.status is Status.COUNTED
    loser, winner = await w.leads()
    assert (loser.status, winner.status) == (LeadStatus.PENDING, LeadStatus.QUALIFIED)
    assert [r.status for r in await w.rewards(loser.id)] == [RewardStatus.CANCELLED]
    assert [r.status for r in await w.rewards(winner.id)] == [RewardStatus.DUE]


async def test_a_poorer_report_of_the_order_is_a_duplicate_that_leaves_a_note(w: World) -> None:
    genuine, cheat = await w.visit(), await w.visit(w.bob)
    await w.convert(token=genuine.token, order="1042", sign=True)
    answer = await w.convert(token=cheat.token, order="1042")
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.DUPLICATE)
    winner = (await w.leads())[0]
    assert [r.status for r in await w.rewards(winner.id)] == [RewardStatus.DUE]
    assert [f.check for f in (await w.explain(winner.id)).findings] == ["order_conflict"]


async def test_a_signature_that_does_not_hold_holds_the_reward(w: World) -> None:
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", sig="v1=00")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.BAD_SIGNATURE)
    lead = await w.only_lead()
    assert lead.status is LeadStatus.QUALIFIED
    [reward] = await w.rewards(lead.id)
    assert (reward.status, reward.reason) == (RewardStatus.HELD, Reason.BAD_SIGNATURE)


async def test_a_right_signature_after_a_wrong_one_releases_the_reward(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042", sig="v1=00")
    answer = await w.convert(token=visit.token, order="1042", sign=True)
    assert answer.status is Status.COUNTED
    lead = await w.only_lead()
    assert [r.status for r in await w.rewards(lead.id)] == [RewardStatus.DUE]


async def test_a_signed_email_finds_its_lead_without_a_token(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    answer = await w.convert(order="1042", email="cy@example.org", sign=True)
    assert answer.status is Status.COUNTED


async def test_a_signed_email_that_is_no_leads_is_kept(w: World) -> None:
    answer = await w.convert(order="1042", email="cy@example.org", sign=True)
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.NO_LEAD)
    assert await w.count("conversions") == 1


async def test_an_email_that_only_a_browser_says_is_held(w: World) -> None:
    phone, laptop = await w.visit(), await w.visit()
    await w.sign_up(token=phone.token, email="cy@example.org")
    answer = await w.convert(token=laptop.token, order="1042", email="Cy+shop@example.org")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.EMAIL_BY_BROWSER)
    assert await w.count("leads") == 1


async def test_another_email_at_the_checkout_is_held(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    answer = await w.convert(token=visit.token, order="1042", email="dee@example.org")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.IDENTITY_MISMATCH)


@pytest.mark.parametrize("amount", ["-1", "1e400", "49,00 €", "NaN", "0x10", "49.005"])
async def test_an_amount_that_cannot_be_read_never_refuses(w: World, amount: str) -> None:
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", amount=amount)
    assert (answer.status, answer.reason) == (Status.COUNTED, Reason.AMOUNT_UNREADABLE)
    lead = await w.only_lead()
    [conversion] = (await w.explain(lead.id)).conversions
    assert (conversion.amount, conversion.currency) == (None, None)
    assert [r.status for r in await w.rewards(lead.id)] == [RewardStatus.DUE]


async def test_a_purchase_with_the_referrers_own_email_is_a_self_referral(w: World) -> None:
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", email="ADA+me@example.com")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.SELF_REFERRAL)
    lead = await w.only_lead()
    assert lead.status is LeadStatus.REJECTED
    assert await w.rewards(lead.id) == []


async def test_a_bot_is_ignored(w: World) -> None:
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", bot=True)
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.BOT)


async def test_a_paused_campaign_counts_what_was_visited_before(w: World) -> None:
    visit = await w.visit()
    w.wait(1000)
    await set_paused(w.context, w.campaign, True, "test")
    paused = await w.context.directory.by_id(w.campaign.id)
    assert paused is not None
    w.campaign = paused
    assert (await w.visit()).reason is Reason.PAUSED
    assert (await w.convert(token=visit.token, order="1042")).status is Status.COUNTED


async def test_a_refused_report_of_an_order_never_touches_what_stands(w: World) -> None:
    """A cheat sends the genuine order with the referrer's own e-mail and a wrong signature."""
    genuine, cheat = await w.visit(), await w.visit()
    await w.convert(token=genuine.token, order="1042")
    answer = await w.convert(token=cheat.token, order="1042", email="ada@example.com", sig="v1=00")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.SELF_REFERRAL)
    winner = (await w.leads())[0]
    found = await w.explain(winner.id)
    assert found.findings == []
    assert [r.status for r in found.rewards] == [RewardStatus.DUE]


async def test_an_ignored_report_again_keeps_its_id(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1")
    first = await w.convert(token=visit.token, order="2", key="k")
    again = await w.convert(token=visit.token, order="2", key="k")
    assert first.id is not None
    assert (again.id, again.dup) == (first.id, True)


async def test_a_public_code_tells_nobody_whether_an_email_is_known(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    known = await w.convert(code=w.ada.code, email="cy@example.org")
    unknown = await w.convert(code=w.ada.code, email="dee@example.org")
    assert known == unknown


async def test_a_strangers_claim_leaves_no_doubt_and_no_amount_on_the_genuine_order(
    w: World,
) -> None:
    claim = await w.convert(code=w.bob.code, order="1042", amount="999.00", sig="v1=00")
    assert claim.status is Status.HELD
    visit = await w.visit()
    answer = await w.convert(token=visit.token, order="1042", amount="")
    assert (answer.status, answer.reason) == (Status.COUNTED, None)
    lead = await w.only_lead()
    [conversion] = (await w.explain(lead.id)).conversions
    assert conversion.amount is None
    assert [r.status for r in await w.rewards(lead.id)] == [RewardStatus.DUE]
