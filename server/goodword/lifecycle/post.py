"""E-mails leave: each at least once under one id, to who still wants it, and no other way.

Trouble with the mail server is nobody's failed try: everything waits, and says so on its page.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import msgspec

from goodword.clock import MINUTE, SECOND, new_secret
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.mailed import link_to_page
from goodword.lifecycle.unsubscribe import address_of, unsubscribe_link
from goodword.lifecycle.wording import MADE_LATER
from goodword.model import Campaign, Delivery, Letter, Mail, Message, MessageStatus
from goodword.notifications import mail as mails
from goodword.notifications import record as notifications
from goodword.notifications.decide import Fate, Next, after_mail
from goodword.notifications.email import Envelope, compose, read_address
from goodword.notifications.fill import fill
from goodword.notifications.letters import alone, footer
from goodword.notifications.smtp import Relay, Said, Trouble
from goodword.rewards import coupons
from goodword.storage import installation as notes

_GROUP = 20
_LEASE = 6 * MINUTE
_PAUSES = (5 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE)
"""How long the mail server is left alone after each trouble in a row, milliseconds."""

_UNSENDABLE = 553
_KEPT = 2_000
TROUBLE = "mail_trouble"
"""The note of what is wrong with the mail server; there is none while all is well."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tried:
    """One mail after a try."""

    message: Message
    next: Next
    delivery: Delivery


@dataclass(slots=True)
class Postman:
    """Hands in what waits, mail after mail. `_troubles` counts those of the server in a row."""

    context: Context
    _troubles: int = 0
    _again_at: int = 0
    _noted: bool = True

    async def round(self) -> None:
        """Sends every e-mail that may go out now. Without a mail server all of them wait."""
        server, sender = self.context.settings.mail_server, self.context.settings.mail_from
        if server is None or sender is None or self.context.now() < self._again_at:
            return
        async with self.context.storage.read() as db:
            waiting = await mails.campaigns_waiting(db, self.context.now())
        if not waiting:
            return
        try:
            async with Relay(server, sender.domain) as relay:
                for campaign_id in waiting:
                    campaign = await self.context.directory.by_id(campaign_id)
                    while campaign is not None and await self._group(relay, campaign):
                        pass
        except Trouble as error:
            await self._wait(str(error))

    async def _wait(self, why: str) -> None:
        """Leaves the server alone for a while, and notes why for the admin's page."""
        pause = _PAUSES[min(self._troubles, len(_PAUSES) - 1)]
        self._troubles += 1
        now = self.context.now()
        self._again_at = now + pause
        log.error("e-mails wait %d s for the mail server: %s", pause // SECOND, why)
        async with self.context.storage.write() as db:
            await notes.write(db, TROUBLE, json.dumps({"at": now, "why": why}))
        self._noted = True

    async def _well(self) -> None:
        """The server takes mails."""
        self._troubles = 0
        if self._noted:
            async with self.context.storage.write() as db:
                await notes.forget(db, TROUBLE)
            self._noted = False

    async def _group(self, relay: Relay, campaign: Campaign) -> bool:
        """Sends some mails; whether there may be more to send right now."""
        began = self.context.now()
        messages = await self._lease(campaign, began)
        tried: list[Tried] = []
        try:
            for message in messages:
                if self.context.now() - began > _LEASE // 2:
                    break
                tried.append(await self._send(relay, campaign, message))
        except Trouble as error:
            stuck = messages[len(tried)]
            if tried or not self._troubles:
                # The server was well until now: it may be this very mail that it can't take.
                tried.append(self._cut_short(stuck, str(error)))
            await self._settle(campaign, tried, messages, stuck)
            raise
        await self._settle(campaign, tried, messages)
        if tried:
            await self._well()
        return len(messages) == _GROUP

    async def _lease(self, campaign: Campaign, at: int) -> list[Message]:
        """Takes the next mails. From now on somebody may see them, and the codes in them."""
        async with begin(self.context, campaign, "clock") as act:
            taken = await mails.lease(act.db, campaign.id, at, at + _LEASE, _GROUP)
            wanted = await _still_wanted(act, taken)
            for message in wanted:
                if message.reward_id is not None:
                    await coupons.mark_shown(act.db, campaign.id, message.reward_id, act.at)
        return wanted

    async def _send(self, relay: Relay, campaign: Campaign, message: Message) -> Tried:
        at = self.context.now()
        try:
            mail = self._compose(campaign, message, at)
        except (KeyError, ValueError) as error:
            said = Said(_UNSENDABLE, f"it can't be written: {error}")
        else:
            said = await relay.send(mail)
        attempt = message.attempts + 1
        next_ = after_mail(attempt, said.code, new_secret(1)[0] / 255)
        return Tried(message, next_, self._delivery(message, at, said.code, said.text))

    def _compose(self, campaign: Campaign, message: Message, at: int) -> EmailMessage:
        """The mail as it goes. ValueError and KeyError for one that can't be written."""
        mail, letter = msgspec.json.decode(message.body, type=Mail), Letter(message.type)
        sender = self.context.settings.mail_from
        if sender is None:
            raise ValueError("GOODWORD_MAIL_FROM is not set")
        envelope = Envelope(
            message_id=message.id,
            sender=read_address(sender.display_name or campaign.name, sender.addr_spec),
            to=read_address(mail.name, mail.to),
            at=at,
            unsubscribe=unsubscribe_link(self.context, campaign, mail.to, alone(letter)),
        )
        values = mail.values | self._links(campaign, message, mail)
        filled = fill(mail.subject, mail.text, values)
        return compose(envelope, filled, footer(letter, campaign.name))

    def _links(self, campaign: Campaign, message: Message, mail: Mail) -> dict[str, str]:
        """Links that open something: made now, so that the outbox never has one."""
        if mail.values.get("page") != MADE_LATER:
            return {}
        return {"page": link_to_page(self.context, campaign.id, message.target)}

    def _cut_short(self, message: Message, why: str) -> Tried:
        """A try that ended with the connection."""
        next_ = after_mail(message.attempts + 1, None, new_secret(1)[0] / 255)
        return Tried(message, next_, self._delivery(message, self.context.now(), None, why))

    def _delivery(self, message: Message, began: int, code: int | None, said: str) -> Delivery:
        now = self.context.now()
        return Delivery(
            id=self.context.new_id("dlv", now),
            campaign_id=message.campaign_id,
            message_id=message.id,
            attempt=message.attempts + 1,
            code=code,
            answer=said[:_KEPT],
            took=max(0, now - began),
            created_at=now,
        )

    async def _settle(
        self,
        campaign: Campaign,
        tried: Sequence[Tried],
        messages: Sequence[Message],
        stuck: Message | None = None,
    ) -> None:
        """Writes what became of each; what was not tried waits on, the one that the connection
        broke at behind the others."""
        if not messages:
            return
        async with begin(self.context, campaign, "clock") as act:
            await notifications.add_tries(act.db, [each.delivery for each in tried])
            for each in tried:
                await _settle_one(act, each)
            settled = {each.message.id for each in tried}
            for message in messages:
                if message.id not in settled:
                    later = act.at + _PAUSES[-2] if message is stuck else message.next_at
                    await notifications.settle(act.db, message, next_at=later)


async def _settle_one(act: Act, tried: Tried) -> None:
    message, fate = tried.message, tried.next.fate
    values: dict[str, object] = {"attempts": tried.delivery.attempt}
    if fate is Fate.SENT:
        values |= {"status": MessageStatus.SENT, "sent_at": act.at}
    elif fate is Fate.AGAIN:
        values |= {"next_at": act.at + tried.next.wait}
    else:
        values |= {"status": MessageStatus.FAILED, "next_at": act.at}
    settled = await notifications.settle(act.db, message, **values)
    if settled and fate is not Fate.AGAIN:
        await log_mail(act, message, "sent" if fate is Fate.SENT else "failed")


async def _still_wanted(act: Act, messages: Sequence[Message]) -> list[Message]:
    """Those whose person has not said meanwhile that they want none; the rest is dropped."""
    whose = {
        each.id: address_of(act.campaign, msgspec.json.decode(each.body, type=Mail).to)
        for each in messages
    }
    unwanted = await mails.unwanted(act.db, act.campaign.id, set(whose.values()))
    wanted: list[Message] = []
    for message in messages:
        if (whose[message.id], alone(Letter(message.type))) not in unwanted:
            wanted.append(message)
            continue
        await notifications.settle(
            act.db, message, status=MessageStatus.DROPPED, reason="they want no e-mails"
        )
        await log_mail(act, message, "dropped")
    return wanted


async def log_mail(act: Act, message: Message, what: str) -> None:
    """One line of activity: `sent`, `failed` or `dropped`."""
    await act.log(
        f"email.{what}",
        referrer_id=message.target if message.target.startswith("ref_") else None,
        lead_id=message.lead_id,
        reward_id=message.reward_id,
        letter=message.type,
    )
