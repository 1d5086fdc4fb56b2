"""Orders of shops count as a report of the site's own server: once, by whatever names the lead."""

from __future__ import annotations

import asyncio

import pytest

from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.replay_calls import replay_calls
from goodword.lifecycle.review import reject
from goodword.lifecycle.test_run import start_test
from goodword.model import (
    CallResult,
    Evidence,
    LeadStatus,
    Mode,
    Reason,
    RewardStatus,
    ShopKind,
)
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from lifecycle.tills import BOSS, Tills, tills_of
from lifecycle.world import DAY, World
from shop_calls import NAMELESS, encoded, meta, notes, shopify_order


@pytest.fixture
async def t(w: World) -> Tills:
    return await tills_of(w)


async def whole(w: World) -> None:
    """The ledger keeps every invariant."""
    async with w.context.storage.read() as db:
        assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


async def test_an_order_whose_cart_carried_the_token_makes_its_lead_and_qualifies_it(
    t: Tills,
) -> None:
    visit = await t.w.visit()
    assert await t.shopify(note_attributes=notes(gw=visit.token or "")) == "qualified"
    lead = await t.w.only_lead()
    assert (lead.status, lead.referrer_id) == (LeadStatus.QUALIFIED, t.w.ada.id)
    assert (lead.email, lead.name) == ("cy@example.org", "Cy Young")
    [conversion] = await t.conversions()
    assert (conversion.order_id, str(conversion.money)) == ("#1042", "49.00")
    assert conversion.evidence is Evidence.CALLED
    [reward] = await t.w.rewards(lead.id)
    assert reward.status is RewardStatus.DUE
    [call] = await t.kept()
    assert (call.result, call.lead_id, call.conversion_id) == (
        CallResult.QUALIFIED,
        lead.id,
        conversion.id,
    )
    assert call.body == encoded(shopify_order(note_attributes=notes(gw=visit.token or "")))
    await whole(t.w)


async def test_an_order_by_code_or_e_mail_qualifies_the_lead(t: Tills) -> None:
    code = await t.lead()
    assert await t.woocommerce(meta_data=meta(gw_lead=code), email="") == "qualified"
    await t.lead("di@example.org")
    assert await t.woocommerce(id=728, number="1043", email="Di@Example.org") == "qualified"
    assert [each.order_id for each in await t.conversions()] == ["1042", "1043"]
    await whole(t.w)


async def test_a_code_may_stand_where_the_token_does(t: Tills) -> None:
    code = await t.lead()
    assert await t.shopify(note_attributes=notes(gw=code.lower()), **NAMELESS) == "qualified"


async def test_an_order_under_another_e_mail_than_its_lead_s_waits_for_a_person(t: Tills) -> None:
    code = await t.lead("di@example.org")
    assert await t.shopify(note_attributes=notes(gw_lead=code)) == "held"
    [conversion] = await t.conversions()
    assert conversion.reason is Reason.IDENTITY_MISMATCH


async def test_an_order_of_nobody_who_was_referred_leaves_nothing_but_its_call(t: Tills) -> None:
    assert await t.shopify() == "no_lead"
    assert await t.woocommerce() == "no_lead"
    assert await t.shopify(note_attributes=notes(gw="x" * 108)) == "no_lead"
    counts = [await t.w.count(each) for each in ("leads", "conversions", "shop_orders", "reports")]
    assert counts == [0, 0, 0, 0]
    t.w.wait(8 * DAY)
    await t.w.tick()
    assert await t.w.count("calls") == 0


async def test_what_a_buyer_forged_into_the_cart_harms_nobody(t: Tills) -> None:
    await t.lead()
    forged = notes(gw="x" * 108, gw_lead="NONSENSE")
    assert await t.shopify(note_attributes=forged) == "qualified"
    assert len(await t.conversions()) == 1


async def test_the_same_order_told_again_changes_nothing(t: Tills) -> None:
    await t.lead()
    assert await t.shopify("orders/create") == "qualified"
    assert await t.shopify("orders/paid") == "already_qualified"
    assert await t.shopify("orders/updated", updated_at="2026-11-19T10:00:00Z") == (
        "already_qualified"
    )
    assert len(await t.conversions()) == 1
    assert len(await t.w.rewards((await t.w.only_lead()).id)) == 1
    await whole(t.w)


async def test_an_order_that_the_page_reported_is_the_shop_s_from_then_on(t: Tills) -> None:
    visit = await t.w.visit()
    await t.w.convert(token=visit.token, order="#1042", amount="48.00")
    said = notes(gw=visit.token or "")
    assert await t.shopify(note_attributes=said, **NAMELESS) == "already_qualified"
    [conversion] = await t.conversions()
    assert (conversion.evidence, str(conversion.money)) == (Evidence.CALLED, "49.00")
    await whole(t.w)


async def test_the_same_order_raced_counts_once(t: Tills) -> None:
    visit = await t.w.visit()
    said = notes(gw=visit.token or "")
    results = await asyncio.gather(*(t.shopify(note_attributes=said) for _ in range(6)))
    assert sorted(results) == ["already_qualified"] * 5 + ["qualified"]
    assert len(await t.conversions()) == 1
    await whole(t.w)


async def test_an_order_counts_once_it_is_paid(t: Tills) -> None:
    await t.lead()
    assert await t.shopify("orders/create", financial_status="pending") == "ignored"
    assert await t.conversions() == []
    assert await t.shopify("orders/paid", updated_at="2026-11-18T13:00:00Z") == "qualified"
    assert [call.reason for call in await t.kept()] == ["unpaid", None]


async def test_a_card_that_was_refused_first_costs_nothing(t: Tills) -> None:
    await t.lead()
    later = "2026-11-18T11:20:00"
    assert await t.woocommerce("order.created", status="pending", date_paid_gmt=None) == "ignored"
    assert await t.woocommerce(status="failed", date_paid_gmt=None) == "ignored"
    assert await t.woocommerce(status="processing", date_modified_gmt=later) == "qualified"
    assert await t.refunds() == []


async def test_old_news_of_an_order_is_no_news(t: Tills) -> None:
    await t.lead()
    assert await t.woocommerce(status="processing") == "qualified"
    late = "2026-11-19T10:00:00"
    assert await t.woocommerce(status="cancelled", date_modified_gmt=late) == "refunded"
    assert await t.woocommerce(status="processing") == "ignored"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    assert (await t.kept())[-1].reason == "stale"


async def test_an_edited_order_keeps_the_amount_that_it_was_paid_with(t: Tills) -> None:
    await t.lead()
    await t.shopify()
    later = "2026-11-19T10:00:00Z"
    assert await t.shopify("orders/updated", total_price="69.00", updated_at=later) == (
        "already_qualified"
    )
    [conversion] = await t.conversions()
    assert str(conversion.money) == "49.00"


async def test_an_old_order_that_is_edited_qualifies_nobody_who_came_after_it(t: Tills) -> None:
    await t.lead()
    old = {"created_at": "2026-11-18T09:00:00Z", "updated_at": "2026-11-18T13:00:00Z"}
    assert await t.shopify("orders/updated", **old) == "ignored"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    [call] = await t.kept()
    assert call.reason == "earlier"
    done = await replay_calls(t.w.context, t.w.campaign, [call.id], BOSS)
    assert (await t.w.only_lead()).status is LeadStatus.QUALIFIED
    await t.w.undo(done)
    assert (await t.w.only_lead()).status is LeadStatus.PENDING


async def test_test_orders_and_other_topics_are_passed_over(t: Tills) -> None:
    await t.lead()
    assert await t.shopify(test=True) == "ignored"
    assert await t.shopify("products/update") == "ignored"
    ping = await t.send(ShopKind.WOOCOMMERCE, "", b"webhook_id=3", signed="", delivery="p")
    assert ping is not None
    assert [call.reason for call in await t.kept()] == ["test_order", "topic", "ping"]
    assert await t.conversions() == []


async def test_a_test_run_through_a_shop_counts_and_pays_nothing(t: Tills) -> None:
    run = await start_test(t.w.context, t.w.campaign)
    visit = await t.w.visit(code=run.code)
    assert await t.shopify(note_attributes=notes(gw=visit.token or "")) == "qualified"
    assert {each.mode for each in await t.conversions()} == {Mode.TEST}
    later = {"updated_at": "2026-11-19T10:00:00Z", "cancelled_at": "2026-11-19T10:00:00Z"}
    said = notes(gw=visit.token or "")
    assert await t.shopify("orders/cancelled", note_attributes=said, **later) == "ignored"


async def test_yen_have_no_cents(t: Tills) -> None:
    await t.lead()
    await t.woocommerce(currency="JPY", total="4900.00")
    [conversion] = await t.conversions()
    assert (conversion.amount, conversion.currency) == (4900, "JPY")


async def test_a_rejected_lead_stays_rejected(t: Tills) -> None:
    await t.lead()
    await reject(t.w.context, t.w.campaign, (await t.w.only_lead()).id, BOSS)
    assert await t.shopify() == "rejected"


async def test_a_referrer_who_buys_through_their_own_link_is_paid_nothing(t: Tills) -> None:
    visit = await t.w.visit()
    said = notes(gw=visit.token or "")
    assert await t.shopify(note_attributes=said, email="ada@example.com") == "rejected"
    assert await t.w.rewards((await t.w.only_lead()).id) == []
