"""Whoever wants to know of what happened gets a message, in the transaction of what happened."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.integrations import record as integrations
from goodword.leads import record as leads
from goodword.model import (
    COUNTS_CHANGED,
    EVENTS,
    INTEGRATION,
    NEW_LEAD,
    WEBHOOK,
    Activity,
    Endpoint,
    Integration,
    Message,
    MessageStatus,
    Mode,
)
from goodword.notifications import record as notifications
from goodword.notifications.decide import body
from goodword.qualification import record as qualification
from goodword.referrers import record as referrers
from goodword.rewards import record as rewards


@dataclass(slots=True)
class Listeners:
    """Who wants to know: read once in a transaction, however many lines it logs."""

    endpoints: list[Endpoint] | None = None
    integrations: list[Integration] | None = None


async def tell(db: AsyncConnection, line: Activity, listeners: Listeners) -> None:
    """Puts a message for each endpoint that wants events of this type into the outbox, and for
    each integration that leads are sent to."""
    if line.type not in EVENTS or line.mode is Mode.TEST:
        return
    await _tell_integrations(db, line, listeners)
    if listeners.endpoints is None:
        listeners.endpoints = await notifications.endpoints(db, line.campaign_id)
    wanting = [endpoint for endpoint in listeners.endpoints if endpoint.wants(line.type)]
    if not wanting:
        return
    told = await _body(db, line)
    await notifications.put(db, [message(line, endpoint, told) for endpoint in wanting])


async def _tell_integrations(db: AsyncConnection, line: Activity, listeners: Listeners) -> None:
    """A new lead is sent, and its referrer's numbers are written anew when they changed."""
    if not line.type.startswith("lead.") or line.referrer_id is None:
        return
    if listeners.integrations is None:
        listeners.integrations = await integrations.of_campaign(db, line.campaign_id)
    for each in listeners.integrations:
        if each.push.object:
            types = [NEW_LEAD] if line.type == "lead.created" else []
            told = [to_integration(line, each.id, type_) for type_ in (*types, COUNTS_CHANGED)]
            await notifications.put(db, told)


def to_integration(line: Activity, integration_id: str, type_: str) -> Message:
    """The message of one line to one integration, under an id of its own."""
    return Message(
        id=f"msg_{line.id.partition('_')[2]}{integration_id[-7:]}{type_[0]}",
        campaign_id=line.campaign_id,
        kind=INTEGRATION,
        target=integration_id,
        type=type_,
        lead_id=line.lead_id,
        reward_id=None,
        body=line.referrer_id or "",
        status=MessageStatus.WAITING,
        attempts=0,
        next_at=line.created_at,
        leased_until=0,
        created_at=line.created_at,
        sent_at=None,
    )


async def _body(db: AsyncConnection, line: Activity) -> str:
    campaign = line.campaign_id
    return body(
        line,
        await leads.by_id(db, campaign, line.lead_id) if line.lead_id else None,
        await referrers.by_id(db, campaign, line.referrer_id) if line.referrer_id else None,
        await qualification.by_id(db, campaign, line.conversion_id) if line.conversion_id else None,
        await rewards.by_id(db, campaign, line.reward_id) if line.reward_id else None,
    )


def message(line: Activity, endpoint: Endpoint, told: str) -> Message:
    """The message of one line to one endpoint: never two of them, their ids would be the same."""
    return Message(
        id=f"msg_{line.id.partition('_')[2]}{endpoint.id[-8:]}",
        campaign_id=line.campaign_id,
        kind=WEBHOOK,
        target=endpoint.id,
        type=line.type,
        lead_id=line.lead_id,
        reward_id=line.reward_id,
        body=told,
        status=MessageStatus.WAITING,
        attempts=0,
        next_at=line.created_at,
        leased_until=0,
        created_at=line.created_at,
        sent_at=None,
    )
