"""Leads by the API: made, read, decided, explained."""

from __future__ import annotations

import pytest

from goodword.lifecycle.set_up import set_paused
from web.api.conftest import Site

NOBODY = "lead_" + "0" * 32


async def test_a_lead_is_made_by_naming_its_referrer(site: Site) -> None:
    lead = await site.new_lead(name="  Cy   Young ", customer=77)
    assert lead["id"].startswith("lead_")
    assert lead | {"id": "", "code": ""} == {
        "id": "",
        "campaign_id": site.world.campaign.id,
        "created_at": "2026-11-18T11:06:40.000Z",
        "status": "pending",
        "reason": None,
        "email": "cy@example.org",
        "name": "Cy Young",
        "customer": "77",
        "code": "",
        "referrer_id": site.world.ada.id,
        "source": "api",
        "joined_at": "2026-11-18T11:06:40.000Z",
        "converted_at": None,
    }
    assert await site.get(f"/leads/{lead['id']}") == lead


async def test_a_referral_code_names_the_referrer_in_any_spelling(site: Site) -> None:
    code = site.world.bob.code.lower()
    lead = await site.post("/leads", {"referral_code": code, "email": "dee@example.org"})
    assert lead["referrer_id"] == site.world.bob.id


async def test_a_known_email_is_answered_with_the_lead_it_is(site: Site) -> None:
    first = await site.new_lead("cy@example.org")
    body = {"referrer_id": site.world.bob.id, "email": "CY+x@example.org"}
    again = await site.post("/leads", body, 200)
    assert again == first


async def test_a_referrer_cannot_refer_herself(site: Site) -> None:
    lead = await site.new_lead(site.world.ada.email)
    assert (lead["status"], lead["reason"]) == ("rejected", "self_referral")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "referrer_id"),
        ({"referral_code": ""}, "referrer_id"),
        ({"referrer_id": "nonsense"}, "referrer_id"),
        ({"referral_code": "a", "email": "nobody"}, "email"),
        ({"referral_code": 5}, "referral_code"),
        ({"referral_code": "a", "ordr": 1}, "ordr"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"customer": True}, "customer"),
    ],
)
async def test_a_body_that_cannot_be_used_names_the_field(
    site: Site, body: dict[str, object], field: str
) -> None:
    problem = await site.post("/leads", body, 400)
    assert problem["field"] == field
    assert problem["type"].startswith("urn:goodword:problem:")
    assert problem["status"] == 400
    assert problem["detail"]
    assert await site.world.count("leads") == 0


@pytest.mark.parametrize(
    ("field", "named"), [("referral_code", "nonsense"), ("referrer_id", "ref_" + "0" * 32)]
)
async def test_a_referrer_that_is_not_there_is_a_404_that_names_the_field(
    site: Site, field: str, named: str
) -> None:
    assert (await site.post("/leads", {field: named}, 404))["field"] == field
    assert await site.world.count("leads") == 0


async def test_an_address_that_is_none_is_refused(site: Site) -> None:
    body = {"referrer_id": site.world.ada.id, "email": "nobody"}
    assert (await site.post("/leads", body, 400))["field"] == "email"


async def test_a_paused_campaign_takes_no_lead(site: Site) -> None:
    w = site.world
    await set_paused(w.context, w.campaign, True, "test")
    body = {"referrer_id": w.ada.id, "email": "cy@example.org"}
    problem = await site.post("/leads", body, 409, idempotency_key="one")
    assert "paused" in problem["detail"]
    assert await w.count("reports") == 1
    await set_paused(w.context, w.campaign, False, "test")
    await site.post("/leads", body, 201, idempotency_key="one")


async def test_leads_are_listed_newest_first_page_by_page(site: Site) -> None:
    made = [(await site.new_lead(f"c{n}@example.org"))["id"] for n in range(5)]
    first = await site.get("/leads?limit=2")
    second = await site.get(f"/leads?limit=2&cursor={first['next_cursor']}")
    last = await site.get(f"/leads?limit=2&cursor={second['next_cursor']}")
    found = [lead["id"] for page in (first, second, last) for lead in page["data"]]
    assert found == made[::-1]
    assert last["next_cursor"] is None


async def test_leads_are_filtered(site: Site) -> None:
    cy = await site.new_lead("cy@example.org", customer="c-1")
    dee = await site.new_lead("dee@example.org", referrer_id=site.world.bob.id)
    await site.post(f"/leads/{dee['id']}/qualify", status=200)

    async def ids(query: str) -> list[str]:
        return [lead["id"] for lead in (await site.get(f"/leads?{query}"))["data"]]

    assert await ids("status=qualified") == [dee["id"]]
    assert await ids(f"referrer_id={site.world.ada.id}") == [cy["id"]]
    assert await ids("email=Cy%40Example.org") == [cy["id"]]
    assert await ids("customer=c-1") == [cy["id"]]
    assert await ids(f"code={dee['code'].lower()}") == [dee["id"]]
    assert await ids(f"code={dee['code']}&status=pending") == []
    assert await ids("code=NONSENSE") == []
    assert await ids("email=nobody%40example.org") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=251", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00", "cursor"),
        ("status=happy", "status"),
        ("status=null", "status"),
        ("statuss=pending", "statuss"),
        ("status=pending&status=rejected", "status"),
        ("referrer_id=1", "referrer_id"),
        ("email=%00", "email"),
    ],
)
async def test_a_query_that_cannot_be_used_names_the_field(
    site: Site, query: str, field: str
) -> None:
    assert (await site.get(f"/leads?{query}", 400))["field"] == field


async def test_null_is_a_word_like_any_other(site: Site) -> None:
    lead = await site.new_lead(customer="null")
    assert (await site.get("/leads?customer=null"))["data"] == [lead]


async def test_a_lead_is_renamed(site: Site) -> None:
    lead = await site.new_lead()
    path = f"/leads/{lead['id']}"
    assert (await site.call("PATCH", path, 200, {"name": "Cy"}))["name"] == "Cy"
    assert (await site.call("PATCH", path, 200, {}))["name"] == "Cy"
    assert (await site.call("PATCH", path, 200, {"name": None}))["name"] is None
    assert (await site.call("PATCH", path, 400, {"email": "a@b.example"}))["field"] == "email"


async def test_a_lead_is_qualified_and_back(site: Site) -> None:
    lead = await site.new_lead()
    path = f"/leads/{lead['id']}"
    qualified = await site.post(f"{path}/qualify", status=200)
    assert (qualified["status"], qualified["converted_at"]) == (
        "qualified",
        "2026-11-18T11:06:40.000Z",
    )
    assert await site.post(f"{path}/qualify", status=200) == qualified
    [reward] = (await site.get(f"/rewards?lead_id={lead['id']}"))["data"]
    assert (reward["status"], reward["amount"], reward["currency"]) == ("due", "10.00", "EUR")
    assert reward["issue_after"] == "2026-12-18T11:06:40.000Z"
    assert (await site.post(f"{path}/unqualify", status=200))["status"] == "pending"
    cancelled = await site.get(f"/rewards/{reward['id']}")
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "by_hand")
    assert (await site.post(f"{path}/reject", status=200))["status"] == "rejected"
    refused = await site.post(f"{path}/qualify", status=409)
    assert refused["allowed"] == ["reopen"]
    assert (await site.post(f"{path}/reopen", status=200))["status"] == "pending"


async def test_a_lead_is_qualified_by_id_code_or_email(site: Site) -> None:
    lead = await site.new_lead()
    names = [{"id": lead["id"]}, {"code": lead["code"].lower()}, {"email": "CY@example.org"}]
    for name in names:
        done = await site.call("PUT", "/leads/qualification", 200, {"qualified": True} | name)
        assert (done["id"], done["status"]) == (lead["id"], "qualified")
        done = await site.call("PUT", "/leads/qualification", 200, {"qualified": False} | name)
        assert (done["id"], done["status"]) == (lead["id"], "pending")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"qualified": True}, 400, "id"),
        ({"qualified": True, "id": NOBODY, "email": "cy@example.org"}, 400, "id"),
        ({"qualified": "yes", "id": NOBODY}, 400, "qualified"),
        ({"id": NOBODY}, 400, "qualified"),
        ({"qualified": True, "id": NOBODY}, 404, "id"),
        ({"qualified": True, "email": "nobody@example.org"}, 404, "email"),
        ({"qualified": True, "code": "NONSENSE"}, 404, "code"),
    ],
)
async def test_a_qualification_that_names_nobody_says_so(
    site: Site, body: dict[str, object], status: int, field: str
) -> None:
    assert (await site.call("PUT", "/leads/qualification", status, body))["field"] == field


async def test_a_referrers_code_qualifies_nobody(site: Site) -> None:
    body = {"qualified": True, "code": site.world.ada.code}
    problem = await site.call("PUT", "/leads/qualification", 400, body)
    assert "referrer's code" in problem["detail"]
    problem = await site.get(f"/leads?code={site.world.ada.code}", 400)
    assert "referrer's code" in problem["detail"]


async def test_a_lead_explains_itself(site: Site) -> None:
    lead = await site.new_lead()
    await site.post("/conversions", {"lead_id": lead["id"], "order": "1042"})
    why = await site.get(f"/leads/{lead['id']}/explain")
    assert why["lead"]["status"] == "qualified"
    assert [each["title"] for each in why["timeline"] if each["kind"] != "email"] == [
        "Lead made",
        "Conversion counted",
        "Lead qualified",
        "Reward due",
    ]
    assert [each["order"] for each in why["conversions"]] == ["1042"]
    assert why["captured"] == []
    assert [each["status"] for each in why["rewards"]] == ["due"]
    assert why["missing"] == why["findings"] == []
    assert why["next"][0]["at"] == "2026-12-18T11:06:40.000Z"


@pytest.mark.parametrize("path", ["", "/qualify", "/explain"])
@pytest.mark.parametrize("lead_id", [NOBODY, "nonsense", "%00", "%ff", "lead_%0A"])
async def test_a_lead_that_is_not_there_is_404(site: Site, path: str, lead_id: str) -> None:
    method = "POST" if path == "/qualify" else "GET"
    await site.call(method, f"/leads/{lead_id}{path}", 404)
