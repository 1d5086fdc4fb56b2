"""The pages of one reward and of one conversion, and the refund by hand."""

from __future__ import annotations

import re

from goodword.model import Kind, Reason, RewardStatus
from web.admin_app import Browsing
from web.paying import REWARDS, now_is, ripe_one, text_of


async def test_a_reward_s_page_says_what_is_missing_and_what_comes_next(admin: Browsing) -> None:
    w = admin.world
    lead = await w.buyer("1042", sig="v1=00")
    [reward] = await w.rewards(lead.id)
    page = text_of(await admin.get(f"{REWARDS}/{reward.id}"))
    assert "10.00 EUR to the referrer Held" in page
    assert "A person must look at this: The signature (data-sig) does not match" in page
    assert "may be issued from 18 Dec 2026 on" in page
    assert "purchase 1042" in page
    assert "Reported by the browser; held because the signature does not match" in page
    assert "10.00 EUR to the referrer for each qualified referral" in page
    missing = await admin.client.get(f"{REWARDS}/rwd_none")
    assert missing.status_code == 404


async def test_a_conversion_tells_who_reported_it_and_what_came_along(admin: Browsing) -> None:
    w = admin.world
    lead = await w.buyer("1042", way="both")
    [conversion] = (await w.explain(lead.id)).conversions
    page = text_of(await admin.get(f"/admin/conversions/{conversion.id}"))
    assert "Reported by the browser, by a token kept in cookie and localStorage." in page
    page = text_of(await admin.get(f"/admin/leads/{lead.id}"))
    assert "Conversion by A token kept in cookie and localStorage" in page


async def test_a_refund_by_hand_is_told_and_undone(admin: Browsing) -> None:
    w = admin.world
    reward = await ripe_one(w)
    place = f"/admin/conversions/{reward.conversion_id}"
    answer = await admin.post(
        f"{place}/refund", campaign=w.campaign.id, amount="", note="came back broken"
    )
    page = await admin.get(answer.headers["location"])
    assert "All of it by owner@shop.example “came back broken”" in text_of(page)
    assert "ignored because the order was refunded" in text_of(page)
    assert (await now_is(w, reward)).reason is Reason.REFUNDED
    deed = re.search(r'name="deed" value="([^"]+)"', page)
    assert deed is not None
    await admin.post("/admin/undo", campaign=w.campaign.id, deed=deed.group(1), back=place)
    assert (await now_is(w, reward)).status is RewardStatus.DUE


async def test_a_part_goes_back_and_what_is_no_amount_is_refused(admin: Browsing) -> None:
    w = admin.world
    await w.no_rules()
    await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
    reward = await ripe_one(w, "1", amount="100.00")
    place = f"/admin/conversions/{reward.conversion_id}"
    for wrong in ("a lot", "0", "-3", "1.234"):
        answer = await admin.post(f"{place}/refund", campaign=w.campaign.id, amount=wrong)
        assert answer.status_code == 422
        assert "Write an amount such as 10" in answer.text
    await admin.post(f"{place}/refund", campaign=w.campaign.id, amount="25,00")
    assert (await now_is(w, reward)).amount == 750
    assert "Went back 25.00 EUR" in text_of(await admin.get(place))
    more = await admin.post(f"{place}/refund", campaign=w.campaign.id, amount="750")
    assert more.status_code == 422
    assert "Only 75.00 EUR of it is left to go back" in more.text
    assert (await now_is(w, reward)).amount == 750
    assert (await admin.client.get("/admin/conversions/conv_none")).status_code == 404
