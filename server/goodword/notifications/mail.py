"""The shelf of e-mails: those of the outbox, the words of each letter, and who wants none."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import EMAIL, Letter, LetterText, Message, MessageStatus
from goodword.notifications.letters import standard_text
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.upsert import insert_if_new

o, le, un = t.outbox.c, t.letters.c, t.unsubscribed.c
_WAITING = o.status == MessageStatus.WAITING


# Letters -------------------------------------------------------------------------------------


async def letters(db: AsyncConnection, campaign_id: str) -> dict[Letter, LetterText]:
    """Every letter of the campaign, in its own words or the standard ones."""
    found = {letter: standard_text(letter) for letter in Letter}
    query = select(t.letters).where(le.campaign_id == campaign_id)
    for row in await db.execute(query):
        letter = Letter(row.letter)
        found[letter] = LetterText(
            letter=letter,
            on=bool(row.enabled),
            subject=row.subject,
            text=row.text,
            days=row.days,
        )
    return found


async def put_letter(db: AsyncConnection, campaign_id: str, text: LetterText) -> None:
    """The letter says this from now on; standard words are kept as no row at all."""
    mine = (le.campaign_id == campaign_id, le.letter == text.letter)
    await db.execute(delete(t.letters).where(*mine))
    if text != standard_text(text.letter):
        values = {
            "campaign_id": campaign_id,
            "letter": text.letter,
            "enabled": int(text.on),
            "subject": text.subject,
            "text": text.text,
            "days": text.days,
        }
        await insert_if_new(db, t.letters, values)


# Who wants none ------------------------------------------------------------------------------


async def unsubscribe(
    db: AsyncConnection, campaign_id: str, address: str, letter: str, at: int
) -> bool:
    """False when it was so before. `address` is a keyed hash, `letter` empty for all letters."""
    return await insert_if_new(
        db,
        t.unsubscribed,
        {"campaign_id": campaign_id, "address": address, "letter": letter, "created_at": at},
    )


async def subscribe(db: AsyncConnection, campaign_id: str, address: str, letter: str) -> bool:
    """Takes `unsubscribe` back; false when there is nothing to take back."""
    mine = (un.campaign_id == campaign_id, un.address == address, un.letter == letter)
    gone = await db.execute(delete(t.unsubscribed).where(*mine).returning(un.address))
    return gone.first() is not None


async def unwanted(
    db: AsyncConnection, campaign_id: str, addresses: Collection[str]
) -> set[tuple[str, str]]:
    """What these addresses do not want: each with a letter, or an empty one for all."""
    query = select(un.address, un.letter)
    query = query.where(un.campaign_id == campaign_id, un.address.in_(addresses))
    return {(row.address, row.letter) for row in await db.execute(query)}


async def everybody_unwanting(db: AsyncConnection, campaign_id: str) -> set[str]:
    """Every address that wants no e-mails at all."""
    query = select(un.address).where(un.campaign_id == campaign_id, un.letter == "")
    return set((await db.execute(query)).scalars())


# The outbox ----------------------------------------------------------------------------------


async def put_if_new(db: AsyncConnection, message: Message) -> bool:
    """False when there is a message of that id."""
    values = {name: getattr(message, name) for name in Message.__dataclass_fields__}
    return await insert_if_new(db, t.outbox, values)


async def supersede(db: AsyncConnection, campaign_id: str, target: str, type_: str) -> None:
    """Of letters of this type to a person those that wait still are dropped: a newer one comes."""
    await db.execute(
        update(t.outbox)
        .where(
            o.campaign_id == campaign_id,
            o.target == target,
            o.type == type_,
            _WAITING,
        )
        .values(status=MessageStatus.DROPPED, reason="a newer one took its place")
    )


async def campaigns_waiting(db: AsyncConnection, now: int) -> list[str]:
    """The campaigns that have e-mails to be sent now."""
    query = select(o.campaign_id).where(*_ready(now)).distinct()
    return list((await db.execute(query)).scalars())


def _ready(now: int) -> tuple[ColumnElement[bool], ...]:
    return (_WAITING, o.kind == EMAIL, o.next_at <= now, o.leased_until <= now)


async def lease(
    db: AsyncConnection, campaign_id: str, now: int, until: int, limit: int
) -> list[Message]:
    """Takes the oldest e-mails of a campaign for one sender; nobody else gets them `until`."""
    due = (
        select(o.id)
        .where(o.campaign_id == campaign_id, *_ready(now))
        .order_by(o.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await db.execute(
        update(t.outbox)
        .where(o.campaign_id == campaign_id, o.id.in_(due), o.leased_until <= now)
        .values(leased_until=until)
        .returning(t.outbox)
    )
    return sorted((noun(Message, row) for row in taken), key=lambda message: message.id)


async def about(
    db: AsyncConnection, campaign_id: str, lead_id: str, *statuses: MessageStatus
) -> list[Message]:
    """The e-mails about a lead, oldest first."""
    query = select(t.outbox).where(
        o.campaign_id == campaign_id, o.lead_id == lead_id, o.kind == EMAIL
    )
    query = query.where(o.status.in_(statuses)) if statuses else query
    return [noun(Message, row) for row in await db.execute(query.order_by(o.id))]


async def count_since(
    db: AsyncConnection, campaign_id: str, target: str, since: int, *letters: Letter
) -> int:
    """How many e-mails a person was written since then, of these letters or of any."""
    query = select(func.count()).where(
        o.campaign_id == campaign_id, o.target == target, o.created_at >= since
    )
    query = query.where(o.type.in_(letters)) if letters else query
    return int((await db.execute(query)).scalar_one())
