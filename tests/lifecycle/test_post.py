"""E-mails leave: at least once under one Message-ID, and no mail's trouble is another's."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from ipaddress import ip_network

import pytest

from goodword.lifecycle.endpoints import add_endpoint
from goodword.lifecycle.post import TROUBLE, Postman
from goodword.model import MessageStatus
from goodword.notifications import smtp
from goodword.notifications.decide import WAITS
from goodword.settings import MailServer
from goodword.storage import installation as notes
from goodword.worker import work
from lifecycle.post import joins, mailing, mails, tries
from lifecycle.world import MINUTE, World
from mail_server import CUT, HANG, OK, TAKEN_AND_CUT, Certified, certify, receiving
from receiver import listening


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certify(tmp_path_factory.mktemp("certificate"))


WAITING, SENT, FAILED = MessageStatus.WAITING, MessageStatus.SENT, MessageStatus.FAILED


async def test_a_mail_says_who_writes_to_whom_and_how_to_stop_it(w: World) -> None:
    async with receiving() as box:
        postman = mailing(w, box)
        eve = await joins(w, "eve@example.com")
        await postman.round()
        [got] = box.got
        [message] = await mails(w)
    headers = got.mail
    assert got.to == "eve@example.com"
    assert str(headers["From"]) == "Shop <hello@shop.example>"
    assert str(headers["To"]) == "Eve Adams <eve@example.com>"
    assert got.id == f"<{message.id}@shop.example>"
    assert headers["Auto-Submitted"] == "auto-generated"
    stop = re.fullmatch(
        r"<(https://go\.shop\.example/unsubscribe/\S+)>", headers["List-Unsubscribe"]
    )
    assert stop is not None
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "example.com" not in stop[1]
    assert f"https://shop.example/?ref={eve.code}" in got.text
    assert f'href="https://shop.example/?ref={eve.code}"' in got.html
    assert stop[1] in got.text
    assert stop[1] in got.html
    assert (message.status, message.attempts) == (SENT, 1)


async def test_without_a_mail_server_everything_waits_and_goes_once_there_is_one(w: World) -> None:
    await joins(w, "eve@example.com")
    await Postman(w.context).round()
    assert [each.status for each in await mails(w)] == [WAITING]
    async with receiving() as box:
        await mailing(w, box).round()
        assert [got.to for got in box.got] == ["eve@example.com"]


async def test_each_address_has_a_fate_of_its_own(w: World) -> None:
    said = {
        "gone@example.com": "550 5.1.1 <gone@example.com>: no such user",
        "grey@example.com": "451 4.7.1 try again later",
        "big@example.com": "250 OK",
    }
    async with receiving() as box:
        box.answers = lambda stage, to: said.get(to, OK) if stage == "RCPT" else OK
        postman = mailing(w, box)
        for email in ("a@example.com", *said, "z@example.com"):
            await joins(w, email)
        await postman.round()
        taken = {"a@example.com", "big@example.com", "z@example.com"}
        assert {got.to for got in box.got} == taken
        [failed] = await mails(w, FAILED)
        [again] = await mails(w, WAITING)
        assert [each.answer for each in await tries(w, [failed])] == ["5.1.1 …: no such user"]
        assert failed.attempts == 1
        assert WAITS[0] <= again.next_at - w.context.now() <= WAITS[0] * 1.1
        said.clear()
        await postman.round()
        assert len(box.got) == 3
        w.wait(2 * WAITS[0])
        await postman.round()
        assert box.got[-1].to == "grey@example.com"
        assert [each.code for each in await tries(w, [again])] == [451, 250]


async def test_what_is_refused_for_now_is_tried_for_three_days_and_has_then_failed(
    w: World,
) -> None:
    async with receiving() as box:
        box.answers = lambda stage, to: "452 mailbox full" if stage == "RCPT" else OK
        postman = mailing(w, box)
        await joins(w, "full@example.com")
        for _ in range(len(WAITS) + 1):
            await postman.round()
            w.wait(2 * WAITS[-1])
        [failed] = await mails(w, FAILED)
        assert failed.attempts == len(WAITS) + 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
async def test_a_server_that_closes_delays_all_and_costs_nobody_a_try(w: World, stage: str) -> None:
    async with receiving() as box:
        postman = mailing(w, box)
        await joins(w, "first@example.com")
        await postman.round()
        box.answers = lambda at, _: "421 4.3.2 shutting down" if at == stage else OK
        await joins(w, "a@example.com")
        await joins(w, "b@example.com")
        for _ in range(4):
            await postman.round()
            w.wait(20 * MINUTE)
        waiting = await mails(w, WAITING)
        # The one in hand when the server began to close may have been the cause.
        assert [each.attempts for each in waiting] == [1, 0]
        box.answers = lambda at, _: OK
        await postman.round()
        assert {got.to for got in box.got[1:]} == {"a@example.com", "b@example.com"}


async def test_a_server_that_is_down_is_noted_and_left_alone_for_a_while(w: World) -> None:
    async with receiving() as box:
        postman = mailing(w, box)
    await joins(w, "a@example.com")
    await postman.round()
    [waiting] = await mails(w)
    assert (waiting.status, waiting.attempts, waiting.leased_until) == (WAITING, 0, 0)
    async with w.context.storage.read() as db:
        assert "Error connecting" in (await notes.read(db, TROUBLE) or "")
    port = int(box.url.rpartition(":")[2])
    async with receiving(port=port) as box:
        await postman.round()
        assert box.connections == 0
        w.wait(MINUTE)
        await postman.round()
        assert len(box.got) == 1
    async with w.context.storage.read() as db:
        assert await notes.read(db, TROUBLE) is None


async def test_a_mail_that_the_connection_breaks_at_keeps_no_other_waiting(w: World) -> None:
    async with receiving() as box:
        poison = "poison@example.com"
        box.answers = lambda stage, to: CUT if (stage, to) == ("DATA", poison) else OK
        postman = mailing(w, box)
        await joins(w, poison)
        for number in range(3):
            await joins(w, f"good{number}@example.com")
        await postman.round()
        w.wait(6_000)
        await postman.round()
        assert len(box.got) == 3


async def test_a_slow_server_gets_its_time_and_no_more(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.2)
    async with receiving() as box:
        box.answers = lambda stage, _: HANG if stage == "RCPT" else OK
        postman = mailing(w, box)
        await joins(w, "a@example.com")
        await asyncio.wait_for(postman.round(), 5)
        [waiting] = await mails(w, WAITING)
        assert waiting.next_at > w.context.now()


async def test_a_mail_whose_answer_was_lost_comes_twice_under_one_id(w: World) -> None:
    async with receiving() as box:
        lost = [True]
        box.answers = lambda stage, _: (
            TAKEN_AND_CUT if stage == "DATA" and lost and lost.pop() else OK
        )
        postman = mailing(w, box)
        await joins(w, "a@example.com")
        await postman.round()
        w.wait(6 * MINUTE)
        await postman.round()
        assert len(box.got) == 2
        assert len({got.id for got in box.got}) == 1


async def test_a_password_that_is_refused_fails_no_mail(w: World) -> None:
    async with receiving(password=True) as box:
        wrong = mailing(w, box, user="ada", password="wrong")
        await joins(w, "a@example.com")
        await wrong.round()
        [waiting] = await mails(w)
        assert (waiting.status, waiting.attempts) == (WAITING, 0)
        await mailing(w, box, user="ada", password="right").round()
        assert [got.to for got in box.got] == ["a@example.com"]
        assert box.logins[-1] == ("ada", "right")


async def test_a_password_travels_only_by_tls_whose_certificate_holds(
    w: World, monkeypatch: pytest.MonkeyPatch, certified: Certified
) -> None:
    monkeypatch.setattr(MailServer, "is_local", False)
    async with receiving(password=True) as plain:
        await joins(w, "a@example.com")
        await mailing(w, plain, user="ada", password="right").round()
        assert (plain.logins, plain.got) == ([], [])
    async with receiving(certified.server, password=True) as box:
        await mailing(w, box, user="ada", password="right").round()
        assert (box.logins, box.got) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(certified.file))
        await mailing(w, box, user="ada", password="right").round()
        assert len(box.got) == 1


async def test_without_a_password_tls_is_taken_as_it_comes(w: World, certified: Certified) -> None:
    async with receiving(certified.server) as box:
        await joins(w, "a@example.com")
        await mailing(w, box).round()
        assert len(box.got) == 1


async def test_a_sender_that_is_refused_fails_no_mail(w: World) -> None:
    async with receiving() as box:
        box.answers = lambda stage, _: "553 not your address" if stage == "MAIL" else OK
        postman = mailing(w, box)
        first = await joins(w, "a@example.com")
        await postman.round()
        [waiting] = await mails(w)
        assert waiting.status is WAITING
        assert waiting.target == first.id


async def test_no_address_is_in_a_log_line(w: World, caplog: pytest.LogCaptureFixture) -> None:
    async with receiving() as box:
        box.answers = lambda stage, to: f"421 <{to}> not now"
        postman = mailing(w, box)
        await joins(w, "secret@example.com")
        await postman.round()
    assert "e-mails wait" in caplog.text
    assert "@" not in caplog.text


async def test_two_postmen_at_once_send_each_mail_once(w: World) -> None:
    async with receiving() as box:
        one = mailing(w, box)
        for number in range(30):
            await joins(w, f"p{number}@example.com")
        await asyncio.gather(one.round(), Postman(w.context).round())
        assert len(box.got) == 30
        assert len({got.id for got in box.got}) == 30


async def test_a_mail_server_that_hangs_keeps_no_webhook_waiting(w: World) -> None:
    loopback = (ip_network("127.0.0.0/8"),)
    async with receiving() as box, listening() as receiver:
        box.answers = lambda *_: HANG
        mailing(w, box)
        settings = replace(w.context.settings, outbound_allow=loopback)
        w.context = replace(w.context, settings=settings)
        await add_endpoint(w.context, w.campaign, receiver.url, ["referrer.joined"], "test")
        await joins(w, "a@example.com")
        working = asyncio.create_task(work(w.context))
        try:
            async with asyncio.timeout(20):
                while not (receiver.got and box.connections):
                    await asyncio.sleep(0.05)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
    assert box.got == []
