"""What admins are told of by e-mail: batched, at most so often, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from goodword.access import record as access
from goodword.access.decide import may
from goodword.clock import DAY, HOUR, MINUTE
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.digest import digest_link
from goodword.lifecycle.story import REASONS
from goodword.lifecycle.unsubscribe import address_of
from goodword.lifecycle.writing import Person, Texts, letter_message
from goodword.model import (
    EMAIL,
    INTEGRATION,
    WEBHOOK,
    Campaign,
    Kind,
    Letter,
    LetterText,
    Reason,
    RewardStatus,
    Role,
    day_of,
)
from goodword.notifications import mail as mails
from goodword.rewards import coupons
from goodword.rewards.decide import runs_low
from goodword.stats import attention
from goodword.stats.waiting import rewards_without_code
from goodword.storage import installation as notes

_LOOK = 15 * MINUTE
"""How often it is looked: what comes in between is one mail."""

_SO_FAR_BACK = 30 * DAY
EVENING = 17 * HOUR
"""When the digest of the next day goes out, milliseconds after midnight UTC."""

_LISTED = 20
_WEEK = 7 * DAY


class Told(msgspec.Struct):
    """What a campaign's admins were told last, and when; milliseconds. `digest` is the last day
    that was told of, `stock` the pools that are low."""

    looked: int = 0
    review: int = 0
    failures: int = 0
    failed_rewards: int = 0
    digest: int = 0
    stock: dict[str, int] = {}


async def tell_admins(context: Context, campaign: Campaign) -> None:
    """Looks for what admins should know, and writes to those who want it."""
    now = context.now()
    async with context.storage.read() as db:
        kept = await notes.read(db, _note(campaign))
    if 0 <= now - _read(kept).looked < _LOOK:
        return
    async with begin(context, campaign, "clock") as act:
        told = _read(await notes.read(act.db, _note(campaign)))
        if 0 <= act.at - told.looked < _LOOK:
            return
        texts = await mails.letters(act.db, campaign.id)
        for letter, tell in _NEWS.items():
            if texts[letter].on:
                await tell(act, told, texts)
        told.looked = act.at
        await notes.write(act.db, _note(campaign), msgspec.json.encode(told).decode())


def _note(campaign: Campaign) -> str:
    return f"admins told {campaign.id}"


def _read(kept: str | None) -> Told:
    return msgspec.json.decode(kept, type=Told) if kept else Told()


async def _review(act: Act, told: Told, texts: Texts) -> None:
    """New doubts, rewards that a limit holds, and claims: at most once a day."""
    if act.at - told.review < DAY:
        return
    since = max(told.review, act.at - _SO_FAR_BACK)
    found = dict(await attention.doubts(act.db, act.campaign.id, since))
    for reason, count in (await attention.stopped(act.db, act.campaign.id, since)).items():
        found[reason] = found.get(reason, 0) + count
    if claims := await attention.claims(act.db, act.campaign.id, since):
        found[Reason.NEEDS_EVIDENCE] = claims
    if found:
        told.review = act.at
        lines = [f"{count} × {REASONS[reason]}" for reason, count in found.items()]
        values = {"count": str(sum(found.values())), "list": "\n".join(lines)}
        await _write(act, texts[Letter.ADMIN_REVIEW], values, _page(act, "rewards?status=held"))


async def _failures(act: Act, told: Told, texts: Texts) -> None:
    """What could not be delivered, and who says why: at most once a day."""
    if act.at - told.failures < DAY:
        return
    since = max(told.failures, act.at - _SO_FAR_BACK)
    messages = await attention.failed_messages(act.db, act.campaign.id, since)
    failed = await attention.failed_rewards(act.db, act.campaign.id)
    new = sum(failed.values()) - told.failed_rewards
    told.failed_rewards = sum(failed.values())
    lines = [f"{count} {_KINDS[kind][0]}" for kind, count in messages.items()]
    if new > 0:
        lines += [f"{count} × a reward: {REASONS[reason]}" for reason, count in failed.items()]
    if lines:
        told.failures = act.at
        first = next((_KINDS[kind][1] for kind in messages), "rewards?status=failed")
        count = sum(messages.values()) + (told.failed_rewards if new > 0 else 0)
        values = {"count": str(count), "list": "\n".join(lines)}
        await _write(act, texts[Letter.ADMIN_FAILURES], values, _page(act, first))


_KINDS = {
    EMAIL: ("× an e-mail", "emails/outbox?status=failed"),
    WEBHOOK: ("× a message to a webhook", "api/webhooks"),
    INTEGRATION: ("× something for an integration", "integrations"),
}
"""What is said of messages that went this way, and where it stands why they failed."""


async def _stock(act: Act, told: Told, texts: Texts) -> None:
    """Pools that run low: at once, and then once a week while they do."""
    used = {rule.pool for rule in act.campaign.rules if rule.kind is Kind.COUPON}
    waiting = await rewards_without_code(act.db, act.campaign.id) if used or told.stock else {}
    if not used and not waiting:
        told.stock = {}
        return
    left = {each.pool: each.left for each in await coupons.pools(act.db, act.campaign.id)}
    low = [
        name
        for name in sorted({*used, *waiting})
        if runs_low(left.get(name, 0), waiting.get(name, 0), name in used)
    ]
    new = [name for name in low if act.at - told.stock.get(name, -_WEEK) >= _WEEK]
    told.stock = {name: act.at if name in new else told.stock[name] for name in low}
    if new:
        lines = [
            f"{name}: {left.get(name, 0)} left, {waiting.get(name, 0)} rewards wait" for name in new
        ]
        values = {"count": str(len(new)), "list": "\n".join(lines)}
        await _write(act, texts[Letter.ADMIN_STOCK], values, _page(act, "coupons"))


async def _digest(act: Act, told: Told, texts: Texts) -> None:
    """On the evening before, what may go out tomorrow; nothing where nothing may."""
    tomorrow = act.at - act.at % DAY + DAY
    if act.at % DAY < EVENING or told.digest >= tomorrow:
        return
    told.digest = tomorrow
    span = (act.campaign.id, tomorrow, tomorrow + DAY)
    totals = await attention.due_totals(act.db, *span)
    if not totals:
        return
    rows = await attention.due_between(act.db, *span, _LISTED)
    count = sum(each.rewards for each in totals)
    values = {
        "count": f"{count} {'reward' if count == 1 else 'rewards'}",
        "total": ", ".join(each.worth for each in totals),
        "day": day_of(tomorrow),
    }
    due = [each for each in rows if each.status is RewardStatus.DUE]

    def own(admin_id: str) -> dict[str, str]:
        page = digest_link(act.context, act.campaign, admin_id, tomorrow)
        lines = [
            f"{each.worth} to {_plain(each.to)}, for {_plain(each.lead)}."
            f" Hold it: {page}?reward={each.id}"
            for each in due
        ]
        more = [f"and {count - len(due)} more"] if count > len(due) else []
        return {"hold_page": page, "list": "\n".join([*lines, *more])}

    letter = texts[Letter.ADMIN_DIGEST]
    await _write(act, letter, values, _page(act, "rewards?status=due"), own)


def _plain(name: str) -> str:
    """What a stranger is known by, which must not become a link in an admin's mail."""
    return name.replace("://", ": //")


_NEWS = {
    Letter.ADMIN_REVIEW: _review,
    Letter.ADMIN_FAILURES: _failures,
    Letter.ADMIN_STOCK: _stock,
    Letter.ADMIN_DIGEST: _digest,
}


async def _write(
    act: Act,
    text: LetterText,
    values: Mapping[str, str],
    page: str,
    own: Callable[[str], Mapping[str, str]] = lambda _: {},
) -> None:
    """To every admin who may act on it and wants it; what waits of the same kind gives way."""
    campaign = act.campaign
    for admin in await access.admins(act.db):
        if not admin.active or not may(admin.role, Role.MANAGER):
            continue
        address = address_of(campaign, admin.email)
        if (address, text.letter) in await mails.unwanted(act.db, campaign.id, [address]):
            continue
        said = {"campaign": campaign.name, "admin_page": page, **values, **own(admin.id)}
        person = Person(admin.id, admin.email, "")
        await mails.supersede(act.db, campaign.id, admin.id, text.letter)
        await mails.put_if_new(act.db, letter_message(campaign, act.at, text, person, said))


def _page(act: Act, path: str) -> str:
    """The address of an admin page of the campaign."""
    join = "&" if "?" in path else "?"
    return f"{act.context.settings.public_url}/admin/{path}{join}campaign={act.campaign.id}"
