"""What a payment system told, and what it may have told in vain, is taken in order."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from goodword.clock import HOUR
from goodword.integrations import kept
from goodword.integrations import record as integrations
from goodword.integrations.base import Failed, Heard, PaymentSystem, Trouble
from goodword.lifecycle.account import Account
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.payments import take_fact
from goodword.model import Campaign, EventBecame, Fact, IntegrationEvent, Lead, Paid

_GROUP = 100
_OVERLAP = HOUR
_ORDER = (
    EventBecame.UNCHANGED,
    EventBecame.IGNORED,
    EventBecame.NOT_OURS,
)
"""What says least of a call with several facts."""


async def take_calls(
    context: Context, campaign: Campaign, account: Account, system: PaymentSystem
) -> None:
    """Takes every call that nobody has seen to yet, oldest first, each in one transaction."""
    while True:
        async with context.storage.read() as db:
            events = await kept.received(db, account.integration, _GROUP)
        if not events:
            return
        for event in events:
            await _take(context, campaign, account, system, event)


async def _take(
    context: Context,
    campaign: Campaign,
    account: Account,
    system: PaymentSystem,
    event: IntegrationEvent,
) -> None:
    facts = [fact for _, fact in msgspec.json.decode(event.heard, type=Heard).facts]
    results: list[tuple[EventBecame, Lead | None]] = []
    async with begin(context, campaign, system.name) as act:
        integration = await integrations.by_id(act.db, account.integration.id)
        if integration is None:
            return
        for fact in facts:
            results.append(await take_fact(act, integration, fact))
        became, lead = _most(results)
        lead_id = lead.id if lead else None
        await kept.settle_events(act.db, integration, [event.id], became, lead_id)
    for fact, (what, lead) in zip(facts, results, strict=True):
        if lead is not None and isinstance(fact, Paid) and what is not EventBecame.UNCHANGED:
            await _note(account, system, fact, lead)


def _most(
    results: list[tuple[EventBecame, Lead | None]],
) -> tuple[EventBecame, Lead | None]:
    told = [each for each in results if each[0] not in _ORDER]
    return (told or results or [(EventBecame.IGNORED, None)])[0]


async def _note(account: Account, system: PaymentSystem, paid: Paid, lead: Lead) -> None:
    """Writes the code to the payer there; a key that may not write is no trouble of the lead's."""
    try:
        await system.note(account.api, paid, {"referral_code": lead.code})
    except Failed as failed:
        if failed.kind not in (Trouble.REJECTED, Trouble.GONE):
            raise


async def catch_up(
    context: Context, campaign: Campaign, account: Account, system: PaymentSystem
) -> None:
    """Asks what happened since the last time, and keeps what no call has told. `Failed`."""
    now, before = context.now(), account.integration.polled_at
    if now - before < system.poll_every:
        return
    since = max(account.integration.created_at, before - _OVERLAP)
    missed = await system.missed(account.api, since)
    events = [_event(context, account, key, fact) for key, fact in missed]
    async with context.storage.write(campaign.id) as db:
        await kept.add_events(db, events)
        await integrations.change(db, account.integration.id, polled_at=now)


def _event(context: Context, account: Account, key: str, fact: Fact) -> IntegrationEvent:
    now = context.now()
    kind = "paid" if isinstance(fact, Paid) else fact.kind
    return IntegrationEvent(
        campaign_id=account.integration.campaign_id,
        id=context.new_id("evt", now),
        integration_id=account.integration.id,
        key=call_key([key]),
        received_at=now,
        body=b"",
        heard=msgspec.json.encode(Heard(facts=((key, fact),))).decode(),
        said=f"{kind} {fact.payment}",
    )


def call_key(keys: list[str]) -> str:
    """The key of a call from those of what it says: the same for whoever tells it."""
    return sha256("\n".join(keys).encode()).hexdigest()[:40]
