"""Which lead a report means, and which moves a lead may make. Data in, data out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from goodword.model import Lead, LeadStatus, Reason

MOVES = frozenset(
    {
        (LeadStatus.PENDING, LeadStatus.QUALIFIED),
        (LeadStatus.QUALIFIED, LeadStatus.PENDING),
        (LeadStatus.PENDING, LeadStatus.REJECTED),
        (LeadStatus.QUALIFIED, LeadStatus.REJECTED),
        (LeadStatus.REJECTED, LeadStatus.PENDING),
    }
)
"""Every move a lead's status may make."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a report says it is about; empty parts are None. `email` is canonical."""

    email: str | None = None
    customer: str | None = None

    def contradicts(self, lead: Lead) -> bool:
        """Whether the report names another e-mail or customer than the lead has."""
        return _differ(self.email, lead.email_canonical) or _differ(self.customer, lead.customer)

    def adds_to(self, lead: Lead) -> bool:
        return bool(
            (self.email and not lead.email_canonical) or (self.customer and not lead.customer)
        )


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


class Match(Enum):
    """What a lead report turns out to be."""

    NEW = auto()
    ANOTHER = auto()  # of a browser that has a lead of another name already
    COMPLETES = auto()  # tells the name of a lead that a conversion had made
    KNOWN = auto()
    REFUSED = auto()  # bound to a lead that was rejected


@dataclass(frozen=True, slots=True)
class Matched:
    match: Match
    lead: Lead | None = None
    own: bool = False
    """Whether the very browser of that lead reports, which alone may learn its id and code."""


def match_sign_up(person: Person, bound: Lead | None, named: Lead | None) -> Matched:
    """`bound` is the lead of the token or visitor, `named` the one with that e-mail or customer."""
    own = named is not None and bound is not None and named.id == bound.id
    for lead in (named, bound):
        if lead is not None and lead.status is LeadStatus.REJECTED:
            return Matched(Match.REFUSED, lead)
    if named is not None:
        return Matched(Match.KNOWN, named, own)
    if bound is None:
        return Matched(Match.NEW)
    if person.contradicts(bound):
        return Matched(Match.ANOTHER, bound)
    if person.adds_to(bound):
        return Matched(Match.COMPLETES, bound, own=True)
    return Matched(Match.KNOWN, bound, own=True)


def is_late(hit_at: int, now: int, window: int) -> bool:
    """Whether the hit is too old to become a lead; `window` in milliseconds."""
    return now - hit_at > window


def refused_because(lead: Lead) -> Reason:
    return lead.reason or Reason.NO_LEAD
