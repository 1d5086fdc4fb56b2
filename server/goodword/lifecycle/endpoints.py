"""Who is told by webhook: endpoints are added, tested, given a new secret, removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from goodword.clock import DAY, new_secret
from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.tell import message
from goodword.model import (
    EVENTS,
    TEST_EVENT,
    Activity,
    Campaign,
    Endpoint,
    EndpointStatus,
    Message,
    MessageStatus,
    Mode,
)
from goodword.notifications import record as notifications
from goodword.notifications.decide import example
from goodword.notifications.webhook import spell_secret
from goodword.outbound import Forbidden, Outbound, Unreachable
from goodword.signing import seal

_LONGEST_URL = 2_000
_MOST = 20
BOTH_SECRETS = DAY
"""How long the former secret still signs beside the new one, milliseconds."""


class NoSuchEndpoint(LookupError):
    """The campaign has no endpoint, or no message to it, of that id."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An endpoint with its secret, which is shown this once."""

    endpoint: Endpoint
    secret: str = field(repr=False)


async def add_endpoint(
    context: Context, campaign: Campaign, url: str, events: Sequence[str], actor: str
) -> Opened:
    """A new endpoint. `Refused` names the field that can't be used."""
    url = url.strip()
    wanted = tuple(dict.fromkeys(events))
    await _check(context, url, wanted)
    key = new_secret(32)
    async with begin(context, campaign, actor) as act:
        if len(await notifications.endpoints(act.db, campaign.id)) >= _MOST:
            raise Refused("url", f"a campaign has at most {_MOST} webhooks: remove one first")
        made = Endpoint(
            id=act.new_id("wh"),
            campaign_id=campaign.id,
            url=url,
            events=wanted,
            secret=seal(context.keys, key),
            former_secret=None,
            former_until=None,
            status=EndpointStatus.ACTIVE,
            reason=None,
            created_by=actor,
            created_at=act.at,
        )
        await notifications.add_endpoint(act.db, made)
        await keep_deed(act, "add", "webhook", {made.id: url})
    return Opened(made, spell_secret(key))


async def _check(context: Context, url: str, events: Sequence[str]) -> None:
    if len(url) > _LONGEST_URL or not url.isprintable() or not url.isascii():
        raise Refused("url", "write an address such as https://hooks.example.com/goodword")
    if not events:
        raise Refused("events", "choose at least one event")
    unknown = next((each for each in events if each not in EVENTS), None)
    if unknown is not None:
        raise Refused("events", f"{unknown!r} is no event; there are: {', '.join(EVENTS)}")
    async with Outbound(context.settings.outbound_allow) as outbound:
        try:
            await outbound.check(url)
        except (Forbidden, Unreachable) as error:
            raise Refused("url", str(error)) from error


async def change_secret(
    context: Context, campaign: Campaign, endpoint_id: str, actor: str
) -> Opened:
    """A new secret; for a day the former one signs too. `NoSuchEndpoint`."""
    key = new_secret(32)
    async with begin(context, campaign, actor) as act:
        known = await notifications.endpoint(act.db, campaign.id, endpoint_id)
        if known is None:
            raise NoSuchEndpoint(endpoint_id)
        changed = replace(
            known,
            secret=seal(context.keys, key),
            former_secret=known.secret,
            former_until=act.at + BOTH_SECRETS,
        )
        await notifications.set_endpoint(
            act.db,
            known,
            secret=changed.secret,
            former_secret=changed.former_secret,
            former_until=changed.former_until,
        )
        await keep_deed(act, "change_secret", "webhook", {known.id: known.url})
    return Opened(changed, spell_secret(key))


async def remove_endpoint(
    context: Context, campaign: Campaign, endpoint_id: str, actor: str
) -> None:
    """Nothing more is sent there, what waits is dropped. `NoSuchEndpoint`."""
    async with begin(context, campaign, actor) as act:
        known = await notifications.endpoint(act.db, campaign.id, endpoint_id)
        if known is None:
            raise NoSuchEndpoint(endpoint_id)
        await notifications.remove_endpoint(act.db, campaign.id, endpoint_id)
        await keep_deed(act, "remove", "webhook", {known.id: known.url})


async def revive_endpoint(
    context: Context, campaign: Campaign, endpoint_id: str, actor: str
) -> Endpoint:
    """An endpoint that was disabled is told of things again. `NoSuchEndpoint`."""
    async with begin(context, campaign, actor) as act:
        known = await notifications.endpoint(act.db, campaign.id, endpoint_id)
        if known is None:
            raise NoSuchEndpoint(endpoint_id)
        values = {"status": EndpointStatus.ACTIVE, "reason": None}
        await notifications.set_endpoint(act.db, known, **values)
        await keep_deed(act, "enable", "webhook", {known.id: known.url})
    return replace(known, status=EndpointStatus.ACTIVE, reason=None)


async def send_test(context: Context, campaign: Campaign, endpoint_id: str, actor: str) -> Message:
    """A test event with an example of each thing, sent like any other. `NoSuchEndpoint`."""
    async with begin(context, campaign, actor) as act:
        known = await notifications.endpoint(act.db, campaign.id, endpoint_id)
        if known is None:
            raise NoSuchEndpoint(endpoint_id)
        line = Activity(
            id=act.new_id("act"),
            campaign_id=campaign.id,
            type=TEST_EVENT,
            actor=actor,
            referrer_id=None,
            lead_id=None,
            conversion_id=None,
            reward_id=None,
            data="{}",
            mode=Mode.TEST,
            created_at=act.at,
        )
        sent = message(line, known, example(line.id, campaign.id, act.at))
        await notifications.put(act.db, [sent])
    return sent


async def send_again(context: Context, campaign: Campaign, message_id: str, actor: str) -> Message:
    """A message that was sent, or has failed, goes out once more. `NoSuchEndpoint`."""
    async with begin(context, campaign, actor) as act:
        known = await notifications.by_id(act.db, campaign.id, message_id)
        if known is None:
            raise NoSuchEndpoint(message_id)
        values = {"status": MessageStatus.WAITING, "attempts": 0, "next_at": act.at}
        await notifications.settle(act.db, known, **values)
        await keep_deed(act, "send_again", "webhook", {known.id: known.type})
    return replace(known, status=MessageStatus.WAITING, attempts=0, next_at=act.at)
