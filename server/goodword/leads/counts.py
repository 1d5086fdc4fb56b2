"""The shelf of lead_counts: referrals and successful referrals of each referrer by day.

A referral is a live lead that is not rejected, on the day it joined; a successful one is
qualified, and counts on the day it converted too. Kept in the transaction that changes the lead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.clock import DAY
from goodword.model import Lead, LeadStatus, Mode
from goodword.storage import tables as t
from goodword.storage.upsert import add_to

Place = tuple[str, str, int, str]
"""Campaign, referrer, first millisecond (UTC) of the day, and the column that counts there."""


async def shift(db: AsyncConnection, before: Lead | None, after: Lead | None) -> None:
    """Counts a lead as it is after a change, no longer as it was; None where it is not there."""
    places = Counter(_places(after))
    places.subtract(_places(before))
    for (campaign_id, referrer_id, day, column), times in sorted(places.items()):
        if times:
            for whose in (referrer_id, t.WHOLE):
                key = {"campaign_id": campaign_id, "day": day, "referrer_id": whose}
                await add_to(db, t.lead_counts, key, {column: times})


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
    yield lead.campaign_id, lead.referrer_id, lead.joined_at - lead.joined_at % DAY, "joined"
    if lead.status is LeadStatus.QUALIFIED and lead.converted_at is not None:
        day = lead.converted_at - lead.converted_at % DAY
        yield lead.campaign_id, lead.referrer_id, day, "qualified"
