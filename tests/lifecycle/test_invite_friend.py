"""The one letter to a person who did not ask: once, by a friend, and it can be stopped."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest

from goodword.lifecycle.customers import add_customer
from goodword.lifecycle.disable import set_disabled
from goodword.lifecycle.invite_friend import MOST_A_DAY, Invited, invite_friend
from goodword.lifecycle.mailing import edit_letter, send_again
from goodword.lifecycle.set_up import set_paused
from goodword.lifecycle.unsubscribe import choose, read_choice, unsubscribe_link
from goodword.model import Letter, Mail, Referrer
from goodword.notifications.letters import standard_text
from goodword.settings import MailServer
from lifecycle.post import mailing, mails
from lifecycle.world import DAY, World
from mail_server import receiving

FRIEND = "Grace+x@example.org"


@pytest.fixture(autouse=True)
async def on(w: World) -> None:
    """The owner has switched it on, and has a mail server."""
    await switch(w, True)
    settings = replace(w.context.settings, mail_server=MailServer("127.0.0.1", 25))
    w.context = replace(w.context, settings=settings)


async def switch(w: World, on: bool) -> None:
    text = replace(standard_text(Letter.FRIEND_INVITATION), on=on)
    await edit_letter(w.context, w.campaign, text, "boss@example.com")


async def invite(w: World, email: str = FRIEND, by: Referrer | None = None) -> Invited:
    return await invite_friend(w.context, w.campaign, by or w.ada, email)


async def written(w: World) -> list[Mail]:
    found = [each for each in await mails(w) if each.type == Letter.FRIEND_INVITATION]
    return [msgspec.json.decode(each.body, type=Mail) for each in found]


async def test_it_goes_out_once_with_the_first_name_and_a_way_to_stop_it(w: World) -> None:
    async with receiving() as box:
        postman = mailing(w, box)
        assert await invite(w) is Invited.TAKEN
        await postman.round()
    [got] = box.got
    assert got.to == FRIEND
    assert "Ada invites you to Demo" in got.subject
    assert f"https://go.shop.example/c/demo/{w.ada.code}" in got.text
    assert "Lovelace" not in got.text
    assert "ada@example.com" not in got.text
    [stop] = re.findall(r"/unsubscribe/(\S+)", got.text)[:1]
    choice = await read_choice(w.context, stop)
    assert choice is not None


@pytest.mark.parametrize("again", [FRIEND, "grace@example.org"])
async def test_an_address_is_invited_once_for_ever_whoever_asks(w: World, again: str) -> None:
    await invite(w)
    w.wait(500 * DAY)
    for by in (w.ada, w.bob):
        assert await invite(w, again, by) is Invited.TAKEN
    assert len(await written(w)) == 1


async def test_who_wants_no_mail_or_is_known_is_not_written_to_and_nobody_is_told(
    w: World,
) -> None:
    stop = unsubscribe_link(w.context, w.campaign, FRIEND).rpartition("/")[2]
    choice = await read_choice(w.context, stop)
    assert choice is not None
    await choose(w.context, choice, True)
    await w.buyer("1042", email="lead@example.org")
    await add_customer(w.context, w.campaign, "old@example.org", None, "boss@example.com")
    for email in (FRIEND, "lead@example.org", "bob@example.com", "old@example.org"):
        assert await invite(w, email) is Invited.TAKEN
    assert await written(w) == []


async def test_a_referrer_may_invite_so_many_a_day(w: World) -> None:
    for n in range(MOST_A_DAY):
        assert await invite(w, f"friend-{n}@example.org") is Invited.TAKEN
    assert await invite(w, "more@example.org") is Invited.TOO_MANY
    assert await invite(w, "more@example.org", w.bob) is Invited.TAKEN
    w.wait(DAY + 1)
    assert await invite(w, "another@example.org") is Invited.TAKEN
    assert len(await written(w)) == MOST_A_DAY + 2


async def test_it_is_off_by_default_and_while_nobody_may_join(w: World) -> None:
    await switch(w, False)
    assert standard_text(Letter.FRIEND_INVITATION).on is False
    assert await invite(w) is Invited.OFF
    await switch(w, True)
    await set_disabled(w.context, w.campaign, [w.bob.id], True, "boss@example.com")
    bob = replace(w.bob, disabled_at=w.clock[0])
    assert await invite(w, by=bob) is Invited.OFF
    await set_paused(w.context, w.campaign, True, "boss@example.com")
    await w.reload()
    assert await invite(w) is Invited.OFF
    assert await invite(w, "nobody") is Invited.NO_ADDRESS
    assert await written(w) == []


async def test_nothing_of_the_address_is_kept_but_a_hash_and_it_is_never_sent_again(
    w: World,
) -> None:
    await invite(w)
    [message] = [each for each in await mails(w) if each.type == Letter.FRIEND_INVITATION]
    assert "grace" not in message.target.lower()
    done = await send_again(w.context, w.campaign, [message.id], "boss@example.com")
    assert done.refused[0].why == "Nobody is reached there any more."
    assert await w.count("invited") == 1
