"""A campaign with as many leads as wanted, written straight into the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from goodword.clock import DAY, MINUTE
from goodword.model import add_months, beginnings, id_text, month_start
from goodword.storage.tables import metadata

DAYS = 365
LEADS_EACH = 5
"""How many friends a referrer brings."""

_COUNTS = """
insert into lead_counts (campaign_id, day, referrer_id, joined, qualified)
select campaign_id, day, referrer_id, sum(joined), sum(qualified) from (
    select campaign_id, joined_at - joined_at % 86400000 as day, referrer_id,
        1 as joined, 0 as qualified from leads where status <> 'rejected'
    union all
    select campaign_id, converted_at - converted_at % 86400000, referrer_id, 0, 1 from leads
        where status = 'qualified'
) as counted group by campaign_id, day, referrer_id
"""
_MONTHS = """
insert into lead_months (campaign_id, month, referrer_id, joined, qualified)
select campaign_id, :month, referrer_id, sum(joined), sum(qualified) from lead_counts
where day >= :month and day < :following and referrer_id <> ''
group by campaign_id, referrer_id
"""
_SUMS = """
insert into reward_sums (campaign_id, day, referrer_id, recipient, status, currency, unit,
    rewards, amount)
select campaign_id, coalesce(issued_at, created_at) / 86400000 * 86400000, referrer_id, recipient,
    status, currency, unit, count(*), sum(amount)
from rewards group by 1, 2, 3, 4, 5, 6, 7
"""
_DUE_SUMS = """
insert into due_sums (campaign_id, day, currency, unit, rewards, amount)
select campaign_id, issue_after / 86400000 * 86400000, currency, unit, count(*), sum(amount)
from rewards where status = 'due' group by 1, 2, 3, 4
"""
_VISITS = """
insert into visits (campaign_id, day, referrer_id, hits)
select campaign_id, created_at - created_at % 86400000, referrer_id, count(*)
from hits group by 1, 2, 3
"""
_ALL_COUNTS = """
insert into lead_counts (campaign_id, day, referrer_id, joined, qualified)
select campaign_id, day, '', sum(joined), sum(qualified) from lead_counts group by 1, 2
"""
_ALL_SUMS = """
insert into reward_sums (campaign_id, day, referrer_id, recipient, status, currency, unit,
    rewards, amount)
select campaign_id, day, '', recipient, status, currency, unit, sum(rewards), sum(amount)
from reward_sums group by 1, 2, 4, 5, 6, 7
"""
_ALL_VISITS = """
insert into visits (campaign_id, day, referrer_id, hits)
select campaign_id, day, '', sum(hits) from visits group by 1, 2
"""
Row = dict[str, Any]


@dataclass(frozen=True)
class Filled:
    """The last lead, with its referrer, and the last reward."""

    lead: str
    referrer: str
    reward: str


async def fill(url: str, campaign_id: str, leads: int, now: int) -> Filled:
    """Spreads the leads over a year up to `now`, milliseconds.

    Each visited; of ten four are pending, five qualified and one rejected. Of what qualified a
    tenth is held, and half of the rest was issued when its time came, the other half by nobody.
    """
    rows: dict[str, list[Row]] = {name: [] for name in _FILLED}
    for n in range(max(1, leads // LEADS_EACH)):
        rows["referrers"].append(_referrer(campaign_id, n, now - DAYS * DAY + n))
    for n in range(leads):
        at = now - DAYS * DAY + (n + 1) * (DAYS * DAY // leads) - MINUTE
        referrer_id = rows["referrers"][n * 7919 % len(rows["referrers"])]["id"]
        for table, row in _referral(campaign_id, referrer_id, n, at, now):
            rows[table].append(row)
    for name, people in (("referrer", "referrers"), ("lead", "leads")):
        rows[f"{name}_search"] = list(_found_by(f"{name}_id", rows[people]))
    engine = create_async_engine(url)
    async with engine.begin() as db:
        for name, those in rows.items():
            await _insert(db, name, those)
        await _count(db, now)
        if engine.dialect.name == "postgresql":
            # As its own housekeeping would have done meanwhile.
            await db.execute(text("analyze"))
    await engine.dispose()
    last = rows["leads"][-1]
    return Filled(last["id"], last["referrer_id"], rows["rewards"][-1]["id"])


_FILLED = ("referrers", "hits", "leads", "conversions", "rewards", "activity")


async def _count(db: AsyncConnection, now: int) -> None:
    for counter in (_COUNTS, _SUMS, _DUE_SUMS, _VISITS):
        await db.execute(text(counter))
    month = month_start(now - (DAYS + 1) * DAY)
    while month <= now:
        following = add_months(month, 1)
        await db.execute(text(_MONTHS), {"month": month, "following": following})
        month = following
    for counter in (_ALL_COUNTS, _ALL_SUMS, _ALL_VISITS):
        await db.execute(text(counter))


async def _insert(db: AsyncConnection, name: str, rows: list[Row]) -> None:
    """Rows leave out what is empty; they all go in by one statement."""
    table = metadata.tables[name]
    empty = {
        column.name: None if column.nullable else "" if isinstance(column.type, Text) else 0
        for column in table.columns
    }
    await db.execute(insert(table), [empty | row for row in rows])


def _found_by(whose: str, people: list[Row]) -> Iterator[Row]:
    for each in people:
        for words in beginnings(each["name"], each["email"]):
            yield {"campaign_id": each["campaign_id"], whose: each["id"], "text": words}


def _id(prefix: str, n: int, at: int) -> str:
    return id_text(prefix, at.to_bytes(6, "big") + n.to_bytes(10, "big"))


def _referrer(campaign_id: str, n: int, at: int) -> Row:
    email = f"referrer-{n}@example.com"
    own = {"id": _id("ref", n, at), "campaign_id": campaign_id, "code": f"R{n:011}"}
    named = {"email": email, "email_canonical": email, "name": f"Referrer {n}"}
    return own | named | {"mode": "live", "created_at": at}


def _referral(
    campaign_id: str, referrer_id: str, n: int, at: int, now: int
) -> Iterator[tuple[str, Row]]:
    """All that one friend leaves in the database."""
    status = "qualified" if n % 2 and at + 3 * DAY <= now else "pending"
    status = status if n % 10 else "rejected"
    whose = {"campaign_id": campaign_id, "referrer_id": referrer_id, "mode": "live"}
    lead_id, hit_id, visitor = _id("lead", n, at), _id("hit", n, at), _id("vis", n, at)
    converted = at + 3 * DAY if status == "qualified" else None
    email = f"friend-{n}@example.org"
    yield "hits", whose | _hit(hit_id, visitor, at)
    yield (
        "leads",
        whose
        | {"id": lead_id, "status": status, "code": f"L{n:011}", "source": "lead"}
        | {"reason": "by_hand" if status == "rejected" else None}
        | {"email": email, "email_canonical": email, "name": _name(n)}
        | {"hit_id": hit_id, "visitor": visitor, "joined_at": at, "converted_at": converted},
    )
    log = whose | {"actor": "script", "lead_id": lead_id, "data": "{}", "created_at": at}
    yield "activity", log | {"id": _id("act", n, at), "type": "lead.created"}
    if converted is None:
        return
    conversion_id, reward_id = _id("conv", n, converted), _id("rwd", n, converted)
    earned = {"lead_id": lead_id, "created_at": converted}
    order = {"event": "purchase", "order_id": f"order-{n}", "amount": 4900, "currency": "EUR"}
    stands = {"id": conversion_id, "evidence": 2, "status": "counted"}
    yield "conversions", whose | earned | order | stands
    yield "rewards", whose | earned | _reward(reward_id, conversion_id, n, converted, now)
    log |= {"conversion_id": conversion_id, "reward_id": reward_id, "created_at": converted}
    yield "activity", log | {"id": _id("act", n, converted), "type": "lead.qualified"}


def _name(n: int) -> str:
    """One of 100 given names, as many among the old leads as among the new, and of 1,000 others."""
    return f"Given{n * 7919 % 100:02} Family{n * 104_729 % 1_000:03}"


def _hit(hit_id: str, visitor: str, at: int) -> Row:
    page = {"url": "https://shop.example/", "http_referrer": "https://news.example/"}
    sender = {"address": "203.0.113.0", "user_agent": "Mozilla/5.0", "webdriver": 0, "gpc": 0}
    own = {"id": hit_id, "visitor": visitor, "code": "R", "via": "tag", "created_at": at}
    return own | page | sender


def _reward(reward_id: str, conversion_id: str, n: int, at: int, now: int) -> Row:
    ripe = at + 30 * DAY
    status = "held" if n % 20 == 1 else "issued" if n % 4 == 3 and ripe < now else "due"
    return {
        "id": reward_id,
        "conversion_id": conversion_id,
        "recipient": "referrer",
        "occasion": "qualified",
        "rule_id": "rule",
        "rule_version": 1,
        "amount": 1000,
        "currency": "EUR",
        "status": status,
        "reason": "cap" if status == "held" else None,
        "hold": "cap" if status == "held" else None,
        "issue_after": ripe,
        "issued_at": ripe if status == "issued" else None,
    }
