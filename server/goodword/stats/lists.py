"""Pages of rows, each reached by an index however many there are: leads, referrers, visits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Select,
    Table,
    cast,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import LeadStatus, Mode, first_id, id_time
from goodword.stats.rows import LeadRow, LeadsWanted, Page, ReferrerRow, Row, VisitRow
from goodword.stats.search import found_leads, found_referrers
from goodword.stats.shape import DAY, Span
from goodword.storage import tables as t

PAGE = 50
le, rf, h, v = t.leads.c, t.referrers.c, t.hits.c, t.visits.c

_REFERRER = (rf.name.label("referrer_name"), rf.email.label("referrer_email"))


async def leads(
    db: AsyncConnection, campaign_id: str, wanted: LeadsWanted, cursor: str = "", limit: int = PAGE
) -> Page[LeadRow]:
    """Live leads. Sorted by conversion it walks two indexes, one after the other: a single
    `nulls last` would sort everything for each page."""
    query = await _leads(db, campaign_id, wanted)
    if wanted.sort != "converted":
        return await _walk_leads(db, query, le.joined_at, wanted.oldest_first, cursor, limit)
    rows: list[LeadRow] = []
    may_have = not wanted.statuses or LeadStatus.QUALIFIED in wanted.statuses
    if may_have and not cursor.startswith("never."):
        converted = query.where(le.converted_at.is_not(None))
        order = wanted.oldest_first
        page = await _walk_leads(db, converted, le.converted_at, order, cursor, limit)
        if page.next or wanted.converted:
            return page
        rows, cursor = page.rows, ""
    never = query.where(le.converted_at.is_(None))
    # At least one, or a page that ends with the last conversion would look like the end.
    place, left = cursor.removeprefix("never."), max(1, limit - len(rows))
    rest = await _walk_leads(db, never, le.joined_at, False, place, left)
    return Page(rows + rest.rows, f"never.{rest.next}" if rest.next else None)


async def lead_ids(
    db: AsyncConnection, campaign_id: str, wanted: LeadsWanted, limit: int
) -> list[str]:
    """The ids of all that `leads` would show, the first that joined first, up to the limit."""
    query = (await _leads(db, campaign_id, wanted)).with_only_columns(le.id)
    found = await db.execute(query.order_by(le.joined_at, le.id).limit(limit))
    return list(found.scalars())


async def _leads(db: AsyncConnection, campaign_id: str, wanted: LeadsWanted) -> Select[Any]:
    columns = [le[name] for name in LeadRow.__dataclass_fields__ if name in le]
    query = select(le.campaign_id, *columns)
    query = query.where(le.campaign_id == campaign_id, le.mode == Mode.LIVE)
    if wanted.statuses:
        query = query.where(le.status.in_(wanted.statuses))
    if wanted.referrer_id:
        query = query.where(le.referrer_id == wanted.referrer_id)
    for column, span in ((le.joined_at, wanted.joined), (le.converted_at, wanted.converted)):
        if span is not None:
            query = query.where(column >= span.since, column < span.until)
    if wanted.search:
        query = query.where(await found_leads(db, campaign_id, wanted.search))
    return query


async def _walk_leads(
    db: AsyncConnection,
    query: Select[Any],
    column: Column[Any],
    oldest_first: bool,
    cursor: str,
    limit: int,
) -> Page[LeadRow]:
    """`walk`, with who referred each of the page: of many that a search finds, few are shown."""
    shown = _stretch(query, column, oldest_first, cursor, limit).subquery("shown")
    of_lead = (rf.campaign_id == shown.c.campaign_id) & (rf.id == shown.c.referrer_id)
    named = select(shown, *_REFERRER).join(t.referrers, of_lead)
    order = _order(shown.c[column.name], shown.c.id, oldest_first)
    found = (await db.execute(named.order_by(*order))).all()
    return _page(found, LeadRow, column, limit)


async def referrers(
    db: AsyncConnection,
    campaign_id: str,
    search: str = "",
    referrer_id: str = "",
    cursor: str = "",
    limit: int = PAGE,
) -> Page[ReferrerRow]:
    """Newest first, with what each brought since they joined; or the one of that id.

    Ids are in the order of time. What was brought is summed for the rows of the page alone.
    """
    own = (rf.id, rf.name, rf.email, rf.code, rf.created_at, rf.disabled_at)
    query = select(*own, _ALIAS).where(rf.campaign_id == campaign_id, rf.mode == Mode.LIVE)
    if referrer_id:
        query = query.where(rf.id == referrer_id)
    if search:
        query = query.where(await found_referrers(db, campaign_id, search))
    if cursor:
        query = query.where(rf.id < cursor)
    found = (await db.execute(query.order_by(rf.id.desc()).limit(limit + 1))).all()
    ids = [row.id for row in found[:limit]]
    visits = await _sums(db, t.visits, campaign_id, ids, "hits")
    leads = await _sums(db, t.lead_counts, campaign_id, ids, "joined", "qualified")
    rows = []
    for row in found[:limit]:
        named: dict[str, Any] = {str(name): value for name, value in row._mapping.items()}
        brought = (*visits.get(row.id, (0,)), *leads.get(row.id, (0, 0)))
        rows.append(ReferrerRow(**named | dict(zip(_BROUGHT, brought, strict=True))))
    return Page(rows, ids[-1] if len(found) > limit else None)


_BROUGHT = ("visits", "referrals", "referrals_successful")


_ALIAS = (
    select(t.aliases.c.alias)
    .where(t.aliases.c.campaign_id == rf.campaign_id, t.aliases.c.referrer_id == rf.id)
    .order_by(t.aliases.c.created_at, t.aliases.c.alias)
    .limit(1)
    .scalar_subquery()
    .label("alias")
)


async def _sums(
    db: AsyncConnection, table: Table, campaign_id: str, referrer_ids: list[str], *columns: str
) -> dict[str, Sequence[int]]:
    """What the counters of these referrers add up to."""
    c = table.c
    query = (
        select(c.referrer_id, *(cast(func.sum(c[column]), BigInteger) for column in columns))
        .where(c.campaign_id == campaign_id, c.referrer_id.in_(referrer_ids))
        .group_by(c.referrer_id)
    )
    return {row[0]: row[1:] for row in await db.execute(query)}


async def visits(
    db: AsyncConnection,
    campaign_id: str,
    cursor: str = "",
    limit: int = PAGE,
    *,
    referrer_id: str = "",
    span: Span | None = None,
) -> Page[VisitRow]:
    """Live visits, newest first: their ids are in the order of time."""
    columns = [h[name] for name in VisitRow.__dataclass_fields__ if name in h]
    query = (
        select(*columns, *_REFERRER)
        .join(t.referrers, (rf.campaign_id == h.campaign_id) & (rf.id == h.referrer_id))
        .where(h.campaign_id == campaign_id, h.mode == Mode.LIVE)
        .order_by(h.id.desc())
    )
    if cursor:
        query = query.where(h.id < cursor)
    stretches = [span]
    if referrer_id:
        query = query.where(h.referrer_id == referrer_id)
        stretches = await _days_of(db, campaign_id, referrer_id, span, cursor)
    found: list[Any] = []
    for each in stretches:
        came = query if each is None else query.where(*_came(each))
        found += await db.execute(came.limit(limit + 1 - len(found)))
        if len(found) > limit:
            break
    rows = [_row(row, VisitRow) for row in found[:limit]]
    return Page(rows, rows[-1].id if len(found) > limit else None)


async def _days_of(
    db: AsyncConnection, campaign_id: str, referrer_id: str, span: Span | None, cursor: str
) -> list[Span | None]:
    """The days on which a referrer had visits, newest first. Visits themselves have no index by
    referrer, which every one of them would pay for."""
    query = select(v.day).where(v.campaign_id == campaign_id, v.referrer_id == referrer_id)
    if span is not None:
        query = query.where(v.day > span.since - DAY, v.day < span.until)
    if (last := id_time(cursor)) is not None:
        query = query.where(v.day <= last)
    days = (await db.execute(query.order_by(v.day.desc()))).scalars()
    whole = span or Span(0, _FOREVER)
    return [Span(max(day, whole.since), min(day + DAY, whole.until)) for day in days]


def _came(span: Span) -> tuple[ColumnElement[bool], ...]:
    return h.id >= first_id("hit", span.since), h.id < first_id("hit", span.until)


_FOREVER = 1 << 47


async def walk(
    db: AsyncConnection,
    kind: type[Row],
    query: Select[Any],
    column: Column[Any],
    oldest_first: bool,
    cursor: str,
    limit: int,
) -> Page[Row]:
    """One page along `column`, ties by id. A cursor that can't be read starts at the beginning."""
    found = (await db.execute(_stretch(query, column, oldest_first, cursor, limit))).all()
    return _page(found, kind, column, limit)


def _stretch(
    query: Select[Any], column: Column[Any], oldest_first: bool, cursor: str, limit: int
) -> Select[Any]:
    """The rows of a page, and one more where there is one."""
    last: Column[Any] = column.table.c.id
    place = _read(cursor)
    if place is not None:
        here, there = tuple_(column, last), tuple_(*(literal(part) for part in place))
        query = query.where(here > there if oldest_first else here < there)
    return query.order_by(*_order(column, last, oldest_first)).limit(limit + 1)


def _order(
    column: ColumnElement[Any], last: ColumnElement[Any], oldest_first: bool
) -> tuple[ColumnElement[Any], ...]:
    return (column.asc(), last.asc()) if oldest_first else (column.desc(), last.desc())


def _page(found: Sequence[Any], kind: type[Row], column: Column[Any], limit: int) -> Page[Row]:
    rows = [_row(row, kind) for row in found[:limit]]
    if len(found) <= limit or not rows:
        return Page(rows, None)
    end = found[limit - 1]._mapping
    return Page(rows, f"{end[column.name]}.{end['id']}")


def _row(row: Any, kind: type[Row]) -> Row:
    # The name of a label is a kind of string that msgspec takes for no key.
    return msgspec.convert({str(name): value for name, value in row._mapping.items()}, kind)


def _read(cursor: str) -> tuple[int, str] | None:
    at, _, last = cursor.partition(".")
    numeric = at.isascii() and at.isdecimal() and len(at) < 16
    return (int(at), last) if numeric and last else None
