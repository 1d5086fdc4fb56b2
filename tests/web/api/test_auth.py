"""Who may call what: keys, scopes, and campaigns that see nothing of each other."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from goodword.lifecycle.admit import revoke_api_key
from goodword.lifecycle.set_up import NewCampaign, create_campaign, create_referrer
from goodword.web.api import Api
from lifecycle.world import World
from web.api.conftest import Site


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer nonsense", "Basic abc", "Bearer gwk_" + "x" * 43]
)
async def test_without_a_key_in_use_it_is_401(site: Site, said: str) -> None:
    answer = await site.client.get("/api/v1/leads", headers={"authorization": said})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith('Bearer realm="goodword"')
    assert answer.json()["status"] == 401


async def test_a_revoked_key_is_401(site: Site) -> None:
    w = site.world
    async with w.context.storage.read() as db:
        rows = await db.exec_driver_sql("select id from api_keys")
        key_id = str(rows.scalar_one())
    assert await revoke_api_key(w.context, key_id)
    await site.get("/leads", 401)


async def test_who_is_refused_too_often_waits(w: World) -> None:
    context = replace(w.context, settings=replace(w.context.settings, rate_limit=4))
    transport = httpx.ASGITransport(Starlette(routes=Api(context).routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://go.example") as client:
        answers = [await client.get("/api/v1/leads") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_reading_key_changes_nothing(site: Site) -> None:
    reader = await site.with_key(site.world.campaign.id, "read")
    lead = await site.new_lead()
    assert (await reader.get(f"/leads/{lead['id']}"))["id"] == lead["id"]
    for method, path in [
        ("POST", "/leads"),
        ("PATCH", f"/leads/{lead['id']}"),
        ("POST", f"/leads/{lead['id']}/reject"),
        ("PUT", "/leads/qualification"),
        ("POST", "/conversions"),
    ]:
        problem = await reader.call(method, path, 403, {})
        assert "scope write" in problem["detail"]
    assert (await site.get(f"/leads/{lead['id']}"))["status"] == "pending"


async def test_a_campaigns_key_sees_its_campaign_alone(site: Site) -> None:
    w = site.world
    new = NewCampaign(name="Other", origins=("https://other.example",))
    other = await create_campaign(w.context, new, "test")
    stranger, _ = await create_referrer(w.context, other, "zoe@example.org", "Zoe", "test")
    theirs = await site.with_key(other.id)
    lead = await theirs.post("/leads", {"referrer_id": stranger.id, "email": "x@example.org"})
    mine = await site.new_lead()

    for path in (f"/leads/{lead['id']}", f"/referrers/{stranger.id}", f"/campaigns/{other.id}"):
        await theirs.get(path)
        await site.get(path, 404)
    await site.get(f"/leads?campaign_id={other.id}", 404)
    await site.post(f"/leads/{lead['id']}/qualify", status=404)
    await site.post("/leads", {"referrer_id": stranger.id}, 404)
    await site.post("/conversions", {"lead_id": lead["id"]}, 404)
    named = {"referrer_id": w.ada.id, "campaign_id": other.id}
    await site.post("/leads", named, 400)
    await site.call("PUT", "/leads/qualification", 404, {"qualified": True, "id": lead["id"]})
    assert [each["id"] for each in (await site.get("/leads"))["data"]] == [mine["id"]]
    assert [each["id"] for each in (await site.get("/campaigns"))["data"]] == [w.campaign.id]
    logged = (await site.get("/activity?limit=250"))["data"]
    assert {each["campaign_id"] for each in logged} == {w.campaign.id}


async def test_a_key_of_the_installation_sees_every_campaign_and_says_which(site: Site) -> None:
    w = site.world
    everything = await site.with_key(None)
    lead = await everything.new_lead("cy@example.org")
    new = NewCampaign(name="Other", origins=("https://other.example",))
    other = await create_campaign(w.context, new, "test")
    zoe, _ = await create_referrer(w.context, other, "zoe@example.org", "Zoe", "test")
    second = await everything.post("/leads", {"referrer_id": zoe.id, "email": "cy@example.org"})
    assert second["campaign_id"] == other.id
    found = (await everything.get("/leads"))["data"]
    assert [each["id"] for each in found] == [second["id"], lead["id"]]
    one = (await everything.get(f"/leads?campaign_id={other.id}"))["data"]
    assert [each["id"] for each in one] == [second["id"]]
    body: dict[str, object] = {"qualified": True, "email": "cy@example.org"}
    unclear = await everything.call("PUT", "/leads/qualification", 409, body)
    assert unclear["field"] == "campaign_id"
    body["campaign_id"] = other.id
    done = await everything.call("PUT", "/leads/qualification", 200, body)
    assert done["id"] == second["id"]
    unclear = await everything.post("/conversions", {"email": "cy@example.org"}, 409)
    assert unclear["field"] == "campaign_id"
    await everything.get("/stats", 409)


async def test_what_the_api_has_not_is_404_and_a_wrong_method_405(site: Site) -> None:
    await site.get("/nonsense", 404)
    await site.get("/", 404)
    await site.call("DELETE", "/leads/x/y/z", 404)
    answer = await site.client.request("TRACE", "/api/v1/leads")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert answer.headers["content-type"] == "application/problem+json"
