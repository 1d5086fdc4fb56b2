"""I8: every counter says what a recount finds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Select,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import LeadStatus, Mode, RewardStatus, add_months, month_start
from goodword.stats.shape import DAY
from goodword.stats.verify.check import Violation, rows_of
from goodword.storage import tables as t

le, rw, h, v = t.leads.c, t.rewards.c, t.hits.c, t.visits.c
lc, lm, rs, ds = t.lead_counts.c, t.lead_months.c, t.reward_sums.c, t.due_sums.c

Numbers = Sequence[ColumnElement[int] | Column[int]]
_NONE: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")


def _day(at: Any) -> Any:
    return at - at % literal_column(str(DAY))


def _rows(key: Sequence[Any], said: Numbers, found: Numbers, *where: Any) -> Select[Any]:
    """Rows of a counter, or of what it counts; what each says under one set of names."""
    named = [column.label(f"k{n}") for n, column in enumerate(key)]
    named += [column.label(f"said{n}") for n, column in enumerate(said)]
    named += [column.label(f"found{n}") for n, column in enumerate(found)]
    return select(*named).where(*where)


def _differ(keys: int, numbers: int, *parts: Select[Any]) -> Select[Any]:
    """The places where the sums of what was said and of what was found are not the same."""
    both = union_all(*parts).subquery("both")
    key = [both.c[f"k{n}"] for n in range(keys)]

    def total(name: str) -> ColumnElement[int]:
        return cast(func.sum(both.c[name]), BigInteger)

    pairs = [(total(f"said{n}"), total(f"found{n}")) for n in range(numbers)]
    sums = [s.label(f"said{n}") for n, (s, _) in enumerate(pairs)]
    sums += [f.label(f"found{n}") for n, (_, f) in enumerate(pairs)]
    return select(*key, *sums).group_by(*key).having(or_(*(s != f for s, f in pairs)))


_LIVE = (le.mode == Mode.LIVE, le.status != LeadStatus.REJECTED)
_OF_LEAD = (le.campaign_id, le.referrer_id)
_LEADS = _differ(
    3,
    2,
    _rows(
        (lc.campaign_id, lc.referrer_id, lc.day),
        (lc.joined, lc.qualified),
        (_NONE, _NONE),
        lc.referrer_id != t.WHOLE,
    ),
    _rows((*_OF_LEAD, _day(le.joined_at)), (_NONE, _NONE), (_ONE, _NONE), *_LIVE),
    _rows(
        (*_OF_LEAD, _day(le.converted_at)),
        (_NONE, _NONE),
        (_NONE, _ONE),
        *_LIVE,
        le.status == LeadStatus.QUALIFIED,
        le.converted_at.is_not(None),
    ),
)

_ISSUED = (rw.status == RewardStatus.ISSUED) & rw.issued_at.is_not(None)
_COUNTED_AT = case((_ISSUED, rw.issued_at), else_=rw.created_at)
_REWARDS = _differ(
    7,
    2,
    _rows(
        (rs.campaign_id, rs.referrer_id, rs.day, rs.status, rs.currency, rs.unit, rs.recipient),
        (rs.rewards, rs.amount),
        (_NONE, _NONE),
        rs.referrer_id != t.WHOLE,
    ),
    _rows(
        (
            *(rw.campaign_id, rw.referrer_id, _day(_COUNTED_AT)),
            *(rw.status, rw.currency, rw.unit, rw.recipient),
        ),
        (_NONE, _NONE),
        (_ONE, rw.amount),
    ),
)
_DUE = _differ(
    4,
    2,
    _rows((ds.campaign_id, ds.day, ds.currency, ds.unit), (ds.rewards, ds.amount), (_NONE, _NONE)),
    _rows(
        (rw.campaign_id, _day(rw.issue_after), rw.currency, rw.unit),
        (_NONE, _NONE),
        (_ONE, rw.amount),
        rw.status == RewardStatus.DUE,
    ),
)

_VISITS = _differ(
    3,
    1,
    _rows((v.campaign_id, v.referrer_id, v.day), (v.hits,), (_NONE,), v.referrer_id != t.WHOLE),
    _rows(
        (h.campaign_id, h.referrer_id, _day(h.created_at)), (_NONE,), (_ONE,), h.mode == Mode.LIVE
    ),
)


def _whole(key: Sequence[Any], referrer: Column[Any], numbers: Numbers) -> Select[Any]:
    """The counters of a whole campaign beside the sums of those of its referrers."""
    none = tuple(_NONE for _ in numbers)
    return _differ(
        len(key),
        len(numbers),
        _rows(key, numbers, none, referrer == t.WHOLE),
        _rows(key, none, numbers, referrer != t.WHOLE),
    )


_ALL_LEADS = _whole((lc.campaign_id, lc.day), lc.referrer_id, (lc.joined, lc.qualified))
_ALL_REWARDS = _whole(
    (rs.campaign_id, rs.day, rs.status, rs.currency, rs.unit, rs.recipient),
    rs.referrer_id,
    (rs.rewards, rs.amount),
)
_ALL_VISITS = _whole((v.campaign_id, v.day), v.referrer_id, (v.hits, _NONE))


async def of_counters(db: AsyncConnection) -> AsyncIterator[Violation]:
    """I8: by referrer and UTC day, of leads, of rewards by status and of visits; by month, and by
    the day on which rewards may go out."""
    async for violation in _by_day(db):
        yield violation
    async for violation in _altogether(db):
        yield violation
    async for violation in _by_month(db):
        yield violation
    async for row in rows_of(db, _DUE):
        text = (
            f"{_date(row['k1'])} counts {row['said0']} due that may go out in"
            f" {(row['k3'] or row['k2'])!r}, together {row['said1']}, a recount finds"
            f" {row['found0']}, together {row['found1']}"
        )
        yield Violation("I8", row["k0"], text)


async def _by_day(db: AsyncConnection) -> AsyncIterator[Violation]:
    async for row in rows_of(db, _LEADS):
        text = (
            f"{_date(row['k2'])} counts {row['said0']} joined and {row['said1']} qualified,"
            f" a recount finds {row['found0']} and {row['found1']}"
        )
        yield Violation("I8", row["k1"], text)
    async for row in rows_of(db, _REWARDS):
        what = f"{row['k3']} in {(row['k5'] or row['k4'])!r}"
        text = (
            f"{_date(row['k2'])} counts {row['said0']} rewards {what}, together {row['said1']},"
            f" a recount finds {row['found0']}, together {row['found1']}"
        )
        yield Violation("I8", row["k1"], text)
    async for row in rows_of(db, _VISITS):
        text = f"{_date(row['k2'])} counts {row['said0']} visits, a recount finds {row['found0']}"
        yield Violation("I8", row["k1"], text)


async def _altogether(db: AsyncConnection) -> AsyncIterator[Violation]:
    """Of a whole campaign, beside its referrers."""
    for whole in (_ALL_LEADS, _ALL_REWARDS, _ALL_VISITS):
        async for row in rows_of(db, whole):
            what = f" {row['k2']} in {(row['k4'] or row['k3'])!r}" if "k2" in row else ""
            text = (
                f"{_date(row['k1'])}{what} counts {row['said0']} and {row['said1']} altogether,"
                f" its referrers' counters add up to {row['found0']} and {row['found1']}"
            )
            yield Violation("I8", row["k0"], text)


async def _by_month(db: AsyncConnection) -> AsyncIterator[Violation]:
    """Each month beside its days; what counts for no month of these has no days."""
    first, last = (await db.execute(select(func.min(lc.day), func.max(lc.day)))).one()
    month, known = month_start(first or 0), list[int]()
    while first is not None and month <= last:
        known.append(month)
        async for row in rows_of(db, _month(month, add_months(month, 1))):
            yield _of_month(month, row)
        month = add_months(month, 1)
    stray = _differ(
        2,
        2,
        _rows(
            (lm.campaign_id, lm.referrer_id),
            (lm.joined, lm.qualified),
            (_NONE, _NONE),
            lm.month.not_in(known),
        ),
    )
    async for row in rows_of(db, stray):
        yield _of_month(0, row)


def _month(month: int, following: int) -> Select[Any]:
    return _differ(
        2,
        2,
        _rows(
            (lm.campaign_id, lm.referrer_id),
            (lm.joined, lm.qualified),
            (_NONE, _NONE),
            lm.month == month,
        ),
        _rows(
            (lc.campaign_id, lc.referrer_id),
            (_NONE, _NONE),
            (lc.joined, lc.qualified),
            lc.referrer_id != t.WHOLE,
            lc.day >= month,
            lc.day < following,
        ),
    )


def _of_month(month: int, row: dict[str, Any]) -> Violation:
    which = f"the month of {_date(month)}" if month else "a month without days"
    text = (
        f"{which} counts {row['said0']} joined and {row['said1']} qualified, its days add up to"
        f" {row['found0']} and {row['found1']}"
    )
    return Violation("I8", row["k1"], text)


def _date(day: int) -> str:
    return datetime.fromtimestamp(day / 1000, UTC).strftime("%Y-%m-%d")
