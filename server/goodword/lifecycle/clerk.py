"""What is to be done at outside systems: leads sent, calls followed up, records looked at.

Each integration is seen to by one process at a time, and by a task of its own: one that does not
answer delays no other.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial

import msgspec

from goodword.clock import MINUTE
from goodword.integrations import SYSTEMS, kept
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Heard, Hint, PaymentSystem, Trouble
from goodword.lifecycle.account import Account, answered, open_account, refused
from goodword.lifecycle.cashier import catch_up, take_calls
from goodword.lifecycle.context import Context
from goodword.lifecycle.push import send_counts, send_lead
from goodword.lifecycle.subscribe import subscribe
from goodword.lifecycle.watch import look_at
from goodword.model import (
    COUNTS_CHANGED,
    INTEGRATION,
    Campaign,
    Delivery,
    EventBecame,
    Integration,
    IntegrationEvent,
    Message,
    MessageStatus,
    Record,
    Ref,
    Snapshot,
)
from goodword.notifications import record as notifications
from goodword.notifications.decide import Fate, after
from goodword.outbound import Outbound
from goodword.storage import Unavailable

_LEASE = 10 * MINUTE
_GROUP = 50
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Clerk:
    """Sees to every integration that something waits for."""

    context: Context
    outbound: Outbound
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def round(self) -> None:
        """Starts on each integration with work that nobody sees to yet."""
        now = self.context.now()
        async with self.context.storage.read() as db:
            busy = await integrations.with_work(db, now)
            busy |= {target for _, target in await notifications.targets(db, INTEGRATION, now)}
            known = await integrations.every(db)
        for each in known:
            if (
                (each.id in busy or _asks(each, now))
                and each.works
                and each.paused_until <= now
                and each.id not in self._under_way
            ):
                task = asyncio.create_task(self._see_to(each.id))
                self._under_way[each.id] = task
                task.add_done_callback(partial(self._done, each.id))

    def _done(self, id_: str, task: asyncio.Task[None]) -> None:
        del self._under_way[id_]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("integration %s: this went wrong", id_, exc_info=error)

    async def finish(self) -> None:
        """Waits for what is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Ends what is under way; what was cut short is taken up again later."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _see_to(self, id_: str) -> None:
        integration = await self._lease(id_)
        if integration is None:
            return
        try:
            campaign = await self.context.directory.by_id(integration.campaign_id)
            if campaign is None:
                return
            account = open_account(self.context, self.outbound, integration)
            await self._work(campaign, account)
            await answered(self.context, integration)
        except Failed as failed:
            await refused(self.context, integration, failed)
        except Unavailable as error:
            log.error("integration %s waits for storage: %s", id_, error)
        finally:
            await self._release(id_)

    async def _lease(self, id_: str) -> Integration | None:
        async with self.context.storage.write() as db:
            now = self.context.now()
            mine = await integrations.claim(db, id_, "leased_until", now, now + _LEASE)
            return await integrations.by_id(db, id_) if mine else None

    async def _release(self, id_: str) -> None:
        try:
            async with self.context.storage.write() as db:
                await integrations.change(db, id_, leased_until=0)
        except Unavailable as error:
            log.error("integration %s is free again after its lease: %s", id_, error)

    async def _work(self, campaign: Campaign, account: Account) -> None:
        await self._renew(campaign, account)
        await self._send(campaign, account)
        if isinstance(account.system, Crm):
            await self._follow_calls(campaign, account, account.system)
            await self._poll(campaign, account, account.system)
        elif isinstance(account.system, PaymentSystem):
            await catch_up(self.context, campaign, account, account.system)
            await take_calls(self.context, campaign, account, account.system)

    # Messages --------------------------------------------------------------------------------

    async def _send(self, campaign: Campaign, account: Account) -> None:
        """Sends what waits. One message that the system refuses holds up no other; an account
        that can't be used now holds up all, and none of them uses up a try."""
        while messages := await self._take(campaign, account):
            for place, message in enumerate(messages):
                try:
                    await self._send_one(campaign, account, message)
                    await self._settle(campaign, message, None)
                except Failed as failed:
                    if failed.kind in (Trouble.AUTH, Trouble.THROTTLED):
                        await self._put_back(campaign, messages[place:])
                        raise
                    await self._settle(campaign, message, failed)
                    if failed.kind is Trouble.SERVER:
                        await self._put_back(campaign, messages[place + 1 :])
                        raise

    async def _take(self, campaign: Campaign, account: Account) -> list[Message]:
        now = self.context.now()
        async with self.context.storage.write(campaign.id) as db:
            return await notifications.lease(
                db, campaign.id, account.integration.id, now, now + _LEASE, _GROUP
            )

    async def _send_one(self, campaign: Campaign, account: Account, message: Message) -> None:
        if message.type == COUNTS_CHANGED:
            await send_counts(self.context, campaign, account, message.body)
        elif message.lead_id is not None:
            await send_lead(self.context, campaign, account, message.lead_id)

    async def _settle(self, campaign: Campaign, message: Message, failed: Failed | None) -> None:
        """Writes what became of a try. What the system refuses for good has failed, and waits
        for a person with the system's own words."""
        at, attempt = self.context.now(), message.attempts + 1
        again = failed is not None and failed.kind is Trouble.SERVER
        code = 200 if failed is None else None if again else 410
        fate = after(attempt, code, "", 0.5)
        values: dict[str, object] = {"attempts": attempt}
        match fate.fate:
            case Fate.SENT:
                values |= {"status": MessageStatus.SENT, "sent_at": at}
            case Fate.AGAIN:
                values |= {"next_at": at + fate.wait}
            case Fate.FAILED | Fate.GONE:
                values |= {"status": MessageStatus.FAILED, "next_at": at}
        tried = Delivery(
            id=self.context.new_id("dlv", at),
            campaign_id=campaign.id,
            message_id=message.id,
            attempt=attempt,
            code=None,
            answer=str(failed) if failed else "",
            took=0,
            created_at=at,
        )
        async with self.context.storage.write(campaign.id) as db:
            counts = message.type == COUNTS_CHANGED and values.get("status") is MessageStatus.FAILED
            if counts and await notifications.refused_alike(db, message, tried.answer):
                await notifications.drop(db, message)  # said once, however often numbers change
                return
            await notifications.add_tries(db, [tried])
            await notifications.settle(db, message, **values)

    async def _put_back(self, campaign: Campaign, messages: list[Message]) -> None:
        async with self.context.storage.write(campaign.id) as db:
            for message in messages:
                await notifications.settle(db, message)

    # Calls -----------------------------------------------------------------------------------

    async def _follow_calls(self, campaign: Campaign, account: Account, system: Crm) -> None:
        """Looks at what the calls were about, each record once however many spoke of it."""
        while events := await self._received(account):
            hints = {each.id: _hints(each) for each in events}
            refs = {hint.ref for some in hints.values() for hint in some}
            ours = await self._ours(account, system, refs)
            await self._note_told(campaign, account, events, hints, ours)
            wanted = {each.lead_id: each for some in ours.values() for each in some}
            became = await look_at(self.context, campaign, account, system, list(wanted.values()))
            async with self.context.storage.write(campaign.id) as db:
                for event in events:
                    mine = [rec for hint in hints[event.id] for rec in ours.get(hint.ref, ())]
                    what, lead_id = _became(mine, became)
                    await kept.settle_events(db, account.integration, [event.id], what, lead_id)

    async def _received(self, account: Account) -> list[IntegrationEvent]:
        async with self.context.storage.read() as db:
            return await kept.received(db, account.integration, _GROUP * 10)

    async def _ours(self, account: Account, system: Crm, refs: set[Ref]) -> dict[Ref, list[Record]]:
        """Our records that calls were about: themselves, or what belongs to them."""
        async with self.context.storage.read() as db:
            direct = await integrations.records_of(db, account.integration, list(refs))
        found: dict[Ref, list[Record]] = {}
        for each in direct:
            found.setdefault(each.ref, []).append(each)
        own = {target.name for target in system.targets}
        others = [ref for ref in refs if ref.object not in own]
        for object_ in sorted({ref.object for ref in others}):
            some = [ref for ref in others if ref.object == object_]
            for start in range(0, len(some), system.batch):
                shown = await _known(account, system, some[start : start + system.batch])
                links = {link: each.ref for each in shown for link in each.links}
                async with self.context.storage.read() as db:
                    behind = await integrations.records_of(db, account.integration, list(links))
                for each in behind:
                    found.setdefault(links[each.ref], []).append(each)
        return found

    async def _note_told(
        self,
        campaign: Campaign,
        account: Account,
        events: list[IntegrationEvent],
        hints: dict[str, tuple[Hint, ...]],
        ours: dict[Ref, list[Record]],
    ) -> None:
        """When the system last reported a change of a record, and which: for the checklist."""
        async with self.context.storage.write(campaign.id) as db:
            for event in events:
                for hint in hints[event.id]:
                    for each in ours.get(hint.ref, ()):
                        await integrations.note_told(db, each, hint.said, event.received_at)

    # Time ------------------------------------------------------------------------------------

    async def _poll(self, campaign: Campaign, account: Account, system: Crm) -> None:
        """Looks at the records whose time has come."""
        while True:
            async with self.context.storage.read() as db:
                records = await integrations.to_poll(
                    db, account.integration, self.context.now(), _GROUP * 4
                )
            if not records:
                return
            await look_at(self.context, campaign, account, system, records)

    async def _renew(self, campaign: Campaign, account: Account) -> None:
        """Has the system call our hook, where it has to be asked."""
        due = account.integration.renew_at
        if due is not None and due <= self.context.now():
            await subscribe(self.context, campaign, account)


async def _known(account: Account, system: Crm, refs: list[Ref]) -> list[Snapshot]:
    """These records, but for those that the system can't make sense of: a call may name anything,
    and must not keep the others waiting. `Failed` in every other way."""
    try:
        return await system.read(account.api, refs, [])
    except Failed as failed:
        if failed.kind not in (Trouble.REJECTED, Trouble.GONE):
            raise
    if len(refs) == 1:
        return []
    half = len(refs) // 2
    first = await _known(account, system, refs[:half])
    return first + await _known(account, system, refs[half:])


def _asks(integration: Integration, now: int) -> bool:
    """Whether it is time to ask a payment system what happened."""
    system = SYSTEMS.get(integration.system)
    due = system is not None and now - integration.polled_at >= system.poll_every
    return due and isinstance(system, PaymentSystem)


def _hints(event: IntegrationEvent) -> tuple[Hint, ...]:
    return msgspec.json.decode(event.heard, type=Heard).hints


def _became(mine: list[Record], became: dict[str, EventBecame]) -> tuple[EventBecame, str | None]:
    """What a call came to: the strongest thing that any of its records did."""
    if not mine:
        return EventBecame.NOT_OURS, None
    results = [(became.get(each.lead_id, EventBecame.UNCHANGED), each.lead_id) for each in mine]
    return min(results, key=lambda each: each[0] is EventBecame.UNCHANGED)
