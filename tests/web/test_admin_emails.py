"""Set-up > E-mails by request: letters are edited, previewed and tried; what failed goes again."""

from __future__ import annotations

import re
from html import unescape

import pytest

from goodword.access import deeds
from goodword.model import Letter, MessageStatus
from goodword.notifications.letters import STANDARD
from goodword.web import mail_words
from lifecycle.post import joins, mailing, mails
from lifecycle.world import World
from mail_server import OK, receiving
from web.admin_app import EMAIL, Browsing
from web.stage import one_engine

EMAILS, OUTBOX = "/admin/emails", "/admin/emails/outbox"
REFERRAL = f"{EMAILS}/letters/referrer.referral"


async def posted(admin: Browsing, path: str, /, status: int = 303, **fields: object) -> str:
    """The text of the page that a form leads to."""
    data = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id} | fields
    found = await admin.client.post(path, data=data)
    assert found.status_code == status, found.text
    return text_of(await admin.get(found.headers["location"]) if status == 303 else found.text)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


async def subject_in_form(admin: Browsing) -> str:
    found = re.search(r'name="subject"[^>]*value="([^"]*)"', await admin.get(REFERRAL))
    assert found is not None
    return unescape(found[1])


@one_engine
async def test_every_letter_is_listed_with_what_starts_it(admin: Browsing) -> None:
    page = text_of(await admin.get(EMAILS))
    audiences = ("To the referrer", "To the lead", "To a friend", "To the admins")
    for words in ("No mail server is set", *audiences, "Reward issued"):
        assert words in page
    off = [letter for letter in Letter if not STANDARD[letter].on]
    assert off == [Letter.REFERRER_REMINDER, Letter.FRIEND_INVITATION]
    assert page.count(" Off ") == 2
    assert page.count(" On ") == len(Letter) - 2


async def test_an_admin_leaves_a_letter_to_the_others_and_takes_it_back(admin: Browsing) -> None:
    mine = f"{EMAILS}/mine"
    page = await posted(admin, mine, letter="admin.review", want="no")
    assert "Not to you" in page
    page = await posted(admin, mine, letter="admin.review", want="yes")
    assert "Not to you" not in page
    assert "Not to you" not in await posted(admin, mine, letter="lead.welcome", want="no")


@one_engine
async def test_the_reminder_asks_for_its_days(admin: Browsing) -> None:
    path = f"{EMAILS}/letters/referrer.reminder"
    words = {"on": "yes", "subject": "x", "text": "y"}
    assert "from 1 to 365" in await posted(admin, path, 422, **words, days="0")
    await posted(admin, path, 303, **words, days="30")
    assert 'value="30"' in await admin.get(path)


async def test_a_letter_is_edited_and_the_edit_undone(admin: Browsing) -> None:
    words: dict[str, object] = {
        "on": "yes",
        "subject": "Look: {{friend}}",
        "text": "{{friend}} is here.\n\nBye",
    }
    page = await posted(admin, REFERRAL, 303, **words)
    assert "Changed the letter." in page
    assert await subject_in_form(admin) == "Look: {{friend}}"
    page = await posted(admin, "/admin/undo", deed=await _deed(admin), back=REFERRAL)
    assert "Undone: changed the letter." in page
    assert await subject_in_form(admin) == "{{friend}} joined through your link"


async def _deed(admin: Browsing) -> str:
    found = re.search(r'/admin/undo"?.*?name="deed" value="(\w+)"', await _banner(admin), re.S)
    assert found is not None
    return found[1]


async def _banner(admin: Browsing) -> str:
    """The page with the banner of the last deed."""
    async with admin.world.context.storage.read() as db:
        [deed] = await deeds.newest(db, admin.world.campaign.id, 1)
    return await admin.get(f"{REFERRAL}?did={deed.id}")


@one_engine
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"subject": "Hi", "text": "{{nonsense}}"}, "{{nonsense}} is no variable here"),
        ({"subject": "", "text": "x"}, "Write a subject"),
        ({"subject": "{{coupon}}", "text": "x"}, "{{coupon}} is no variable here"),
    ],
)
async def test_what_can_not_be_sent_is_refused_and_shown_again(
    admin: Browsing, fields: dict[str, str], said: str
) -> None:
    assert said in await posted(admin, REFERRAL, 422, **fields)
    assert await subject_in_form(admin) == "{{friend}} joined through your link"


@one_engine
async def test_the_standard_words_come_back(admin: Browsing) -> None:
    await posted(admin, REFERRAL, subject="Mine", text="Mine")
    await posted(admin, REFERRAL, subject="Mine", text="Mine", standard="yes", on="yes")
    assert await subject_in_form(admin) == "{{friend}} joined through your link"


@one_engine
async def test_a_preview_is_the_mail_and_may_do_nothing(admin: Browsing) -> None:
    fields = {"subject": "x", "text": "<script>alert(1)</script> {{friend}}"}
    data = {"csrf": admin.session.csrf, "campaign": admin.world.campaign.id} | fields
    shown = await admin.client.post(f"{REFERRAL}/preview", data=data)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Grace" in shown.text
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert "frame-ancestors 'self'" in policy
    wrong = await admin.client.post(f"{REFERRAL}/preview", data=data | {"text": "{{nonsense}}"})
    assert "{{nonsense}} is no variable here" in wrong.text
    frame = await admin.client.get(REFERRAL)
    assert "frame-src 'self'" in frame.headers["content-security-policy"]


@one_engine
async def test_a_test_goes_to_the_admin_who_asks_for_it(admin: Browsing) -> None:
    words = {"subject": "Hi {{friend}}", "text": "Hello from {{campaign}}"}
    page = await posted(admin, f"{REFERRAL}/test", 303, **words)
    assert "The test is on its way to you." in page
    async with receiving() as box:
        await mailing(admin.world, box).round()
        [got] = box.got
    assert (got.to, got.subject) == (EMAIL, "[Test] Hi Grace")
    assert "Hello from Demo" in got.text


async def _failed(w: World) -> None:
    """Three welcomes, of which two are refused."""
    for name in ("a", "b", "c"):
        await joins(w, f"{name}@example.com")
    async with receiving() as box:
        box.answers = lambda stage, to: (
            "550 5.1.1 nobody here" if stage == "RCPT" and not to.startswith("c") else OK
        )
        context = w.context
        await mailing(w, box).round()
        w.context = context


async def test_the_outbox_says_what_failed_and_why_and_sends_it_again(admin: Browsing) -> None:
    w = admin.world
    await _failed(w)
    page = text_of(await admin.get(f"{OUTBOX}?status=failed"))
    assert page.count("550 5.1.1 nobody here") == 2
    assert "c@example.com" not in page
    ids = [each.id for each in await mails(w, MessageStatus.FAILED)]
    page = await posted(admin, OUTBOX, id=ids, verb="send_again", back=OUTBOX)
    assert "Sent again 2 e-mails." in page
    assert len(await mails(w, MessageStatus.WAITING)) == 2
    audit = text_of(await admin.get("/admin/audit"))
    assert "sent again 2 e-mails" in audit
    async with receiving() as box:
        await mailing(w, box).round()
        assert len(box.got) == 2


async def test_what_waits_is_dropped_and_undo_lets_it_wait_again(admin: Browsing) -> None:
    await joins(admin.world, "a@example.com")
    [waiting] = await mails(admin.world)
    page = await posted(admin, OUTBOX, one=f"drop {waiting.id}", back=OUTBOX)
    assert "Dropped the e-mail." in page
    [dropped] = await mails(admin.world)
    assert (dropped.status, dropped.reason) == (MessageStatus.DROPPED, "a person dropped it")
    await posted(admin, "/admin/undo", deed=await _deed(admin), back=OUTBOX)
    assert (await mails(admin.world))[0].status is MessageStatus.WAITING


@one_engine
async def test_nothing_ticked_says_what_to_do(admin: Browsing) -> None:
    assert "Tick an e-mail first" in await posted(admin, OUTBOX, verb="drop", back=OUTBOX)


@one_engine
async def test_an_empty_outbox_says_what_comes(admin: Browsing) -> None:
    assert "No e-mails yet" in await admin.get(OUTBOX)
    assert "No e-mail is failed" in await admin.get(f"{OUTBOX}?status=failed")


@one_engine
async def test_trouble_with_the_mail_server_is_on_its_page(admin: Browsing) -> None:
    async with receiving() as box:
        box.answers = lambda *_: "421 4.3.2 closing for today"
        await joins(admin.world, "a@example.com")
        postman = mailing(admin.world, box)
        await postman.round()
        state = await mail_words.read_state(admin.world.context, admin.world.campaign)
    assert state.trouble == "421 4.3.2 closing for today"
    assert (state.waiting, state.failed) == (1, 0)
