"""Webhooks by the API: added, listed, tested and removed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import httpx
import pytest
from starlette.applications import Starlette

from goodword.model import EVENTS
from goodword.web.api import Api
from web.api.conftest import Site

URL = "http://127.0.0.1:9/hook"


@pytest.fixture
async def near(site: Site) -> Site:
    """A site whose webhooks may be on this machine."""
    settings = replace(site.world.context.settings, outbound_allow=(ip_network("127.0.0.0/8"),))
    site.world.context = replace(site.world.context, settings=settings)
    app = Starlette(routes=Api(site.world.context).routes())
    site.client._transport = httpx.ASGITransport(app)
    return site


async def _new(site: Site, *events: str) -> dict[str, object]:
    return await site.post("/webhooks", {"url": URL, "events": list(events or EVENTS)})


async def test_the_secret_is_told_once(near: Site) -> None:
    made = await _new(near, "lead.qualified")
    secret = made.pop("secret")
    assert str(secret).startswith("whsec_")
    assert (made["status"], made["events"]) == ("active", ["lead.qualified"])
    assert (await near.get("/webhooks"))["data"] == [made]


async def test_a_list_has_the_newest_first_and_pages(near: Site) -> None:
    ids = [(await _new(near))["id"] for _ in range(3)]
    first = await near.get("/webhooks?limit=2")
    assert [each["id"] for each in first["data"]] == ids[:0:-1]
    rest = await near.get(f"/webhooks?limit=2&cursor={first['next_cursor']}")
    assert ([each["id"] for each in rest["data"]], rest["next_cursor"]) == (ids[:1], None)


async def test_a_removed_webhook_is_not_there(near: Site) -> None:
    made = await _new(near)
    removed = await near.call("DELETE", f"/webhooks/{made['id']}", 200)
    assert removed["id"] == made["id"]
    assert (await near.get("/webhooks"))["data"] == []
    await near.call("DELETE", f"/webhooks/{made['id']}", 404)


async def test_a_test_event_waits_in_the_outbox(near: Site) -> None:
    made = await _new(near)
    sent = await near.post(f"/webhooks/{made['id']}/test", status=200)
    assert (sent["type"], sent["status"], sent["webhook_id"]) == ("test", "waiting", made["id"])
    await near.post("/webhooks/wh_00000000000000000000000000000000/test", status=404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://10.0.0.1/", "events": ["lead.created"]}, "url"),
        ({"url": "http://example.com/", "events": ["lead.created"]}, "url"),
        ({"url": URL, "events": ["lead.lost"]}, "events"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL}, "events"),
    ],
)
async def test_what_can_t_be_used_is_refused_by_field(
    near: Site, body: dict[str, object], field: str
) -> None:
    assert (await near.post("/webhooks", body, 400))["field"] == field


async def test_a_key_sees_its_own_campaign_s_webhooks_alone(near: Site) -> None:
    made = await _new(near)
    everywhere = await near.with_key(None)
    assert len((await everywhere.get("/webhooks"))["data"]) == 1
    reader = await near.with_key(near.world.campaign.id, "read")
    await reader.call("DELETE", f"/webhooks/{made['id']}", 403)
