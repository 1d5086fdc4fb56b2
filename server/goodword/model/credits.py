"""Missing credit: a referrer says that a friend of theirs was not counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CreditStatus(StrEnum):
    """What became of the claim; one that an admin had written down may be withdrawn by Undo."""

    OPEN = "open"
    CREDITED = "credited"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditClaim:
    """`named` is the order or the e-mail address that was named, `said` what else was written,
    `actor` who wrote it: `page`, or an admin's e-mail. `answer` is the admin's word on it, which
    the referrer reads; `lead_id` who was credited."""

    id: str
    campaign_id: str
    referrer_id: str
    named: str
    said: str
    actor: str
    status: CreditStatus
    created_at: int
    answer: str = ""
    lead_id: str | None = None
    decided_at: int | None = None
    decided_by: str | None = None
