"""Stripe against its double, which Stripe's own library reads: told at once or found later."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest
import stripe

from doubles.base import running
from doubles.stripe import KEY, Stripe
from goodword.clock import DAY, HOUR, MINUTE
from goodword.integrations import SYSTEMS
from goodword.integrations import record as integrations
from goodword.integrations.base import BadSignature, Request, Unreadable
from goodword.integrations.stripe import Stripe as System
from goodword.lifecycle.clerk import Clerk
from goodword.lifecycle.connect import Checked, check, install
from goodword.lifecycle.hear import Call, Ear
from goodword.lifecycle.integrate import save_settings
from goodword.lifecycle.subscribe import address_of
from goodword.model import (
    Integration,
    Lead,
    LeadStatus,
    PushSettings,
    QualificationRule,
    RewardStatus,
    RuleKind,
)
from goodword.outbound import Outbound
from integrations.calls import LOOPBACK, request_of
from lifecycle.world import World, world
from web.stage import one_engine

PAID = QualificationRule(RuleKind.PAID, currency="EUR")
BOSS = "boss@example.com"
SYSTEM = System()


@dataclass
class Till:
    """A campaign that is connected to Stripe, and Stripe."""

    w: World
    there: Stripe
    outbound: Outbound
    id: str = ""

    async def integration(self) -> Integration:
        async with self.w.context.storage.read() as db:
            found = await integrations.by_id(db, self.id)
        assert found is not None
        return found

    async def connect(self) -> Checked:
        system = SYSTEMS["stripe"]
        typed = self.there.credentials("key")
        login = system.logins[0]
        made = await install(self.w.context, self.w.campaign, system, login, typed, BOSS)
        self.id = made.id
        return await check(self.w.context, self.outbound, self.w.campaign, made)

    async def rule(self, rule: QualificationRule = PAID) -> None:
        push = PushSettings()
        await save_settings(self.w.context, self.w.campaign, self.id, push, rule, BOSS)

    async def lead(self, email: str = "cy@example.org") -> Lead:
        visit = await self.w.visit(token="")
        answer = await self.w.sign_up(token=visit.token, email=email)
        return next(each for each in await self.w.leads() if each.id == answer.id)

    async def hear(self, *, lost: bool = False) -> None:
        """Stripe calls, or its calls are lost; the worker does what is left to do."""
        address = urlsplit(address_of(self.w.context, await self.integration())).path.split("/")
        events, self.there.pending = self.there.pending, []
        ear = Ear(self.w.context)
        for _, each in [] if lost else self.there.deliveries(events):
            call = Call(each.method, each.url, each.headers, each.body)
            await ear.take(address[2], address[3], call)
        await self.work()

    async def work(self) -> None:
        clerk = Clerk(self.w.context, self.outbound)
        await clerk.round()
        await clerk.finish()

    async def status(self, lead: Lead) -> LeadStatus:
        return (await self.w.explain(lead.id)).lead.status

    async def rewards(self, lead: Lead) -> list[RewardStatus]:
        return [each.status for each in await self.w.rewards(lead.id)]


@pytest.fixture
async def till(database_url: str) -> AsyncIterator[Till]:
    async with world(database_url) as w:
        settings = replace(w.context.settings, outbound_allow=LOOPBACK)
        w.context = replace(w.context, settings=settings)
        there = Stripe()
        there.now = lambda: w.clock[0]
        with running(there):
            async with Outbound(LOOPBACK) as outbound:
                made = Till(w, there, outbound)
                assert (await made.connect()).account == "Acme Shop"
                await made.rule()
                yield made
        assert there.unknown == []


@one_engine
async def test_connecting_makes_the_webhook_once(till: Till) -> None:
    assert list(till.there.endpoints) == ["we_1"]
    till.w.wait(DAY)
    await till.work()
    assert list(till.there.endpoints) == ["we_1"]
    till.there.endpoints.clear()
    till.w.wait(2 * DAY)
    await till.work()
    assert list(till.there.endpoints) == ["we_1"]


async def test_a_payment_qualifies_the_lead_within_seconds(till: Till) -> None:
    lead = await till.lead()
    customer = till.there.person("cy@example.org")
    till.there.pay(customer)
    await till.hear()
    assert await till.status(lead) is LeadStatus.QUALIFIED
    assert await till.rewards(lead) == [RewardStatus.DUE]
    assert till.there.records[customer].fields["metadata[referral_code]"] == lead.code


@one_engine
async def test_what_no_call_told_is_found_within_minutes(till: Till) -> None:
    lead = await till.lead()
    till.there.pay(till.there.person("cy@example.org"))
    await till.hear(lost=True)
    till.w.wait(10 * MINUTE)
    await till.work()
    await till.work()
    assert await till.status(lead) is LeadStatus.QUALIFIED


@one_engine
async def test_a_subscription_is_one_visitors_from_its_checkout_on(till: Till) -> None:
    visit = await till.w.visit(token="")
    customer = till.there.person("new@example.org")
    till.there.subscribe(customer, reference=visit.token or "")
    await till.hear()
    [lead] = await till.w.leads()
    assert lead.status is LeadStatus.QUALIFIED
    till.w.wait(30 * DAY)
    till.there.renew(customer)
    await till.hear()
    assert await till.rewards(lead) == [RewardStatus.DUE]


@one_engine
@pytest.mark.parametrize("older", [False, True])
async def test_a_trial_that_costs_nothing_is_no_payment(till: Till, older: bool) -> None:
    till.there.older = older
    lead = await till.lead()
    customer = till.there.person("cy@example.org")
    till.there.renew(customer, 0)
    await till.hear()
    assert await till.status(lead) is LeadStatus.PENDING
    till.there.renew(customer)
    await till.hear()
    assert await till.status(lead) is LeadStatus.QUALIFIED
    assert await till.rewards(lead) == [RewardStatus.DUE]


@one_engine
async def test_refunds_and_disputes_follow_the_payment(till: Till) -> None:
    lead = await till.lead()
    payment = till.there.pay(till.there.person("cy@example.org"))
    refund = till.there.refund(payment)
    till.there.pending.reverse()
    await till.hear()
    assert await till.status(lead) is LeadStatus.PENDING
    till.there.fail_refund(refund)
    await till.hear()
    assert await till.status(lead) is LeadStatus.QUALIFIED
    dispute = till.there.dispute(payment)
    await till.hear()
    assert await till.rewards(lead) == [RewardStatus.HELD]
    till.there.close(dispute, "lost")
    await till.hear()
    assert await till.status(lead) is LeadStatus.PENDING


@one_engine
@pytest.mark.parametrize("late", [False, True])
async def test_a_refund_that_is_told_twice_over_is_one(till: Till, late: bool) -> None:
    """A webhook that was made by hand may tell of the charge too, before its refund or after."""
    till.there.endpoints["we_1"]["enabled_events"].append("charge.refunded")
    lead = await till.lead()
    payment = till.there.pay(till.there.person("cy@example.org"))
    await till.hear()
    refund = till.there.refund(payment)
    [told] = till.there.pending
    charge = {"id": f"ch_{payment}", "payment_intent": payment, "refunded": True}
    whole = till.there.emit("charge.refunded", charge)
    till.there.pending = [told, whole] if late else [whole, told]
    await till.hear()
    assert await till.status(lead) is LeadStatus.PENDING
    till.there.fail_refund(refund)
    await till.hear()
    assert await till.status(lead) is LeadStatus.QUALIFIED


@one_engine
async def test_a_part_that_goes_back_leaves_a_fixed_reward(till: Till) -> None:
    lead = await till.lead()
    payment = till.there.pay(till.there.person("cy@example.org"))
    till.there.refund(payment, 900)
    till.there.refund(payment, 900, status="pending")
    await till.hear()
    assert await till.rewards(lead) == [RewardStatus.DUE]


@one_engine
async def test_the_order_of_the_metadata_is_the_shops(till: Till) -> None:
    lead = await till.lead()
    customer = till.there.person("cy@example.org")
    till.there.pay(customer, metadata={"order_id": "1042"})
    await till.hear()
    await till.w.convert(door="api", lead_id=lead.id, order="1042")
    assert len((await till.w.explain(lead.id)).conversions) == 1


@one_engine
async def test_a_key_that_may_not_read_the_account_works(till: Till) -> None:
    till.there.may_read_account = False
    assert (await till.connect()).account == "Stripe"


# Stripe's own library ------------------------------------------------------------------------


def _signed(age: int = 0) -> tuple[Stripe, Request]:
    there, now = Stripe(), Stripe().now()
    there.now = lambda: now - age
    event = there.emit("payment_intent.succeeded", {"id": "pi_1", "amount": 1, "currency": "eur"})
    delivery = there.signed(event, "https://go.shop.example/hooks/i/s", "whsec_1")
    return there, request_of(delivery, now)


def test_the_doubles_signature_is_what_stripes_library_takes() -> None:
    _, request = _signed()
    header = request.headers["stripe-signature"]
    assert stripe.Webhook.construct_event(request.body, header, "whsec_1").id == "evt_1"
    heard = SYSTEM.heard(request, "whsec_1", {})
    assert [key for key, _ in heard.facts] == ["evt_1"]


@pytest.mark.parametrize("wrong", ["secret", "body", "old", "header"])
def test_what_stripes_library_refuses_is_refused(wrong: str) -> None:
    _, request = _signed(HOUR if wrong == "old" else 0)
    secret = "whsec_2" if wrong == "secret" else "whsec_1"
    body = request.body + b" " if wrong == "body" else request.body
    headers = {} if wrong == "header" else request.headers
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers.get("stripe-signature", ""), secret)
    with pytest.raises(BadSignature):
        SYSTEM.heard(replace(request, body=body, headers=headers), secret, {})


def test_thin_events_are_refused_by_name() -> None:
    there = Stripe()
    event = {"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.error"}
    delivery = there.signed(event, "https://go.shop.example/hooks/i/s", "whsec_1")
    with pytest.raises(Unreadable, match="thin"):
        SYSTEM.heard(request_of(delivery, there.now()), "whsec_1", {})


def test_stripes_client_reads_the_double() -> None:
    there = Stripe()
    with running(there):
        payment = there.pay(there.person("cy@example.org"))
        client = stripe.StripeClient(KEY, base_addresses={"api": there.url})
        events = client.v1.events.list({"limit": 2})
        told = [json.loads(str(each.data.object))["id"] for each in events.auto_paging_iter()]
        assert told == [f"cs_{payment}", f"ch_{payment}", payment]
        made = client.v1.webhook_endpoints.create(
            {
                "url": "https://x.example",
                "enabled_events": ["*"],
                "api_version": "2026-10-28.endive",
            }
        )
        assert made.secret == "whsec_we_1"
