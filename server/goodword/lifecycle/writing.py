"""One letter into the outbox: its words of this moment, and what their variables stand for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import (
    EMAIL,
    Campaign,
    Letter,
    LetterText,
    Mail,
    Message,
    MessageStatus,
    Referrer,
)
from goodword.notifications import mail as mails
from goodword.notifications.decide import MOST_A_DAY
from goodword.notifications.letters import names_in

UNDONE = "it was undone before"
"""Why a letter is dropped that says what is not so any more."""

Texts = dict[Letter, LetterText]


@dataclass(frozen=True, slots=True)
class Writing:
    """What writing takes: a transaction that is still open, the moment, what letters say, and
    where this server is reached."""

    db: AsyncConnection
    campaign: Campaign
    at: int
    texts: Texts
    public_url: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a letter is to."""

    id: str
    email: str
    name: str


def person_of(referrer: Referrer) -> Person:
    return Person(referrer.id, referrer.email, referrer.name)


async def put(writing: Writing, message: Message) -> None:
    """Into the outbox, unless it is there. What comes in floods is kept, and does not go out."""
    if message.type in _IN_FLOODS and await _is_flooded(writing, message.target):
        why = f"the referrer got {MOST_A_DAY} e-mails in a day"
        message = replace(message, status=MessageStatus.DROPPED, reason=why)
    await mails.put_if_new(writing.db, message)


_IN_FLOODS = (Letter.REFERRER_REFERRAL, Letter.REFERRER_LINK)
"""What strangers can make us write: by names they make up, by addresses that are not theirs."""


async def _is_flooded(writing: Writing, target: str) -> bool:
    since = writing.at - DAY
    return await mails.count_since(writing.db, writing.campaign.id, target, since) >= MOST_A_DAY


def letter_message(
    campaign: Campaign,
    at: int,
    text: LetterText,
    person: Person,
    values: Mapping[str, str],
    *,
    lead_id: str | None = None,
    reward_id: str | None = None,
    wait: int = 0,
) -> Message:
    """A letter as it lies in the outbox, with the values that its words name. Its id is that of
    one letter about one thing to one person: never two of them in a moment."""
    mail = Mail(
        to=person.email,
        name=person.name,
        subject=text.subject,
        text=text.text,
        values={name: values[name] for name in names_in(f"{text.subject}\n{text.text}")},
    )
    about = "|".join((text.letter, person.id, lead_id or "", reward_id or ""))
    return Message(
        id=f"msg_{at:012x}{hashlib.sha256(about.encode()).hexdigest()[:20]}",
        campaign_id=campaign.id,
        kind=EMAIL,
        target=person.id,
        type=text.letter,
        lead_id=lead_id,
        reward_id=reward_id,
        body=msgspec.json.encode(mail).decode(),
        status=MessageStatus.WAITING,
        attempts=0,
        next_at=at + wait,
        leased_until=0,
        created_at=at,
        sent_at=None,
    )
