"""An outside system calls: its call is checked and kept, with all that come at that moment, in one
commit. What it means is found out later, from the system itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest

import msgspec

from goodword.integrations import SYSTEMS, kept, record
from goodword.integrations.base import BadSignature, Heard, Request, System, Unreadable
from goodword.lifecycle.account import values_of
from goodword.lifecycle.cashier import call_key
from goodword.lifecycle.context import Context
from goodword.model import EventBecame, Integration, IntegrationEvent, Paid
from goodword.signing import unseal
from goodword.storage import Unavailable

_KNOWN_FOR = 2_000
_MOST_WAITING = 10_000
_LARGEST_GROUP = 500


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came; header names in small letters, `url` with our public address."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class _Known:
    """An integration with its secrets opened, for a while: vendors call in bursts."""

    integration: Integration
    secret: str
    values: Mapping[str, str]
    read_at: int


@dataclass(slots=True)
class Ear:
    """Takes calls to hooks. What comes while a commit runs goes with the next one."""

    context: Context
    _known: dict[str, _Known] = field(default_factory=dict)
    _reading: dict[str, asyncio.Task[_Known | None]] = field(default_factory=dict)
    _waiting: list[tuple[IntegrationEvent, asyncio.Future[None]]] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    async def take(self, integration_id: str, secret: str, call: Call) -> Heard | None:
        """Keeps a call; None when nobody's hook has this address.

        `BadSignature` and `Unreadable` after it was kept too; `Unavailable` when it can't be.
        """
        known = await self._lookup(integration_id)
        if known is None or not compare_digest(_hash(secret), known.integration.hash):
            return None
        system = SYSTEMS[known.integration.system]
        now = self.context.now()
        request = Request(call.method, call.url, call.headers, call.body, now)
        try:
            heard = system.heard(request, known.secret, known.values)
        except BadSignature as error:
            await self._keep(known, call, Heard(about=str(error)), EventBecame.BAD_SIGNATURE)
            raise
        except Unreadable as error:
            await self._keep(known, call, Heard(about=str(error)), EventBecame.UNREADABLE)
            raise
        says = heard.hints or heard.facts
        await self._keep(known, call, heard, EventBecame.RECEIVED if says else EventBecame.IGNORED)
        return heard

    async def _lookup(self, integration_id: str) -> _Known | None:
        """Read once for all who ask at that moment."""
        now, known = self.context.now(), self._known.get(integration_id)
        if known is not None and 0 <= now - known.read_at < _KNOWN_FOR:
            return known
        reading = self._reading.get(integration_id)
        if reading is None:
            reading = asyncio.create_task(self._read(integration_id, now))
            self._reading[integration_id] = reading
            reading.add_done_callback(lambda _: self._reading.pop(integration_id))
        return await asyncio.shield(reading)

    async def _read(self, integration_id: str, now: int) -> _Known | None:
        async with self.context.storage.read() as db:
            integration = await record.by_id(db, integration_id)
        if integration is None:
            return None
        if len(self._known) > _MOST_WAITING:
            self._known.clear()
        sealed = integration.signing or integration.secret
        secret = unseal(self.context.keys, sealed).decode()
        found = _Known(integration, secret, values_of(self.context, integration), now)
        self._known[integration_id] = found
        return found

    async def _keep(self, known: _Known, call: Call, heard: Heard, became: EventBecame) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable("too many calls wait to be kept")
        event = _event(self.context, known, call, heard, became)
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((event, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            group = self._waiting[:_LARGEST_GROUP]
            del self._waiting[:_LARGEST_GROUP]
            try:
                async with self.context.storage.write() as db:
                    await kept.add_events(db, [event for event, _ in group])
            except Exception as error:
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
                continue
            for _, done in group:
                if not done.done():
                    done.set_result(None)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode(errors="replace")).digest()


def _event(
    context: Context, known: _Known, call: Call, heard: Heard, became: EventBecame
) -> IntegrationEvent:
    now = context.now()
    return IntegrationEvent(
        campaign_id=known.integration.campaign_id,
        id=context.new_id("evt", now),
        integration_id=known.integration.id,
        key=_key(call, heard),
        received_at=now,
        body=call.body,
        heard=msgspec.json.encode(heard).decode(),
        said=_said(SYSTEMS[known.integration.system], heard)[:500],
        became=became,
    )


def _key(call: Call, heard: Heard) -> str:
    """The same for the same call sent again."""
    keys = [hint.key for hint in heard.hints] + [key for key, _ in heard.facts]
    return call_key(keys) if keys else sha256(call.body).hexdigest()[:40]


def _said(system: System, heard: Heard) -> str:
    hints = (f"{hint.ref.object} {hint.ref.id}: {hint.said or 'changed'}" for hint in heard.hints)
    facts = (
        f"paid {fact.payment}" if isinstance(fact, Paid) else f"{fact.kind} {fact.payment}"
        for _, fact in heard.facts
    )
    return "; ".join([*hints, *facts]) or heard.about
