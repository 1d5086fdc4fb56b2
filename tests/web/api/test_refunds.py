"""Refunds by the API: of an order that is known, and of one that is still to come."""

from __future__ import annotations

from typing import Any

import pytest

from goodword.clock import DAY
from goodword.lifecycle.once import LIFE
from goodword.lifecycle.set_up import NewCampaign, create_campaign
from goodword.lifecycle.tick import tick
from web.api.conftest import Site


async def _order(site: Site, **more: object) -> dict[str, Any]:
    """A lead that has bought for 49 EUR, as order 1042."""
    lead = await site.new_lead()
    body = {"lead_id": lead["id"], "order": "1042", "amount": "49.00", "currency": "EUR"} | more
    return await site.post("/conversions", body)


async def test_a_full_refund_cancels_what_the_order_earned(site: Site) -> None:
    made = await _order(site)
    refund = await site.post("/refunds", {"order": 1042, "reason": "sent back"})
    conversion = refund.pop("conversion")
    assert refund | {"id": ""} == {
        "id": "",
        "campaign_id": site.world.campaign.id,
        "created_at": "2026-11-18T11:06:40.000Z",
        "status": "applied",
        "order": "1042",
        "conversion_id": made["id"],
        "refund_id": None,
        "amount": None,
        "currency": None,
        "reason": "sent back",
        "dup": False,
    }
    assert (conversion["status"], conversion["reason"]) == ("ignored", "refunded")
    assert conversion["refunded"] == "49.00"
    assert await site.get(f"/conversions/{made['id']}") == conversion
    [reward] = (await site.get("/rewards"))["data"]
    assert (reward["status"], reward["reason"]) == ("cancelled", "refunded")
    assert (await site.get(f"/leads/{made['lead_id']}"))["status"] == "pending"


async def test_a_part_of_it_leaves_a_fixed_reward(site: Site) -> None:
    await _order(site)
    refund = await site.post("/refunds", {"order": "1042", "amount": "9.00"})
    assert (refund["amount"], refund["currency"]) == ("9.00", "EUR")
    assert (refund["conversion"]["status"], refund["conversion"]["refunded"]) == ("counted", "9.00")
    refund = await site.post("/refunds", {"order": "1042", "amount": 100})
    assert refund["conversion"]["refunded"] == "10.00"


async def test_what_went_back_after_issue_is_reversed(site: Site) -> None:
    await _order(site)
    [reward] = (await site.get("/rewards"))["data"]
    await site.post(f"/rewards/{reward['id']}/issue", {"early": True}, 200)
    await site.post("/refunds", {"order": "1042"})
    row, reward = (await site.get("/rewards"))["data"]
    assert (row["reverses"], row["amount"], row["reason"]) == (reward["id"], "-10.00", "refunded")
    assert (reward["status"], reward["reversed"]) == ("issued", "10.00")


async def test_a_refund_before_its_order_waits_for_it(site: Site) -> None:
    body = {"order": "1042", "refund_id": "re_1"}
    refund = await site.post("/refunds", body, 202)
    assert (refund["status"], refund["conversion"], refund["dup"]) == ("waiting", None, False)
    assert (await site.post("/refunds", body, 200))["status"] == "waiting"
    made = await _order(site)
    assert (made["status"], made["reason"]) == ("ignored", "refunded")
    again = await site.post("/refunds", body, 200)
    assert (again["status"], again["conversion_id"], again["dup"]) == ("applied", made["id"], True)
    assert again["conversion"]["refunded"] == "49.00"


async def test_a_refund_under_its_own_id_counts_once(site: Site) -> None:
    await _order(site)
    body = {"order": "1042", "amount": "9.00", "refund_id": "re_1"}
    first = await site.post("/refunds", body)
    again = await site.post("/refunds", body, 200)
    assert again == first | {"dup": True}
    assert again["conversion"]["refunded"] == "9.00"
    assert await site.world.count("refunds") == 1


async def test_a_refund_id_of_another_order_is_a_409(site: Site) -> None:
    await site.post("/refunds", {"order": "1042", "refund_id": "re_1"}, 202)
    problem = await site.post("/refunds", {"order": "1043", "refund_id": "re_1"}, 409)
    assert (problem["field"], problem["detail"]) == (
        "refund_id",
        "it is known as a refund of order '1042'",
    )


async def test_all_of_it_goes_back_once(site: Site) -> None:
    await _order(site)
    first = await site.post("/refunds", {"order": "1042"})
    again = await site.post("/refunds", {"order": "1042", "refund_id": "re_1"}, 200)
    assert (again["id"], again["dup"]) == (first["id"], True)


async def test_the_same_call_counts_once_even_when_its_answer_is_forgotten(site: Site) -> None:
    await _order(site)
    body = {"order": "1042", "amount": "9.00"}
    first = await site.post("/refunds", body, idempotency_key="one")
    assert await site.post("/refunds", body, 201, idempotency_key="one") == first
    site.world.wait(LIFE + DAY)
    await tick(site.world.context)
    again = await site.post("/refunds", body, 200, idempotency_key="one")
    assert (again["id"], again["dup"], again["refund_id"]) == (first["id"], True, None)
    await site.post("/refunds", body)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"order": "  "}, "order"),
        ({"order": ""}, "order"),
        ({"amount": "nine"}, "amount"),
        ({"amount": "9.001"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": -900}, "amount"),
        ({"amount": 9.0}, "amount"),
        ({"currency": "EURO"}, "currency"),
        ({"refund_id": ""}, "refund_id"),
        ({"refund_id": "a|b"}, "refund_id"),
        ({"note": "x"}, "note"),
    ],
)
async def test_what_cannot_be_read_is_never_guessed(
    site: Site, more: dict[str, object], field: str
) -> None:
    await _order(site)
    assert (await site.post("/refunds", {"order": "1042"} | more, 400))["field"] == field
    assert await site.world.count("refunds") == 0


async def test_an_amount_is_of_the_orders_currency(site: Site) -> None:
    await _order(site, amount="5000", currency="JPY")
    refund = await site.post("/refunds", {"order": "1042", "amount": 900})
    assert (refund["amount"], refund["currency"]) == ("900", "JPY")
    problem = await site.post("/refunds", {"order": "1042", "amount": "9.00"}, 400)
    assert problem["detail"] == 'write an amount of JPY above zero, such as "1000", or none'


async def test_before_its_order_an_amount_is_of_the_campaigns_currency(site: Site) -> None:
    refund = await site.post("/refunds", {"order": "1042", "amount": "9.00"}, 202)
    assert (refund["amount"], refund["currency"]) == ("9.00", "EUR")
    refund = await site.post("/refunds", {"order": "1043", "amount": "9", "currency": "jpy"}, 202)
    assert (refund["amount"], refund["currency"]) == ("9", "JPY")


async def test_refunds_are_read_and_filtered(site: Site) -> None:
    made = await _order(site)
    applied = await site.post("/refunds", {"order": "1042", "amount": "9.00", "refund_id": "re_1"})
    await site.post("/refunds", {"order": "1043"}, 202)
    assert len((await site.get("/refunds"))["data"]) == 2
    for query in ("status=applied", "order=1042", f"conversion_id={made['id']}"):
        [found] = (await site.get(f"/refunds?{query}"))["data"]
        assert found["id"] == applied["id"]
        assert found == await site.get(f"/refunds/{found['id']}")
    assert (await site.get("/refunds?status=lost", 400))["field"] == "status"
    await site.get("/refunds/rfd_" + "0" * 32, 404)


async def test_a_key_for_every_campaign_says_which_one(site: Site) -> None:
    new = NewCampaign(name="Other", origins=("https://other.example",))
    other = await create_campaign(site.world.context, new, "test")
    everywhere = await site.with_key(None)
    problem = await everywhere.post("/refunds", {"order": "1042"}, 409)
    assert problem["field"] == "campaign_id"
    body = {"order": "1042", "campaign_id": other.id}
    made = await everywhere.post("/refunds", body, 202)
    assert made["campaign_id"] == other.id
    await site.get(f"/refunds/{made['id']}", 404)
    assert (await site.post("/refunds", body, 404))["field"] == "campaign_id"


async def test_a_lead_explains_its_refunds_and_reversals(site: Site) -> None:
    made = await _order(site)
    [reward] = (await site.get("/rewards"))["data"]
    await site.post(f"/rewards/{reward['id']}/issue", {"early": True}, 200)
    await site.post("/refunds", {"order": "1042", "reason": "sent back"})
    found = await site.get(f"/leads/{made['lead_id']}/explain")
    assert [each["reason"] for each in found["refunds"]] == ["sent back"]
    assert [each["amount"] for each in found["rewards"]] == ["10.00", "-10.00"]
    assert found["rewards"][1]["reverses"] == found["rewards"][0]["id"]
    assert found["conversions"][0]["refunded"] == "49.00"
    assert found["next"]


async def test_a_reading_key_takes_no_money_back(site: Site) -> None:
    reader = await site.with_key(site.world.campaign.id, "read")
    await reader.post("/refunds", {"order": "1042"}, 403)
    assert (await reader.get("/refunds"))["data"] == []
