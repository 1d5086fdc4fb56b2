"""The referrer's own page: what a mailed link opens, for how long, and for whom."""

from __future__ import annotations

import re

import msgspec
import pytest

from goodword.clock import HOUR
from goodword.lifecycle.brand import BrandChanges, edit_brand
from goodword.lifecycle.enrol import enrol
from goodword.lifecycle.mailed import open_own_page, own_page_link, sent_for
from goodword.lifecycle.own_page import (
    SESSION_LIFE,
    ask_for_link,
    close_links,
    open_session,
    read_own_page,
    resume_session,
)
from goodword.lifecycle.set_up import NewCampaign, create_campaign
from goodword.model import (
    DEFAULT_ACCENT,
    DEFAULT_PAPER,
    Kind,
    LinkTo,
    Mail,
    MessageStatus,
    Method,
)
from goodword.notifications.decide import ASKED_PAUSE, MOST_A_DAY
from goodword.notifications.fill import fill
from goodword.rewards import coupons
from lifecycle.post import mailing, mails
from lifecycle.world import DAY, World
from mail_server import receiving


async def test_a_session_lasts_two_hours(w: World) -> None:
    session = open_session(w.context, w.ada)
    w.wait(SESSION_LIFE - 1)
    assert await resume_session(w.context, w.campaign, session) == w.ada
    w.wait(1)
    assert await resume_session(w.context, w.campaign, session) is None


async def test_what_was_mailed_is_no_session_and_the_reverse(w: World) -> None:
    mailed = own_page_link(w.context, w.ada).rpartition("/")[2]
    assert await resume_session(w.context, w.campaign, mailed) is None
    assert await sent_for(w.context, open_session(w.context, w.ada)) is None
    for forged in ("", "x", ".", mailed[:-1], f"{mailed}x", "." + mailed):
        assert await resume_session(w.context, w.campaign, forged) is None


async def test_a_session_is_of_one_campaign(w: World) -> None:
    other = await create_campaign(
        w.context, NewCampaign(name="Other", origins=("https://other.example",)), "test"
    )
    assert await resume_session(w.context, other, open_session(w.context, w.ada)) is None


async def test_closing_ends_every_link_and_session_of_before(w: World) -> None:
    old = open_session(w.context, w.ada)
    w.wait(HOUR)
    await close_links(w.context, w.campaign, w.ada)
    w.wait(1)
    assert await resume_session(w.context, w.campaign, old) is None
    assert await resume_session(w.context, w.campaign, open_session(w.context, w.ada))


async def test_a_link_that_opens_nothing_any_more_still_says_for_which_campaign(w: World) -> None:
    mailed = own_page_link(w.context, w.ada).rpartition("/")[2]
    w.wait(8 * DAY)
    found = await sent_for(w.context, mailed)
    assert found is not None
    assert found.id == w.campaign.id
    assert await sent_for(w.context, mailed[:-2]) is None


async def test_a_coupon_that_was_looked_at_is_never_given_again(w: World) -> None:
    await w.no_rules()
    await w.rule(kind=Kind.COUPON, amount=1, pool="spring", method=Method.COUPON, delay=0)
    await w.pool("spring", "SPRING-1")
    lead = await w.buyer("1")
    [reward] = await w.rewards(lead.id)
    await w.pay("issue", reward)
    page = await read_own_page(w.context, w.campaign, w.ada)
    assert [each.coupon for each in page.rewards] == ["SPRING-1"]
    async with w.context.storage.write(w.campaign.id) as db:
        assert not await coupons.give_back(db, w.campaign.id, reward.id)


async def sent_to(w: World, email: str) -> list[str]:
    """The letters that wait for somebody, oldest first."""
    waiting = [msgspec.json.decode(each.body, type=Mail) for each in await mails(w)]
    return [mail.subject for mail in waiting if mail.to == email]


@pytest.mark.parametrize("email", ["ada@example.com", "ADA+x@Example.com"])
async def test_who_asks_is_mailed_the_links_to_the_address_they_joined_with(
    w: World, email: str
) -> None:
    await ask_for_link(w.context, w.campaign, email)
    [letter] = await mails(w)
    assert (letter.type, letter.target) == ("referrer.link", w.ada.id)
    assert msgspec.json.decode(letter.body, type=Mail).to == "ada@example.com"


async def test_who_asks_for_a_stranger_or_nobody_makes_no_letter(w: World) -> None:
    for email in ("nobody@example.org", "", "x", "ada@example.com\nbcc: x@example.org"):
        await ask_for_link(w.context, w.campaign, email)
    assert await mails(w) == []


async def test_whoever_asks_often_makes_one_letter_in_five_minutes_and_twenty_a_day(
    w: World,
) -> None:
    for _ in range(3):
        await ask_for_link(w.context, w.campaign, "ada@example.com")
    assert len(await mails(w)) == 1
    for _ in range(30):
        w.wait(ASKED_PAUSE + 1)
        await ask_for_link(w.context, w.campaign, "ada@example.com")
    going = await mails(w, MessageStatus.WAITING)
    assert len(going) == MOST_A_DAY


async def test_a_welcome_and_a_known_referrer_who_joins_again_get_a_letter_each(w: World) -> None:
    await enrol(w.context, w.campaign, "eve@example.org", "Eve", "")
    await enrol(w.context, w.campaign, "ada@example.com", "Ada", "")
    assert sorted((each.type, each.target == w.ada.id) for each in await mails(w)) == [
        ("referrer.link", True),
        ("referrer.welcome", False),
    ]
    await enrol(w.context, w.campaign, "eve@example.org", "Eve", "")
    assert await sent_to(w, "eve@example.org") == ["Your link for {{campaign}}"]


async def test_the_link_in_the_letter_is_made_when_it_is_sent_and_opens_the_page(w: World) -> None:
    async with receiving() as box:
        postman = mailing(w, box)
        await enrol(w.context, w.campaign, "eve@example.org", "Eve", "")
        [waiting] = await mails(w)
        assert "/p/" not in waiting.body
        w.wait(6 * DAY)
        await postman.round()
        [got] = box.to("eve@example.org")
    [text] = set(re.findall(r"https://go\.shop\.example/p/([\w.-]+)", got.text))
    w.wait(6 * DAY)
    opened = await open_own_page(w.context, text)
    assert opened is not None
    assert opened[1].email == "eve@example.org"
    code = opened[1].code
    assert f"https://go.shop.example/c/demo/{code}" in got.text
    assert f"https://shop.example/?ref={code}" in got.text


async def test_where_links_lead_to_the_site_no_letter_names_an_invitation(w: World) -> None:
    changes = BrandChanges(
        accent=DEFAULT_ACCENT, paper=DEFAULT_PAPER, link_to=LinkTo.SITE, texts={}
    )
    await edit_brand(w.context, w.campaign, changes, "boss@example.com")
    await enrol(w.context, w.campaign, "eve@example.org", "Eve", "")
    [letter] = await mails(w)
    mail = msgspec.json.decode(letter.body, type=Mail)
    told = fill(mail.subject, mail.text, mail.values)
    assert "invitation" not in told.text
    assert "https://shop.example/?ref=" in told.text
