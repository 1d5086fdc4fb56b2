"""Money that goes back for a shop's order: before it, with it, after it, and not after all."""

from __future__ import annotations

import itertools

import pytest

from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.replay_calls import replay_calls
from goodword.lifecycle.shop import set_shop_secret
from goodword.model import (
    Kind,
    LeadStatus,
    Money,
    Occasion,
    RefundStatus,
    RewardStatus,
    ShopKind,
    Status,
)
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from lifecycle.tills import BOSS, SECRET, Tills, tills_of
from lifecycle.world import World
from shop_calls import NAMELESS, encoded, returned, shopify_refund, signature

LATER = {"updated_at": "2026-11-19T10:00:00Z"}


@pytest.fixture
async def t(w: World) -> Tills:
    """Two shops of a campaign that pays a tenth of each first order; Cy is a lead."""
    tills = await tills_of(w)
    await w.no_rules()
    await w.rule(kind=Kind.PERCENTAGE, rate=1000, amount=0, occasion=Occasion.QUALIFIED)
    await tills.lead()
    return tills


async def due(t: Tills) -> list[str]:
    """What the lead's rewards come to that are due or issued."""
    lead = await t.w.only_lead()
    open_ = (RewardStatus.DUE, RewardStatus.ISSUED)
    return [str(each.money) for each in await t.w.rewards(lead.id) if each.status in open_]


async def whole(w: World) -> None:
    """The ledger keeps every invariant."""
    async with w.context.storage.read() as db:
        assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


async def test_a_partial_refund_lowers_what_is_owed(t: Tills) -> None:
    assert await t.shopify() == "qualified"
    assert await due(t) == ["4.90"]
    assert await t.refund("20.00") == "refunded"
    assert await due(t) == ["2.90"]
    assert await t.refund("20.00") == "ignored"
    [kept] = await t.refunds()
    assert (kept.order_id, kept.amount, kept.actor) == ("#1042", 2000, "shop")
    await whole(t.w)


async def test_refunds_that_come_to_all_of_it_unqualify_the_lead(t: Tills) -> None:
    await t.shopify()
    assert await t.refund("20.00") == "refunded"
    assert await t.refund("29.00", id=509562970) == "refunded"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    assert await due(t) == []
    await whole(t.w)


async def test_a_refund_before_its_order_waits_for_it(t: Tills) -> None:
    assert await t.refund("20.00") == "waiting"
    assert await t.refunds() == []
    assert await t.shopify() == "refunded"
    assert await due(t) == ["2.90"]
    assert [call.result for call in await t.kept()] == ["refunded", "refunded"]
    assert (await t.w.only_lead()).status is LeadStatus.QUALIFIED
    await whole(t.w)


async def test_an_order_whose_money_went_back_before_never_counts(t: Tills) -> None:
    assert await t.refund("49.00") == "waiting"
    assert await t.shopify() == "refunded"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    assert await due(t) == []
    assert [each.status for each in await t.conversions()] == [Status.IGNORED]
    await whole(t.w)


@pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
async def test_an_order_and_its_refunds_come_to_the_same_in_any_order(
    t: Tills, turn: tuple[int, ...]
) -> None:
    async def tell(number: int) -> None:
        if number == 0:
            await t.shopify()
        else:
            await t.refund("10.00", id=number)

    for number in turn:
        await tell(number)
    for number in turn:
        await tell(number)
    assert await due(t) == ["2.90"]
    assert [each.amount for each in await t.refunds()] == [1000, 1000]
    await whole(t.w)


async def test_refunds_that_an_order_brings_are_those_that_were_told(t: Tills) -> None:
    await t.shopify()
    await t.refund("20.00")
    said = {"financial_status": "partially_refunded", "refunds": [shopify_refund("20.00")]}
    assert await t.shopify("orders/updated", **said, **LATER) == "already_qualified"
    assert len(await t.refunds()) == 1
    assert await due(t) == ["2.90"]


async def test_a_cancelled_order_counts_no_more(t: Tills) -> None:
    await t.shopify()
    cancelled = {"cancelled_at": "2026-11-19T10:00:00Z", **LATER}
    assert await t.shopify("orders/cancelled", **cancelled) == "refunded"
    assert await t.shopify("orders/updated", **cancelled) == "ignored"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    await whole(t.w)


async def test_money_in_another_currency_holds_the_reward_for_a_person(t: Tills) -> None:
    await t.shopify()
    assert await t.refund("20.00", currency="USD") == "refunded"
    [reward] = await t.w.rewards((await t.w.only_lead()).id)
    assert reward.status is RewardStatus.HELD
    said = {"financial_status": "refunded", "refunds": [shopify_refund("57.00", currency="USD")]}
    assert await t.shopify("orders/updated", **said, **LATER) == "refunded"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING


async def test_an_order_that_the_page_reported_is_refunded_by_its_shop(t: Tills) -> None:
    visit = await t.w.visit()
    await t.w.convert(token=visit.token, order="#1042", amount="49.00")
    assert await t.shopify(**NAMELESS) == "no_lead"
    assert await t.refund("49.00") == "refunded"
    assert [each.status for each in await t.conversions()] == [Status.IGNORED]
    await whole(t.w)


async def test_woocommerce_tells_refunds_with_the_order(t: Tills) -> None:
    assert await t.woocommerce() == "qualified"
    later = {"date_modified_gmt": "2026-11-19T10:00:00", "refunds": [returned(9, "20.00")]}
    assert await t.woocommerce(**later) == "refunded"
    assert await t.woocommerce(**later) == "already_qualified"
    assert await due(t) == ["2.90"]
    await whole(t.w)


async def test_a_refund_that_woocommerce_no_longer_has_is_undone(t: Tills) -> None:
    await t.woocommerce(refunds=[returned(9, "20.00"), returned(10, "5.00")])
    assert await due(t) == ["2.40"]
    later = {"date_modified_gmt": "2026-11-19T10:00:00", "refunds": [returned(10, "5.00")]}
    assert await t.woocommerce(**later) == "already_qualified"
    assert [each.status for each in await t.refunds()] == [
        RefundStatus.UNDONE,
        RefundStatus.APPLIED,
    ]
    await whole(t.w)


async def test_a_woocommerce_order_that_is_cancelled_and_paid_after_all_counts_again(
    t: Tills,
) -> None:
    await t.woocommerce()
    [first] = await t.w.rewards((await t.w.only_lead()).id)
    for day, status in (
        (19, "cancelled"),
        (20, "processing"),
        (21, "cancelled"),
        (22, "completed"),
    ):
        await t.woocommerce(status=status, date_modified_gmt=f"2026-11-{day}T10:00:00")
        counts = status != "cancelled"
        assert ((await t.w.only_lead()).status is LeadStatus.QUALIFIED) is counts
    [reward] = await t.w.rewards((await t.w.only_lead()).id)
    assert (reward.id, reward.status, reward.issue_after) == (
        first.id,
        RewardStatus.DUE,
        first.issue_after,
    )
    assert len(await t.conversions()) == 1
    await whole(t.w)


async def test_a_wholly_refunded_order_of_woocommerce_counts_no_more(t: Tills) -> None:
    await t.woocommerce()
    later = {"status": "refunded", "date_modified_gmt": "2026-11-19T10:00:00"}
    assert await t.woocommerce(**later) == "refunded"
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    [kept] = await t.refunds()
    assert kept.amount is None


async def test_a_refund_after_the_reward_was_issued_takes_the_difference_back(t: Tills) -> None:
    await t.shopify()
    lead = await t.w.only_lead()
    await t.w.pay("issue", *(await t.w.rewards(lead.id)), early=True)
    await t.refund("20.00")
    amounts = [each.money for each in await t.w.rewards(lead.id)]
    assert amounts == [Money(490, "EUR"), Money(-200, "EUR")]
    await whole(t.w)


async def test_a_refund_whose_signature_did_not_hold_can_be_replayed_and_undone(t: Tills) -> None:
    await t.shopify()
    body = encoded(shopify_refund("20.00"))
    wrong = signature("a former secret", body)
    await t.send(ShopKind.SHOPIFY, "refunds/create", body, signed=wrong)
    call = (await t.kept())[-1]
    await set_shop_secret(t.w.context, t.w.campaign, ShopKind.SHOPIFY, "a former secret", BOSS)
    done = await replay_calls(t.w.context, t.w.campaign, [call.id], BOSS)
    assert done.changed == (call.id,)
    assert await due(t) == ["2.90"]
    await set_shop_secret(t.w.context, t.w.campaign, ShopKind.SHOPIFY, SECRET, BOSS)
    assert await t.refund("20.00") == "ignored"
    await t.w.undo(done)
    assert await due(t) == ["4.90"]
    await whole(t.w)


async def test_the_refund_of_an_order_of_nobody_leaves_no_refund(t: Tills) -> None:
    assert await t.shopify(**NAMELESS) == "no_lead"
    assert await t.refund() == "waiting"
    assert await t.refunds() == []
