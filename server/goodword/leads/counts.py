"""The shelf of lead_counts and lead_months: referrals and successful referrals of each referrer.

A referral is a live lead that is not rejected, on the day it joined; a successful one is
qualified, and counts on the day it converted too. Kept in the transaction that changes the lead:
by day for each referrer and for the whole campaign, by month for each referrer, so that the best
of a month are found by an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Lead, LeadStatus, Mode, month_start
from goodword.storage import tables as t
from goodword.storage.upsert import add_to

Place = tuple[int, str]
"""When it counts, in milliseconds, and the column that counts it."""


async def shift(db: AsyncConnection, before: Lead | None, after: Lead | None) -> None:
    """Counts a lead as it is after a change, no longer as it was; None where it is not there."""
    places = Counter(_places(after))
    places.subtract(_places(before))
    if not any(places.values()) or (lead := after or before) is None:
        return
    days, months = Counter[Place](), Counter[Place]()
    for (at, column), times in places.items():
        days[at - at % DAY, column] += times
        months[month_start(at), column] += times
    await add_to(
        db,
        t.lead_counts,
        [*_rows(lead, lead.referrer_id, "day", days), *_rows(lead, t.WHOLE, "day", days)],
    )
    await add_to(db, t.lead_months, list(_rows(lead, lead.referrer_id, "month", months)))


async def of_referrer(db: AsyncConnection, campaign_id: str, referrer_id: str) -> tuple[int, int]:
    """The referrals and the successful referrals of a referrer."""
    c = t.lead_counts.c
    sums = (func.coalesce(func.sum(c.joined), 0), func.coalesce(func.sum(c.qualified), 0))
    query = select(*sums).where(c.campaign_id == campaign_id, c.referrer_id == referrer_id)
    joined, qualified = (await db.execute(query)).one()
    return int(joined), int(qualified)


def _places(lead: Lead | None) -> Iterator[Place]:
    if lead is None or lead.mode is Mode.TEST or lead.status is LeadStatus.REJECTED:
        return
    yield lead.joined_at, "joined"
    if lead.status is LeadStatus.QUALIFIED and lead.converted_at is not None:
        yield lead.converted_at, "qualified"


def _rows(
    lead: Lead, whose: str, period: str, places: Counter[Place]
) -> Iterator[dict[str, int | str]]:
    """What is added to the counters of each day or month."""
    for at in sorted({at for at, _ in places}):
        joined, qualified = places[at, "joined"], places[at, "qualified"]
        if joined or qualified:
            key = {"campaign_id": lead.campaign_id, "referrer_id": whose}
            yield {**key, period: at, "joined": joined, "qualified": qualified}
