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

from goodword.model import LeadStatus, Mode, RewardStatus
from goodword.stats.shape import DAY
from goodword.stats.verify.check import Violation, rows_of
from goodword.storage import tables as t

le, rw, h, v = t.leads.c, t.rewards.c, t.hits.c, t.visits.c
lc, rs = t.lead_counts.c, t.reward_sums.c

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
    6,
    2,
    _rows(
        (rs.campaign_id, rs.referrer_id, rs.day, rs.status, rs.currency, rs.unit),
        (rs.rewards, rs.amount),
        (_NONE, _NONE),
        rs.referrer_id != t.WHOLE,
    ),
    _rows(
        (
            *(rw.campaign_id, rw.referrer_id, _day(_COUNTED_AT)),
            *(rw.status, rw.currency, rw.unit),
        ),
        (_NONE, _NONE),
        (_ONE, rw.amount),
    ),
)

_VISITS = _differ(
    3,
    1,
    _rows((v.campaign_id, v.referrer_id, v.day), (v.hits,), (_NONE,)),
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
    (rs.campaign_id, rs.day, rs.status, rs.currency, rs.unit),
    rs.referrer_id,
    (rs.rewards, rs.amount),
)


async def of_counters(db: AsyncConnection) -> AsyncIterator[Violation]:
    """I8: by referrer and UTC day, of leads, of rewards by status and of visits."""
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
    for whole in (_ALL_LEADS, _ALL_REWARDS):
        async for row in rows_of(db, whole):
            what = "" if whole is _ALL_LEADS else f" {row['k2']} in {(row['k4'] or row['k3'])!r}"
            text = (
                f"{_date(row['k1'])}{what} counts {row['said0']} and {row['said1']} altogether,"
                f" its referrers' counters add up to {row['found0']} and {row['found1']}"
            )
            yield Violation("I8", row["k0"], text)
    async for row in rows_of(db, _VISITS):
        text = f"{_date(row['k2'])} counts {row['said0']} visits, a recount finds {row['found0']}"
        yield Violation("I8", row["k1"], text)


def _date(day: int) -> str:
    return datetime.fromtimestamp(day / 1000, UTC).strftime("%Y-%m-%d")
