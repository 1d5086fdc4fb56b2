"""What an admin does about e-mails: says what they say, tries one, sends again, or drops them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec
from msgspec import structs

from goodword.access import record as access
from goodword.leads import record as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.lifecycle.writing import UNDONE, Person, letter_message
from goodword.model import (
    EMAIL,
    Campaign,
    Deed,
    Letter,
    LetterText,
    Mail,
    Message,
    MessageStatus,
)
from goodword.notifications import mail as mails
from goodword.notifications import record as notifications
from goodword.notifications.letters import STANDARD, VARIABLES
from goodword.referrers import record as referrers
from goodword.rewards import coupons

MOST = 1_000
"""So many e-mails one deed may be about."""


# What they say -------------------------------------------------------------------------------


async def edit_letter(context: Context, campaign: Campaign, text: LetterText, actor: str) -> Done:
    """The letter says this from now on; what waits keeps its words. Done without a deed where
    nothing changes. `text` comes from `read_letter`."""
    async with begin(context, campaign, actor) as act:
        before = (await mails.letters(act.db, campaign.id))[text.letter]
        if before == text:
            return Done(None)
        await mails.put_letter(act.db, campaign.id, text)
        stood = msgspec.json.encode(_Change(before, text)).decode()
        deed = await keep_deed(act, "change", "letter", {str(text.letter): stood})
    return Done(deed, (text.letter,))


class _Change(msgspec.Struct, frozen=True):
    """What a deed keeps of a letter, and what Undo goes back to."""

    before: LetterText
    after: LetterText


async def undo_letters(act: Act, deed: Deed) -> Done:
    """Sets back what a letter said, unless it was changed again since. Who calls it keeps the
    deed of it."""
    current = await mails.letters(act.db, act.campaign.id)
    for letter, stood in items_of(deed).items():
        change = msgspec.json.decode(stood, type=_Change)
        if current[Letter(letter)] != change.after:
            return Done(None, refused=(Refusal(letter, "Its words were changed again since."),))
        await mails.put_letter(act.db, act.campaign.id, change.before)
    return Done(None, tuple(items_of(deed)))


async def try_letter(
    context: Context, campaign: Campaign, text: LetterText, to: Person, actor: str
) -> Message:
    """Sends the letter with example values to one admin, as any other mail goes."""
    values = {name: VARIABLES[name].example for name in STANDARD[text.letter].may_say}
    values["campaign"] = campaign.name
    marked = replace(text, subject=f"[Test] {text.subject}")
    async with begin(context, campaign, actor) as act:
        message = letter_message(campaign, act.at, marked, to, values)
        message = replace(message, id=act.new_id("msg"))
        await notifications.put(act.db, [message])
    return message


# What becomes of them ------------------------------------------------------------------------


async def send_again(context: Context, campaign: Campaign, ids: Sequence[str], actor: str) -> Done:
    """Sends e-mails once more, to where their people are reached now; those that may not go
    again are in `refused`. ValueError for more than `MOST`."""
    return await _to_each(context, campaign, "send_again", ids, actor, _again)


async def drop(context: Context, campaign: Campaign, ids: Sequence[str], actor: str) -> Done:
    """Keeps e-mails that wait from going out. ValueError for more than `MOST`."""
    return await _to_each(context, campaign, "drop", ids, actor, _drop)


Verb = Callable[[Act, Message], Awaitable[str]]


async def _to_each(
    context: Context, campaign: Campaign, verb: str, ids: Sequence[str], actor: str, do: Verb
) -> Done:
    if len(ids) > MOST:
        raise ValueError(f"can't {verb} {len(ids)} e-mails")
    before: dict[str, str] = {}
    refused: list[Refusal] = []
    async with begin(context, campaign, actor) as act:
        for id_ in dict.fromkeys(ids):
            message = await notifications.by_id(act.db, campaign.id, id_)
            if message is None or message.kind != EMAIL:
                why = "There is no such e-mail any more."
            elif message.leased_until > act.at:
                why = "It is being sent just now."
            else:
                why = await do(act, message)
            if why or message is None:
                refused.append(Refusal(id_, why))
            else:
                before[id_] = f"{message.status} {message.attempts} {message.reason or ''}"
        deed = await keep_deed(act, verb, "email", before)
    return Done(deed, tuple(before), tuple(refused))


async def _again(act: Act, message: Message) -> str:
    if message.reason == UNDONE or not await _still_theirs(act, message):
        return "What it says was undone since."
    mail = msgspec.json.decode(message.body, type=Mail)
    to = await _present_address(act, message)
    if not to:
        return "Nobody is reached there any more."
    await notifications.settle(
        act.db,
        message,
        status=MessageStatus.WAITING,
        attempts=0,
        next_at=act.at,
        reason=None,
        body=msgspec.json.encode(structs.replace(mail, to=to)).decode(),
    )
    return ""


async def _still_theirs(act: Act, message: Message) -> bool:
    """Whether a code in the mail was not given back to its pool, for somebody else, since."""
    code = msgspec.json.decode(message.body, type=Mail).values.get("coupon")
    if not code or message.reward_id is None:
        return True
    return await coupons.code_of(act.db, act.campaign.id, message.reward_id) == code


async def _present_address(act: Act, message: Message) -> str | None:
    """Where the person is reached now; None when there is no such person any more."""
    db, campaign_id, id_ = act.db, act.campaign.id, message.target
    if id_.startswith("ref_"):
        referrer = await referrers.by_id(db, campaign_id, id_)
        return referrer.email if referrer else None
    if id_.startswith("lead_"):
        lead = await leads.by_id(db, campaign_id, id_)
        return lead.email if lead else None
    admin = await access.admin_by_id(db, id_)
    return admin.email if admin else None


async def _drop(act: Act, message: Message) -> str:
    if message.status is not MessageStatus.WAITING:
        return f"It is {message.status}, it does not wait."
    values = {"status": MessageStatus.DROPPED, "reason": "a person dropped it"}
    await notifications.settle(act.db, message, **values)
    return ""


async def undo_mails(act: Act, deed: Deed) -> Done:
    """Takes back what has not left since. Who calls it keeps the deed of it."""
    changed: list[str] = []
    refused: list[Refusal] = []
    now = MessageStatus.DROPPED if deed.verb == "drop" else MessageStatus.WAITING
    for id_, stood in items_of(deed).items():
        message = await notifications.by_id(act.db, act.campaign.id, id_)
        if message is None or message.status is not now or message.leased_until > act.at:
            refused.append(Refusal(id_, "It has left since."))
            continue
        status, attempts, reason = stood.split(" ", 2)
        await notifications.settle(
            act.db,
            message,
            status=MessageStatus(status),
            attempts=int(attempts),
            reason=reason or None,
            next_at=act.at,
        )
        changed.append(id_)
    return Done(None, tuple(changed), tuple(refused))
