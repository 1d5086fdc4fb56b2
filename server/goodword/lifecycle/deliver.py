"""The outbox empties itself: each message at least once, under one id, none delaying another."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

from goodword.clock import MINUTE, new_secret
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.ripen import issue_told, undelivered
from goodword.model import (
    WEBHOOK,
    Campaign,
    Delivery,
    Endpoint,
    EndpointStatus,
    Message,
    MessageStatus,
)
from goodword.notifications import record as notifications
from goodword.notifications.decide import Fate, Next, after
from goodword.notifications.webhook import headers
from goodword.outbound import Answer, Forbidden, Outbound, Unreachable
from goodword.signing import unseal
from goodword.storage import Unavailable

_GROUP = 20
_LEASE = 6 * MINUTE
_KEPT = 2_000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tried:
    """One message after a try."""

    message: Message
    next: Next
    delivery: Delivery


@dataclass(slots=True)
class Courier:
    """Sends what waits. Each endpoint has a task of its own: a dead one delays no other."""

    context: Context
    outbound: Outbound
    _under_way: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)

    async def round(self) -> None:
        """Starts on every endpoint that something waits for and nobody sees to yet."""
        async with self.context.storage.read() as db:
            waiting = await notifications.targets(db, WEBHOOK, self.context.now())
        for key in waiting:
            if key not in self._under_way:
                task = asyncio.create_task(self._see_to(*key))
                self._under_way[key] = task
                task.add_done_callback(partial(self._done, key))

    def _done(self, key: tuple[str, str], task: asyncio.Task[None]) -> None:
        del self._under_way[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("messages to %s: this went wrong", key[1], exc_info=error)

    async def finish(self) -> None:
        """Waits for what is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values())

    async def stop(self) -> None:
        """Ends what is under way; a message that was cut short is sent again later."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _see_to(self, campaign_id: str, endpoint_id: str) -> None:
        try:
            campaign = await self.context.directory.by_id(campaign_id)
            while campaign is not None and await self._group(campaign, endpoint_id):
                pass
        except Unavailable as error:
            log.error("webhooks wait for storage: %s", error)

    async def _group(self, campaign: Campaign, endpoint_id: str) -> bool:
        """Sends some messages; whether there may be more to send right now."""
        endpoint, messages = await self._lease(campaign, endpoint_id)
        if endpoint is None or not messages:
            return False
        tried: list[Tried] = []
        for message in messages:
            tried.append(await self._send(endpoint, message))
            if _is_down(tried[-1]):
                break
        await self._settle(campaign, endpoint, tried, messages[len(tried) :])
        return len(tried) == _GROUP and not _is_down(tried[-1])

    async def _lease(
        self, campaign: Campaign, endpoint_id: str
    ) -> tuple[Endpoint | None, list[Message]]:
        at = self.context.now()
        async with self.context.storage.write(campaign.id) as db:
            endpoint = await notifications.endpoint(db, campaign.id, endpoint_id)
            if endpoint is None:
                return None, []
            return endpoint, await notifications.lease(
                db, campaign.id, endpoint_id, at, at + _LEASE, _GROUP
            )

    async def _send(self, endpoint: Endpoint, message: Message) -> Tried:
        at = self.context.now()
        answer, said = await self._call(endpoint, message, at)
        attempt = message.attempts + 1
        code = answer.status if answer else None
        wish = answer.headers.get("retry-after", "") if answer else ""
        chance = new_secret(1)[0] / 255
        delivery = Delivery(
            id=self.context.new_id("dlv", at),
            campaign_id=message.campaign_id,
            message_id=message.id,
            attempt=attempt,
            code=code,
            answer=said[:_KEPT],
            took=max(0, self.context.now() - at),
            created_at=at,
        )
        return Tried(message, after(attempt, code, wish, chance), delivery)

    async def _call(
        self, endpoint: Endpoint, message: Message, at: int
    ) -> tuple[Answer | None, str]:
        told = headers(self._keys(endpoint, at), message.id, at // 1000, message.body)
        try:
            answer = await self.outbound.call(
                "POST", endpoint.url, headers=told, content=message.body.encode()
            )
        except (Forbidden, Unreachable) as error:
            return None, str(error)
        return answer, answer.text

    def _keys(self, endpoint: Endpoint, at: int) -> list[bytes]:
        sealed = [endpoint.secret]
        if endpoint.former_secret is not None and at < (endpoint.former_until or 0):
            sealed.append(endpoint.former_secret)
        return [unseal(self.context.keys, each) for each in sealed]

    async def _settle(
        self, campaign: Campaign, endpoint: Endpoint, tried: list[Tried], untried: list[Message]
    ) -> None:
        """Writes what became of the group. What was not tried waits a little too: a receiver
        that is down is not asked once for each message."""
        async with begin(self.context, campaign, "clock") as act:
            await notifications.add_tries(act.db, [each.delivery for each in tried])
            for each in tried:
                await _settle_one(act, endpoint, each)
            later = act.at + min(tried[-1].next.wait, MINUTE)
            for message in untried:
                await notifications.settle(act.db, message, next_at=later)


def _is_down(tried: Tried) -> bool:
    """Whether the receiver, not this one message, is the trouble."""
    code = tried.delivery.code
    return code is None or code >= 500 or code in (408, 410, 429)


async def _settle_one(act: Act, endpoint: Endpoint, tried: Tried) -> None:
    message, at = tried.message, act.at
    values: dict[str, object] = {"attempts": tried.delivery.attempt}
    match tried.next.fate:
        case Fate.SENT:
            values |= {"status": MessageStatus.SENT, "sent_at": at}
        case Fate.AGAIN:
            values |= {"next_at": at + tried.next.wait}
        case Fate.FAILED | Fate.GONE:
            values |= {"status": MessageStatus.FAILED, "next_at": at}
    if not await notifications.settle(act.db, message, **values):
        return
    if tried.next.fate is Fate.GONE:
        await _disable(act, endpoint)
    if message.type == "reward.ready" and message.reward_id:
        if tried.next.fate is Fate.SENT:
            await issue_told(act, message.reward_id)
        elif tried.next.fate is not Fate.AGAIN:
            await undelivered(act, message.reward_id)


async def _disable(act: Act, endpoint: Endpoint) -> None:
    why = "the receiver answered 410: it wants nothing more"
    await notifications.set_endpoint(act.db, endpoint, status=EndpointStatus.DISABLED, reason=why)
    await notifications.end_waiting(act.db, endpoint.campaign_id, endpoint.id, act.at)
    await act.log("webhook.disabled", endpoint=endpoint.id, why=why)
