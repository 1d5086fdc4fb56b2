"""The shelf of conversions and of the reports behind them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, TextClause, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import (
    Conversion,
    Mode,
    Reason,
    Report,
    ReportKind,
    Status,
    canonical_email,
    first_id,
    id_time,
)
from goodword.storage import tables as t
from goodword.storage.rows import noun
from goodword.storage.tables.ledger import REFUSED
from goodword.storage.upsert import insert_if_new

c = t.conversions.c
r = t.reports.c

NO_WORDS = "{}"
"""What is left of a report's words once they are forgotten."""

TAKEN = ""
"""The slot of a report that occupies its key; a refused one lies in a slot of its reason."""


async def of_order(
    db: AsyncConnection, campaign_id: str, mode: Mode, order_id: str
) -> list[Conversion]:
    """Every row of an order, oldest first."""
    return await _all(db, c.campaign_id == campaign_id, c.mode == mode, c.order_id == order_id)


async def of_event(
    db: AsyncConnection, campaign_id: str, lead_id: str | None, event: str
) -> list[Conversion]:
    """Every row of a lead's event that came without an order, oldest first."""
    return await _all(
        db,
        c.campaign_id == campaign_id,
        c.lead_id == lead_id,
        c.event == event,
        c.order_id.is_(None),
    )


async def of_lead(db: AsyncConnection, campaign_id: str, lead_id: str) -> list[Conversion]:
    return await _all(db, c.campaign_id == campaign_id, c.lead_id == lead_id)


async def by_id(db: AsyncConnection, campaign_id: str, conversion_id: str) -> Conversion | None:
    return next(iter(await _all(db, c.campaign_id == campaign_id, c.id == conversion_id)), None)


async def put(db: AsyncConnection, conversion: Conversion, *, new: bool) -> None:
    """Writes the row, over the one of the same id unless it is new."""
    values = asdict(conversion)
    if new:
        await db.execute(insert(t.conversions).values(values))
        return
    await db.execute(
        update(t.conversions)
        .where(c.campaign_id == conversion.campaign_id, c.id == conversion.id)
        .values(values)
    )


async def taken(
    db: AsyncConnection, campaign_id: str, kind: ReportKind, key: str, holders: Sequence[str]
) -> Report | None:
    """The report that a holder already made under this key and that stands."""
    return await kept(db, campaign_id, kind, key, holders, TAKEN)


async def kept(
    db: AsyncConnection,
    campaign_id: str,
    kind: ReportKind,
    key: str,
    holders: Sequence[str],
    slot: str,
) -> Report | None:
    """The report of a holder under this key: the one that stands, or one refused for a reason."""
    found = await db.execute(
        select(t.reports)
        .where(
            r.campaign_id == campaign_id,
            r.kind == kind,
            r.key == key,
            r.holder.in_(holders),
            r.slot == slot,
        )
        .order_by(r.id)
        .limit(1)
    )
    row = found.first()
    return _report(row) if row else None


async def keep(db: AsyncConnection, report: Report) -> bool:
    """Keeps a report; a refused one that came before with the same words is kept once."""
    return await insert_if_new(db, t.reports, asdict(report))


async def forget_words(db: AsyncConnection, campaign_id: str, lead_id: str) -> None:
    """The words of a lead's reports; that they came, when and as what stays."""
    await db.execute(
        update(t.reports)
        .where(r.campaign_id == campaign_id, r.lead_id == lead_id)
        .values(payload="{}")
    )


async def reports_by_ids(db: AsyncConnection, campaign_id: str, ids: Sequence[str]) -> list[Report]:
    found = await db.execute(
        select(t.reports).where(r.campaign_id == campaign_id, r.id.in_(ids)).order_by(r.id)
    )
    return [_report(row) for row in found]


async def reports_of_conversion(
    db: AsyncConnection, campaign_id: str, conversion_id: str
) -> list[Report]:
    """What was reported of a conversion, oldest first."""
    found = await db.execute(
        select(t.reports)
        .where(r.campaign_id == campaign_id, r.conversion_id == conversion_id)
        .order_by(r.id)
    )
    return [_report(row) for row in found]


async def standing_by_key(
    db: AsyncConnection, campaign_id: str, kind: ReportKind, key: str
) -> Report | None:
    """The report that stands under a key that only one holder can know."""
    found = await db.execute(
        select(t.reports).where(
            r.campaign_id == campaign_id, r.kind == kind, r.key == key, r.slot == TAKEN
        )
    )
    row = found.first()
    return _report(row) if row else None


async def refused_of(
    db: AsyncConnection, campaign_id: str, email: str, looked_at: int = 2_000
) -> list[Report]:
    """Of the newest refused reports so many, those that name this canonical address."""
    query = (
        select(t.reports)
        .where(r.campaign_id == campaign_id, text(REFUSED), r.mode == Mode.LIVE)
        .order_by(r.id.desc())
        .limit(looked_at)
    )
    found = [_report(row) for row in await db.execute(query)]
    return [each for each in found if canonical_email(_said(each)) == email]


async def first_refused(
    db: AsyncConnection, campaign_id: str, since: int, until: int
) -> int | None:
    """When the first report of nobody's lead that was refused between two moments came."""
    query = select(r.id).where(*_nobodys(campaign_id, since, until)).order_by(r.id).limit(1)
    first = (await db.execute(query)).scalar()
    return None if first is None else id_time(first)


async def forget_refused(db: AsyncConnection, campaign_id: str, since: int, until: int) -> None:
    """Takes out what such reports said: they can't be taken again from then on."""
    mine = _nobodys(campaign_id, since, until)
    await db.execute(update(t.reports).where(*mine).values(payload=NO_WORDS))


def _nobodys(
    campaign_id: str, since: int, until: int
) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return (
        r.campaign_id == campaign_id,
        text(REFUSED),
        r.id >= first_id("rep", since),
        r.id < first_id("rep", until),
        r.lead_id.is_(None),
    )


def _said(report: Report) -> str:
    return str(json.loads(report.payload).get("email", ""))


async def give_up(db: AsyncConnection, report: Report, reason: Reason) -> None:
    """A report that stood is refused after all, and occupies its key no more."""
    await db.execute(
        update(t.reports)
        .where(r.campaign_id == report.campaign_id, r.id == report.id)
        .values(status=Status.REJECTED, reason=reason, slot=f"{reason}:{report.id}")
    )


async def reports_of(db: AsyncConnection, campaign_id: str, lead_id: str) -> list[Report]:
    found = await db.execute(
        select(t.reports).where(r.campaign_id == campaign_id, r.lead_id == lead_id).order_by(r.id)
    )
    return [_report(row) for row in found]


async def conversion_of_test(db: AsyncConnection, campaign_id: str, lead_id: str) -> Report | None:
    """The first conversion report of a test lead."""
    found = await db.execute(
        select(t.reports)
        .where(r.campaign_id == campaign_id, r.lead_id == lead_id, r.kind == ReportKind.CONVERT)
        .order_by(r.id)
        .limit(1)
    )
    row = found.first()
    return _report(row) if row else None


async def forget_tests(db: AsyncConnection, before: int) -> None:
    await db.execute(delete(t.reports).where(r.mode == t.TEST, r.created_at < before))
    await db.execute(delete(t.conversions).where(c.mode == t.TEST, c.created_at < before))


async def _all(db: AsyncConnection, *where: ColumnElement[bool]) -> list[Conversion]:
    found = await db.execute(select(t.conversions).where(*where).order_by(c.id))
    return [noun(Conversion, row) for row in found]


def _report(row: Any) -> Report:
    return noun(Report, row)
