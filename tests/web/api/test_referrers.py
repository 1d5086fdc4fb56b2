"""Referrers by the API: made, read with what they brought, renamed."""

from __future__ import annotations

import pytest

from goodword.lifecycle.mailed import open_own_page
from web.api.conftest import Site


async def test_a_referrer_is_made_with_links_to_share(site: Site) -> None:
    body = {"email": " Eve@example.org ", "name": "Eve  Moss", "code": "Eve-1"}
    made = await site.post("/referrers", body)
    assert made | {"id": ""} == {
        "id": "",
        "campaign_id": site.world.campaign.id,
        "created_at": "2026-11-18T11:06:40.000Z",
        "status": "active",
        "email": "Eve@example.org",
        "name": "Eve Moss",
        "code": "eve-1",
        "link": "https://shop.example/?ref=eve-1",
        "hop_link": "https://go.shop.example/r/demo/eve-1",
        "referrals": 0,
        "referrals_successful": 0,
    }
    assert await site.get(f"/referrers/{made['id']}") == made
    lead = await site.post("/leads", {"referral_code": "EVE-1", "email": "fay@example.org"})
    assert lead["referrer_id"] == made["id"]


async def test_a_known_email_is_answered_with_the_referrer_it_is(site: Site) -> None:
    again = await site.post("/referrers", {"email": "ADA@example.com", "name": "Else"}, 200)
    assert (again["id"], again["name"]) == (site.world.ada.id, "Ada Lovelace")


async def test_a_code_that_is_taken_is_a_409(site: Site) -> None:
    await site.post("/referrers", {"email": "eve@example.org", "code": "best"})
    problem = await site.post("/referrers", {"email": "fay@example.org", "code": "Best"}, 409)
    assert problem["field"] == "code"
    assert (await site.get("/referrers?email=fay%40example.org"))["data"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"email": "e@example.org", "code": "a"}, "code"),
        ({"email": "e@example.org", "code": "a b"}, "code"),
        ({"email": "e@example.org", "name": "\u0000"}, "name"),
        ({"email": "e@example.org", "phone": "1"}, "phone"),
    ],
)
async def test_a_referrer_that_cannot_be_made_names_the_field(
    site: Site, body: dict[str, object], field: str
) -> None:
    assert (await site.post("/referrers", body, 400))["field"] == field


async def test_a_signed_code_is_nobodys_choice(site: Site) -> None:
    body = {"email": "eve@example.org", "code": site.world.ada.code}
    assert (await site.post("/referrers", body, 400))["field"] == "code"


@pytest.mark.parametrize("name", ["山田　太郎", "علی‌رضا", "O'Neil | Söhne", "🦊"])
async def test_names_of_every_script_are_taken(site: Site, name: str) -> None:
    made = await site.post("/referrers", {"email": "eve@example.org", "name": name})
    assert made["name"] == name.replace("\u3000", " ")


async def test_referrers_show_what_they_brought(site: Site) -> None:
    one, two = await site.new_lead("cy@example.org"), await site.new_lead("dee@example.org")
    await site.new_lead(site.world.ada.email)
    await site.post(f"/leads/{one['id']}/qualify", status=200)
    found = (await site.get("/referrers"))["data"]
    assert [(each["email"], each["referrals"], each["referrals_successful"]) for each in found] == [
        ("bob@example.com", 0, 0),
        ("ada@example.com", 2, 1),
    ]
    await site.post(f"/leads/{two['id']}/reject", status=200)
    assert (await site.get(f"/referrers/{site.world.ada.id}"))["referrals"] == 1


async def test_a_referrer_is_renamed_and_new_visitors_see_the_new_name(site: Site) -> None:
    w = site.world
    assert (await w.visit()).name == "Ada"
    path = f"/referrers/{w.ada.id}"
    assert (await site.call("PATCH", path, 200, {"name": "Augusta King"}))["name"] == "Augusta King"
    assert (await w.visit()).name == "Augusta"
    assert (await site.call("PATCH", path, 400, {"name": None}))["field"] == "name"
    await site.call("PATCH", "/referrers/ref_" + "0" * 32, 404, {"name": "X"})


async def test_a_referrer_is_disabled_and_their_code_makes_no_lead(site: Site) -> None:
    ada = site.world.ada
    path = f"/referrers/{ada.id}"
    assert (await site.call("PATCH", path, 200, {"disabled": True}))["status"] == "disabled"
    assert (await site.get(path))["status"] == "disabled"
    body = {"referral_code": ada.code, "email": "fay@example.org"}
    assert "disabled" in (await site.post("/leads", body, 409))["detail"]
    opened = await site.call("PATCH", path, 200, {"disabled": False, "name": "Ada King"})
    assert (opened["status"], opened["name"]) == ("active", "Ada King")
    await site.post("/leads", body)


async def test_a_site_gets_a_link_for_who_is_logged_in_there(site: Site) -> None:
    w = site.world
    made = await site.post(f"/referrers/{w.ada.id}/page", {}, 200)
    assert made["expires_at"] == "2026-11-25T11:06:40.000Z"
    opened = await open_own_page(w.context, made["url"].rpartition("/p/")[2])
    assert opened is not None
    assert opened[1] == w.ada
    assert (await site.post("/referrers/ref_nobody/page", {}, 404))["status"] == 404
