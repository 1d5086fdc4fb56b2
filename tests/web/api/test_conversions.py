"""Conversions by the API: evidence E3, repeats, and twins that make one reward."""

from __future__ import annotations

import asyncio

import pytest

from web.api.conftest import Site


async def test_a_conversion_qualifies_its_lead(site: Site) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": 1042, "amount": "49.00", "currency": "eur"}
    made = await site.post("/conversions", body)
    assert made | {"id": ""} == {
        "id": "",
        "campaign_id": site.world.campaign.id,
        "created_at": "2026-11-18T11:06:40.000Z",
        "status": "counted",
        "reason": None,
        "lead_id": lead["id"],
        "event": "purchase",
        "order": "1042",
        "amount": "49.00",
        "currency": "EUR",
        "evidence": "E3",
        "refunded": "0.00",
        "dup": False,
    }
    assert await site.get(f"/conversions/{made['id']}") | {"dup": False} == made
    assert (await site.get(f"/leads/{lead['id']}"))["status"] == "qualified"
    [reward] = (await site.get("/rewards"))["data"]
    assert (reward["conversion_id"], reward["status"]) == (made["id"], "due")
    assert await site.get(f"/rewards/{reward['id']}") == reward


@pytest.mark.parametrize("name", ["code", "customer", "email", "token"])
async def test_a_lead_is_named_by_whatever_the_site_knows(site: Site, name: str) -> None:
    visit = await site.world.visit()
    lead = await site.new_lead(customer="c-1")
    words = {"code": lead["code"], "customer": "c-1", "email": "CY@example.org"}
    if name == "token":
        words["token"] = visit.token
    made = await site.post("/conversions", {name: words[name], "order": "1042"})
    assert made["status"] == "counted"
    assert (made["lead_id"] == lead["id"]) is (name != "token")


async def test_the_same_report_again_is_known(site: Site) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042", "amount": 4900, "currency": "EUR"}
    made = await site.post("/conversions", body)
    again = await site.post("/conversions", body, 200)
    assert again == made | {"dup": True}
    assert await site.world.count("conversions") == 1


async def test_an_order_reported_under_another_key_is_ignored(site: Site) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042"}
    made = await site.post("/conversions", body, idempotency_key="one")
    again = await site.post("/conversions", body, 200, idempotency_key="two")
    assert (again["id"], again["status"], again["reason"]) == (made["id"], "ignored", "duplicate")
    assert (await site.get(f"/conversions/{made['id']}"))["status"] == "counted"


async def test_better_evidence_than_the_browsers_takes_the_conversion_over(site: Site) -> None:
    w = site.world
    visit = await w.visit()
    await w.convert(token=visit.token, order="1042", amount="1.00", key="purchase:1042")
    lead = await w.only_lead()
    body = {"lead_id": lead.id, "order": "1042", "amount": "49.00", "currency": "EUR"}
    made = await site.post("/conversions", body)
    assert (made["status"], made["evidence"], made["amount"]) == ("counted", "E3", "49.00")
    assert await w.count("conversions") == await w.count("rewards") == 1


@pytest.mark.parametrize("amount", ["49,00 €", -1, 1.5, [1], {"a": 1}, True, "1e400"])
async def test_an_amount_that_cannot_be_read_refuses_nothing(site: Site, amount: object) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042", "amount": amount, "currency": "EUR"}
    made = await site.post("/conversions", body)
    assert (made["status"], made["reason"], made["amount"]) == (
        "counted",
        "amount_unreadable",
        None,
    )
    [reward] = (await site.get("/rewards"))["data"]
    assert reward["amount"] == "10.00"


async def test_a_conversion_of_nobody_is_kept_as_rejected(site: Site) -> None:
    made = await site.post("/conversions", {"email": "nobody@example.org", "order": "1042"})
    assert (made["status"], made["reason"], made["lead_id"]) == ("rejected", "no_lead", None)
    [kept] = (await site.get("/conversions?status=rejected"))["data"]
    assert kept["id"] == made["id"]
    again = await site.post("/conversions", {"email": "nobody@example.org", "order": "1042"}, 200)
    assert (again["id"], again["dup"]) == (made["id"], True)


async def test_a_forged_token_is_rejected(site: Site) -> None:
    made = await site.post("/conversions", {"token": "forged", "order": "1042"})
    assert (made["status"], made["reason"]) == ("rejected", "bad_token")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "lead_id"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b.example", "order": "x" * 201}, "order"),
        ({"email": "a@b.example", "order": "a|b"}, "order"),
        ({"email": "a@b.example", "order": "a\x00"}, "order"),
        ({"email": "a@b.example", "order": 1.5}, "order"),
        ({"email": "a@b.example", "order": -1}, "order"),
        ({"email": "a@b.example", "event": ""}, "event"),
        ({"email": "a@b.example", "currency": "x" * 600}, "currency"),
        ({"email": "a@b.example", "campaign_id": "shop"}, "campaign_id"),
    ],
)
async def test_a_report_that_cannot_be_used_names_the_field(
    site: Site, body: dict[str, object], field: str
) -> None:
    assert (await site.post("/conversions", body, 400))["field"] == field
    assert await site.world.count("conversions") == 0


async def test_a_lead_that_is_not_there_is_a_404_that_names_the_field(site: Site) -> None:
    problem = await site.post("/conversions", {"lead_id": "lead_" + "0" * 32}, 404)
    assert problem["field"] == "lead_id"


async def test_conversions_are_filtered(site: Site) -> None:
    cy, dee = await site.new_lead("cy@example.org"), await site.new_lead("dee@example.org")
    one = await site.post("/conversions", {"lead_id": cy["id"], "order": "1042"})
    two = await site.post("/conversions", {"lead_id": dee["id"], "event": "signup"})

    async def ids(query: str) -> list[str]:
        return [each["id"] for each in (await site.get(f"/conversions?{query}"))["data"]]

    assert await ids("") == [two["id"], one["id"]]
    assert await ids("order=1042") == [one["id"]]
    assert await ids("event=signup") == [two["id"]]
    assert await ids(f"lead_id={cy['id']}") == [one["id"]]
    assert await ids("status=held") == []


async def test_twins_without_a_key_make_one_reward(site: Site) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042"}
    answers = await asyncio.gather(*(_post(site, body) for _ in range(20)))
    assert sorted(answers) == [200] * 19 + [201]
    assert await site.world.count("conversions") == await site.world.count("rewards") == 1


async def test_twins_with_a_key_make_one_reward_and_are_answered_alike_or_told_to_wait(
    site: Site,
) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042"}
    answers = await asyncio.gather(*(_post(site, body, "one") for _ in range(20)))
    assert answers.count(201) >= 1
    assert set(answers) <= {201, 409}
    assert await _post(site, body, "one") == 201
    assert await site.world.count("conversions") == await site.world.count("rewards") == 1


@pytest.mark.long
async def test_two_hundred_twins_make_one_reward(site: Site) -> None:
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042"}
    await asyncio.gather(*(_post(site, body, "one" if n % 2 else "") for n in range(200)))
    assert await site.world.count("conversions") == await site.world.count("rewards") == 1


async def _post(site: Site, body: dict[str, object], key: str = "") -> int:
    headers = {"authorization": f"Bearer {site.key}"} | ({"idempotency-key": key} if key else {})
    answer = await site.client.post("/api/v1/conversions", json=body, headers=headers)
    return answer.status_code


async def test_calls_under_different_keys_never_wait_for_each_other_for_ever(site: Site) -> None:
    """More at once than a pool of connections has, each with a transaction of its own."""
    lead = await site.new_lead()
    bodies = [{"lead_id": lead["id"], "order": str(n)} for n in range(40)]
    calls = (_post(site, body, f"key-{n}") for n, body in enumerate(bodies))
    async with asyncio.timeout(25):
        answers = await asyncio.gather(*calls)
    assert answers == [201] * 40
    assert await site.world.count("rewards") == 1
