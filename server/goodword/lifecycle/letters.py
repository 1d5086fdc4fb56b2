"""Who is written to about what a transaction did: each letter is put into the outbox before its
end, in the words of that moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.campaigns import record as campaigns
from goodword.fraud import record as fraud
from goodword.leads import record as leads
from goodword.lifecycle.wording import SOMEBODY, of_lead, of_referrer, of_reward
from goodword.lifecycle.writing import UNDONE, Person, Writing, letter_message, person_of, put
from goodword.model import (
    Activity,
    Campaign,
    Kind,
    Lead,
    Letter,
    Mail,
    Message,
    MessageStatus,
    Method,
    Mode,
    Recipient,
    Referrer,
    Reward,
    RewardStatus,
    plain_name,
)
from goodword.notifications import mail as mails
from goodword.notifications import record as notifications
from goodword.notifications.decide import (
    ASKED_PAUSE,
    Case,
    Planned,
    carries,
    is_about_reward,
    letters_about,
    withdrawn,
)
from goodword.referrers import record as referrers
from goodword.rewards import coupons
from goodword.rewards import record as rewards


async def write_letters(
    db: AsyncConnection, campaign: Campaign, lines: Sequence[Activity], at: int, public_url: str
) -> None:
    """Writes to everybody whom these lines of one transaction concern; nobody about test runs."""
    lines = [line for line in lines if line.mode is Mode.LIVE and line.type in _TELLING]
    if not lines:
        return
    writing = Writing(db, campaign, at, await mails.letters(db, campaign.id), public_url)
    for line in lines:
        if line.type == "referrer.joined" and line.referrer_id:
            await _give_links(writing, Letter.REFERRER_WELCOME, line.referrer_id)
        if line.type == "referrer.asked" and line.referrer_id:
            await _give_links(writing, Letter.REFERRER_LINK, line.referrer_id)
    for lead_id in dict.fromkeys(line.lead_id for line in lines if line.lead_id):
        await _about_lead(writing, lead_id, [line for line in lines if line.lead_id == lead_id])


_TELLING = (
    *("referrer.joined", "referrer.asked", "reward.issued", "reward.reversed"),
    *("lead.created", "lead.qualified", "lead.unqualified", "lead.rejected"),
)
"""The types that a letter may follow, or that make one untrue."""


async def _give_links(writing: Writing, letter: Letter, referrer_id: str) -> None:
    """To a referrer, who has joined or asks for them; who has just got them has them. Whom an
    admin or a command added is welcomed only if they say that the person asked to join."""
    referrer = await referrers.by_id(writing.db, writing.campaign.id, referrer_id)
    if referrer is None or (letter is Letter.REFERRER_WELCOME and referrer.asked_at is None):
        return
    text, since = writing.texts[letter], writing.at - ASKED_PAUSE
    just = await mails.count_since(writing.db, writing.campaign.id, referrer_id, since, *_LINKS)
    if text.on and not just:
        values = await of_referrer(writing, referrer, text)
        person = person_of(referrer)
        await put(writing, letter_message(writing.campaign, writing.at, text, person, values))


_LINKS = (Letter.REFERRER_WELCOME, Letter.REFERRER_LINK)


async def _about_lead(writing: Writing, lead_id: str, lines: Sequence[Activity]) -> None:
    lead = await leads.by_id(writing.db, writing.campaign.id, lead_id)
    if lead is None:
        return
    referrer = await referrers.by_id(writing.db, writing.campaign.id, lead.referrer_id)
    if referrer is None:
        return
    before = await mails.about(writing.db, writing.campaign.id, lead.id)
    await _withdraw(writing, before, lines)
    for planned in letters_about(await _case(writing, lead, lines)):
        if await _carried(writing, planned, before):
            before = await mails.about(writing.db, writing.campaign.id, lead.id)
        else:
            await _write(writing, planned, lead, referrer, before)


async def _case(writing: Writing, lead: Lead, lines: Sequence[Activity]) -> Case:
    owed = await rewards.of_lead(writing.db, writing.campaign.id, lead.id)
    issued = {line.reward_id for line in lines if line.type == "reward.issued"}
    due = [each for each in owed if each.status is RewardStatus.DUE]
    doubts = await fraud.holding(writing.db, writing.campaign.id, lead.id, None)
    return Case(
        types=frozenset(line.type for line in lines),
        lead=lead,
        doubted=bool(doubts),
        issued=tuple(each for each in owed if each.id in issued),
        due=tuple(due),
        coming=frozenset(each.recipient for each in due if _comes_at_once(writing, each)),
    )


def _comes_at_once(writing: Writing, reward: Reward) -> bool:
    """Whether a coupon code is given for it with the next tick of the clock."""
    rule = next((each for each in writing.campaign.rules if each.id == reward.rule_id), None)
    by_itself = rule is not None and rule.auto and rule.method is Method.COUPON
    return by_itself and reward.issue_after <= writing.at


async def _withdraw(writing: Writing, before: Iterable[Message], lines: Sequence[Activity]) -> None:
    """Letters that wait, and say what is not so any more, do not go out, or without the code
    that they brought along."""
    types = frozenset(line.type for line in lines)
    undone = await _reversed(writing, lines)
    for message in before:
        if not _untouched(writing, message):
            continue
        letter, taken_back = Letter(message.type), message.reward_id in undone
        if withdrawn(types, letter) or (taken_back and is_about_reward(letter)):
            values = {"status": MessageStatus.DROPPED, "reason": UNDONE}
            await notifications.settle(writing.db, message, **values)
        elif taken_back:
            await _bring(writing, message, "", None)


async def _reversed(writing: Writing, lines: Sequence[Activity]) -> set[str]:
    ids = [line.reward_id for line in lines if line.type == "reward.reversed" and line.reward_id]
    found = await rewards.by_ids(writing.db, writing.campaign.id, ids) if ids else []
    return {each.reverses for each in found if each.reverses}


def _untouched(writing: Writing, message: Message) -> bool:
    return message.status is MessageStatus.WAITING and message.leased_until <= writing.at


async def _carried(writing: Writing, planned: Planned, before: Iterable[Message]) -> bool:
    """Whether the code of a reward goes along with a letter that has not left yet."""
    reward = planned.reward
    if reward is None or reward.status is not RewardStatus.ISSUED:
        return False
    code = await coupons.code_of(writing.db, writing.campaign.id, reward.id)
    for message in before if code else ():
        mail = msgspec.json.decode(message.body, type=Mail)
        if "coupon" not in mail.values or not _fits(writing, message, reward):
            continue
        return await _bring(writing, message, code or "", reward.id)
    return False


async def _bring(writing: Writing, message: Message, code: str, reward_id: str | None) -> bool:
    """Puts the code of a reward into a letter that waits, or takes it out again."""
    mail = msgspec.json.decode(message.body, type=Mail)
    said = mail.values | {"coupon": code, "reward": "", "day": ""}
    mail = structs.replace(mail, values={name: said[name] for name in mail.values})
    body = msgspec.json.encode(mail).decode()
    return await notifications.settle(
        writing.db, message, body=body, reward_id=reward_id, next_at=writing.at
    )


def _fits(writing: Writing, message: Message, reward: Reward) -> bool:
    """Whether a letter waits that is to who gets the reward, and about what it is for."""
    target = reward.referrer_id if reward.recipient is Recipient.REFERRER else reward.lead_id
    is_free = _untouched(writing, message) and message.reward_id is None
    return is_free and message.target == target and carries(Letter(message.type), reward.occasion)


async def _write(
    writing: Writing, planned: Planned, lead: Lead, referrer: Referrer, before: Iterable[Message]
) -> None:
    text, reward = writing.texts[planned.letter], planned.reward
    issued = reward if reward is not None and reward.status is RewardStatus.ISSUED else None
    if not text.on and not (issued and await _goes_by_mail(writing, issued)):
        return
    to_lead = planned.recipient is Recipient.LEAD
    person = Person(lead.id, lead.email or "", lead.name or "") if to_lead else person_of(referrer)
    if not person.email or _written(before, text.letter, person, issued):
        return
    if to_lead:
        values = of_lead(writing, lead, referrer)
    else:
        values = await of_referrer(writing, referrer, text)
    values |= {"friend": plain_name(lead.name or "") or SOMEBODY}
    values |= await of_reward(writing, reward)
    message = letter_message(
        writing.campaign,
        writing.at,
        text,
        person,
        values,
        lead_id=lead.id,
        reward_id=issued.id if issued else None,
        wait=planned.wait,
    )
    await put(writing, message)


async def _goes_by_mail(writing: Writing, reward: Reward) -> bool:
    """Whether its rule says that a code is mailed: then no switch keeps the letter back."""
    rule = await campaigns.rule_version(
        writing.db, writing.campaign.id, reward.rule_id, reward.rule_version
    )
    return rule is not None and rule.kind is Kind.COUPON and rule.method is Method.COUPON


def _written(
    before: Iterable[Message], letter: Letter, person: Person, reward: Reward | None
) -> bool:
    """Whether the person has that letter already, or is about to get it."""
    about = reward.id if reward else None
    return any(
        (each.type, each.target) == (letter, person.id)
        and each.status is not MessageStatus.DROPPED
        and (reward is None or each.reward_id == about)
        for each in before
    )
