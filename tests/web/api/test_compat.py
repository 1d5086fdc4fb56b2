"""Code written for the hosted product calls this server instead: what it reads, it finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from conftest import Serve
from doc_calls import calls_of, compare, page, run
from goodword.lifecycle.review import reject
from goodword.lifecycle.set_up import NewCampaign, create_campaign
from goodword.web.api import Api
from installation import Installation
from web.api.conftest import Site
from web.stage import one_engine

V1, V2 = "/api/v1/users", "/api/v2/users/qualification"


async def put(site: Site, path: str, status: int = 200, **sent: Any) -> dict[str, Any]:
    """The JSON of an answer; `sent` as `json=` or `data=`."""
    said = {"authorization": f"Bearer {site.key}", "accept": "application/json"}
    answer = await site.client.put(path, headers=said, **sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


async def test_the_first_api_qualifies_by_the_number_that_the_old_server_gave(site: Site) -> None:
    lead = await site.new_lead(customer="880123", name="Cy Young")
    told = await put(site, f"{V1}/880123", json={"campaign_id": 4711, "qualified": True})
    assert told["data"] == {
        "id": lead["id"],
        "campaign_id": lead["campaign_id"],
        "code": lead["code"],
        "email": "cy@example.org",
        "first_name": "Cy",
        "last_name": "Young",
        "type": "person_invited",
        "qualified": True,
        "qualified_at": told["data"]["qualified_at"],
        "created_at": lead["created_at"],
    }
    assert told["data"]["qualified_at"] is not None
    assert (await site.get(f"/leads/{lead['id']}"))["status"] == "qualified"
    assert [each["status"] for each in (await site.get("/rewards"))["data"]] == ["due"]


async def test_a_lead_is_known_by_whatever_name_it_has(site: Site) -> None:
    lead = await site.new_lead()
    spelled = lead["code"].lower()
    for id_ in (lead["id"], lead["code"], spelled, "Cy@Example.org"):
        assert (await put(site, f"{V1}/{id_}", json={"qualified": "1"}))["data"]["id"] == lead["id"]
    for named in ({"id": lead["id"]}, {"code": spelled}, {"email": "cy@example.org"}):
        body = named | {"qualified": True, "campaign_id": 4711}
        assert (await put(site, V2, json=body))["data"]["qualified"] is True
    assert len((await site.get("/rewards"))["data"]) == 1


async def test_the_second_api_goes_both_ways_by_form_and_json(site: Site) -> None:
    lead = await site.new_lead()
    sent = {"code": lead["code"], "qualified": "1"}
    assert (await put(site, V2, data=sent))["data"]["qualified"] is True
    undone = await put(site, V2, json={"email": lead["email"], "qualified": False})
    assert (undone["data"]["qualified"], undone["data"]["qualified_at"]) == (False, None)
    assert (await put(site, V2, data=sent | {"qualified": "0"}))["data"]["qualified"] is False
    assert (await site.get("/rewards"))["data"][0]["status"] == "cancelled"


@one_engine
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "qualified"),
        ({"code": "X", "qualified": "yes"}, "qualified"),
        ({"code": "X", "qualified": 2}, "qualified"),
        ({"code": "X", "qualified": 1.0}, "qualified"),
        ({"code": "X", "qualified": None}, "qualified"),
        ({"qualified": True}, "id"),
        ({"qualified": True, "code": ["X"]}, "code"),
        ({"qualified": True, "code": "X", "email": True}, "email"),
        ({"qualified": True, "email": "x" * 255}, "email"),
        ({"qualified": True, "email": "a@b.example", "campaign_id": {}}, "campaign_id"),
    ],
)
async def test_what_is_wrong_is_told_by_field(site: Site, body: object, field: str) -> None:
    told = await put(site, V2, 422, json=body)
    assert told["message"] == "The given data was invalid."
    [[text]] = told["errors"].values()
    assert list(told["errors"]) == [field]
    assert text


@one_engine
async def test_each_refusal_has_the_status_that_such_code_knows(site: Site) -> None:
    lead = await site.new_lead()
    good = {"code": lead["code"], "qualified": True}
    assert "message" in await put(replace(site, key="gwk_no"), V2, 401, json=good)
    reader = await site.with_key(site.world.campaign.id, "read")
    assert "message" in await put(reader, V2, 403, json=good)
    for path in (f"{V1}/4712", f"{V1}/nobody@example.org", f"{V1}/lead_{'0' * 32}"):
        assert "message" in await put(site, path, 404, json={"qualified": True})
    told = await put(site, V2, 422, json=good | {"code": site.world.ada.code})
    assert list(told["errors"]) == ["code"]
    await reject(site.world.context, site.world.campaign, lead["id"], "boss@example.com")
    told = await put(site, V2, 422, json=good)
    assert "errors" not in told
    answer = await site.client.get(f"{V1}/{lead['id']}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "PUT")
    assert (await put(site, V2, 422, content=b"\xff{"))["errors"].keys() == {"qualified"}
    assert "message" in await put(site, V2, 413, content=b"x" * (1 << 20) + b"x")


@one_engine
async def test_a_key_of_every_campaign_says_which_where_it_matters(site: Site) -> None:
    w = site.world
    new = NewCampaign(name="Other", origins=("https://other.example",))
    other = await create_campaign(w.context, new, "test")
    everywhere = await site.with_key(None)
    lead = await site.new_lead()
    body = {"email": "cy@example.org", "qualified": True}
    assert (await put(everywhere, V2, json=body))["data"]["id"] == lead["id"]
    code = (await everywhere.post("/referrers", {"email": "d@e.example", "campaign_id": other.id}))[
        "code"
    ]
    twin = {"referral_code": code, "email": "cy@example.org", "campaign_id": other.id}
    await everywhere.post("/leads", twin)
    told = await put(everywhere, V2, 422, json=body | {"campaign_id": 4711})
    assert list(told["errors"]) == ["campaign_id"]
    for named in (other.id, other.slug):
        told = await put(everywhere, V2, json=body | {"campaign_id": named})
        assert told["data"]["campaign_id"] == other.id
    await put(site, V2, 404, json=body | {"campaign_id": other.id})


@one_engine
async def test_a_call_too_many_is_told_when_to_come_back(site: Site) -> None:
    w = site.world
    settings = replace(w.context.settings, rate_limit=1)
    app = Starlette(routes=Api(replace(w.context, settings=settings)).routes())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://go.example"
    ) as client:
        slow = replace(site, client=client)
        for _ in range(100):
            await put(slow, f"{V1}/1", 404, json={"qualified": True})
        said = {"authorization": f"Bearer {site.key}"}
        answer = await client.put(f"{V1}/1", json={"qualified": True}, headers=said)
    assert (answer.status_code, list(answer.json())) == (429, ["message"])
    assert (answer.headers["retry-after"], answer.headers["ratelimit-remaining"]) == ("20", "0")


def test_the_calls_of_the_page_run_as_they_stand(cli: Installation, live_server: Serve) -> None:
    shop = ("--name", "Shop", "--origin", "https://shop.example", "--reward", "10.00")
    campaign = cli.json("campaign", "create", *shop)
    key = cli.json("apikey", "create", "--campaign", campaign["id"])["key"]
    ada = cli.json("referrer", "create", "--campaign", campaign["id"], "--email", "a@b.example")
    url = live_server().url
    lead = httpx.post(
        f"{url}/api/v1/leads",
        json={"referrer_id": ada["id"], "email": "grace@example.org", "name": "Grace Hopper"},
        headers={"authorization": f"Bearer {key}"},
    ).json()
    calls = list(calls_of(page("compatibility.md")))
    told = [run(call, URL=url, KEY=key, CODE=lead["code"]) for call, _ in calls]
    assert [each["data"]["qualified"] for each in told] == [True, False, True]
    compare(told[0], calls[0][1])
