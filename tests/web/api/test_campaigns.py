"""Campaigns by the API: made with a key of the installation, read, changed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from goodword.lifecycle.rule import add_rule, change_rule
from goodword.lifecycle.set_up import NewCampaign, create_campaign
from goodword.model import Kind, Method, Occasion
from web.api.conftest import Site

REWARD = {"amount": "25.00", "currency": "EUR", "for": "both", "on": "joined", "delay_days": 7}


async def test_a_campaign_is_made_and_works_at_once(site: Site) -> None:
    owner = await site.with_key(None)
    body = {"name": " Second  shop ", "origins": ["https://Second.example/"], "reward": REWARD}
    made = await owner.post("/campaigns", body)
    assert (made["name"], made["slug"], made["status"]) == ("Second shop", "second-shop", "active")
    assert made["id"] == made["campaign_id"]
    assert made["origins"] == ["https://second.example"]
    assert made["landing"] == "https://second.example/"
    assert made["reward"] == REWARD
    assert made["signing_secret"].startswith("gws_")
    read = await owner.get(f"/campaigns/{made['id']}")
    assert read | {"signing_secret": made["signing_secret"]} == made
    join = {"email": "eve@example.org", "campaign_id": made["id"]}
    eve = await owner.post("/referrers", join)
    lead = await owner.post("/leads", {"referrer_id": eve["id"], "email": "fay@example.org"})
    owed = (await owner.get(f"/rewards?lead_id={lead['id']}"))["data"]
    assert sorted(each["recipient"] for each in owed) == ["lead", "referrer"]


async def test_no_reading_tells_the_signing_secret(site: Site) -> None:
    assert "signing_secret" not in await site.get(f"/campaigns/{site.world.campaign.id}")


async def test_a_campaigns_key_makes_no_campaign(site: Site) -> None:
    body = {"name": "Other", "origins": ["https://other.example"]}
    await site.post("/campaigns", body, 403)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "A"}, "origins"),
        ({"name": "", "origins": ["https://a.example"]}, "name"),
        ({"name": " ", "origins": ["https://a.example"]}, "name"),
        ({"name": "A", "origins": []}, "origins"),
        ({"name": "A", "origins": ["nonsense"]}, "origins"),
        ({"name": "A", "origins": ["https://a.example", 5]}, "origins[1]"),
        ({"name": "A", "origins": ["https://a.example"], "landing": "javascript:1"}, "landing"),
        ({"name": "A", "origins": ["https://a.example"], "reward": {}}, "reward.amount"),
        (
            {"name": "A", "origins": ["https://a.example"], "reward": REWARD | {"amount": "0"}},
            "reward.amount",
        ),
        (
            {"name": "A", "origins": ["https://a.example"], "reward": REWARD | {"amount": "1,5"}},
            "reward.amount",
        ),
        (
            {"name": "A", "origins": ["https://a.example"], "reward": REWARD | {"currency": "?"}},
            "reward.currency",
        ),
        (
            {"name": "A", "origins": ["https://a.example"], "reward": REWARD | {"for": "all"}},
            "reward.for",
        ),
        (
            {"name": "A", "origins": ["https://a.example"], "reward": REWARD | {"delay_days": -1}},
            "reward.delay_days",
        ),
    ],
)
async def test_a_campaign_that_cannot_be_made_names_the_field(
    site: Site, body: dict[str, object], field: str
) -> None:
    owner = await site.with_key(None)
    assert (await owner.post("/campaigns", body, 400))["field"] == field
    assert len(site.world.context.directory.all()) == 1


async def test_a_campaign_is_changed_in_part(site: Site) -> None:
    path = f"/campaigns/{site.world.campaign.id}"
    before = await site.get(path)
    assert await site.call("PATCH", path, 200, {}) == before
    paused = await site.call("PATCH", path, 200, {"status": "paused", "name": "Closed"})
    assert paused == before | {"status": "paused", "name": "Closed"}
    await site.post("/referrers", {"email": "eve@example.org"}, 409)
    pages = {"origins": ["https://new.example"], "landing": "https://new.example/hello"}
    changed = await site.call("PATCH", path, 200, pages | {"status": "active"})
    assert changed == before | pages | {"name": "Closed"}
    rewarded = await site.call("PATCH", path, 200, {"reward": REWARD})
    assert rewarded["reward"] == REWARD
    none = await site.call("PATCH", path, 200, {"reward": None})
    assert none == await site.get(path) == changed | {"reward": None, "rules": []}
    types = [each["type"] for each in (await site.get("/activity?limit=8"))["data"]]
    assert types == [
        "campaign.rule_retired",
        "campaign.rule_changed",
        "campaign.resumed",
        "campaign.pages_changed",
        "campaign.paused",
        "campaign.renamed",
        "referrer.joined",
        "referrer.joined",
    ]


async def test_a_change_that_cannot_be_made_changes_nothing(site: Site) -> None:
    path = f"/campaigns/{site.world.campaign.id}"
    before = await site.get(path)
    body = {"name": "Else", "origins": ["nonsense"]}
    assert (await site.call("PATCH", path, 400, body))["field"] == "origins"
    assert (await site.call("PATCH", path, 400, {"slug": "x"}))["field"] == "slug"
    assert (await site.call("PATCH", path, 400, {"status": None}))["field"] == "status"
    assert await site.get(path) == before


async def test_campaigns_are_listed_newest_first_page_by_page(site: Site) -> None:
    owner, context = await site.with_key(None), site.world.context
    for name in ("B", "C"):
        new = NewCampaign(name=name, origins=("https://shop.example",))
        await create_campaign(context, new, "test")
    first = await owner.get("/campaigns?limit=2")
    rest = await owner.get(f"/campaigns?limit=2&cursor={first['next_cursor']}")
    names = [each["name"] for page in (first, rest) for each in page["data"]]
    assert (names, rest["next_cursor"]) == (["C", "B", "Demo"], None)
    assert (await owner.get("/campaigns?status=paused"))["data"] == []


async def test_campaigns_of_one_name_at_the_same_moment_bring_nothing_down(site: Site) -> None:
    owner = await site.with_key(None)
    headers = {"authorization": f"Bearer {owner.key}"}
    body = {"name": "Twin", "origins": ["https://twin.example"]}

    async def make(n: int) -> int:
        key = {"idempotency-key": str(n)} if n % 2 else {}
        url = "/api/v1/campaigns"
        answer = await site.client.post(url, json=body, headers=headers | key)
        return answer.status_code

    async with asyncio.timeout(25):
        answers = await asyncio.gather(*(make(n) for n in range(30)))
    assert 201 in answers
    assert set(answers) <= {201, 409}


async def test_numbers_are_changed_in_part_and_null_means_none(site: Site) -> None:
    path = f"/campaigns/{site.world.campaign.id}"
    before = await site.get(path)
    assert before["window_days"] == 60
    assert (before["least_evidence"], before["currency"], before["cap"]) == ("E1", "EUR", 20)
    numbers = {
        "window_days": 30,
        "least_evidence": "E2",
        "cap": 5,
        "budget": "500.00",
        "batch_day": 1,
        "second_eyes": "99.50",
    }
    assert await site.call("PATCH", path, 200, numbers) == before | numbers
    none = {"cap": None, "budget": None, "batch_day": None, "second_eyes": 12_345}
    changed = before | numbers | none | {"second_eyes": "123.45"}
    assert await site.call("PATCH", path, 200, none) == changed


async def test_another_currency_holds_for_what_is_new_and_limits_are_said_in_it(
    site: Site,
) -> None:
    path = f"/campaigns/{site.world.campaign.id}"
    before = await site.call("PATCH", path, 200, {"budget": "500.00"})
    refused = await site.call("PATCH", path, 400, {"currency": "JPY"})
    assert (refused["field"], refused["detail"]) == (
        "budget",
        "it is in EUR: write it in JPY, or null",
    )
    yen = {"currency": "JPY", "budget": "80000"}
    assert await site.call("PATCH", path, 200, {"currency": "jpy", "budget": "80000"}) == (
        before | yen
    )
    assert (await site.get(path))["rules"] == before["rules"]
    wrong = await site.call("PATCH", path, 400, {"currency": "XXQ"})
    assert wrong["field"] == "currency"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("window_days", value) for value in (0, 401, None, "30")),
        *(("least_evidence", value) for value in ("E0", "E5", 1, None)),
        *(("cap", value) for value in (0, 100_001, "5")),
        *(("budget", value) for value in ("0", 0, -1, "1,5", "1.005", 10**16)),
        *(("batch_day", value) for value in (0, 29)),
        *(("second_eyes", value) for value in ("", "ten")),
    ],
)
async def test_a_number_that_can_not_be_is_named(site: Site, field: str, value: object) -> None:
    path = f"/campaigns/{site.world.campaign.id}"
    assert (await site.call("PATCH", path, 400, {field: value}))["field"] == field


async def test_every_rule_is_told_with_all_that_it_says(site: Site) -> None:
    w, path = site.world, f"/campaigns/{site.world.campaign.id}"
    [plain] = w.campaign.rules
    w.wait(1000)
    share = replace(
        plain,
        kind=Kind.PERCENTAGE,
        rate=1250,
        at_most=5000,
        occasion=Occasion.CONVERTED,
        months=12,
        method=Method.WEBHOOK,
        auto=True,
    )
    await change_rule(w.context, w.campaign, plain.id, share, "test")
    months = replace(plain, kind=Kind.CUSTOM, amount=2, unit="free month", milestones="1,3")
    await add_rule(w.context, w.campaign, months, "test")
    campaign = await site.get(path)
    assert campaign["reward"] is None
    first, second = campaign["rules"]
    assert first["says"].startswith("12.5 % of the order (at most 50.00 EUR) to the referrer")
    told = ("version", "kind", "amount", "percent", "at_most", "quantity", "for", "on", "months")
    assert [first[name] for name in told] == [
        *(2, "percentage", None, "12.50", "50.00", None, "referrer", "converted", 12)
    ]
    assert (first["method"], first["auto"], first["delay_days"]) == ("webhook", True, 30)
    assert first["holds_from"] == first["created_at"]
    assert (second["quantity"], second["unit"], second["milestones"]) == (2, "free month", [1, 3])
    assert (second["version"], second["holds_from"], second["pool"]) == (1, None, None)
    plainly = await site.call("PATCH", path, 200, {"reward": REWARD})
    assert plainly["reward"] == REWARD
    assert [(rule["id"], rule["version"]) for rule in plainly["rules"]] == [(plain.id, 3)]
