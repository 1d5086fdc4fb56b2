"""Where a report belongs among those of its order, and what it counts for."""

from __future__ import annotations

import pytest

from goodword.model import Conversion, Evidence, LeadStatus, Mode, Reason, Status
from goodword.qualification.decide import Outcome, Place, occupies, outcome, place

E = Evidence


def row(
    lead: str | None,
    evidence: Evidence,
    status: Status = Status.COUNTED,
    reason: Reason | None = None,
) -> Conversion:
    return Conversion(
        id=f"conv_{lead}_{evidence}",
        campaign_id="camp",
        lead_id=lead,
        referrer_id="ref",
        event="purchase",
        order_id="1042",
        amount=None,
        currency=None,
        evidence=evidence,
        status=status,
        reason=reason,
        mode=Mode.LIVE,
        created_at=0,
    )


CLAIM = row("a", E.BARE, Status.HELD, Reason.NEEDS_EVIDENCE)
REFUSED = row(None, E.BARE, Status.REJECTED, Reason.BAD_TOKEN)


@pytest.mark.parametrize(
    ("known", "lead", "evidence", "expected"),
    [
        ([], "a", E.TOKEN, Place.NEW),
        ([CLAIM], "a", E.TOKEN, Place.NEW),
        ([REFUSED], "a", E.TOKEN, Place.NEW),
        ([row("a", E.TOKEN)], "a", E.TOKEN, Place.DUPLICATE),
        ([row("a", E.SIGNED)], "a", E.TOKEN, Place.DUPLICATE),
        ([row("a", E.TOKEN)], "a", E.SIGNED, Place.BETTER),
        ([row("a", E.TOKEN)], "b", E.SIGNED, Place.TAKES_OVER),
        ([row("a", E.TOKEN)], "b", E.TOKEN, Place.CONFLICTS),
        ([row("a", E.SIGNED)], "b", E.TOKEN, Place.POORER),
        ([row("a", E.SIGNED)], None, E.BARE, Place.POORER),
        ([row("a", E.TOKEN, Status.HELD, Reason.BAD_SIGNATURE)], "b", E.TOKEN, Place.CONFLICTS),
        ([row("a", E.TOKEN, Status.REJECTED)], "b", E.TOKEN, Place.NEW),
        ([row("a", E.TOKEN, Status.IGNORED)], "b", E.TOKEN, Place.NEW),
    ],
)
def test_a_report_finds_its_place(
    known: list[Conversion], lead: str | None, evidence: Evidence, expected: Place
) -> None:
    assert place(known, lead, evidence).place is expected


def test_a_genuine_report_takes_the_row_of_a_refused_one() -> None:
    assert place([REFUSED], "a", E.TOKEN).row == REFUSED


def test_a_claim_of_another_lead_keeps_its_row() -> None:
    assert place([CLAIM], "b", E.TOKEN).row is None


@pytest.mark.parametrize("conversion", [CLAIM, REFUSED, row("a", E.TOKEN, Status.IGNORED)])
def test_claims_and_refusals_occupy_nothing(conversion: Conversion) -> None:
    assert not occupies(conversion)


def decided(placed: Place = Place.NEW, **facts: object) -> Outcome:
    known: dict[str, object] = {
        "lead": LeadStatus.PENDING,
        "lead_reason": None,
        "rejected": None,
        "held": None,
        "noted": None,
        "enough_evidence": True,
    }
    return outcome(placed, **(known | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("placed", "facts", "expected"),
    [
        (Place.NEW, {}, Outcome(Status.COUNTED)),
        (Place.BETTER, {"lead": LeadStatus.QUALIFIED}, Outcome(Status.COUNTED)),
        (
            Place.NEW,
            {"lead": LeadStatus.QUALIFIED},
            Outcome(Status.IGNORED, Reason.ALREADY_QUALIFIED),
        ),
        (
            Place.NEW,
            {"lead": LeadStatus.REJECTED, "lead_reason": Reason.EXPIRED},
            Outcome(Status.REJECTED, Reason.EXPIRED),
        ),
        (Place.NEW, {"lead": None}, Outcome(Status.REJECTED, Reason.NO_LEAD)),
        (
            Place.NEW,
            {"lead": None, "enough_evidence": False},
            Outcome(Status.HELD, Reason.NEEDS_EVIDENCE),
        ),
        (
            Place.NEW,
            {"rejected": Reason.SELF_REFERRAL, "held": Reason.BAD_SIGNATURE},
            Outcome(Status.REJECTED, Reason.SELF_REFERRAL),
        ),
        (Place.NEW, {"held": Reason.SAME_BROWSER}, Outcome(Status.HELD, Reason.SAME_BROWSER)),
        (Place.CONFLICTS, {}, Outcome(Status.HELD, Reason.ORDER_CONFLICT)),
        (Place.DUPLICATE, {}, Outcome(Status.IGNORED, Reason.DUPLICATE)),
        (Place.POORER, {"lead": None}, Outcome(Status.IGNORED, Reason.DUPLICATE)),
        (
            Place.NEW,
            {"noted": Reason.AMOUNT_UNREADABLE},
            Outcome(Status.COUNTED, Reason.AMOUNT_UNREADABLE),
        ),
    ],
)
def test_a_report_counts_for_what_the_contract_says(
    placed: Place, facts: dict[str, object], expected: Outcome
) -> None:
    assert decided(placed, **facts) == expected
