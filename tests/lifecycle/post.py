"""A world whose e-mails go to a mail server on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email.headerregistry import Address

import msgspec
from sqlalchemy import select

from goodword.lifecycle.post import Postman
from goodword.lifecycle.set_up import create_referrer
from goodword.model import (
    EMAIL,
    Delivery,
    Kind,
    Letter,
    LetterText,
    Mail,
    Message,
    MessageStatus,
    Method,
    Referrer,
)
from goodword.notifications import mail as shelf
from goodword.notifications import record as notifications
from goodword.notifications.fill import Filled, fill
from goodword.notifications.letters import standard_text
from goodword.settings import MailServer
from goodword.storage.rows import noun
from goodword.storage.tables import outbox
from lifecycle.world import World
from mail_server import Mailbox, receiving

SENDER = Address("Shop", addr_spec="hello@shop.example")


def mailing(w: World, box: Mailbox, **server: object) -> Postman:
    """The world knows the mail server from now on; the one who brings its mails there."""
    host, _, port = box.url.removeprefix("smtp://").partition(":")
    told = replace(MailServer(host, int(port)), **server)  # type: ignore[arg-type]
    settings = replace(w.context.settings, mail_server=told, mail_from=SENDER)
    w.context = replace(w.context, settings=settings)
    return Postman(w.context)


async def joins(w: World, email: str, name: str = "Eve Adams") -> Referrer:
    """Somebody becomes a referrer, and is written to."""
    made, _ = await create_referrer(w.context, w.campaign, email, name, "api", welcome=True)
    return made


async def mails(w: World, *statuses: MessageStatus) -> list[Message]:
    """What is in the outbox for mailboxes, oldest first."""
    query = select(outbox).where(outbox.c.kind == EMAIL).order_by(outbox.c.id)
    query = query.where(outbox.c.status.in_(statuses)) if statuses else query
    async with w.context.storage.read() as db:
        return [noun(Message, row) for row in await db.execute(query)]


async def tries(w: World, messages: Sequence[Message]) -> list[Delivery]:
    async with w.context.storage.read() as db:
        found = [await notifications.tries(db, w.campaign.id, each.id) for each in messages]
    return [each for some in found for each in some]


def said(message: Message) -> Filled:
    mail = msgspec.json.decode(message.body, type=Mail)
    return fill(mail.subject, mail.text, mail.values)


async def written(w: World) -> list[tuple[str, str]]:
    """To whom, and by which letter, of what is to go out; in the order of the alphabet."""
    found = await mails(w, MessageStatus.WAITING)
    return sorted((msgspec.json.decode(each.body, type=Mail).to, each.type) for each in found)


async def the(w: World, letter: Letter) -> Message:
    [found] = [each for each in await mails(w, MessageStatus.WAITING) if each.type == letter]
    return found


async def switched(w: World, letter: Letter, **words: object) -> None:
    text = standard_text(letter)
    values = {"on": text.on, "subject": text.subject, "text": text.text} | words
    async with w.context.storage.write(w.campaign.id) as db:
        await shelf.put_letter(db, w.campaign.id, LetterText(letter=letter, **values))  # type: ignore[arg-type]


async def coupon_rule(w: World, **said: object) -> None:
    await w.no_rules()
    rule = {"kind": Kind.COUPON, "method": Method.COUPON, "pool": "spring", "amount": 1}
    await w.rule(**(rule | {"auto": True, "delay": 0} | said))
    await w.pool("spring", "AAA-1", "BBB-2")


async def sent(w: World) -> None:
    """Whatever waits goes out, and the mail server is gone again."""
    context = w.context
    async with receiving() as box:
        await mailing(w, box).round()
    w.context = context
