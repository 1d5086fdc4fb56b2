"""Reports that pay nothing as they are: refused ones, and claims that wait for evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Evidence, Mode, Reason, ReportKind, Status
from goodword.stats.lists import PAGE
from goodword.stats.rows import Page
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.tables.ledger import REFUSED

r, cv, le = t.reports.c, t.conversions.c, t.leads.c

AGAIN = "replay:"
"""How the key of a report begins that was taken again; the former report's id follows."""

_ORDER = ("event", "order", "amount")
_PERSON = ("email", "name", "customer", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """`payload` is JSON of what it said. `stands` is what its conversion counts for now."""

    id: str
    kind: ReportKind
    door: str
    evidence: Evidence
    status: Status
    reason: Reason
    payload: str
    created_at: int
    lead_id: str | None
    lead_name: str | None
    lead_email: str | None
    lead_customer: str | None
    conversion_id: str | None
    stands: Status | None

    @property
    def said(self) -> dict[str, str]:
        """Its words by name, without those of the form itself."""
        words: dict[str, str] = json.loads(self.payload)
        shown = _PERSON if self.kind is ReportKind.LEAD else (*_ORDER, *_PERSON)
        return {name: words[name] for name in shown if name in words}

    @property
    def claim(self) -> bool:
        return self.reason is Reason.NEEDS_EVIDENCE

    @property
    def counted_since(self) -> bool:
        """Whether its order counts all the same, by another report."""
        return not self.claim and self.stands is Status.COUNTED


async def refused(
    db: AsyncConnection,
    campaign_id: str,
    reason: Reason | None = None,
    cursor: str = "",
    limit: int = PAGE,
) -> Page[RefusedRow]:
    """Newest first; what counted since by a replay, or a person's word, is not among them.

    In the very words of their index: SQLite uses it for nothing else.
    """
    own = [r[name] for name in RefusedRow.__dataclass_fields__ if name in r]
    lead = (le[name].label(f"lead_{name}") for name in ("name", "email", "customer"))
    joined = t.reports.outerjoin(
        t.leads, and_(le.campaign_id == r.campaign_id, le.id == r.lead_id)
    ).outerjoin(t.conversions, and_(cv.campaign_id == r.campaign_id, cv.id == r.conversion_id))
    query: Select[Any] = select(*own, *lead, cv.status.label("stands")).select_from(joined)
    query = query.where(r.campaign_id == campaign_id, text(REFUSED), *_open())
    if reason is not None:
        query = query.where(r.reason == reason)
    if cursor:
        query = query.where(r.id < cursor)
    found = (await db.execute(query.order_by(r.id.desc()).limit(limit + 1))).all()
    rows = [noun(RefusedRow, row) for row in found[:limit]]
    return Page(rows, rows[-1].id if len(found) > limit else None)


def _open() -> list[ColumnElement[bool]]:
    """Those that nothing took in the meantime."""
    again = t.reports.alias()
    taken = exists().where(
        again.c.campaign_id == r.campaign_id,
        again.c.kind == r.kind,
        again.c.key == AGAIN + r.id,
        again.c.slot == "",
    )
    claim = and_(r.reason == Reason.NEEDS_EVIDENCE, cv.reason == Reason.NEEDS_EVIDENCE)
    return [
        r.mode == Mode.LIVE,
        or_(r.status.in_((Status.REJECTED, Status.IGNORED)), claim),
        func.substr(r.key, 1, len(AGAIN)) != AGAIN,
        ~taken,
    ]
