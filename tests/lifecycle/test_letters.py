"""Who is written to about what happened, once, in which words; and who is not."""

from __future__ import annotations

from goodword.clock import new_secret
from goodword.lifecycle.by_hand import review_many
from goodword.lifecycle.post import Postman
from goodword.lifecycle.set_up import COMMAND_LINE, create_referrer
from goodword.lifecycle.unsubscribe import choose, read_choice, unsubscribe_link
from goodword.model import (
    Letter,
    MessageStatus,
)
from goodword.notifications.decide import MOST_A_DAY
from goodword.signing import mint_test_code
from lifecycle.post import joins, mailing, mails, said, switched, the, written
from lifecycle.world import DAY, MINUTE, World
from mail_server import receiving

BOSS = "boss@example.com"
WAITING, DROPPED = MessageStatus.WAITING, MessageStatus.DROPPED
GRACE = {"email": "grace@example.net", "name": "Grace Hopper"}


async def joined_friend(w: World, **more: object) -> None:
    visit = await w.visit()
    await w.sign_up(**({"token": visit.token} | GRACE | more))


async def test_who_joins_by_a_page_or_the_api_is_welcomed_and_nobody_else(w: World) -> None:
    await joins(w, "eve@example.com")
    for actor in (BOSS, COMMAND_LINE):
        email = f"{len(actor)}@example.com"
        await create_referrer(w.context, w.campaign, email, "", actor)
    assert await written(w) == [("eve@example.com", "referrer.welcome")]


async def test_who_joins_again_is_not_welcomed_again(w: World) -> None:
    await joins(w, "eve@example.com")
    w.wait(DAY)
    await joins(w, "eve@example.com")
    assert len(await mails(w)) == 1


async def test_a_new_referral_is_told_to_the_referrer_and_the_lead(w: World) -> None:
    await joined_friend(w)
    assert await written(w) == [
        ("ada@example.com", "referrer.referral"),
        ("grace@example.net", "lead.welcome"),
    ]
    told = said(await the(w, Letter.REFERRER_REFERRAL))
    assert told.subject == "Grace joined through your link"
    assert "Hopper" not in told.text
    welcome = said(await the(w, Letter.LEAD_WELCOME))
    assert welcome.text.startswith("Hello Grace,\n\nwelcome to Demo, which Ada recommended to you.")
    assert "coupon" not in welcome.text


async def test_whom_somebody_else_names_is_not_written_to(w: World) -> None:
    await w.sign_up(door="api", code=w.ada.code, **GRACE)
    assert await written(w) == [("ada@example.com", "referrer.referral")]


async def test_who_visited_and_is_told_of_by_the_site_is_written_to(w: World) -> None:
    await joined_friend(w, door="api")
    assert ("grace@example.net", "lead.welcome") in await written(w)


async def test_a_lead_without_an_address_gets_nothing(w: World) -> None:
    await w.buyer("1")
    assert await written(w) == [("ada@example.com", "referrer.qualified")]


async def test_test_runs_write_to_nobody(w: World) -> None:
    code = mint_test_code(w.campaign.code_key, new_secret(5), w.clock[0] + DAY)
    visit = await w.visit(code=code)
    await w.sign_up(token=visit.token, **GRACE)
    await w.convert(token=visit.token, order="1")
    assert await mails(w) == []


async def test_a_rejected_lead_writes_to_nobody_and_a_doubtful_one_to_the_referrer_alone(
    w: World,
) -> None:
    await joined_friend(w, email="ada@example.com")
    assert await mails(w) == []
    visit = await w.visit(w.bob)
    await w.sign_up(token=visit.token, email="bob@example.com")
    await w.sign_up(token=visit.token, email="friend@example.net", name="Friend")
    assert await written(w) in ([], [("bob@example.com", "referrer.referral")])


async def test_a_purchase_that_brings_a_lead_is_one_letter_to_each(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="1", email="grace@example.net")
    assert await written(w) == [
        ("ada@example.com", "referrer.qualified"),
        ("grace@example.net", "lead.qualified"),
    ]
    told = said(await the(w, Letter.REFERRER_QUALIFIED)).text
    assert "Your reward of 10.00 EUR may go out from 18 Dec 2026 on." in told
    assert "coupon" not in told
    assert "10.00" not in said(await the(w, Letter.LEAD_QUALIFIED)).text


async def test_an_issued_reward_is_told_to_who_gets_it(w: World) -> None:
    lead = await w.buyer("1")
    await w.pay("issue", *await w.rewards(lead.id), early=True)
    told = said(await the(w, Letter.REFERRER_REWARD))
    assert told.subject == "Your reward from Demo"
    assert "10.00 EUR" in told.text


async def test_a_letter_that_is_off_is_not_written(w: World) -> None:
    await switched(w, Letter.REFERRER_REFERRAL, on=False)
    await joined_friend(w)
    assert await written(w) == [("grace@example.net", "lead.welcome")]


async def test_edited_words_are_those_of_the_moment(w: World) -> None:
    words = {"subject": "{{friend}}!", "text": "{{referrals}} of them, {{successful}} count."}
    await switched(w, Letter.REFERRER_REFERRAL, **words)
    await joined_friend(w)
    await switched(w, Letter.REFERRER_REFERRAL, subject="Another", text="text")
    told = said(await the(w, Letter.REFERRER_REFERRAL))
    assert (told.subject, told.text) == ("Grace!", "1 of them, 0 count.")


async def test_what_is_undone_before_it_left_is_not_written(w: World) -> None:
    lead = await w.buyer("1")
    done = await w.pay("issue", *await w.rewards(lead.id), early=True)
    await w.undo(done)
    await review_many(w.context, w.campaign, "unqualify", [lead.id], BOSS)
    assert await written(w) == []
    assert {each.reason for each in await mails(w, DROPPED)} == {"it was undone before"}
    w.wait(MINUTE)
    await review_many(w.context, w.campaign, "qualify", [lead.id], BOSS)
    assert await written(w) == [("ada@example.com", "referrer.qualified")]


async def test_qualifying_again_is_not_told_again(w: World) -> None:
    lead = await w.buyer("1")
    async with receiving() as box:
        await mailing(w, box).round()
    for verb in ("unqualify", "qualify"):
        w.wait(MINUTE)
        await review_many(w.context, w.campaign, verb, [lead.id], BOSS)
    assert await written(w) == []


async def test_a_flood_of_leads_is_no_flood_of_mails(w: World) -> None:
    for number in range(MOST_A_DAY + 3):
        visit = await w.visit()
        await w.sign_up(token=visit.token, email=f"g{number}@example.net")
    to_ada = [each for each in await mails(w) if each.target == w.ada.id]
    assert [each.status for each in to_ada].count(WAITING) == MOST_A_DAY
    assert [each.status for each in to_ada].count(DROPPED) == 3


async def test_who_wants_none_gets_none_until_they_do_again(w: World) -> None:
    link = unsubscribe_link(w.context, w.campaign, "Eve+x@Example.com")
    choice = await read_choice(w.context, link.rpartition("/")[2])
    assert choice is not None
    await choose(w.context, choice, stop=True)
    await joins(w, "eve@example.com")
    async with receiving() as box:
        postman = mailing(w, box)
        await postman.round()
        [dropped] = await mails(w, DROPPED)
        assert dropped.reason == "they want no e-mails"
        await choose(w.context, choice, stop=False)
        await joins(w, "e.v.e@example.com")
        await postman.round()
        assert [got.to for got in box.got] == ["e.v.e@example.com"]


async def test_a_link_that_stops_mails_works_for_years_and_forged_ones_never(w: World) -> None:
    text = unsubscribe_link(w.context, w.campaign, "eve@example.com").rpartition("/")[2]
    w.wait(3_000 * DAY)
    assert await read_choice(w.context, text) is not None
    for wrong in ("", text[:-4], "x" + text):
        assert await read_choice(w.context, wrong) is None


async def test_no_mail_leaves_where_nobody_can_be_the_sender(w: World) -> None:
    await joins(w, "eve@example.com")
    await Postman(w.context).round()
    assert len(await mails(w, WAITING)) == 1


async def test_what_nobody_sent_is_forgotten_after_ninety_days_save_a_reward(w: World) -> None:
    lead = await w.buyer("1")
    await w.pay("issue", *await w.rewards(lead.id), early=True)
    w.wait(89 * DAY)
    await w.tick()
    assert len(await written(w)) == 2
    w.wait(2 * DAY)
    await w.tick()
    assert await written(w) == [("ada@example.com", "referrer.reward")]
