"""A site's own server decides about rewards."""

from __future__ import annotations

from typing import Any

import pytest

from goodword.clock import DAY
from goodword.lifecycle.pay import VERBS
from goodword.lifecycle.set_up import NewCampaign, create_campaign, create_referrer
from goodword.model import Kind, Method, Money
from goodword.web.api.payouts import FROM
from web.api.conftest import Site


async def _reward(site: Site, email: str = "cy@example.org") -> dict[str, Any]:
    """The due reward of a lead that has just bought."""
    lead = await site.new_lead(email)
    await site.post("/conversions", {"lead_id": lead["id"], "order": f"order of {email}"})
    [reward] = (await site.get(f"/rewards?lead_id={lead['id']}"))["data"]
    return dict(reward)


async def _do(
    site: Site, reward: dict[str, Any], verb: str, status: int = 200, **body: object
) -> dict[str, Any]:
    return await site.post(f"/rewards/{reward['id']}/{verb}", body or None, status)


async def test_a_reward_tells_all_that_the_contract_names(site: Site) -> None:
    reward = await _reward(site)
    assert reward | {"id": "", "lead_id": "", "conversion_id": "", "rule_id": ""} == {
        "id": "",
        "campaign_id": site.world.campaign.id,
        "created_at": "2026-11-18T11:06:40.000Z",
        "status": "due",
        "reason": None,
        "lead_id": "",
        "referrer_id": site.world.ada.id,
        "conversion_id": "",
        "recipient": "referrer",
        "occasion": "qualified",
        "step": None,
        "rule_id": "",
        "rule_version": 1,
        "amount": "10.00",
        "currency": "EUR",
        "unit": None,
        "reversed": "0.00",
        "hold": None,
        "issue_after": "2026-12-18T11:06:40.000Z",
        "ready_at": None,
        "issued_at": None,
        "coupon": None,
        "reverses": None,
        "replaces": None,
        "restores": None,
    }


async def test_a_reward_is_issued_before_its_time_only_where_that_is_meant(site: Site) -> None:
    reward = await _reward(site)
    problem = await _do(site, reward, "issue", 409)
    assert problem["type"] == "urn:goodword:problem:not_allowed"
    assert problem["detail"] == (
        "It is due, to be issued from 18 Dec 2026 on. Issue it early if you mean to."
    )
    assert problem["allowed"] == ["hold", "cancel"]
    issued = await _do(site, reward, "issue", early=True, note="a birthday")
    assert (issued["status"], issued["issued_at"]) == ("issued", "2026-11-18T11:06:40.000Z")
    [line] = (await site.get(f"/activity?type=reward.issued&reward_id={reward['id']}"))["data"]
    assert (line["actor"], line["data"]["early"], line["data"]["note"]) == ("api", 1, "a birthday")


async def test_a_ripe_reward_is_issued_without_a_body(site: Site) -> None:
    reward = await _reward(site)
    site.world.wait(30 * DAY)
    assert (await _do(site, reward, "issue"))["status"] == "issued"
    assert await site.get(f"/rewards/{reward['id']}") == await _again(site, reward)


async def _again(site: Site, reward: dict[str, Any]) -> dict[str, Any]:
    found = (await site.get("/rewards"))["data"]
    return next(each for each in found if each["id"] == reward["id"])


async def test_held_and_released_and_cancelled(site: Site) -> None:
    reward = await _reward(site)
    held = await _do(site, reward, "hold", note="asked the shop")
    assert (held["status"], held["reason"], held["hold"]) == ("held", "by_hand", "by_hand")
    problem = await _do(site, reward, "issue", 409, early=True)
    assert "Release it first" in problem["detail"]
    assert problem["allowed"] == ["release", "cancel"]
    released = await _do(site, reward, "release")
    assert (released["status"], released["hold"]) == ("due", None)
    cancelled = await _do(site, reward, "cancel")
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "by_hand")
    assert "allowed" not in await _do(site, reward, "cancel", 409)


async def test_a_reversal_is_answered_with_the_reward_that_it_takes_back(site: Site) -> None:
    reward = await _reward(site)
    await _do(site, reward, "issue", early=True)
    reversed_ = await _do(site, reward, "reverse", note="paid twice")
    row = reversed_.pop("reversal")
    assert (reversed_["id"], reversed_["status"]) == (reward["id"], "issued")
    assert (reversed_["amount"], reversed_["reversed"]) == ("10.00", "10.00")
    assert (row["amount"], row["reverses"], row["status"]) == ("-10.00", reward["id"], "issued")
    assert await site.get(f"/rewards/{row['id']}") == row
    assert "taken back before" in (await _do(site, reward, "reverse", 409))["detail"]
    assert "reversal itself" in (await _do(site, row, "reverse", 409))["detail"]


async def _in_state(site: Site, status: str) -> dict[str, Any]:
    reward = await _reward(site)
    way = {"held": "hold", "issued": "issue", "cancelled": "cancel"}
    if status in way:
        await _do(site, reward, way[status], **({"early": True} if status == "issued" else {}))
    return reward


@pytest.mark.parametrize("status", ["due", "held", "issued", "cancelled"])
@pytest.mark.parametrize("verb", VERBS)
async def test_what_a_refusal_lists_as_allowed_is_allowed(
    site: Site, status: str, verb: str
) -> None:
    reward = await _in_state(site, status)
    allowed = verb in next(verbs for known, verbs in FROM.items() if known == status)
    body: dict[str, object] = {"early": True} if verb == "issue" else {}
    await _do(site, reward, verb, 200 if allowed else 409, **body)


async def test_only_issuing_can_be_early(site: Site) -> None:
    reward = await _reward(site)
    assert (await _do(site, reward, "hold", 400, early=True))["field"] == "early"


@pytest.mark.parametrize("verb", VERBS)
async def test_a_reward_that_is_not_there_is_a_404(site: Site, verb: str) -> None:
    await site.post(f"/rewards/rwd_{'0' * 32}/{verb}", status=404)
    await site.post(f"/rewards/nonsense/{verb}", status=404)


async def test_many_are_issued_and_the_rest_says_why(site: Site) -> None:
    first, second, held = [await _reward(site, f"{who}@example.org") for who in "abc"]
    await _do(site, held, "hold")
    site.world.wait(30 * DAY)
    unknown = "rwd_" + "0" * 32
    ids = [second["id"], held["id"], unknown, first["id"], second["id"]]
    answer = await site.post("/rewards/issue", {"ids": ids, "note": "December"}, 200)
    assert [each["id"] for each in answer["issued"]] == [second["id"], first["id"]]
    assert {each["status"] for each in answer["issued"]} == {"issued"}
    assert [each["id"] for each in answer["refused"]] == [held["id"], unknown]
    assert "Release it first" in answer["refused"][0]["reason"]
    assert answer["refused"][1]["reason"] == "There is no such reward."
    again = await site.post("/rewards/issue", {"ids": ids}, 200)
    assert (again["issued"], len(again["refused"])) == ([], 4)


async def test_many_before_their_time_are_refused_one_by_one(site: Site) -> None:
    reward = await _reward(site)
    answer = await site.post("/rewards/issue", {"ids": [reward["id"]]}, 200)
    assert (answer["issued"], len(answer["refused"])) == ([], 1)
    answer = await site.post("/rewards/issue", {"ids": [reward["id"]], "early": True}, 200)
    assert (len(answer["issued"]), answer["refused"]) == (1, [])


@pytest.mark.parametrize(
    ("ids", "field"),
    [([], "ids"), (["rwd_" + "0" * 32] * 1001, "ids"), (["x"], "ids[0]"), ("rwd_", "ids")],
)
async def test_ids_that_cannot_be_read_name_the_field(site: Site, ids: object, field: str) -> None:
    assert (await site.post("/rewards/issue", {"ids": ids}, 400))["field"] == field


async def test_a_campaigns_key_decides_about_its_own_rewards_alone(site: Site) -> None:
    w = site.world
    mine = await _reward(site)
    new = NewCampaign(name="B", origins=("https://b.example",), reward=Money(500, "EUR"))
    other = await create_campaign(w.context, new, "test")
    zoe, _ = await create_referrer(w.context, other, "zoe@example.org", "Zoe", "test")
    theirs = await site.with_key(other.id)
    lead = await theirs.post("/leads", {"referrer_id": zoe.id, "email": "x@example.org"})
    await theirs.post("/conversions", {"lead_id": lead["id"]})
    [reward] = (await theirs.get("/rewards"))["data"]
    await site.post(f"/rewards/{reward['id']}/cancel", status=404)
    answer = await site.post("/rewards/issue", {"ids": [reward["id"]], "early": True}, 200)
    assert [each["reason"] for each in answer["refused"]] == ["There is no such reward."]
    everywhere = await site.with_key(None)
    both = {"ids": [reward["id"], mine["id"]]}
    assert (await everywhere.post("/rewards/issue", both, 400))["field"] == "ids"
    await everywhere.post(f"/rewards/{reward['id']}/cancel", status=200)


async def test_a_repeated_call_issues_once(site: Site) -> None:
    reward = await _reward(site)
    path, body = f"/rewards/{reward['id']}/issue", {"early": True}
    first = await site.post(path, body, 200, idempotency_key="one")
    assert await site.post(path, body, 200, idempotency_key="one") == first
    await site.post(path, body, 409)


async def test_a_large_amount_waits_for_a_person(site: Site) -> None:
    await site.world.limits(second_eyes=1000)
    reward = await _reward(site)
    assert "a person first" in (await _do(site, reward, "issue", 409, early=True))["detail"]
    assert (await _again(site, reward))["status"] == "due"


async def test_rewards_are_filtered_by_what_is_ripe(site: Site) -> None:
    early = await _reward(site, "a@example.org")
    site.world.wait(10 * DAY)
    late, held = await _reward(site, "b@example.org"), await _reward(site, "c@example.org")
    await _do(site, held, "hold")
    site.world.wait(20 * DAY)

    async def found(query: str) -> list[str]:
        return [each["id"] for each in (await site.get(f"/rewards?{query}"))["data"]]

    assert await found("ripe=true") == [early["id"]]
    assert await found("ripe=false") == [late["id"]]
    assert await found("ripe=true&status=held") == []
    assert await found(f"conversion_id={late['conversion_id']}") == [late["id"]]
    assert len(await found("recipient=referrer")) == 3
    assert await found("recipient=lead") == []
    assert (await site.get("/rewards?ripe=soon", 400))["field"] == "ripe"


async def test_things_are_counted_in_their_unit(site: Site) -> None:
    await site.world.no_rules()
    await site.world.rule(kind=Kind.CUSTOM, amount=2, currency="", unit="free month")
    reward = await _reward(site)
    told = (reward["amount"], reward["unit"], reward["currency"], reward["reversed"])
    assert told == ("2", "free month", None, "0")


async def test_a_coupon_that_a_program_has_seen_goes_to_nobody_else(site: Site) -> None:
    w = site.world
    await w.no_rules()
    await w.rule(kind=Kind.COUPON, amount=1, currency="", pool="SPRING", method=Method.COUPON)
    await w.pool("SPRING", "AAA", "BBB")
    reward = await _reward(site)
    assert reward["coupon"] is None
    issued = await _do(site, reward, "issue", early=True)
    assert (issued["coupon"], issued["unit"]) == ("AAA", "coupon")
    assert (await site.get("/rewards"))["data"][0]["coupon"] == "AAA"
    explained = await site.get(f"/leads/{reward['lead_id']}/explain")
    assert explained["rewards"][0]["coupon"] == "AAA"
    await w.undo_last()
    other = await _reward(site, "dee@example.org")
    assert (await _do(site, other, "issue", early=True))["coupon"] == "BBB"


async def test_a_program_with_a_pool_that_is_empty_is_told_so(site: Site) -> None:
    w = site.world
    await w.no_rules()
    await w.rule(kind=Kind.COUPON, amount=1, currency="", pool="SPRING", method=Method.COUPON)
    reward = await _reward(site)
    assert "no coupon code left" in (await _do(site, reward, "issue", 409, early=True))["detail"]
