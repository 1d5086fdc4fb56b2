"""Rewards, activity and stats by the API."""

from __future__ import annotations

from typing import Any

import pytest

from goodword.clock import DAY
from goodword.model import Kind
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


COMMON = ("id", "campaign_id", "created_at", "status")


async def test_every_object_says_which_it_is_whose_from_when_and_how_it_stands(site: Site) -> None:
    lead = await site.new_lead()
    await site.post("/conversions", {"lead_id": lead["id"], "order": "1042"})
    await site.post("/refunds", {"order": "1042", "amount": "1.00"})
    await site.post("/webhooks", {"url": "https://93.184.216.34/in", "events": ["reward.due"]})
    resources = ("campaigns", "referrers", "leads", "conversions", "refunds", "rewards")
    for resource in (*resources, "webhooks", "activity"):
        found = (await site.get(f"/{resource}"))["data"]
        assert found, resource
        assert [each for each in found if not all(each.get(name) for name in COMMON)] == []


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


async def test_activity_is_read_from_a_time_on(site: Site) -> None:
    reward = await _bought(site, "a@example.org")
    site.world.wait(DAY)
    await _bought(site, "b@example.org")
    everything = (await site.get("/activity"))["data"]
    lately = (await site.get("/activity?since=2026-11-19T11:06:40Z"))["data"]
    assert lately == [line for line in everything if line["created_at"][:10] == "2026-11-19"]
    assert len(lately) == 4
    assert lately == (await site.get("/activity?since=2026-11-19T12:06:39.001%2B01:00"))["data"]
    assert (await site.get("/activity?since=2026-11-19T11:06:40.001Z"))["data"] == []
    assert (await site.get("/activity?since=1066-10-14T09:00:00Z"))["data"] == everything
    path = f"/activity?since=2026-11-01T00:00:00Z&reward_id={reward['id']}&limit=1"
    [line] = (await site.get(path))["data"]
    assert line["type"] == "reward.due"
    other = reward["lead_id"][:-1] + ("0" if reward["lead_id"][-1] != "0" else "1")
    for path in (f"reward_id={reward['id']}&lead_id={other}", "reward_id=rwd_" + "0" * 32):
        assert (await site.get(f"/activity?{path}"))["data"] == []


async def _bought(site: Site, email: str) -> dict[str, Any]:
    lead = await site.new_lead(email)
    await site.post("/conversions", {"lead_id": lead["id"], "order": email})
    reward = (await site.get(f"/rewards?lead_id={lead['id']}"))["data"][-1]
    return dict(reward)


@pytest.mark.parametrize(
    "since", ["yesterday", "2026-11-19", "2026-11-19T11:06", "2026-13-01T00:00:00Z", ""]
)
async def test_a_time_that_cannot_be_read_is_refused(site: Site, since: str) -> None:
    assert (await site.get(f"/activity?since={since}", 400))["field"] == "since"


async def test_whatever_happens_is_in_the_log_with_what_it_says(site: Site) -> None:
    reward = await _bought(site, "a@example.org")
    for verb, body in (
        ("hold", {"note": "wait"}),
        ("release", {}),
        ("issue", {"early": True}),
        ("reverse", {}),
    ):
        await site.post(f"/rewards/{reward['id']}/{verb}", body, 200)
    await site.post("/refunds", {"order": "a@example.org"})
    log = (await site.get(f"/activity?lead_id={reward['lead_id']}"))["data"]
    assert [line["type"] for line in log] == [
        "lead.unqualified",
        "conversion.refunded",
        "reward.reversed",
        "reward.issued",
        "reward.due",
        "reward.held",
        "reward.due",
        "lead.qualified",
        "conversion.counted",
        "lead.created",
    ]
    [held] = [line["data"] for line in log if line["type"] == "reward.held"]
    assert held == {
        "amount": "10.00",
        "currency": "EUR",
        "unit": None,
        "recipient": "referrer",
        "issue_after": 1797592000000,
        "step": None,
        "reason": "by_hand",
        "note": "wait",
    }
    [back] = [line["data"] for line in log if line["type"] == "conversion.refunded"]
    assert (back["order"], back["whole"]) == ("a@example.org", 1)


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


async def test_stats_say_what_was_issued_on_those_days_less_what_was_reversed(site: Site) -> None:
    await site.world.rule(kind=Kind.CUSTOM, unit="free month", amount=3, currency="")
    first, second = [await _bought(site, f"{name}@example.org") for name in "ab"]
    for reward in (first, second):
        await site.post(f"/rewards/{reward['id']}/issue", {"early": True}, 200)
    site.world.wait(DAY)
    await site.post(f"/rewards/{second['id']}/reverse", {}, 200)
    stats = await site.get("/stats?from=2026-11-18&to=2026-11-18")
    assert stats["issued"] == [
        {"rewards": 2, "amount": "20.00", "currency": "EUR"},
    ]
    assert stats["due"] == [{"rewards": 2, "amount": "6", "unit": "free month"}]
    stats = await site.get("/stats?from=2026-11-18&to=2026-11-19")
    assert [each["amount"] for each in stats["issued"]] == ["10.00"]


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
        ("from=0001-01-01&to=0001-01-02", "from"),
        ("to=9999-12-31", "to"),
        ("group=week", "group"),
        ("group=", "group"),
    ],
)
async def test_stats_that_cannot_be_counted_name_the_field(
    site: Site, query: str, field: str
) -> None:
    assert (await site.get(f"/stats?{query}", 400))["field"] == field
