"""A world whose e-mails go to a mail server on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email.headerregistry import Address
from mailbox import Mailbox

from sqlalchemy import select

from goodword.lifecycle.post import Postman
from goodword.lifecycle.set_up import create_referrer
from goodword.model import EMAIL, Delivery, Message, MessageStatus, Referrer
from goodword.notifications import record as notifications
from goodword.settings import MailServer
from goodword.storage.rows import noun
from goodword.storage.tables import outbox
from lifecycle.world import World

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
