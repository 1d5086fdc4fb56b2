"""Leads: made, found, completed, refused, and what binds them."""

from __future__ import annotations

from goodword.clock import DAY, MINUTE
from goodword.lifecycle.set_up import set_paused
from goodword.model import LeadStatus, Reason, RewardStatus, Status
from lifecycle.world import World


async def test_a_sign_up_through_a_link_makes_a_pending_lead(w: World) -> None:
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="cy@example.org", name="Cy")
    lead = await w.only_lead()
    assert (answer.status, answer.id, answer.code) == (Status.COUNTED, lead.id, lead.code)
    assert (lead.status, lead.referrer_id, lead.name) == (LeadStatus.PENDING, w.ada.id, "Cy")
    assert await w.rewards(lead.id) == []


async def test_a_known_code_alone_makes_a_lead(w: World) -> None:
    answer = await w.sign_up(code=w.ada.code.lower(), email="cy@example.org")
    assert answer.status is Status.COUNTED


async def test_a_sign_up_without_token_or_code_is_only_counted(w: World) -> None:
    answer = await w.sign_up(email="cy@example.org")
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.NO_HIT)
    assert await w.count("reports") == 0


async def test_the_same_sign_up_again_answers_the_same(w: World) -> None:
    visit = await w.visit()
    first = await w.sign_up(token=visit.token, email="cy@example.org", key="lead:cy")
    again = await w.sign_up(token=visit.token, email="cy@example.org", key="lead:cy")
    assert (again.id, again.code, again.dup) == (first.id, first.code, True)


async def test_a_stranger_learns_no_id_of_a_known_email(w: World) -> None:
    visit, other = await w.visit(), await w.visit(w.bob)
    await w.sign_up(token=visit.token, email="cy@example.org", key="lead:cy")
    answer = await w.sign_up(token=other.token, email="C.Y@example.org", key="lead:cy")
    assert answer.status is Status.COUNTED  # dots matter outside gmail: another mailbox
    answer = await w.sign_up(token=other.token, email="CY+x@example.org", key="lead:cy2")
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.DUPLICATE)
    assert (answer.id, answer.code) == (None, None)


async def test_the_first_referrer_keeps_the_lead(w: World) -> None:
    visit, later = await w.visit(), await w.visit(w.bob)
    await w.sign_up(token=visit.token, email="cy@example.org")
    await w.sign_up(token=later.token, email="cy@example.org")
    assert (await w.only_lead()).referrer_id == w.ada.id


async def test_the_referrers_own_email_is_rejected_and_binds_the_browser(w: World) -> None:
    visit = await w.visit()
    answer = await w.sign_up(token=visit.token, email="ada+friend@example.com")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.SELF_REFERRAL)
    assert (answer.id, answer.code) == (None, None)
    bought = await w.convert(token=visit.token, order="1042")
    assert (bought.status, bought.reason) == (Status.REJECTED, Reason.SELF_REFERRAL)
    lead = await w.only_lead()
    assert lead.status is LeadStatus.REJECTED
    assert await w.count("rewards") == 0


async def test_the_referrers_own_browser_holds_the_reward_of_a_friend(w: World) -> None:
    own = await w.visit(w.bob)
    await w.convert(token=own.token, order="1", email="ada@example.com")  # Ada buys by Bob's link
    mine = await w.visit(w.ada, token=own.token)
    w.wait(6 * MINUTE)
    answer = await w.sign_up(token=mine.token, email="new.friend@example.org")
    assert answer.status in (Status.HELD, Status.COUNTED)
    lead = (await w.leads())[-1]
    checks = [finding.check for finding in (await w.explain(lead.id)).findings]
    assert "same_browser" in checks


async def test_a_second_name_of_one_browser_is_another_lead_and_held(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    answer = await w.sign_up(token=visit.token, email="dee@example.org")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.SHARED_TOKEN)
    assert len(await w.leads()) == 2


async def test_a_late_sign_up_is_rejected_and_kept(w: World) -> None:
    visit = await w.visit()
    w.wait(60 * DAY + 1)
    answer = await w.sign_up(token=visit.token, email="cy@example.org")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.EXPIRED)
    assert (await w.only_lead()).status is LeadStatus.REJECTED


async def test_a_forged_token_binds_nothing(w: World) -> None:
    visit = await w.visit()
    forged = visit.token[:-4] + "AAAA"
    answer = await w.sign_up(token=forged, email="cy@example.org")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.BAD_TOKEN)
    assert await w.count("leads") == 0
    genuine = await w.sign_up(token=visit.token, email="cy@example.org")
    assert genuine.status is Status.COUNTED


async def test_a_name_after_the_purchase_completes_the_lead(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    answer = await w.sign_up(token=visit.token, email="cy@example.org", name="Cy")
    lead = await w.only_lead()
    assert (answer.status, answer.reason) == (Status.IGNORED, Reason.DUPLICATE)
    assert (lead.email, lead.name, lead.status) == ("cy@example.org", "Cy", LeadStatus.QUALIFIED)


async def test_the_referrers_name_after_the_purchase_cancels_the_reward(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042")
    await w.sign_up(token=visit.token, email="ada@example.com")
    lead = await w.only_lead()
    assert (lead.status, lead.reason) == (LeadStatus.REJECTED, Reason.SELF_REFERRAL)
    assert [r.status for r in await w.rewards(lead.id)] == [RewardStatus.CANCELLED]


async def test_a_paused_campaign_takes_no_new_lead_but_keeps_the_report(w: World) -> None:
    visit = await w.visit()
    await set_paused(w.context, w.campaign, True, "test")
    paused = await w.context.directory.by_id(w.campaign.id)
    assert paused is not None
    w.campaign = paused
    answer = await w.sign_up(token=visit.token, email="cy@example.org")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.PAUSED)
    assert (await w.count("leads"), await w.count("reports")) == (0, 1)


async def test_a_doubt_about_one_lead_holds_no_other(w: World) -> None:
    visit, other = await w.visit(), await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    await w.sign_up(token=visit.token, email="dee@example.org")  # held: a second name
    answer = await w.convert(token=other.token, order="1042")
    assert (answer.status, answer.reason) == (Status.COUNTED, None)


async def test_the_referrer_is_found_out_in_a_second_browser_too(w: World) -> None:
    """Browser A is rejected by name; browser B buys without one, and then says the name."""
    a, b = await w.visit(), await w.visit()
    await w.sign_up(token=a.token, email="ada@example.com")
    await w.convert(token=b.token, order="1042")
    answer = await w.sign_up(token=b.token, email="ada@example.com")
    assert (answer.status, answer.reason) == (Status.REJECTED, Reason.SELF_REFERRAL)
    assert [lead.status for lead in await w.leads()] == [LeadStatus.REJECTED] * 2
    statuses = [r.status for lead in await w.leads() for r in await w.rewards(lead.id)]
    assert statuses == [RewardStatus.CANCELLED]


async def test_a_friends_lead_is_held_once_the_referrer_shows_up_in_its_browser(w: World) -> None:
    visit = await w.visit()
    await w.sign_up(token=visit.token, email="cy@example.org")
    own = await w.convert(token=visit.token, order="1", email="ada@example.com")
    assert (own.status, own.reason) == (Status.REJECTED, Reason.SELF_REFERRAL)
    answer = await w.convert(token=visit.token, order="2")
    assert (answer.status, answer.reason) == (Status.HELD, Reason.SAME_BROWSER)
    lead = await w.only_lead()
    assert [r.status for r in await w.rewards(lead.id)] == [RewardStatus.HELD]


async def test_refused_words_again_are_answered_alike_and_as_known(w: World) -> None:
    visit = await w.visit()
    forged = visit.token[:-4] + "AAAA"
    for token, email in ((forged, "cy@example.org"), (visit.token, "ada@example.com")):
        first = await w.sign_up(token=token, email=email, key="k")
        again = await w.sign_up(token=token, email=email, key="k")
        assert (first.dup, again.dup) == (False, True)
        assert (first.status, first.reason) == (again.status, again.reason)
