"""What the lists show: one frozen value a row, and the page it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from goodword.model import LeadStatus, Money, Reason
from goodword.stats.shape import Span

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the page after them, if there is one."""

    rows: list[Row]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsWanted:
    """Which leads, in which order. `sort` is joined or converted; those that never converted
    come last."""

    statuses: tuple[LeadStatus, ...] = ()
    search: str = ""
    referrer_id: str = ""
    joined: Span | None = None
    converted: Span | None = None
    sort: str = "joined"
    oldest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    id: str
    status: LeadStatus
    reason: Reason | None
    code: str
    name: str | None
    email: str | None
    customer: str | None
    joined_at: int
    converted_at: int | None
    referrer_id: str
    referrer_name: str
    referrer_email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferrerRow:
    id: str
    name: str
    email: str
    code: str
    alias: str | None
    created_at: int
    disabled_at: int | None
    visits: int
    referrals: int
    referrals_successful: int
    due: list[Money] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    id: str
    via: str
    url: str
    http_referrer: str
    code: str
    created_at: int
    referrer_name: str
    referrer_email: str
