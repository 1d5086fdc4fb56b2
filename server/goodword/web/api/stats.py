"""Stats: visits, referrals, successful referrals and what is due, by day or by referrer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Money, RewardStatus
from goodword.stats import read as counts
from goodword.stats.owed import Total, totals
from goodword.stats.shape import Span
from goodword.web.api.call import Answer, Call, Nothing, Operation, read
from goodword.web.api.lists import LARGEST
from goodword.web.api.problems import bad_field
from goodword.web.api.words import Date, Id

Group = Literal["day", "referrer"]
_DEFAULT_DAYS = 30
_MOST_DAYS = 1100


class Counts(msgspec.Struct, kw_only=True):
    visits: int
    referrals: int
    referrals_successful: int


class StatsRow(Counts, kw_only=True):
    """One `day`, or one referrer with `referrer_id`, `name` and `email`."""

    day: Date | UnsetType = UNSET
    referrer_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET


class Sum(msgspec.Struct, kw_only=True):
    """Rewards in one `currency`, or of one thing with its `unit`; never added up across them."""

    rewards: int
    amount: str
    currency: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET


class Stats(msgspec.Struct, kw_only=True):
    """Days are UTC, both ends counted. By day every day is there; by referrer the best ones.
    `due` is now; `issued` is what was issued on those days, less what was reversed on them."""

    campaign_id: str
    from_: Date = msgspec.field(name="from")
    to: Date
    group: Group
    total: Counts
    due: list[Sum]
    issued: list[Sum]
    data: list[StatsRow]


class StatsQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Without days: the last thirty. `limit` is for referrers."""

    from_: Date | None = msgspec.field(default=None, name="from")
    to: Date | None = None
    group: Group = "day"
    limit: Annotated[int, Meta(ge=1, le=LARGEST)] = 50
    campaign_id: Id | None = None


async def get_stats(call: Call[Nothing, StatsQuery]) -> Answer:
    query = call.query
    campaign = await call.campaign(query.campaign_id)
    first, last = _days(query, call.context.now())
    span = Span(_start(first), _start(last) + DAY)
    async with call.context.storage.read() as db:
        by_day = await _by_day(db, campaign.id, span)
        rows = by_day
        if query.group == "referrer":
            rows = await _by_referrer(db, campaign.id, span, query.limit)
        due = (await totals(db, campaign.id))[RewardStatus.DUE]
        issued = (await totals(db, campaign.id, month=span))[RewardStatus.ISSUED]
    answer = Stats(
        campaign_id=campaign.id,
        from_=first.isoformat(),
        to=last.isoformat(),
        group=query.group,
        total=_total(by_day),
        due=[_sum(each) for each in due],
        issued=[_sum(each) for each in issued],
        data=rows,
    )
    return Answer(200, answer)


OPERATIONS: list[Operation[Any, Any]] = [
    read("/stats", get_stats, Stats, StatsQuery, "Count visits, referrals and successful ones"),
]


def _days(query: StatsQuery, now: int) -> tuple[date, date]:
    """The first and the last day asked for. `Problem` when there are none, or too many."""
    today = datetime.fromtimestamp(now / 1000, UTC).date()
    last = _day("to", query.to) or today
    first = _day("from", query.from_) or last - timedelta(days=_DEFAULT_DAYS - 1)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise bad_field("from", f"from must not be after to, nor {_MOST_DAYS} days before it")
    return first, last


def _day(field: str, text: str | None) -> date | None:
    """`Problem` for what is no day, or before 1971 or after 2999."""
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise bad_field(field, "there is no such day") from error
    if day is not None and not 1971 <= day.year < 3000:
        raise bad_field(field, "name a day from 1971 to 2999")
    return day


def _start(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


async def _by_day(db: AsyncConnection, campaign_id: str, span: Span) -> list[StatsRow]:
    visits = await counts.visits_by_day(db, campaign_id, span)
    referrals = await counts.referrals_by_day(db, campaign_id, span)
    successful = await counts.successful_by_day(db, campaign_id, span)
    return [
        StatsRow(
            day=datetime.fromtimestamp(day / 1000, UTC).date().isoformat(),
            visits=visits.get(day, 0),
            referrals=referrals.get(day, 0),
            referrals_successful=successful.get(day, 0),
        )
        for day in range(span.since, span.until, DAY)
    ]


async def _by_referrer(
    db: AsyncConnection, campaign_id: str, span: Span, limit: int
) -> list[StatsRow]:
    return [
        StatsRow(
            referrer_id=each.referrer_id,
            name=each.name,
            email=each.email,
            visits=each.visits,
            referrals=each.referrals,
            referrals_successful=each.successful,
        )
        for each in await counts.best_referrers(db, campaign_id, span, limit)
    ]


def _sum(total: Total) -> Sum:
    if total.unit:
        return Sum(rewards=total.rewards, amount=str(total.amount), unit=total.unit)
    money = Money(total.amount, total.currency)
    return Sum(rewards=total.rewards, amount=str(money), currency=money.currency)


def _total(rows: list[StatsRow]) -> Counts:
    return Counts(
        visits=sum(row.visits for row in rows),
        referrals=sum(row.referrals for row in rows),
        referrals_successful=sum(row.referrals_successful for row in rows),
    )
