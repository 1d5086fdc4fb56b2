"""Campaigns by the API: made with a key of the installation, read, changed."""

from __future__ import annotations

import asyncio

import pytest

from goodword.lifecycle.set_up import NewCampaign, create_campaign
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
    assert none == await site.get(path) == changed | {"reward": None}
    types = [each["type"] for each in (await site.get("/activity?limit=8"))["data"]]
    assert types == [
        "campaign.reward_changed",
        "campaign.reward_changed",
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
