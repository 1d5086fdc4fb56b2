"""The shelf of lead_counts and lead_months: referrals and successful referrals of each referrer.

A referral is a live lead that is not rejected, on the day it joined; a successful one is
qualified, and counts on the day it converted too. Kept in the transaction that changes the lead:
by day for each referrer and for the whole campaign, by month for each referrer, so that the best
of a month are found by an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Lead, LeadStatus, Mode, month_start
from goodword.storage import tables as t
from goodword.storage.upsert import add_to

Counted = tuple[str, str, int, str]
"""Campaign, referrer, the beginning of the day or month, and the column that counts it."""


async def shift(db: AsyncConnection, before: Lead | None, after: Lead | None) -> None:
    """Counts a lead as it is after a change, no longer as it was; None where it is not there."""
    await shift_all(db, [(before, after)])


async def shift_all(
    db: AsyncConnection, changes: Iterable[tuple[Lead | None, Lead | None]]
) -> None:
    """`shift` for many leads at once."""
    days, months = Counter[Counted](), Counter[Counted]()
    for before, after in changes:
        for lead, times in ((before, -1), (after, 1)):
            for at, column in _places(lead):
                whose = ("", "") if lead is None else (lead.campaign_id, lead.referrer_id)
                day = at - at % DAY
                days[(*whose, day, column)] += times
                days[whose[0], t.WHOLE, day, column] += times
                months[(*whose, month_start(at), column)] += times
    await add_to(db, t.lead_counts, list(_rows("day", days)))
    await add_to(db, t.lead_months, list(_rows("month", months)))


async def of_referrer(db: AsyncConnection, campaign_id: str, referrer_id: str) -> tuple[int, int]:
    """The referrals and the successful referrals of a referrer."""
    c = t.lead_counts.c
    sums = (func.coalesce(func.sum(c.joined), 0), func.coalesce(func.sum(c.qualified), 0))
    query = select(*sums).where(c.campaign_id == campaign_id, c.referrer_id == referrer_id)
    joined, qualified = (await db.execute(query)).one()
    return int(joined), int(qualified)


async def forget_none(db: AsyncConnection, campaign_id: str, referrer_ids: Sequence[str]) -> None:
    """Forgets the days of these referrers on which nothing is counted."""
    c = t.lead_counts.c
    mine = (c.campaign_id == campaign_id, c.referrer_id.in_(referrer_ids))
    await db.execute(delete(t.lead_counts).where(*mine, c.joined == 0, c.qualified == 0))
    m = t.lead_months.c
    theirs = (m.campaign_id == campaign_id, m.referrer_id.in_(referrer_ids))
    await db.execute(delete(t.lead_months).where(*theirs, m.joined == 0, m.qualified == 0))


def _places(lead: Lead | None) -> Iterator[tuple[int, str]]:
    """When it counts, in milliseconds, and the column that counts it."""
    if lead is None or lead.mode is Mode.TEST or lead.status is LeadStatus.REJECTED:
        return
    yield lead.joined_at, "joined"
    if lead.status is LeadStatus.QUALIFIED and lead.converted_at is not None:
        yield lead.converted_at, "qualified"


def _rows(period: str, counted: Counter[Counted]) -> Iterator[dict[str, int | str]]:
    """What is added to the counters of each referrer, day or month."""
    for campaign_id, referrer_id, at in sorted({place[:3] for place in counted}):
        joined = counted[campaign_id, referrer_id, at, "joined"]
        qualified = counted[campaign_id, referrer_id, at, "qualified"]
        if joined or qualified:
            key = {"campaign_id": campaign_id, "referrer_id": referrer_id}
            yield {**key, period: at, "joined": joined, "qualified": qualified}
