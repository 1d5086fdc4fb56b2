"""Who is told, when a message is tried again, and what an answer means. Data in, data out.

Schedule, headers and payload are those of Standard Webhooks 1.0.0 (standardwebhooks.com).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from goodword.model import (
    TEST_EVENT,
    Activity,
    Conversion,
    Lead,
    LeadStatus,
    Letter,
    Occasion,
    Recipient,
    Referrer,
    Reward,
    rfc3339,
)
from goodword.notifications.letters import may_say

_SECOND = 1_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
WAITS = (
    5 * _SECOND,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Milliseconds before each further try; after the last one a message has failed."""

_JITTER = 0.1
_LONGEST_WISH = 24 * _HOUR
_MASKED = ("note",)


class Fate(Enum):
    """What becomes of a message after a try."""

    SENT = auto()
    AGAIN = auto()
    FAILED = auto()
    GONE = auto()  # the receiver wants nothing more


@dataclass(frozen=True, slots=True)
class Next:
    """`wait` is milliseconds until the next try."""

    fate: Fate
    wait: int = 0


def after(attempts: int, code: int | None, retry_after: str, chance: float) -> Next:
    """What follows the try number `attempts` (1 is the first) that was answered with `code`.

    None: no answer came. `chance` from 0 to 1 spreads the tries of many messages apart.
    """
    if code is not None and 200 <= code < 300:
        return Next(Fate.SENT)
    if code == 410:
        return Next(Fate.GONE)
    if attempts > len(WAITS):
        return Next(Fate.FAILED)
    wait = int(WAITS[attempts - 1] * (1 + _JITTER * chance))
    wish = int(retry_after) * _SECOND if retry_after.isdecimal() and len(retry_after) < 9 else 0
    return Next(Fate.AGAIN, max(wait, min(wish, _LONGEST_WISH)))


def body(
    line: Activity,
    lead: Lead | None,
    referrer: Referrer | None,
    conversion: Conversion | None,
    reward: Reward | None,
) -> str:
    """The payload of an event: its type, its time, and the things it is about, flat and by name."""
    data: dict[str, object] = {"id": line.id, "campaign_id": line.campaign_id}
    said: Mapping[str, object] = json.loads(line.data)
    data |= {name: value for name, value in said.items() if name not in _MASKED}
    if "issue_after" in data:
        data["issue_after"] = rfc3339(int(str(data["issue_after"])))
    data |= {"lead": _lead(lead)} if lead else {}
    data |= {"referrer": _referrer(referrer)} if referrer else {}
    data |= {"conversion": _conversion(conversion)} if conversion else {}
    data |= {"reward": _reward(reward)} if reward else {}
    return compose(line.type, line.created_at, data)


def example(id_: str, campaign_id: str, at: int) -> str:
    """The payload of a test event: one of each thing under ids that are nobody's, so that a
    program or its maker learns the fields before anything has happened."""
    nobodys = "0" * 32
    lead = {
        "id": f"lead_{nobodys}",
        "code": "0" * 16,
        "status": "pending",
        "email": "grace@example.org",
        "name": "Grace",
        "customer": "c-77",
        "joined_at": rfc3339(at),
    }
    referrer = {
        "id": f"ref_{nobodys}",
        "code": "ada",
        "email": "ada@example.com",
        "name": "Ada Lovelace",
    }
    conversion = {
        "id": f"conv_{nobodys}",
        "event": "purchase",
        "order": "1042",
        "amount": "49.00",
        "currency": "EUR",
        "status": "counted",
    }
    reward = {
        "id": f"rwd_{nobodys}",
        "recipient": "referrer",
        "amount": "10.00",
        "currency": "EUR",
        "unit": None,
        "status": "due",
        "issue_after": rfc3339(at),
        "reverses": None,
    }
    data = {"lead": lead, "referrer": referrer, "conversion": conversion, "reward": reward}
    return compose(TEST_EVENT, at, {"id": id_, "campaign_id": campaign_id} | data)


def compose(type_: str, at: int, data: Mapping[str, object]) -> str:
    """`{"type", "timestamp", "data"}` as it is signed and sent."""
    told = {"type": type_, "timestamp": rfc3339(at), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _lead(lead: Lead) -> dict[str, object]:
    return {
        "id": lead.id,
        "code": lead.code,
        "status": lead.status,
        "email": lead.email,
        "name": lead.name,
        "customer": lead.customer,
        "joined_at": rfc3339(lead.joined_at),
    }


def _referrer(referrer: Referrer) -> dict[str, object]:
    return {
        "id": referrer.id,
        "code": referrer.alias or referrer.code,
        "email": referrer.email,
        "name": referrer.name,
    }


def _conversion(conversion: Conversion) -> dict[str, object]:
    return {
        "id": conversion.id,
        "event": conversion.event,
        "order": conversion.order_id,
        "amount": str(conversion.money) if conversion.money else None,
        "currency": conversion.currency,
        "status": conversion.status,
    }


def _reward(reward: Reward) -> dict[str, object]:
    return {
        "id": reward.id,
        "recipient": reward.recipient,
        "amount": str(reward.amount) if reward.unit else str(reward.money),
        "currency": reward.currency or None,
        "unit": reward.unit or None,
        "status": reward.status,
        "issue_after": rfc3339(reward.issue_after),
        "reverses": reward.reverses,
    }


# E-mails -------------------------------------------------------------------------------------

MOST_A_DAY = 20
"""So many letters about new referrals a referrer gets in a day; a flood of them is somebody's
prank."""

ASKED_PAUSE = 5 * _MINUTE
"""Who has got their links so short a time ago is not sent them again, milliseconds."""

COUPON_WAIT = 2 * _MINUTE
"""How long a letter waits for the coupon code that it can carry, milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one transaction did to one lead: the types of its log, and how it stands at the end.

    `doubted` while a finding holds it; `issued` are rewards that went out, `due` those that are
    owed since; `coming` says who is to get a coupon code at once.
    """

    types: frozenset[str]
    lead: Lead
    doubted: bool
    issued: tuple[Reward, ...] = ()
    due: tuple[Reward, ...] = ()
    coming: frozenset[Recipient] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A letter to the lead, or to who referred it; about a reward, and only after a `wait` of
    milliseconds where a coupon code may still come into it."""

    letter: Letter
    recipient: Recipient
    reward: Reward | None = None
    wait: int = 0


def letters_about(case: Case) -> list[Planned]:
    """Who is told of it, and by which letter: one each, and one for each reward that went out."""
    planned = [
        Planned(letter, recipient, _due(case, recipient), _wait(case, letter, recipient))
        for recipient in Recipient
        if (letter := _news(case, recipient)) is not None
    ]
    may = {Recipient.REFERRER: True, Recipient.LEAD: asked_for_mail(case.lead)}
    return planned + [
        Planned(_ISSUED[each.recipient], each.recipient, each)
        for each in case.issued
        if may[each.recipient]
    ]


def _news(case: Case, recipient: Recipient) -> Letter | None:
    if recipient is Recipient.LEAD and (case.doubted or not asked_for_mail(case.lead)):
        return None
    if "lead.qualified" in case.types and case.lead.status is LeadStatus.QUALIFIED:
        return _QUALIFIED[recipient]
    if "lead.created" in case.types and case.lead.status is not LeadStatus.REJECTED:
        return _CREATED[recipient]
    return None


_CREATED = {
    Recipient.REFERRER: Letter.REFERRER_REFERRAL,
    Recipient.LEAD: Letter.LEAD_WELCOME,
}
_QUALIFIED = {
    Recipient.REFERRER: Letter.REFERRER_QUALIFIED,
    Recipient.LEAD: Letter.LEAD_QUALIFIED,
}
_ISSUED = {
    Recipient.REFERRER: Letter.REFERRER_REWARD,
    Recipient.LEAD: Letter.LEAD_REWARD,
}


def asked_for_mail(lead: Lead) -> bool:
    """Whether the lead gave its address itself on the site: in a report of its browser, or after
    a visit of its own. Whom somebody else names is not written to."""
    return bool(lead.email) and (lead.source != "api" or lead.hit_id is not None)


def _due(case: Case, recipient: Recipient) -> Reward | None:
    return next((each for each in case.due if each.recipient is recipient), None)


def _wait(case: Case, letter: Letter, recipient: Recipient) -> int:
    return COUPON_WAIT if recipient in case.coming and "coupon" in may_say(letter) else 0


def carries(letter: Letter, occasion: Occasion) -> bool:
    """Whether a letter that has not left yet can bring the code of such a reward along."""
    if occasion is Occasion.JOINED:
        return letter is Letter.LEAD_WELCOME
    return occasion is Occasion.QUALIFIED and letter in _QUALIFIED.values()


def is_about_reward(letter: Letter) -> bool:
    """Whether the letter says that a reward went out, and nothing else."""
    return letter in _ISSUED.values()


def withdrawn(types: Collection[str], letter: Letter) -> bool:
    """Whether a letter about a lead that waits is not true any more."""
    if is_about_reward(letter):
        return False
    return "lead.rejected" in types or (
        "lead.unqualified" in types and letter in _QUALIFIED.values()
    )


def after_mail(attempts: int, code: int | None, chance: float) -> Next:
    """What follows the try number `attempts` (1 is the first) of an e-mail that a mail server
    answered with `code`: 4xx is for now, 5xx for good (RFC 5321, 4.2.1). None: the connection
    broke before it answered; then the others go first."""
    if code is not None and 200 <= code < 300:
        return Next(Fate.SENT)
    for_now = code is None or 400 <= code < 500
    if not for_now or attempts > len(WAITS):
        return Next(Fate.FAILED)
    wait = WAITS[attempts - 1] if code is not None else max(WAITS[1], WAITS[attempts - 1])
    return Next(Fate.AGAIN, int(wait * (1 + _JITTER * chance)))
