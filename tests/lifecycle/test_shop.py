"""A shop's address and secret: who is believed, what is kept and taken again, and its way back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.replay_calls import replay_calls
from goodword.lifecycle.set_up import Refused, adopt_keys
from goodword.lifecycle.shop import (
    NoShop,
    make_shop,
    remove_shop,
    secret_of,
    set_shop_secret,
)
from goodword.model import CallResult, LeadStatus, ShopKind, Status
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from lifecycle.tills import BOSS, SECRET, Tills, tills_of
from lifecycle.world import World
from shop_calls import encoded, shopify_order, signature


@pytest.fixture
async def t(w: World) -> Tills:
    return await tills_of(w)


async def whole(w: World) -> None:
    """The ledger keeps every invariant."""
    async with w.context.storage.read() as db:
        assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


# Who may say so ------------------------------------------------------------------------------


async def test_without_the_right_signature_nothing_is_believed(t: Tills) -> None:
    await t.lead()
    body = encoded(shopify_order())
    for wrong in ("", "x", signature("another", body)):
        became = await t.send(ShopKind.SHOPIFY, "orders/paid", body, signed=wrong)
        assert became is not None
        assert became.result is CallResult.BAD_SIGNATURE
    assert await t.conversions() == []
    assert [call.body for call in await t.kept()] == [body] * 3


async def test_before_its_secret_is_set_a_call_is_kept_and_counts_once_it_is(w: World) -> None:
    await make_shop(w.context, w.campaign, ShopKind.SHOPIFY, BOSS)
    t = Tills(w)
    await t.lead()
    assert await t.shopify() == "bad_signature"
    [call] = await t.kept()
    assert call.reason == "no_secret"
    refused = await replay_calls(w.context, w.campaign, [call.id], BOSS)
    assert not refused.changed
    await set_shop_secret(w.context, w.campaign, ShopKind.SHOPIFY, SECRET, BOSS)
    done = await replay_calls(w.context, w.campaign, [call.id], BOSS)
    assert done.changed == (call.id,)
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED


async def test_an_address_is_of_one_shop_of_one_kind(t: Tills) -> None:
    body = encoded(shopify_order())
    for token in ("", "x", "x" * 500, "é"):
        assert await t.send(ShopKind.SHOPIFY, "orders/paid", body, token=token) is None
    assert await t.w.count("calls") == 0


async def test_the_same_delivery_is_kept_once_and_answered_the_same(t: Tills) -> None:
    await t.lead()
    body = encoded(shopify_order())
    twice = [await t.send(ShopKind.SHOPIFY, "orders/paid", body, delivery="d-1") for _ in range(2)]
    assert [each and each.result for each in twice] == [CallResult.QUALIFIED] * 2
    other = encoded(shopify_order(note="x"))
    await t.send(ShopKind.SHOPIFY, "orders/paid", other, delivery="d-1")
    assert [call.body for call in await t.kept()] == [body, other]


async def test_a_forged_call_burns_no_delivery(t: Tills) -> None:
    await t.lead()
    body = encoded(shopify_order())
    await t.send(ShopKind.SHOPIFY, "orders/paid", body, delivery="d-1", signed="forged")
    genuine = await t.send(ShopKind.SHOPIFY, "orders/paid", body, delivery="d-1")
    assert genuine is not None
    assert genuine.result is CallResult.QUALIFIED


# Replays -------------------------------------------------------------------------------------


async def test_an_order_that_came_before_its_lead_can_be_replayed_and_undone(t: Tills) -> None:
    assert await t.woocommerce() == "no_lead"
    await t.lead()
    [call] = await t.kept()
    done = await replay_calls(t.w.context, t.w.campaign, [call.id], BOSS)
    assert done.changed == (call.id,)
    assert (await t.kept())[-1].replayed_of == call.id
    again = await replay_calls(t.w.context, t.w.campaign, [call.id], BOSS)
    assert not again.changed
    await t.w.undo(done)
    assert (await t.w.only_lead()).status is LeadStatus.PENDING
    assert [each.status for each in await t.conversions()] == [Status.REJECTED]
    await whole(t.w)


# Setting it up -------------------------------------------------------------------------------


async def test_a_secret_can_be_changed_and_that_undone(t: Tills) -> None:
    context, campaign = t.w.context, t.w.campaign
    done = await set_shop_secret(context, campaign, ShopKind.SHOPIFY, " another one ", BOSS)
    assert secret_of(context, await t.shop(ShopKind.SHOPIFY)) == "another one"
    same = await set_shop_secret(context, campaign, ShopKind.SHOPIFY, "another one", BOSS)
    assert not same.changed
    await t.w.undo(done)
    assert secret_of(context, await t.shop(ShopKind.SHOPIFY)) == SECRET
    for bad in ("", "short", "x" * 501, "two\nlines of it"):
        with pytest.raises(Refused):
            await set_shop_secret(context, campaign, ShopKind.SHOPIFY, bad, BOSS)


async def test_a_shop_can_be_removed_and_that_undone(t: Tills) -> None:
    context, campaign = t.w.context, t.w.campaign
    await t.lead()
    shop = await t.shop(ShopKind.SHOPIFY)
    done = await remove_shop(context, campaign, ShopKind.SHOPIFY, BOSS)
    with pytest.raises(NoShop):
        await remove_shop(context, campaign, ShopKind.SHOPIFY, BOSS)
    await t.w.undo(done)
    assert await t.shop(ShopKind.SHOPIFY) == shop
    assert await t.shopify() == "qualified"
    again = await make_shop(context, campaign, ShopKind.SHOPIFY, BOSS)
    assert not again.changed


async def test_what_was_changed_since_is_not_undone(t: Tills) -> None:
    context, campaign = t.w.context, t.w.campaign
    done = await set_shop_secret(context, campaign, ShopKind.SHOPIFY, "another one", BOSS)
    await set_shop_secret(context, campaign, ShopKind.SHOPIFY, "a third one", BOSS)
    undone = await t.w.undo(done)
    assert [each.why for each in undone.refused] == ["It was changed again since."]


async def test_secrets_are_sealed_anew_under_a_new_key(t: Tills) -> None:
    w = t.w
    before = await t.shop(ShopKind.WOOCOMMERCE)
    keys = (b"n" * 32, *w.context.settings.secret_keys)
    settings = replace(w.context.settings, secret_keys=keys)
    await adopt_keys(settings, w.context.storage)
    after = await t.shop(ShopKind.WOOCOMMERCE)
    assert after.secret != before.secret
    assert after.token != before.token
