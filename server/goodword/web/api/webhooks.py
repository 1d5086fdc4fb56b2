"""Webhooks: who is told of events, and a test event for them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from goodword import model
from goodword.lifecycle.endpoints import (
    NoSuchEndpoint,
    add_endpoint,
    remove_endpoint,
    send_test,
)
from goodword.model import EndpointStatus, MessageStatus
from goodword.notifications import record as notifications
from goodword.web.api.call import ACTOR, Answer, Call, Nothing, Operation, act, read
from goodword.web.api.lists import ListQuery, Page, page, wanted
from goodword.web.api.problems import missing
from goodword.web.api.words import Id, Time, moment

Url = Annotated[str, Meta(min_length=1, max_length=2_000)]
Events = Annotated[list[str], Meta(min_length=1, max_length=len(model.EVENTS))]


class Webhook(msgspec.Struct, kw_only=True):
    """`disabled` with a reason when its receiver answered 410."""

    id: str
    campaign_id: str
    created_at: Time
    status: EndpointStatus
    url: str
    events: list[str]
    reason: str | None


class NewlyMade(Webhook, kw_only=True):
    """The webhook with its secret, which is told this once (Standard Webhooks, `whsec_...`)."""

    secret: str


class NewWebhook(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`url` is public and HTTPS; `events` are types such as `lead.qualified`."""

    url: Url
    events: Events
    campaign_id: Id | None = None


class Sent(msgspec.Struct, kw_only=True):
    """A message in the outbox; it goes out within seconds."""

    id: str
    campaign_id: str
    created_at: Time
    status: MessageStatus
    webhook_id: str
    type: str


async def list_webhooks(call: Call[Nothing, ListQuery]) -> Answer:
    asked = await wanted(call)
    async with call.context.storage.read() as db:
        known = await notifications.endpoints(db, asked.campaign_id)
    older = [each for each in reversed(known) if asked.after is None or each.id < asked.after]
    rows, rest = older[: asked.limit], older[asked.limit :]
    return Answer(200, page([shape(each) for each in rows], rows[-1].id if rest else None))


async def create_webhook(call: Call[NewWebhook, Nothing]) -> Answer:
    campaign = await call.campaign(call.body.campaign_id)
    made = await add_endpoint(call.context, campaign, call.body.url, call.body.events, ACTOR)
    shown = msgspec.structs.asdict(shape(made.endpoint))
    return Answer(201, NewlyMade(**shown, secret=made.secret))


async def delete_webhook(call: Call[Nothing, Nothing]) -> Answer:
    """The webhook as it was."""
    known, campaign = await _known(call)
    try:
        await remove_endpoint(call.context, campaign, known.id, ACTOR)
    except NoSuchEndpoint as error:
        raise missing("webhook", known.id) from error
    return Answer(200, shape(known))


async def test_webhook(call: Call[Nothing, Nothing]) -> Answer:
    known, campaign = await _known(call)
    try:
        sent = await send_test(call.context, campaign, known.id, ACTOR)
    except NoSuchEndpoint as error:
        raise missing("webhook", known.id) from error
    return Answer(
        200,
        Sent(
            id=sent.id,
            campaign_id=sent.campaign_id,
            created_at=moment(sent.created_at),
            status=sent.status,
            webhook_id=known.id,
            type=sent.type,
        ),
    )


async def _known(call: Call[Any, Any]) -> tuple[model.Endpoint, model.Campaign]:
    async with call.context.storage.read() as db:
        found = await notifications.endpoint(db, call.key.campaign_id, call.id)
    campaign = found and await call.context.directory.by_id(found.campaign_id)
    if not found or not campaign:
        raise missing("webhook", call.id)
    return found, campaign


OPERATIONS: list[Operation[Any, Any]] = [
    read("/webhooks", list_webhooks, Page[Webhook], ListQuery, "List webhooks"),
    act(
        "POST",
        "/webhooks",
        create_webhook,
        NewlyMade,
        NewWebhook,
        "Be told of events at a URL; the answer has the secret, once",
        status=201,
    ),
    act("DELETE", "/webhooks/{id}", delete_webhook, Webhook, Nothing, "Remove a webhook"),
    act(
        "POST",
        "/webhooks/{id}/test",
        test_webhook,
        Sent,
        Nothing,
        "Send a test event to a webhook",
        optional_body=True,
    ),
]


def shape(endpoint: model.Endpoint) -> Webhook:
    return Webhook(
        id=endpoint.id,
        campaign_id=endpoint.campaign_id,
        created_at=moment(endpoint.created_at),
        status=endpoint.status,
        url=endpoint.url,
        events=list(endpoint.events),
        reason=endpoint.reason,
    )
