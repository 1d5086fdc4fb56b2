"""Rewards, activity and stats by the API."""

from __future__ import annotations

import pytest

from goodword.clock import DAY
from lifecycle.world import World
from web.api.conftest import Site


async def _history(w: World) -> None:
    """Ada brings two, one of whom buys three days later; Bob brings a visit."""
    first = await w.visit()
    await w.sign_up(token=first.token, email="cy@example.org")
    second = await w.visit()
    await w.sign_up(token=second.token, email="dee@example.org")
    w.wait(3 * DAY)
    await w.convert(token=first.token, order="1042")
    await w.visit(w.bob)


async def test_rewards_are_filtered(site: Site) -> None:
    await _history(site.world)
    [reward] = (await site.get("/rewards"))["data"]
    assert (reward["recipient"], reward["occasion"], reward["rule_version"]) == (
        "referrer",
        "qualified",
        1,
    )
    assert (reward["reverses"], reward["replaces"]) == (None, None)
    assert reward["referrer_id"] == site.world.ada.id

    async def count(query: str) -> int:
        return len((await site.get(f"/rewards?{query}"))["data"])

    assert await count("status=due") == 1
    assert await count("status=held") == 0
    assert await count(f"referrer_id={site.world.bob.id}") == 0
    assert await count(f"lead_id={reward['lead_id']}") == 1
    await site.get("/rewards/rwd_" + "0" * 32, 404)


async def test_activity_is_the_log_newest_first(site: Site) -> None:
    lead = await site.new_lead()
    await site.post("/conversions", {"lead_id": lead["id"], "order": "1042"})
    log = (await site.get(f"/activity?lead_id={lead['id']}"))["data"]
    assert [line["type"] for line in log] == [
        "reward.due",
        "lead.qualified",
        "conversion.counted",
        "lead.created",
    ]
    assert {line["actor"] for line in log} == {"api"}
    assert log[2]["data"]["order"] == "1042"
    assert log[-1]["created_at"] == "2026-11-18T11:06:40.000Z"
    [created] = (await site.get("/activity?type=lead.created"))["data"]
    assert created["lead_id"] == lead["id"]


async def test_test_runs_are_nowhere(site: Site) -> None:
    people = (await site.get("/referrers"))["data"]
    assert len(people) == 2


async def test_stats_count_by_day(site: Site) -> None:
    await _history(site.world)
    stats = await site.get("/stats?from=2026-11-17&to=2026-11-21")
    assert stats["data"][1] == {
        "day": "2026-11-18",
        "visits": 2,
        "referrals": 2,
        "referrals_successful": 0,
    }
    assert [day["referrals_successful"] for day in stats["data"]] == [0, 0, 0, 0, 1]
    assert stats["total"] == {"visits": 3, "referrals": 2, "referrals_successful": 1}
    assert stats["due"] == [{"rewards": 1, "amount": "10.00", "currency": "EUR"}]
    assert (stats["from"], stats["to"], stats["group"]) == ("2026-11-17", "2026-11-21", "day")


async def test_stats_count_by_referrer(site: Site) -> None:
    w = site.world
    await _history(w)
    stats = await site.get("/stats?group=referrer")
    assert stats["data"] == [
        {
            "referrer_id": w.ada.id,
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "visits": 2,
            "referrals": 2,
            "referrals_successful": 1,
        },
        {
            "referrer_id": w.bob.id,
            "name": "Bob",
            "email": "bob@example.com",
            "visits": 1,
            "referrals": 0,
            "referrals_successful": 0,
        },
    ]
    assert len((await site.get("/stats?group=referrer&limit=1"))["data"]) == 1


async def test_without_days_stats_are_of_the_last_thirty(site: Site) -> None:
    stats = await site.get("/stats")
    assert (stats["from"], stats["to"]) == ("2026-10-20", "2026-11-18")
    assert len(stats["data"]) == 30


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-11-02&to=2026-11-01", "from"),
        ("from=1999-01-01", "from"),
        ("from=0001-01-01&to=0001-01-02", "to"),
        ("to=9999-12-31", "to"),
        ("group=week", "group"),
        ("group=", "group"),
    ],
)
async def test_stats_that_cannot_be_counted_name_the_field(
    site: Site, query: str, field: str
) -> None:
    assert (await site.get(f"/stats?{query}", 400))["field"] == field
