"""A campaign's settings and rules are changed, logged, kept as deeds and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from goodword.access import deeds
from goodword.campaigns import record as campaigns
from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.change import Changes, Terms, change_campaign, edit_campaign
from goodword.lifecycle.deed import Done
from goodword.lifecycle.rule import (
    NoSuchRule,
    add_rule,
    change_rule,
    retire_rule,
)
from goodword.lifecycle.set_up import allow_origin, set_paused
from goodword.lifecycle.stock import stock_coupons
from goodword.lifecycle.undo import can_undo
from goodword.lifecycle.undo import undo as undo_deed
from goodword.model import (
    Campaign,
    CampaignStatus,
    Deed,
    Evidence,
    Kind,
    Money,
    Recipient,
    Rule,
)
from goodword.rewards import coupons
from goodword.stats import api_read
from goodword.stats.api_read import Wanted
from lifecycle.world import DAY, World

BY = "owner@shop.example"


async def current(w: World) -> Campaign:
    found = await w.context.directory.by_id(w.campaign.id)
    assert found is not None
    w.campaign = found
    return found


async def undo(w: World, deed: Deed | None) -> Done:
    assert deed is not None
    return await undo_deed(w.context, w.campaign, deed.id, BY)


async def types(w: World, prefix: str = "campaign.") -> list[str]:
    """The kinds of activity about the campaign itself, oldest first."""
    async with w.context.storage.read() as db:
        found = await api_read.activity(
            db, Wanted(campaign_id=w.campaign.id, limit=250, after=None, where={})
        )
    return [each.type for each in reversed(found.rows) if each.type.startswith(prefix)]


async def amount_for(w: World, rule: Rule, joined_at: int) -> int:
    async with w.context.storage.read() as db:
        return (await campaigns.rule_as_of(db, rule, joined_at)).amount


def draft(**says: Any) -> Rule:
    """A rule as an editor says it, before it has a place."""
    base = Rule(
        id="",
        campaign_id="",
        version=0,
        recipients=(Recipient.REFERRER,),
        occasion=Terms(money=None).occasion,
        amount=500,
        currency="EUR",
        delay=0,
        created_at=0,
    )
    return replace(base, **says)


async def test_a_rule_that_is_added_counts_for_every_lead_there_is(w: World) -> None:
    w.wait(DAY)
    done = await add_rule(w.context, w.campaign, draft(), BY)
    [_, added] = (await current(w)).rules
    assert done.changed == (added.id,)
    assert (added.version, added.holds_from, added.campaign_id) == (1, 0, w.campaign.id)
    assert await amount_for(w, added, w.clock[0] - DAY) == 500
    assert (await types(w))[-1] == "campaign.rule_added"
    assert done.deed is not None
    assert (done.deed.actor, done.deed.verb, done.deed.subject) == (BY, "add", "rule")
    async with w.context.storage.read() as db:
        assert (await deeds.newest(db, w.campaign.id, 1)) == [done.deed]


@pytest.mark.parametrize(("also_pending", "earlier"), [(False, 1000), (True, 500)])
async def test_whether_a_change_is_for_pending_leads_too_is_the_editors_choice(
    w: World, also_pending: bool, earlier: int
) -> None:
    [rule] = w.campaign.rules
    before = w.clock[0]
    w.wait(DAY)
    await change_rule(w.context, w.campaign, rule.id, draft(), BY, also_pending=also_pending)
    [changed] = (await current(w)).rules
    assert (changed.id, changed.version) == (rule.id, 2)
    assert await amount_for(w, changed, before) == earlier
    assert await amount_for(w, changed, w.clock[0]) == 500


async def test_the_version_of_a_lead_is_the_newest_that_held_when_it_joined(w: World) -> None:
    """Versions of 10.00 at first, 2.00 after a day, 3.00 for all, 4.00 after three days."""
    [rule] = w.campaign.rules
    start = w.clock[0]
    for amount, also_pending in ((200, False), (300, True), (400, False)):
        w.wait(DAY)
        said = draft(amount=amount)
        await change_rule(w.context, w.campaign, rule.id, said, BY, also_pending=also_pending)
    [active] = (await current(w)).rules
    days = [await amount_for(w, active, start + day * DAY) for day in range(5)]
    assert days == [300, 300, 300, 400, 400]
    async with w.context.storage.read() as db:
        versions = await campaigns.rule_versions(db, w.campaign.id, rule.id)
    assert [each.amount for each in versions] == [1000, 200, 300, 400]


async def test_a_change_that_says_what_stands_changes_nothing(w: World) -> None:
    [rule] = w.campaign.rules
    for also_pending in (False, True):
        done = await change_rule(
            w.context, w.campaign, rule.id, rule, BY, also_pending=also_pending
        )
        assert done == Done(None)
    w.wait(DAY)
    await change_rule(w.context, w.campaign, rule.id, draft(), BY)
    for_all = await change_rule(w.context, w.campaign, rule.id, draft(), BY, also_pending=True)
    assert for_all.deed is not None
    [active] = (await current(w)).rules
    assert await amount_for(w, active, 0) == 500


async def test_a_rule_that_can_not_be_is_refused_and_nothing_is_written(w: World) -> None:
    [rule] = w.campaign.rules
    for wrong in (draft(amount=0), draft(kind=Kind.CUSTOM)):
        with pytest.raises(BadCampaign):
            await add_rule(w.context, w.campaign, wrong, BY)
        with pytest.raises(BadCampaign):
            await change_rule(w.context, w.campaign, rule.id, wrong, BY)
    assert (await current(w)).rules == (rule,)


async def test_a_retired_rule_is_active_no_more(w: World) -> None:
    [rule] = w.campaign.rules
    await retire_rule(w.context, w.campaign, rule.id, BY)
    assert (await current(w)).rules == ()
    with pytest.raises(NoSuchRule):
        await retire_rule(w.context, w.campaign, rule.id, BY)
    with pytest.raises(NoSuchRule):
        await change_rule(w.context, w.campaign, rule.id, draft(), BY)
    assert (await types(w))[-1] == "campaign.rule_retired"


async def test_undo_ends_a_rule_that_was_added(w: World) -> None:
    done = await add_rule(w.context, w.campaign, draft(), BY)
    assert (await undo(w, done.deed)).changed == done.changed
    assert [rule.amount for rule in (await current(w)).rules] == [1000]


async def test_undo_revives_a_rule_that_was_retired(w: World) -> None:
    [rule] = w.campaign.rules
    retired = await retire_rule(w.context, w.campaign, rule.id, BY)
    assert (await undo(w, retired.deed)).changed == (rule.id,)
    assert (await current(w)).rules == (rule,)


@pytest.mark.parametrize("also_pending", [False, True])
async def test_undo_of_a_change_gives_every_lead_what_it_had(w: World, also_pending: bool) -> None:
    [rule] = w.campaign.rules
    start = w.clock[0]
    w.wait(DAY)
    await change_rule(w.context, w.campaign, rule.id, draft(amount=200), BY)
    w.wait(DAY)
    done = await change_rule(
        w.context, w.campaign, rule.id, draft(amount=300), BY, also_pending=also_pending
    )
    w.wait(DAY)
    await undo(w, done.deed)
    [active] = (await current(w)).rules
    days = [await amount_for(w, active, start + day * DAY) for day in range(5)]
    assert days == [1000, 200, 200, 200, 200]


async def test_what_was_changed_again_since_is_not_undone(w: World) -> None:
    [rule] = w.campaign.rules
    first = await change_rule(w.context, w.campaign, rule.id, draft(amount=200), BY)
    second = await change_rule(w.context, w.campaign, rule.id, draft(amount=300), BY)
    undone = await undo(w, first.deed)
    assert (undone.changed, [each.id for each in undone.refused]) == ((), [rule.id])
    assert "undo that first" in undone.refused[0].why
    retired = await retire_rule(w.context, w.campaign, rule.id, BY)
    assert (await undo(w, second.deed)).changed == ()
    await undo(w, retired.deed)
    await undo(w, second.deed)
    [active] = (await current(w)).rules
    assert active.amount == 200


async def test_one_plain_reward_takes_the_place_of_every_rule_and_can_be_undone(w: World) -> None:
    await add_rule(w.context, w.campaign, draft(), BY)
    terms = Terms(money=Money(700, "EUR"))
    w.campaign = await change_campaign(w.context, w.campaign, Changes(terms=terms), BY)
    assert [(rule.amount, rule.version) for rule in w.campaign.rules] == [(700, 2)]
    again = await edit_campaign(w.context, w.campaign, Changes(terms=terms), BY)
    assert again.deed is None
    async with w.context.storage.read() as db:
        [deed] = await deeds.newest(db, w.campaign.id, 1)
    await undo(w, deed)
    assert [rule.amount for rule in (await current(w)).rules] == [1000, 500]


async def test_settings_are_changed_together_or_not_at_all(w: World) -> None:
    changes = Changes(
        name=" Spring  sale ",
        origins=["https://new.example/"],
        landing="https://new.example/hello",
        window=10 * DAY,
        least_evidence=Evidence.SIGNED,
        cap=None,
        budget=500_00,
        batch_day=28,
        second_eyes=100_00,
    )
    done = await edit_campaign(w.context, w.campaign, changes, BY)
    now = await current(w)
    assert (now.name, now.origins, now.landing) == (
        "Spring sale",
        ("https://new.example",),
        "https://new.example/hello",
    )
    assert (now.window, now.least_evidence, now.cap) == (10 * DAY, Evidence.SIGNED, None)
    assert (now.budget, now.batch_day, now.second_eyes) == (500_00, 28, 100_00)
    assert (await types(w))[-3:] == [
        "campaign.renamed",
        "campaign.pages_changed",
        "campaign.settings_changed",
    ]
    with pytest.raises(BadCampaign):
        await edit_campaign(w.context, now, Changes(name="Other", cap=0), BY)
    assert (await current(w)).name == "Spring sale"
    await undo(w, done.deed)
    back = await current(w)
    assert (back.name, back.origins, back.cap, back.budget) == (
        "Demo",
        ("https://shop.example",),
        20,
        None,
    )
    assert (await edit_campaign(w.context, back, Changes(name="Demo"), BY)) == Done(None)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("window", Changes(window=0)),
        ("window", Changes(window=401 * DAY)),
        ("least_evidence", Changes(least_evidence=Evidence.BARE)),
        ("cap", Changes(cap=0)),
        ("cap", Changes(cap=100_001)),
        ("budget", Changes(budget=0)),
        ("batch_day", Changes(batch_day=0)),
        ("batch_day", Changes(batch_day=29)),
        ("second_eyes", Changes(second_eyes=-1)),
        ("name", Changes(name=" ")),
        ("origin", Changes(origins=[])),
        ("landing", Changes(landing="javascript:alert(1)")),
    ],
)
async def test_a_setting_that_can_not_be_is_named(w: World, field: str, changes: Changes) -> None:
    with pytest.raises(BadCampaign) as refused:
        await edit_campaign(w.context, w.campaign, changes, BY)
    assert refused.value.field == field


async def test_undo_leaves_alone_what_was_changed_again_since(w: World) -> None:
    first = await edit_campaign(w.context, w.campaign, Changes(name="One", cap=5), BY)
    await edit_campaign(w.context, w.campaign, Changes(name="Two"), BY)
    undone = await undo(w, first.deed)
    now = await current(w)
    assert (now.name, now.cap) == ("Two", 20)
    assert [each.why for each in undone.refused] == ["The name was changed again since."]


async def test_pausing_is_undone_by_resuming(w: World) -> None:
    await set_paused(w.context, w.campaign, True, BY)
    assert (await current(w)).paused_at == w.clock[0]
    async with w.context.storage.read() as db:
        [deed] = await deeds.newest(db, w.campaign.id, 1)
    await undo(w, deed)
    resumed = await current(w)
    assert (resumed.status, resumed.paused_at) == (CampaignStatus.ACTIVE, None)
    assert (await types(w))[-2:] == ["campaign.paused", "campaign.resumed"]


async def test_an_origin_that_was_allowed_can_be_taken_back(w: World) -> None:
    await allow_origin(w.context, w.campaign, "https://blog.example", BY)
    async with w.context.storage.read() as db:
        [deed] = await deeds.newest(db, w.campaign.id, 1)
    await undo(w, deed)
    assert (await current(w)).origins == ("https://shop.example",)


async def test_a_campaign_that_was_made_stays_whatever_is_undone(w: World) -> None:
    async with w.context.storage.read() as db:
        found = await deeds.newest(db, w.campaign.id, 5)
    [made] = [each for each in found if each.verb == "create"]
    assert not can_undo(made)
    assert (await undo(w, made)).changed == ()


async def test_undo_takes_out_coupon_codes_that_nobody_got(w: World) -> None:
    first = await stock_coupons(w.context, w.campaign, " spring  sale", ["A", "B"], BY)
    second = await stock_coupons(w.context, w.campaign, "spring sale", ["B", "C"], BY)
    assert (first.new, first.known, second.new, second.known) == (2, 0, 1, 1)
    async with w.context.storage.write() as db:
        await coupons.take(db, w.campaign.id, "spring sale", "rwd_1")
    undone = await undo(w, first.deed)
    assert [each.why for each in undone.refused] == [
        "1 of these codes were given, or are gone already."
    ]
    async with w.context.storage.read() as db:
        assert await coupons.pools(db, w.campaign.id) == [("spring sale", 1, 1)]
    none = await stock_coupons(w.context, w.campaign, "spring sale", ["C"], BY)
    assert none.deed is None


async def test_another_currency_is_of_what_comes_and_of_the_limits(w: World) -> None:
    before = await w.buyer("1")
    changes = Changes(currency="USD", budget=500_00)
    done = await edit_campaign(w.context, w.campaign, changes, BY)
    assert (await current(w)).currency == "USD"
    after = await w.buyer("2", w.bob)
    owed = [(await w.rewards(lead.id))[0] for lead in (before, after)]
    assert [(each.currency, each.status) for each in owed] == [("EUR", "due"), ("EUR", "due")]
    await undo(w, done.deed)
    assert ((await current(w)).currency, w.campaign.budget) == ("EUR", None)


async def test_what_is_no_currency_is_refused(w: World) -> None:
    for text in ("eur", "QQQ", ""):
        with pytest.raises(BadCampaign) as refused:
            await edit_campaign(w.context, w.campaign, Changes(currency=text), BY)
        assert refused.value.field == "currency"
