"""Whether a claim of missing credit is taken, and what speaks for it. Data in, data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from goodword.model import CreditClaim, CreditStatus, Hit, canonical_email, is_email

MOST_OPEN = 5
"""So many claims of one referrer may wait for an answer."""

MOST_A_MONTH = 20
"""So many claims one referrer may make in 30 days."""

_MONTH = 30 * 24 * 60 * 60 * 1000
_LONGEST = 200


class Filing(Enum):
    """What becomes of a claim that a referrer makes."""

    NEW = auto()
    KNOWN = auto()  # the same is asked already, or was answered
    TOO_MANY = auto()
    UNREADABLE = auto()


def read_named(text: str) -> str | None:
    """The order or the e-mail address that was named, on one line; None for nothing, or for more
    than 200 characters."""
    spelled = " ".join(text.split())
    return spelled if 0 < len(spelled) <= _LONGEST and spelled.isprintable() else None


def named_email(named: str) -> str | None:
    """The canonical address, where it was one that was named and no order."""
    return canonical_email(named) if is_email(named) else None


def same_named(one: str, other: str) -> bool:
    return (named_email(one) or one) == (named_email(other) or other)


def filing(named: str | None, known: Sequence[CreditClaim], now: int) -> Filing:
    """`known` are the referrer's claims. Nothing here asks whether there is such a customer: a
    claim is answered alike whoever is named."""
    if named is None:
        return Filing.UNREADABLE
    live = [each for each in known if each.status is not CreditStatus.WITHDRAWN]
    if any(same_named(each.named, named) for each in live):
        return Filing.KNOWN
    if not has_room(known, now):
        return Filing.TOO_MANY
    return Filing.NEW


def has_room(known: Sequence[CreditClaim], now: int) -> bool:
    """Whether the referrer may make another claim."""
    waiting = sum(each.status is CreditStatus.OPEN for each in known)
    lately = sum(each.created_at > now - _MONTH for each in known)
    return waiting < MOST_OPEN and lately < MOST_A_MONTH


@dataclass(frozen=True, slots=True)
class Signs:
    """What a visit has in common with the visits behind a lead or an order that was named."""

    browser: bool
    address: bool
    network: bool
    program: bool
    late: bool

    @property
    def strong(self) -> bool:
        alike = self.browser or ((self.address or self.network) and self.program)
        return alike and not self.late


def signs(visit: Hit, others: Sequence[Hit], visitors: Sequence[str], until: int) -> Signs:
    """`others` are the visits behind what was named, `visitors` its browsers; a visit before
    `until` (milliseconds) was over before the window."""
    return Signs(
        browser=visit.visitor in visitors or any(visit.visitor == each.visitor for each in others),
        address=any(_equal(visit.address_hash, each.address_hash) for each in others),
        network=any(_equal(visit.address, each.address) for each in others),
        program=any(_equal(visit.user_agent, each.user_agent) for each in others),
        late=visit.created_at < until,
    )


def _equal(one: str, other: str) -> bool:
    return one == other != ""
