"""Where a reported conversion belongs, and what it counts for. Data in, data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from goodword.model import Conversion, Evidence, LeadStatus, Money, Reason, Refund, Status


class Place(Enum):
    """What a report is to the conversions that its order (or its lead's event) already has."""

    NEW = auto()
    BETTER = auto()  # the same lead, by better evidence
    TAKES_OVER = auto()  # another lead had it, by poorer evidence
    CONFLICTS = auto()  # another lead has it, by the same evidence
    DUPLICATE = auto()
    POORER = auto()  # another lead has it, by better evidence


@dataclass(frozen=True, slots=True)
class Placed:
    """`row` is the conversion to write to, `rivals` those of other leads that it meets."""

    place: Place
    row: Conversion | None = None
    rivals: tuple[Conversion, ...] = ()


def occupies(conversion: Conversion) -> bool:
    """Whether it holds its order: counted or held, and more than a claim."""
    return takes_key(Outcome(conversion.status, conversion.reason), conversion.evidence)


def place(known: Sequence[Conversion], lead_id: str | None, evidence: Evidence) -> Placed:
    """`known` are the rows of the same order, or of the same lead and event without an order."""
    holding = [row for row in known if occupies(row)]
    own = next((row for row in holding if row.lead_id == lead_id), None)
    others = tuple(row for row in holding if row.lead_id != lead_id)
    best = max((row.evidence for row in holding), default=None)
    idle = next((r for r in known if not occupies(r) and r.lead_id in (None, lead_id)), None)
    if best is None:
        return Placed(Place.NEW, idle)
    if evidence > best:
        if own is not None:
            return Placed(Place.BETTER, own, others)
        return Placed(Place.TAKES_OVER, others[0], others[1:])
    if own is not None:
        return Placed(Place.DUPLICATE, own)
    if evidence == best:
        return Placed(Place.CONFLICTS, idle, others)
    return Placed(Place.POORER, others[0], others)


@dataclass(frozen=True, slots=True)
class Outcome:
    status: Status
    reason: Reason | None = None


def outcome(
    placed: Place,
    *,
    lead: LeadStatus | None,
    lead_reason: Reason | None,
    rejected: Reason | None,
    held: Reason | None,
    noted: Reason | None,
    enough_evidence: bool,
    refunded: bool = False,
    pays_more: bool = False,
) -> Outcome:
    """What the report counts for.

    `rejected`, `held` and `noted` are the strongest findings of each kind, if any; `refunded`:
    the order's money went back wholly; `pays_more`: a rule pays for further conversions.
    """
    again = placed in (Place.BETTER, Place.TAKES_OVER)
    steps = (
        (lead is LeadStatus.REJECTED, Outcome(Status.REJECTED, lead_reason)),
        (rejected is not None, Outcome(Status.REJECTED, rejected)),
        (refunded, Outcome(Status.IGNORED, Reason.REFUNDED)),
        (
            placed in (Place.DUPLICATE, Place.POORER),
            Outcome(Status.IGNORED, Reason.DUPLICATE),
        ),
        (not enough_evidence and not again, Outcome(Status.HELD, Reason.NEEDS_EVIDENCE)),
        (lead is None, Outcome(Status.REJECTED, Reason.NO_LEAD)),
        (
            lead is LeadStatus.QUALIFIED and not again and not pays_more,
            Outcome(Status.IGNORED, Reason.ALREADY_QUALIFIED),
        ),
        (placed is Place.CONFLICTS, Outcome(Status.HELD, Reason.ORDER_CONFLICT)),
        (held is not None, Outcome(Status.HELD, held)),
    )
    return next((result for holds, result in steps if holds), Outcome(Status.COUNTED, noted))


def takes_key(result: Outcome, evidence: Evidence) -> bool:
    """Whether a report occupies its key and its order: it stands, and is more than a claim."""
    return (
        result.status in (Status.COUNTED, Status.HELD)
        and evidence > Evidence.BARE
        and result.reason is not Reason.NEEDS_EVIDENCE
    )


@dataclass(frozen=True, slots=True)
class Returned:
    """What went back of an order: all of it, or so many minor units; `unclear` where a refund is
    in another currency than the order."""

    whole: bool = False
    minor: int = 0
    unclear: bool = False


def returned(refunds: Sequence[Refund], paid: Money | None) -> Returned:
    """Sums the refunds of an order of which `paid` was reported (None: no amount is known)."""
    if any(refund.amount is None for refund in refunds):
        return Returned(whole=True, minor=paid.minor if paid else 0)
    if paid is None:
        return Returned()
    other = [refund for refund in refunds if refund.currency != paid.currency]
    minor = sum(each.amount or 0 for each in refunds if each.currency == paid.currency)
    whole = bool(minor) and minor >= paid.minor
    return Returned(whole, min(minor, paid.minor), bool(other))
