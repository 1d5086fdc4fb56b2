"""What a referrer may see of friends and rewards, whatever has become of them."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from goodword.lifecycle.review import qualify, reject
from goodword.model import Kind, LeadStatus, Method, Occasion, Recipient, RewardStatus
from goodword.stats.own import Own, own
from lifecycle.world import DAY, START, World

BOSS = "boss@example.com"
SECRETS = ("example.org", "Hopper", "1042", "490", "self_referral", "by_hand", "cust-7")
"""E-mails, surnames, orders, their amounts, reasons and customer numbers of the tests below."""


async def page(w: World) -> Own:
    async with w.context.storage.read() as db:
        return await own(db, w.campaign.id, w.ada.id)


async def friend(w: World, name: str, email: str = "") -> str:
    """A friend of Ada's who signs up."""
    visit = await w.visit()
    said = {"name": name, "email": email or f"{len(await w.leads())}@example.org"}
    answer = await w.sign_up(token=visit.token, customer=f"cust-7{said['email']}", **said)
    return answer.id or ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Grace Hopper", "Grace H."), ("grace@example.org", ""), ("", ""), ("Grace", "Grace")],
)
async def test_a_friend_is_a_first_name_and_a_day(w: World, name: str, shown: str) -> None:
    await friend(w, name)
    [found] = (await page(w)).friends
    assert asdict(found) == {"name": shown, "joined_at": START, "converted_at": None}


async def test_pending_and_successful_are_told_apart_and_the_rejected_are_not_there(
    w: World,
) -> None:
    pending, won, lost = [await friend(w, name) for name in ("Pia", "Will", "Rex")]
    w.wait(DAY)
    await qualify(w.context, w.campaign, won, BOSS)
    await reject(w.context, w.campaign, lost, BOSS)
    found = await page(w)
    assert (found.referrals, found.successful) == (2, 1)
    assert {each.name: each.converted_at for each in found.friends} == {
        "Pia": None,
        "Will": START + DAY,
    }
    assert pending


async def test_nothing_else_of_a_friend_or_an_order_is_there(w: World) -> None:
    await w.rule(kind=Kind.PERCENTAGE, amount=0, rate=1000, occasion=Occasion.CONVERTED)
    visit = await w.visit()
    said = {"email": "grace@example.org", "name": "Grace Hopper", "customer": "cust-7"}
    await w.sign_up(token=visit.token, **said)
    await w.convert(token=visit.token, order="1042", amount="49.00", email="grace@example.org")
    await w.visit()
    await w.sign_up(token=(await w.visit()).token, email="ada@example.com")
    told = repr(await page(w))
    assert [word for word in SECRETS if word in told] == []
    assert "Grace H." in told


async def test_anothers_friends_and_rewards_are_not_there(w: World) -> None:
    await w.buyer("1", w.bob)
    assert await page(w) == Own(0, 0, [], [])


async def test_rewards_are_the_referrers_own_each_where_it_stands(w: World) -> None:
    await w.rule(amount=500, recipients=(Recipient.LEAD,))
    for order in ("due", "held", "cancelled"):
        await w.buyer(order)
    held, cancelled = [(await w.rewards(lead.id))[0] for lead in (await w.leads())[1:]]
    await w.pay("hold", held)
    await w.pay("cancel", cancelled)
    assert [(each.worth, each.status) for each in (await page(w)).rewards] == [
        ("10.00 EUR", RewardStatus.CANCELLED),
        ("10.00 EUR", RewardStatus.HELD),
        ("10.00 EUR", RewardStatus.DUE),
    ]


async def test_what_was_taken_back_is_a_line_of_its_own(w: World) -> None:
    lead = await w.buyer("1")
    [reward] = await w.rewards(lead.id)
    await w.pay("issue", reward, early=True)
    w.wait(DAY)
    await w.refund("1")
    back, issued = (await page(w)).rewards
    assert (back.worth, back.takes_back, issued.takes_back) == ("-10.00 EUR", True, False)


async def test_a_coupon_is_there_once_it_is_issued(w: World) -> None:
    await w.no_rules()
    await w.rule(kind=Kind.COUPON, amount=1, pool="spring", method=Method.COUPON, delay=0)
    await w.pool("spring", "SPRING-1")
    lead = await w.buyer("1")
    [reward] = (await page(w)).rewards
    assert (reward.worth, reward.coupon) == ("1 coupon", "")
    await w.pay("issue", *(await w.rewards(lead.id)))
    [reward] = (await page(w)).rewards
    assert (reward.coupon, reward.shown) == ("SPRING-1", False)
    assert (await w.only_lead()).status is LeadStatus.QUALIFIED
