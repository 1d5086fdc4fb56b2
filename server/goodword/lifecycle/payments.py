"""A payment system reports money: each payment is a conversion confirmed by it, under one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from goodword.clock import DAY
from goodword.fraud import record as fraud
from goodword.fraud.rules import disputed
from goodword.integrations import kept
from goodword.leads import record as leads
from goodword.leads.decide import is_late
from goodword.lifecycle.act import Act
from goodword.lifecycle.climb import climb
from goodword.lifecycle.convert import take
from goodword.lifecycle.join import JOINS, name_order
from goodword.lifecycle.refund import Refunding, take_refund, undo_refund
from goodword.lifecycle.report import Sent, prove
from goodword.lifecycle.reward import note_findings, weigh_again
from goodword.lifecycle.sign_up import take as sign_up
from goodword.lifecycle.withdraw import withdraw
from goodword.model import (
    Amount,
    Conversion,
    EventBecame,
    Fact,
    Integration,
    Lead,
    LeadStatus,
    Mode,
    Money,
    Paid,
    Payment,
    Reason,
    Returned,
    ReturnKind,
    RuleKind,
    Status,
    canonical_email,
    is_email,
    whole_refund,
)
from goodword.qualification import record as qualification
from goodword.qualification import refunds
from goodword.signing import CodeKind, read_code, read_token

_BECAME = {
    Status.COUNTED: EventBecame.QUALIFIED,
    Status.HELD: EventBecame.HELD,
    Status.REJECTED: EventBecame.REJECTED,
    Status.IGNORED: EventBecame.UNCHANGED,
}


async def take_fact(
    act: Act, integration: Integration, fact: Fact
) -> tuple[EventBecame, Lead | None]:
    """What a payment system says, in a transaction that is open. Said twice it changes nothing;
    said in whatever order it comes to the same."""
    if isinstance(fact, Paid):
        return await _paid(act, integration, fact)
    known = await kept.payment(act.db, integration, fact.payment)
    if known is None or not known.paid_at:
        await _remember(act, integration, fact, known)
        return EventBecame.NOT_OURS, None
    became = await _returned(act, known, fact)
    lead = await leads.by_id(act.db, act.campaign.id, known.lead_id or "")
    if lead is not None:
        await _judge(act, integration, lead)
    return became, lead


# Paid ----------------------------------------------------------------------------------------


async def _paid(act: Act, integration: Integration, paid: Paid) -> tuple[EventBecame, Lead | None]:
    known = await kept.payment(act.db, integration, paid.payment)
    if known is not None and known.conversion_id is not None:
        if paid.order:
            await name_order(act, known, paid.order)
        return EventBecame.UNCHANGED, None
    lead = await _lead(act, integration, paid) or await _newcomer(act, paid)
    if lead is not None and lead.mode is Mode.TEST:
        return EventBecame.IGNORED, None
    payment = _payment(act, integration, paid, known, lead)
    await kept.put_payment(act.db, payment)
    became = EventBecame.NOT_OURS
    if lead is not None:
        if payment.customer:
            await kept.adopt(act.db, integration, payment.customer, lead.id)
        became = await _judge(act, integration, lead)
    for fact in msgspec.json.decode(payment.before or "[]", type=list[Returned]):
        await take_fact(act, integration, fact)
    return became, lead


async def _lead(act: Act, integration: Integration, paid: Paid) -> Lead | None:
    """Who paid: by token or lead code, by what the customer was before, by customer, by e-mail."""
    campaign = act.campaign
    for name in paid.names:
        if token := read_token(act.context.keys, name):
            if token.campaign_id != campaign.id:
                continue
            found = await leads.by_hit(act.db, campaign.id, token.hit_id)
            found = found or await leads.by_visitor(act.db, campaign.id, Mode.LIVE, token.visitor)
        elif (code := read_code(campaign.code_key, name)) and code.kind is CodeKind.LEAD:
            found = await leads.by_code(act.db, campaign.id, code.text)
        else:
            continue
        if found is not None:
            return found
    return await _known_payer(act, integration, paid)


async def _known_payer(act: Act, integration: Integration, paid: Paid) -> Lead | None:
    if paid.customer:
        before = await kept.payer(act.db, integration, paid.customer)
        if before:
            return await leads.by_id(act.db, act.campaign.id, before)
        named = await leads.by_customer(act.db, act.campaign.id, Mode.LIVE, paid.customer)
        if named is not None:
            return named
    if paid.email:
        email = canonical_email(paid.email)
        return await leads.by_email(act.db, act.campaign.id, Mode.LIVE, email)
    return None


def _payment(
    act: Act, integration: Integration, paid: Paid, known: Payment | None, lead: Lead | None
) -> Payment:
    base = known or Payment(
        campaign_id=act.campaign.id,
        integration_id=integration.id,
        payment=paid.payment,
        lead_id=None,
        order_id="",
        amount=None,
        currency=None,
        paid_at=0,
        created_at=act.at,
    )
    return replace(
        base,
        lead_id=lead.id if lead else base.lead_id,
        order_id=paid.order or base.order_id or paid.payment,
        amount=paid.money.minor if paid.money else base.amount,
        currency=paid.money.currency if paid.money else base.currency,
        customer=paid.customer or base.customer,
        paid_at=base.paid_at or paid.at,
    )


async def _newcomer(act: Act, paid: Paid) -> Lead | None:
    """A visitor who pays before signing up: the token that the payment carries makes the lead, as
    any report of it does."""
    for name in paid.names:
        token = read_token(act.context.keys, name)
        if token is None or token.campaign_id != act.campaign.id or token.test:
            continue
        if act.campaign.paused or is_late(token.at, paid.at, act.campaign.window):
            return None
        sent = Sent(
            door=act.actor,
            key=f"{act.actor}:{paid.payment}",
            token=name,
            email=paid.email if is_email(paid.email) else "",
            confirmed=True,
        )
        answer = await sign_up(act, sent, await prove(act.context, act.campaign, sent))
        return await leads.by_id(act.db, act.campaign.id, answer.id or "")
    return None


def _sent(act: Act, payment: Payment, lead_id: str, event: str, order: str) -> Sent:
    money = None
    if payment.amount is not None and payment.currency is not None:
        money = Money(payment.amount, payment.currency)
    return Sent(
        door=act.actor,
        key=f"{payment.integration_id}:{payment.payment}:{act.at}",
        lead_id=lead_id,
        event=event,
        order=order,
        amount=Amount(money),
        confirmed=True,
    )


# Enough --------------------------------------------------------------------------------------


async def _judge(act: Act, integration: Integration, lead: Lead) -> EventBecame:
    """Holds what a lead has paid against the rule: once it is enough each payment counts, and
    when too much of it went back none does."""
    paid = [p for p in await kept.payments_of(act.db, integration, lead.id) if p.paid_at]
    reported = [each for each in paid if each.conversion_id is not None]
    if integration.rule.kind is not RuleKind.PAID:
        return EventBecame.UNCHANGED
    if _enough(integration, lead, paid):
        became = EventBecame.UNCHANGED
        for each in paid:
            if each.conversion_id is None and (each.amount or 0) > each.returned:
                became = await _report(act, integration, lead, each)
        return became
    if not integration.rule.amount:
        return EventBecame.UNCHANGED
    return await _too_little(act, reported)


def _enough(integration: Integration, lead: Lead, paid: Sequence[Payment]) -> bool:
    rule = integration.rule
    if not rule.amount:
        return any(each.amount for each in paid)
    until = lead.joined_at + rule.days * DAY if rule.days else None
    in_time = [each for each in paid if until is None or each.paid_at <= until]
    total = sum(
        (each.amount or 0) - each.returned for each in in_time if each.currency == rule.currency
    )
    return total >= rule.amount


async def _report(act: Act, integration: Integration, lead: Lead, payment: Payment) -> EventBecame:
    """One payment as a conversion. Without an order of the shop's it joins what was reported of
    the same sale, so that it is not counted twice."""
    act = replace(act, mode=lead.mode)
    event, order = "purchase", payment.order_id
    if payment.order_id == payment.payment and (
        twin := await _twin(act, integration, lead, payment)
    ):
        event, order = twin.event, twin.order_id or ""
        payment = replace(payment, order_id=order or payment.payment)
    sent = _sent(act, payment, lead.id, event, order)
    answer = await take(act, sent, await prove(act.context, act.campaign, sent))
    await kept.put_payment(act.db, replace(payment, conversion_id=answer.id, before=""))
    return _BECAME[answer.status]


async def _twin(
    act: Act, integration: Integration, lead: Lead, payment: Payment
) -> Conversion | None:
    """What another door reported of the same lead and amount within a day."""
    paid = await kept.payments_of(act.db, integration, lead.id)
    own = {each.conversion_id for each in paid}
    for row in await qualification.of_lead(act.db, act.campaign.id, lead.id):
        near = abs(row.created_at - payment.paid_at) <= JOINS
        same = (row.amount, row.currency) == (payment.amount, payment.currency)
        if near and same and row.id not in own and row.reason is not Reason.WITHDRAWN:
            return row
    return None


async def _too_little(act: Act, reported: Sequence[Payment]) -> EventBecame:
    became = EventBecame.UNCHANGED
    for each in reported:
        if await withdraw(act, each.conversion_id or ""):
            became = EventBecame.WITHDRAWN
            await kept.put_payment(act.db, replace(each, conversion_id=None))
    return became


# Back ----------------------------------------------------------------------------------------


async def _remember(
    act: Act, integration: Integration, fact: Returned, known: Payment | None
) -> None:
    """Money went back of a payment that has not come yet: it is kept for that moment."""
    before = msgspec.json.decode(known.before or "[]", type=list[Returned]) if known else []
    if fact in before:
        return
    told = msgspec.json.encode([*before, fact]).decode()
    base = known or Payment(
        campaign_id=act.campaign.id,
        integration_id=integration.id,
        payment=fact.payment,
        lead_id=None,
        order_id=fact.order,
        amount=None,
        currency=None,
        paid_at=0,
        created_at=act.at,
    )
    await kept.put_payment(act.db, replace(base, before=told))


async def _returned(act: Act, known: Payment, fact: Returned) -> EventBecame:
    match fact.kind:
        case ReturnKind.REFUNDED | ReturnKind.DISPUTE_LOST:
            return await _refunded(act, known, fact)
        case ReturnKind.REFUND_FAILED:
            return await _restored(act, known, fact)
        case ReturnKind.DISPUTED:
            return await _doubted(act, known)
        case ReturnKind.DISPUTE_WON:
            await _cleared(act, known)
            return await _restored(act, known, fact)


async def _refunded(act: Act, known: Payment, fact: Returned) -> EventBecame:
    told_whole = fact.id == whole_refund(known.payment)
    if told_whole and known.amount is not None and known.returned >= known.amount:
        return EventBecame.UNCHANGED
    if known.conversion_id is None:
        known_id = {"order": known.order_id}
    else:
        known_id = {"conversion_id": known.conversion_id}
    said = Refunding(amount=fact.money, external_id=fact.id, note=fact.kind, **known_id)
    done = await take_refund(act, said)
    if done.dup:
        return EventBecame.UNCHANGED
    back = fact.money.minor if fact.money else (known.amount or 0) - known.returned
    await kept.put_payment(act.db, replace(known, returned=known.returned + back))
    return EventBecame.REFUNDED


async def _restored(act: Act, known: Payment, fact: Returned) -> EventBecame:
    """The money did not go back after all."""
    for id_ in (fact.id, whole_refund(known.payment)):
        before = await refunds.by_external(act.db, act.campaign.id, Mode.LIVE, id_)
        if before is not None:
            break
    else:
        return EventBecame.UNCHANGED
    await undo_refund(act, before)
    back = before.amount if before.amount is not None else known.returned
    await kept.put_payment(act.db, replace(known, returned=max(0, known.returned - back)))
    return EventBecame.RESTORED


async def _doubted(act: Act, known: Payment) -> EventBecame:
    """A dispute holds what is not issued until it is decided."""
    row = await qualification.by_id(act.db, act.campaign.id, known.conversion_id or "")
    if row is None or row.lead_id is None:
        return EventBecame.UNCHANGED
    said = await fraud.holding(act.db, act.campaign.id, row.lead_id, row.id)
    if any(each.check == Reason.DISPUTED for each in said):
        return EventBecame.UNCHANGED
    await note_findings(act, [disputed()], conversion=row.id)
    await _weigh(act, row)
    return EventBecame.HELD


async def _cleared(act: Act, known: Payment) -> None:
    row = await qualification.by_id(act.db, act.campaign.id, known.conversion_id or "")
    if row is None or row.lead_id is None:
        return
    said = await fraud.holding(act.db, act.campaign.id, row.lead_id, row.id)
    ids = [each.id for each in said if each.check == Reason.DISPUTED]
    await fraud.clear(act.db, act.campaign.id, ids, act.at, act.actor)
    await _weigh(act, row)


async def _weigh(act: Act, row: Conversion) -> None:
    lead = await leads.by_id(act.db, act.campaign.id, row.lead_id or "")
    if lead is not None and lead.status is not LeadStatus.REJECTED:
        await weigh_again(act, lead)
        await climb(act, lead)
