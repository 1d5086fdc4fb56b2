"""Payments confirm conversions: once, under one order, whoever reports the sale, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import pytest

from goodword.integrations import record as integrations
from goodword.leads.decide import MOVES as LEAD_MOVES
from goodword.lifecycle.act import begin
from goodword.lifecycle.payments import take_fact
from goodword.model import (
    Conversion,
    EventBecame,
    Evidence,
    Fact,
    Integration,
    IntegrationStatus,
    Lead,
    LeadStatus,
    Money,
    Paid,
    QualificationRule,
    Reason,
    Returned,
    ReturnKind,
    RewardStatus,
    RuleKind,
    Status,
)
from goodword.qualification import record as qualification
from goodword.rewards.decide import MOVES as REWARD_MOVES
from goodword.stats.verify import violations
from lifecycle.world import DAY, World, world
from web.stage import one_engine

ANY = QualificationRule(RuleKind.PAID, currency="EUR")
EUR49 = Money(4900, "EUR")


@dataclass
class Till:
    """A world with a payment system, and a lead whose e-mail it knows."""

    w: World
    integration: Integration
    lead: Lead
    token: str

    def paid(self, payment: str = "pi_1", money: Money | None = EUR49, **said: Any) -> Paid:
        return Paid(payment=payment, money=money, at=self.w.clock[0], **said)

    async def take(self, fact: Fact) -> EventBecame:
        async with begin(self.w.context, self.w.campaign, "stripe") as act:
            known = await integrations.by_id(act.db, self.integration.id)
            assert known is not None
            became, _ = await take_fact(act, known, fact)
        return became

    async def rule(self, rule: QualificationRule) -> None:
        async with self.w.context.storage.write() as db:
            await integrations.change(db, self.integration.id, rule=rule)

    async def rows(self) -> list[Conversion]:
        async with self.w.context.storage.read() as db:
            return await qualification.of_lead(db, self.w.campaign.id, self.lead.id)

    async def status(self) -> LeadStatus:
        return (await self.w.explain(self.lead.id)).lead.status

    async def rewards(self) -> list[RewardStatus]:
        return [each.status for each in await self.w.rewards(self.lead.id)]


@pytest.fixture
async def till(database_url: str) -> AsyncIterator[Till]:
    async with world(database_url) as w:
        visit = await w.visit()
        await w.sign_up(token=visit.token, email="cy@example.org")
        lead = await w.only_lead()
        made = await _integration(w)
        yield Till(w, made, lead, visit.token or "")
        async with w.context.storage.read() as db:
            assert [each async for each in violations(db, LEAD_MOVES, REWARD_MOVES)] == []


async def test_a_payment_by_the_leads_e_mail_qualifies_it_once(till: Till) -> None:
    fact = till.paid(email="Cy@Example.org")
    assert await till.take(fact) is EventBecame.QUALIFIED
    assert await till.take(fact) is EventBecame.UNCHANGED
    [row] = await till.rows()
    assert (row.order_id, row.evidence, row.money) == ("pi_1", Evidence.CONFIRMED, EUR49)
    assert await till.rewards() == [RewardStatus.DUE]


@one_engine
async def test_a_stranger_who_pays_is_nobodys_lead(till: Till) -> None:
    assert await till.take(till.paid(email="eve@example.org")) is EventBecame.NOT_OURS
    assert await till.status() is LeadStatus.PENDING


@one_engine
@pytest.mark.parametrize("name", ["code", "token"])
async def test_a_reference_names_the_lead(till: Till, name: str) -> None:
    reference = till.lead.code if name == "code" else till.token
    assert await till.take(till.paid(names=(reference,))) is EventBecame.QUALIFIED


@one_engine
async def test_the_token_of_a_visitor_makes_the_lead(till: Till) -> None:
    visit = await till.w.visit(token="")
    fact = till.paid(names=(visit.token or "",), email="new@example.org")
    assert await till.take(fact) is EventBecame.QUALIFIED
    lead = next(each for each in await till.w.leads() if each.id != till.lead.id)
    assert (lead.email, lead.status) == ("new@example.org", LeadStatus.QUALIFIED)


@one_engine
async def test_a_checkout_says_whose_the_customer_is_before_or_after(till: Till) -> None:
    assert await till.take(till.paid("pi_1", customer="cus_1")) is EventBecame.NOT_OURS
    who = till.paid("cs_1", None, names=(till.lead.code,), customer="cus_1")
    assert await till.take(who) is EventBecame.QUALIFIED
    assert await till.take(till.paid("pi_2", customer="cus_1")) is EventBecame.UNCHANGED
    assert [row.order_id for row in await till.rows()] == ["pi_1", "pi_2"]


ORDERS = list(permutations(("intent", "session", "script", "api")))


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@one_engine
async def test_one_sale_by_every_door_in_any_order_is_one_conversion(
    till: Till, order: tuple[str, ...]
) -> None:
    """The payment intent, its checkout, the thank-you page, and the shop's own server."""
    for name in order:
        match name:
            case "intent":
                await till.take(till.paid(email="cy@example.org"))
            case "session":
                await till.take(till.paid(names=(till.token,)))
            case "script":
                await till.w.convert(token=till.token, order="1042")
            case "api":
                await till.w.convert(door="api", lead_id=till.lead.id, order="1042")
        till.w.wait(1_000)
    [row] = await till.rows()
    assert (row.status, row.evidence) == (Status.COUNTED, Evidence.CONFIRMED)
    assert row.order_id == "1042"
    assert await till.rewards() == [RewardStatus.DUE]


async def _integration(w: World) -> Integration:
    made = Integration(
        id=w.context.new_id("int", w.clock[0]),
        campaign_id=w.campaign.id,
        system="stripe",
        login="key",
        status=IntegrationStatus.CONNECTED,
        inputs=b"",
        secret=b"",
        hash=b"",
        rule=ANY,
        created_by="boss@example.com",
        created_at=w.clock[0],
    )
    async with w.context.storage.write() as db:
        await integrations.add(db, made)
    return made


def refund(id_: str = "re_1", money: Money | None = EUR49, payment: str = "pi_1") -> Returned:
    return Returned(ReturnKind.REFUNDED, payment, id_, money)


async def test_a_refund_takes_the_qualification_back_and_its_failure_gives_it_again(
    till: Till,
) -> None:
    await till.take(till.paid(email="cy@example.org"))
    assert await till.take(refund()) is EventBecame.REFUNDED
    assert await till.take(refund()) is EventBecame.UNCHANGED
    assert await till.status() is LeadStatus.PENDING
    assert await till.rewards() == [RewardStatus.CANCELLED]
    failed = Returned(ReturnKind.REFUND_FAILED, "pi_1", "re_1")
    assert await till.take(failed) is EventBecame.RESTORED
    assert await till.status() is LeadStatus.QUALIFIED
    assert await till.rewards() == [RewardStatus.DUE]


@one_engine
async def test_a_refund_that_comes_before_its_payment_waits_for_it(till: Till) -> None:
    assert await till.take(refund()) is EventBecame.NOT_OURS
    await till.take(till.paid(email="cy@example.org", order="1042"))
    assert await till.status() is LeadStatus.PENDING
    assert RewardStatus.DUE not in await till.rewards()


@one_engine
async def test_a_refund_by_the_shops_order_is_of_the_payment(till: Till) -> None:
    await till.take(till.paid(email="cy@example.org", order="1042"))
    await till.w.refund("1042")
    assert await till.status() is LeadStatus.PENDING


@one_engine
async def test_a_dispute_holds_and_its_end_decides(till: Till) -> None:
    await till.take(till.paid(email="cy@example.org"))
    opened = Returned(ReturnKind.DISPUTED, "pi_1", "dp_1", EUR49)
    assert await till.take(opened) is EventBecame.HELD
    assert await till.take(opened) is EventBecame.UNCHANGED
    [reward] = await till.w.rewards(till.lead.id)
    assert (reward.status, reward.reason) == (RewardStatus.HELD, Reason.DISPUTED)
    await till.take(Returned(ReturnKind.DISPUTE_WON, "pi_1", "dp_1", EUR49))
    assert await till.rewards() == [RewardStatus.DUE]
    await till.take(Returned(ReturnKind.DISPUTED, "pi_1", "dp_2", EUR49))
    await till.take(Returned(ReturnKind.DISPUTE_LOST, "pi_1", "dp_2", EUR49))
    assert await till.status() is LeadStatus.PENDING


async def test_enough_in_all_within_days_qualifies_and_too_little_no_more(till: Till) -> None:
    await till.rule(QualificationRule(RuleKind.PAID, amount=9000, currency="EUR", days=30))
    assert await till.take(till.paid("pi_1", email="cy@example.org")) is EventBecame.UNCHANGED
    assert await till.status() is LeadStatus.PENDING
    till.w.wait(DAY)
    await till.take(till.paid("pi_2", email="cy@example.org"))
    assert await till.status() is LeadStatus.QUALIFIED
    await till.take(refund("re_1", Money(1000, "EUR"), "pi_2"))
    assert await till.status() is LeadStatus.PENDING
    assert await till.rewards() == [RewardStatus.CANCELLED]
    await till.take(till.paid("pi_3", email="cy@example.org"))
    assert await till.status() is LeadStatus.QUALIFIED
    assert (await till.rewards()).count(RewardStatus.DUE) == 1


@one_engine
async def test_what_is_paid_too_late_is_not_enough(till: Till) -> None:
    await till.rule(QualificationRule(RuleKind.PAID, amount=9000, currency="EUR", days=30))
    await till.take(till.paid("pi_1", email="cy@example.org"))
    till.w.wait(31 * DAY)
    await till.take(till.paid("pi_2", email="cy@example.org"))
    assert await till.status() is LeadStatus.PENDING


@one_engine
async def test_without_a_rule_payments_are_only_noted(till: Till) -> None:
    await till.rule(replace(ANY, kind=RuleKind.NONE))
    assert await till.take(till.paid(email="cy@example.org")) is EventBecame.UNCHANGED
    assert await till.status() is LeadStatus.PENDING
