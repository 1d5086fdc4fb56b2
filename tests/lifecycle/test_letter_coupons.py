"""Coupons by e-mail: a code goes along with the news, or by itself; given once, to who reads it."""

from __future__ import annotations

import pytest

from goodword.lifecycle.explain_reward import explain_reward
from goodword.lifecycle.mailing import send_again
from goodword.lifecycle.reveal import show_code
from goodword.lifecycle.unsubscribe import choose, read_choice, unsubscribe_link
from goodword.model import (
    Letter,
    Occasion,
    Reason,
    Recipient,
    RewardStatus,
)
from goodword.rewards import coupons
from lifecycle.post import coupon_rule, mailing, mails, said, sent, switched, the, written
from lifecycle.world import MINUTE, World
from mail_server import OK, receiving

BOSS = "boss@example.com"
GRACE = {"email": "grace@example.net", "name": "Grace Hopper"}


async def test_a_code_without_delay_goes_along_with_the_news(w: World) -> None:
    await coupon_rule(w)
    visit = await w.visit()
    await w.convert(token=visit.token, order="1", sign=True)
    async with receiving() as box:
        postman = mailing(w, box)
        await postman.round()
        assert box.got == []
        await w.tick()
        await postman.round()
        [got] = box.got
    assert got.subject == "Your referral of a friend counts"
    assert "Your coupon code: AAA-1" in got.text
    assert "may go out" not in got.text
    assert ">AAA-1</strong>" in got.html
    assert await written(w) == []


async def test_news_does_not_wait_for_a_code_that_does_not_come(w: World) -> None:
    await coupon_rule(w)
    await w.buyer("1")  # reported by the browser alone: a person issues it
    await w.tick()
    async with receiving() as box:
        postman = mailing(w, box)
        w.wait(2 * MINUTE)
        await postman.round()
        [got] = box.got
        assert "AAA" not in got.text
        lead = await w.only_lead()
        await w.pay("issue", *await w.rewards(lead.id))
        await postman.round()
        assert "AAA-1" in box.got[-1].text
        assert box.got[-1].subject == "Your reward from Demo"


async def test_a_lead_is_welcomed_with_the_code_of_a_rule_for_joining(w: World) -> None:
    await coupon_rule(w, recipients=(Recipient.LEAD,), occasion=Occasion.JOINED)
    visit = await w.visit()
    await w.sign_up(token=visit.token, door="api", **GRACE)
    await w.tick()
    async with receiving() as box:
        await mailing(w, box).round()
        [got] = box.to("grace@example.net")
    assert got.subject == "Welcome to Demo"
    assert "Your coupon code: AAA-1" in got.text


async def test_a_code_is_mailed_by_itself_where_the_news_has_no_place_for_it(w: World) -> None:
    await switched(w, Letter.REFERRER_QUALIFIED, text="It counts.")
    await switched(w, Letter.REFERRER_REWARD, on=False)
    await coupon_rule(w)
    visit = await w.visit()
    await w.convert(token=visit.token, order="1", sign=True)
    await w.tick()
    assert await written(w) == [
        ("ada@example.com", "referrer.qualified"),
        ("ada@example.com", "referrer.reward"),
    ]


@pytest.mark.parametrize("sent", [False, True])
async def test_a_code_goes_back_to_its_pool_unless_it_was_sent(w: World, sent: bool) -> None:
    await coupon_rule(w, auto=False)
    lead = await w.buyer("1")
    done = await w.pay("issue", *await w.rewards(lead.id))
    async with receiving() as box:
        postman = mailing(w, box)
        if sent:
            await postman.round()
        await w.undo(done)
        await postman.round()
        assert len([got for got in box.got if "AAA-1" in got.text]) == int(sent)
    async with w.context.storage.read() as db:
        [pool] = await coupons.pools(db, w.campaign.id)
    assert (pool.left, pool.given) == ((1, 1) if sent else (2, 0))
    [*_, again] = await w.rewards(lead.id)
    assert again.status is RewardStatus.DUE


async def _one_due(w: World, **lead: object) -> None:
    """A coupon for a lead that joins, due at once."""
    await coupon_rule(w, recipients=(Recipient.LEAD,), occasion=Occasion.JOINED)
    await w.sign_up(door="api", code=w.ada.code, **(GRACE | lead))


@pytest.mark.parametrize("email", ["grace@example.net", ""])
async def test_a_code_that_nobody_can_be_mailed_waits_for_a_person(w: World, email: str) -> None:
    await _one_due(w, email=email, customer="c-1")
    await w.tick()
    lead = await w.only_lead()
    [failed] = await w.rewards(lead.id)
    assert (failed.status, failed.reason) == (RewardStatus.FAILED, Reason.UNREACHABLE)
    await w.pay("issue", failed)
    assert not [each for each in await mails(w) if each.target == lead.id]
    found = await explain_reward(w.context, w.campaign, failed.id)
    assert found is not None
    assert (found.coupon, found.unseen) == (None, True)
    assert "No e-mail brings its code: show it, and pass it on yourself." in [
        each.text for each in found.next
    ]
    done = await show_code(w.context, w.campaign, failed.id, BOSS)
    assert done.deed is not None
    found = await explain_reward(w.context, w.campaign, failed.id)
    assert found is not None
    assert (found.coupon, found.unseen) == ("AAA-1", False)
    assert (await show_code(w.context, w.campaign, failed.id, BOSS)).deed is None


async def test_who_stopped_mails_is_mailed_no_code(w: World) -> None:
    await coupon_rule(w)
    link = unsubscribe_link(w.context, w.campaign, w.ada.email)
    choice = await read_choice(w.context, link.rpartition("/")[2])
    assert choice is not None
    await choose(w.context, choice, stop=True)
    visit = await w.visit()
    await w.convert(token=visit.token, order="1", sign=True)
    await w.tick()
    [failed] = await w.rewards((await w.only_lead()).id)
    assert failed.reason is Reason.UNREACHABLE


async def test_a_reversal_before_the_mail_has_left_gives_the_code_back(w: World) -> None:
    await coupon_rule(w, auto=False)
    lead = await w.buyer("1")
    await w.pay("issue", *await w.rewards(lead.id))
    assert "AAA-1" in said(await the(w, Letter.REFERRER_QUALIFIED)).text
    await w.pay("reverse", *await w.rewards(lead.id))
    assert "AAA-1" not in said(await the(w, Letter.REFERRER_QUALIFIED)).text
    async with w.context.storage.read() as db:
        [pool] = await coupons.pools(db, w.campaign.id)
    assert (pool.left, pool.given) == (2, 0)
    assert await written(w) == [("ada@example.com", "referrer.qualified")]


async def test_a_letter_whose_code_went_back_is_not_sent_again(w: World) -> None:
    await coupon_rule(w, auto=False)
    lead = await w.buyer("1")
    await sent(w)
    done = await w.pay("issue", *await w.rewards(lead.id))
    letter = await the(w, Letter.REFERRER_REWARD)
    await w.undo(done)
    again = await send_again(w.context, w.campaign, [letter.id], BOSS)
    assert [each.why for each in again.refused] == ["What it says was undone since."]


async def test_a_reward_says_what_became_of_the_mail_with_its_code(w: World) -> None:
    await coupon_rule(w, auto=False)
    lead = await w.buyer("1")
    await sent(w)
    await w.pay("issue", *await w.rewards(lead.id))
    [reward] = await w.rewards(lead.id)
    found = await explain_reward(w.context, w.campaign, reward.id)
    assert found is not None
    assert [each.text for each in found.next if "e-mail" in each.text] == [
        "The e-mail “Reward issued” to the referrer waits in the outbox: no mail server is set."
    ]
    async with receiving() as box:
        box.answers = lambda stage, _: "550 no" if stage == "RCPT" else OK
        await mailing(w, box).round()
    found = await explain_reward(w.context, w.campaign, reward.id)
    assert found is not None
    assert "E-mail could not be delivered" in [each.title for each in found.timeline]
    assert [each.text for each in found.next if "e-mail" in each.text] == [
        "The e-mail with its code failed: send it again under E-mails, Outbox."
    ]
    assert found.coupon == "AAA-1"
