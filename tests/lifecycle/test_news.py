"""What admins are told of: batched, once, to whom it concerns; and the evening before, in UTC."""

from __future__ import annotations

from collections.abc import Sequence

from goodword.fraud.rules import Found
from goodword.lifecycle.act import begin
from goodword.lifecycle.admit import create_admin
from goodword.lifecycle.appoint import invite
from goodword.lifecycle.digest import hold_some, let_go, open_digest
from goodword.lifecycle.news import EVENING
from goodword.lifecycle.reward import note_findings
from goodword.lifecycle.unsubscribe import Choice, address_of, choose
from goodword.model import Letter, Message, MessageStatus, Reason, RewardStatus, Role, Verdict
from lifecycle.post import coupon_rule, joins, mailing, mails, said, switched
from lifecycle.world import DAY, MINUTE, World
from mail_server import OK, receiving

HOUR = 60 * MINUTE
PASSWORD = "correct horse battery"


async def admins(w: World, *more: tuple[str, Role]) -> None:
    for email, role in (("owner@shop.example", Role.OWNER), *more):
        await create_admin(w.context, email, PASSWORD, role)


async def told(w: World, letter: Letter) -> list[Message]:
    """What the admins were written of that kind, oldest first; dropped ones too."""
    return [each for each in await mails(w) if each.type == letter]


async def later(w: World, milliseconds: int = 16 * MINUTE) -> None:
    w.wait(milliseconds)
    await w.tick()


async def doubt(w: World, order: str) -> None:
    lead = await w.buyer(order)
    async with begin(w.context, w.campaign, "clock") as act:
        found = Found(Reason.SELF_REFERRAL, Verdict.HOLD, "looks alike")
        await note_findings(act, [found], lead=lead.id)


async def test_doubts_are_one_mail_a_day(w: World) -> None:
    await admins(w)
    for order in ("1", "2"):
        await doubt(w, order)
    await later(w)
    [first] = await told(w, Letter.ADMIN_REVIEW)
    assert said(first).subject == "Demo: 2 to review"
    assert "2 × the e-mail is the referrer's own" in said(first).text
    await doubt(w, "3")
    await later(w)
    assert len(await told(w, Letter.ADMIN_REVIEW)) == 1
    await later(w, DAY)
    [former, new] = await told(w, Letter.ADMIN_REVIEW)
    assert said(new).subject == "Demo: 1 to review"
    assert (former.status, former.reason) == (
        MessageStatus.DROPPED,
        "a newer one took its place",
    )
    await later(w, 2 * DAY)
    assert len(await told(w, Letter.ADMIN_REVIEW)) == 2


async def test_owners_and_managers_are_told_who_can_log_in_and_want_it(w: World) -> None:
    await admins(w, ("manager@shop.example", Role.MANAGER), ("reader@shop.example", Role.READER))
    await create_admin(w.context, "quiet@shop.example", PASSWORD, Role.MANAGER)
    await invite(w.context, "new@shop.example", Role.MANAGER, "owner@shop.example")
    address = address_of(w.campaign, "quiet@shop.example")
    await choose(w.context, Choice(w.campaign, address, Letter.ADMIN_REVIEW, False), stop=True)
    await doubt(w, "1")
    await later(w)
    async with receiving() as box:
        await mailing(w, box).round()
        got = {each.to for each in box.got if "to review" in each.subject}
    assert got == {"owner@shop.example", "manager@shop.example"}


async def test_a_letter_to_admins_that_is_off_is_not_written(w: World) -> None:
    await admins(w)
    await switched(w, Letter.ADMIN_REVIEW, on=False)
    await doubt(w, "1")
    await later(w)
    assert await told(w, Letter.ADMIN_REVIEW) == []


async def test_failed_deliveries_are_told_once(w: World) -> None:
    await admins(w)
    async with receiving() as box:
        box.answers = lambda stage, to: "550 no" if to == "eve@example.com" else OK
        context = w.context
        postman = mailing(w, box)
        await joins(w, "eve@example.com")
        await postman.round()
        w.context = context
    await later(w)
    [one] = await told(w, Letter.ADMIN_FAILURES)
    assert said(one).subject == "Demo: 1 could not be delivered"
    assert "/admin/emails/outbox?status=failed&campaign=" in said(one).text
    await later(w, 2 * DAY)
    assert len(await told(w, Letter.ADMIN_FAILURES)) == 1


async def test_a_reward_that_failed_is_told_once(w: World) -> None:
    await admins(w)
    await coupon_rule(w, pool="empty")
    visit = await w.visit()
    await w.convert(token=visit.token, order="1", sign=True)
    await w.tick()
    await later(w)
    [one] = await told(w, Letter.ADMIN_FAILURES)
    assert "1 × a reward: the pool has no coupon code left" in said(one).text
    await later(w, 2 * DAY)
    assert len(await told(w, Letter.ADMIN_FAILURES)) == 1


async def test_a_low_pool_is_told_and_again_after_a_week(w: World) -> None:
    await admins(w)
    await coupon_rule(w)
    await later(w)
    [low] = await told(w, Letter.ADMIN_STOCK)
    assert "spring: 2 left, 0 rewards wait" in said(low).text
    await later(w, 6 * DAY)
    assert len(await told(w, Letter.ADMIN_STOCK)) == 1
    await later(w, 2 * DAY)
    assert len(await told(w, Letter.ADMIN_STOCK)) == 2
    await w.pool("spring", *(f"NEW-{number}" for number in range(20)))
    await later(w, 8 * DAY)
    assert len(await told(w, Letter.ADMIN_STOCK)) == 2


async def evening_before(w: World, *orders: str) -> None:
    """Rewards are due from a day on, and it is five minutes to five in the evening before."""
    for order in orders:
        await w.buyer(order, email=f"friend{order}@example.net")
    due = w.clock[0] + 30 * DAY
    w.clock[0] = due - due % DAY - DAY + EVENING - 5 * MINUTE
    await w.tick()


def texts_of(messages: Sequence[Message]) -> list[str]:
    """The last part of the mailed link of each digest."""
    return [said(each).text.partition("/tomorrow/")[2].split("?")[0] for each in messages]


async def test_the_digest_comes_at_five_in_the_evening_before_once(w: World) -> None:
    await admins(w)
    await evening_before(w, "1", "2")
    assert await told(w, Letter.ADMIN_DIGEST) == []
    await later(w)
    [digest] = await told(w, Letter.ADMIN_DIGEST)
    assert said(digest).subject == "Demo: tomorrow 2 rewards, 20.00 EUR"
    assert "From 18 Dec 2026 on 2 rewards of Demo may go out" in said(digest).text
    assert "10.00 EUR to ada@example.com, for friend1@example.net. Hold it:" in said(digest).text
    for _ in range(8):
        await later(w, HOUR)
    assert len(await told(w, Letter.ADMIN_DIGEST)) == 1


async def test_a_worker_that_was_away_at_five_sends_it_the_same_evening(w: World) -> None:
    await admins(w)
    await evening_before(w, "1")
    await later(w, 4 * HOUR)
    assert len(await told(w, Letter.ADMIN_DIGEST)) == 1


async def test_no_digest_where_nothing_is_due(w: World) -> None:
    await admins(w)
    await evening_before(w)
    await later(w)
    assert await told(w, Letter.ADMIN_DIGEST) == []


async def test_the_link_of_the_digest_holds_any_of_its_day_and_takes_it_back(w: World) -> None:
    await admins(w)
    await evening_before(w, "1", "2")
    await later(w)
    [text] = texts_of(await told(w, Letter.ADMIN_DIGEST))
    digest = await open_digest(w.context, text)
    assert digest is not None
    first, second = digest.rows
    done = await hold_some(w.context, digest, [first.id, "rwd_nothing"])
    assert done.changed == (first.id,)
    assert done.deed is not None
    assert done.deed.actor == "owner@shop.example"
    digest = await open_digest(w.context, text)
    assert digest is not None
    states = {row.id: row.status for row in digest.rows}
    assert states == {first.id: RewardStatus.HELD, second.id: RewardStatus.DUE}
    assert (await let_go(w.context, digest, done.deed.id)).changed == (first.id,)
    w.wait(7 * DAY)
    assert await open_digest(w.context, text) is None


async def test_two_workers_and_a_clock_that_jumps_tell_each_thing_once(w: World) -> None:
    await admins(w)
    await evening_before(w, "1")
    w.wait(16 * MINUTE)
    for _ in range(2):
        await w.tick()
    w.wait(-HOUR)
    await w.tick()
    w.wait(2 * HOUR)
    await w.tick()
    assert len(await told(w, Letter.ADMIN_DIGEST)) == 1


async def test_who_brought_nobody_is_reminded_once_where_it_is_on(w: World) -> None:
    eve = await joins(w, "eve@example.com")
    await joins(w, "fay@example.com")
    visit = await w.visit(eve)
    await later(w, 15 * DAY)
    assert await told(w, Letter.REFERRER_REMINDER) == []
    await switched(w, Letter.REFERRER_REMINDER, on=True, days=14)
    await w.sign_up(token=visit.token, email="friend@example.net")
    for _ in range(3):
        await later(w)
    [only] = await told(w, Letter.REFERRER_REMINDER)
    assert "nobody has come through your link yet" in said(only).text
    async with receiving() as box:
        await mailing(w, box).round()
        reminded = [each.to for each in box.got if "waits to be shared" in each.subject]
    assert reminded == ["fay@example.com"]
    await later(w, 40 * DAY)
    assert len(await told(w, Letter.REFERRER_REMINDER)) == 0


async def test_who_never_asked_or_joined_long_ago_is_not_reminded(w: World) -> None:
    await joins(w, "old@example.com")
    w.wait(30 * DAY)
    await switched(w, Letter.REFERRER_REMINDER, on=True, days=14)
    await later(w)
    assert await told(w, Letter.REFERRER_REMINDER) == []
