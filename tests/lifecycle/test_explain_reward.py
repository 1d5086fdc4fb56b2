"""Every reward and every conversion says why it is as it is, what is missing and what is next."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

from goodword.lifecycle import story
from goodword.lifecycle.explain_conversion import ConversionExplained, explain_conversion
from goodword.lifecycle.explain_reward import RewardExplained, explain_reward
from goodword.lifecycle.story import TITLES
from goodword.model import (
    Evidence,
    Kind,
    Method,
    Occasion,
    Reason,
    Reward,
    RewardStatus,
    Status,
)
from goodword.qualification import record as qualification
from lifecycle.world import DAY, World, world

ANN, BEA = "ann@x.example", "bea@x.example"


async def why(w: World, reward: Reward) -> RewardExplained:
    found = await explain_reward(w.context, w.campaign, reward.id)
    assert found is not None
    return found


async def conversion(w: World, reward: Reward) -> ConversionExplained:
    found = await explain_conversion(w.context, w.campaign, reward.conversion_id or "")
    assert found is not None
    return found


async def bought(w: World, order: str = "1042", **said: object) -> Reward:
    lead = await w.buyer(order, **said)  # type: ignore[arg-type]
    return (await w.rewards(lead.id))[-1]


def titles(found: RewardExplained | ConversionExplained) -> list[str]:
    return [moment.title for moment in found.timeline]


def told(found: RewardExplained | ConversionExplained) -> str:
    return " ".join(step.text for step in found.next)


async def test_a_waiting_reward_says_from_when_and_that_all_is_checked_again(w: World) -> None:
    reward = await bought(w)
    found = await why(w, reward)
    assert found.missing == ["Its time has not come: it may be issued from 18 Dec 2026 on."]
    assert [step.at for step in found.next] == [reward.issue_after, None]
    assert "checked again then, and a person issues it" in told(found)
    assert found.rule is not None
    assert found.rule.version == 1
    assert found.conversion is not None
    assert (found.conversion.order_id, found.conversion.evidence) == ("1042", Evidence.TOKEN)
    assert titles(found) == ["Lead made", "Conversion counted", "Lead qualified", "Reward due"]
    w.wait(30 * DAY)
    found = await why(w, reward)
    assert (found.missing, told(found)) == ([], "10.00 EUR to the referrer may be issued now.")


async def test_its_whole_life_is_told(w: World) -> None:
    reward = await bought(w)
    await w.pay("hold", reward, by=ANN)
    await w.pay("release", reward, by=ANN)
    w.wait(30 * DAY)
    await w.tick()
    await w.pay("issue", reward, by=ANN)
    w.wait(1)
    await w.refund("1042")
    [issued, reversal] = await w.rewards(reward.lead_id)
    found = await why(w, issued)
    assert titles(found)[3:] == [
        "Reward due",
        "Reward held",
        "Reward due",
        "The time of the reward has come",
        "Reward issued",
        "E-mail written",
        "Money went back to the buyer",
        "Reward taken back",
        "Lead pending again",
    ]
    assert f"By {ANN}." in found.timeline[7].detail
    assert [each.id for each in found.later] == [reversal.id]
    assert [each.id for each in (await why(w, reversal)).former] == [issued.id]
    assert found.missing == []


async def test_another_reward_of_the_lead_is_not_in_its_story(w: World) -> None:
    await w.rule(amount=500)
    reward = await bought(w)
    assert titles(await why(w, reward)).count("Reward due") == 1


async def test_a_doubt_is_named_and_so_is_what_to_do(w: World) -> None:
    reward = await bought(w, sig="v1=00")
    found = await why(w, reward)
    assert "A person must look at this: The signature (data-sig)" in found.missing[0]
    assert "Look into it, then release it or cancel it." in told(found)
    assert "Check bad signature: holds the rewards" in titles(found)
    w.wait(1)
    await w.pay("release", reward)
    assert not any("A person must" in each for each in (await why(w, reward)).missing)


async def test_a_cap_a_budget_and_a_person_are_told_apart(w: World) -> None:
    await w.limits(cap=1)
    await bought(w, "1")
    capped = await why(w, await bought(w, "2"))
    assert "more rewards in 30 days than the campaign's cap" in capped.missing[0]
    await w.limits(cap=None, budget=1000)
    spent = await why(w, await bought(w, "3"))
    assert "budget is used up" in spent.missing[0]
    assert "Raise the budget" in told(spent)
    await w.limits(budget=None)
    by_hand = await bought(w, "4")
    await w.pay("hold", by_hand, by=ANN)
    assert "a person or your server decided so" in (await why(w, by_hand)).missing[0]


async def test_two_persons_are_told_who_was_the_first(w: World) -> None:
    await w.limits(second_eyes=1000)
    reward = await bought(w)
    w.wait(30 * DAY)
    assert "issued by two persons" in (await why(w, reward)).missing[0]
    await w.pay("issue", reward, by=ANN)
    found = await why(w, reward)
    assert found.missing == [f"It was approved by {ANN} and needs a second person."]
    assert "Reward approved by a first person" in titles(found)
    await w.pay("issue", reward, by=BEA)
    assert (await why(w, reward)).missing == []


async def test_what_goes_out_by_itself_says_so_and_a_pool_that_is_empty_too(w: World) -> None:
    await w.no_rules()
    await w.rule(kind=Kind.COUPON, method=Method.COUPON, pool="spring", amount=1, auto=True)
    reward = await bought(w, sign=True)
    assert "it goes out by itself" in told(await why(w, reward))
    w.wait(30 * DAY)
    await w.tick()
    found = await why(w, reward)
    assert found.reward.status is RewardStatus.FAILED
    assert found.missing == ["The pool “spring” has no coupon code left."]
    assert "Upload more codes" in told(found)
    await w.pool("spring", "SPRING-1")
    await w.tick()
    found = await why(w, reward)
    assert (found.coupon, found.missing) == (None, [])
    assert "server is set" in told(found)
    assert "Reward could not go out" in titles(found)


async def test_a_share_without_an_amount_says_what_to_report(w: World) -> None:
    await w.no_rules()
    await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000)
    reward = await bought(w, amount="many")
    found = await why(w, reward)
    assert "there is no amount" in found.missing[0]
    assert "Report the order with its amount by the API" in told(found)


async def test_a_cancelled_reward_says_why(w: World) -> None:
    reward = await bought(w)
    await w.refund("1042")
    found = await why(w, reward)
    assert "It is cancelled because the order was refunded." in found.missing


async def test_a_step_belongs_to_the_number_it_is_for(w: World) -> None:
    await w.no_rules()
    await w.rule(every=2)
    await w.buyer("1")
    reward = await bought(w, "2")
    assert reward.step == 2
    found = await why(w, reward)
    assert "for 2 successful referrals" in found.timeline[-1].detail


async def test_an_unknown_one_has_no_story(w: World) -> None:
    assert await explain_reward(w.context, w.campaign, "rwd_none") is None
    assert await explain_conversion(w.context, w.campaign, "conv_none") is None


async def test_a_conversion_shows_every_report_refund_and_reward_of_it(w: World) -> None:
    visit = await w.visit()
    await w.convert(token=visit.token, order="7")
    await w.convert(token=visit.token, order="7", sign=True)
    await w.refund("7", "10.00", note="one of two")
    [reward] = await w.rewards((await w.only_lead()).id)
    found = await conversion(w, reward)
    assert [(each.status, each.evidence) for each in found.reports] == [
        (Status.COUNTED, Evidence.TOKEN),
        (Status.COUNTED, Evidence.SIGNED),
    ]
    assert [(each.amount, each.note) for each in found.refunds] == [(1000, "one of two")]
    assert [each.id for each in found.rewards] == [reward.id]
    assert found.conversion.refunded == 1000
    assert "Money went back to the buyer" in titles(found)
    assert "may be issued" in told(found)


async def test_a_further_conversion_tells_its_own_reward_alone(w: World) -> None:
    await w.rule(occasion=Occasion.CONVERTED, amount=300)
    visit = await w.visit()
    await w.convert(token=visit.token, order="1")
    await w.convert(token=visit.token, order="2")
    further = [
        each
        for each in await w.rewards((await w.only_lead()).id)
        if each.occasion is Occasion.CONVERTED
    ][-1]
    found = await conversion(w, further)
    assert found.conversion.order_id == "2"
    assert [each.id for each in found.rewards] == [further.id]


async def test_a_conversion_of_nobody_says_why_and_who_said_it(database_url: str) -> None:
    async with world(database_url) as w:
        await w.convert(email="cy@example.org", order="7", sign=True)
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="ada@example.com")
        await w.convert(token=visit.token, order="8")

        async with w.context.storage.read() as db:
            [unknown] = await qualification.of_order(db, w.campaign.id, w.ada.mode, "7")
            [own] = await qualification.of_order(db, w.campaign.id, w.ada.mode, "8")
        found = await explain_conversion(w.context, w.campaign, unknown.id)
        assert found is not None
        assert (found.lead, [each.reason for each in found.reports]) == (None, [Reason.NO_LEAD])
        assert "nobody we know as a lead is meant" in told(found)
        assert "Conversion report rejected" in titles(found)
        found = await explain_conversion(w.context, w.campaign, own.id)
        assert found is not None
        assert "Its lead is rejected" in told(found)


def test_every_type_of_activity_that_is_logged_has_a_title() -> None:
    """Types are written out where they are logged, or end in a word of the model."""
    folder = Path(story.__file__).parent
    sources = [path.read_text() for path in folder.glob("*.py") if path.name != "story.py"]
    kinds = "lead|conversion|reward|referrer|campaign|customers|report|webhook"
    written = {
        found for text in sources for found in re.findall(rf'"((?:{kinds})\.[a-z_]+)"', text)
    }
    ends = {
        "conversion.{": [f"conversion.{status}" for status in Status],
        "reward.{": [f"reward.{status}" for status in RewardStatus],
        "report.{": ["report.confirmed", "report.replayed"],
        "campaign.rule_{": [f"campaign.rule_{done}" for done in ("added", "changed", "retired")],
    }
    made = {found for text in sources for found in re.findall(rf'f"((?:{kinds})\.[a-z_]*{{)', text)}
    assert made == set(ends)
    assert written | set(chain(*ends.values())) <= set(TITLES)
