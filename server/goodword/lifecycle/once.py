"""A call made twice is done once: its answer is kept in the very transaction of what it did.

After the `Idempotency-Key` of payment APIs and the IETF draft of that name: the same key and
call again get the first answer, another call under the same key is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access import record as access
from goodword.access.decide import KeptAnswer
from goodword.clock import DAY
from goodword.lifecycle.context import Context
from goodword.signing import seal, unseal
from goodword.storage import Storage

LIFE = 30 * DAY
"""How long an answer is kept. What a call did stays recognised for ever by its own rules."""

_AT_ONCE = 4
_REFUSED = 400


class KeyReused(Exception):
    """The key was used for another call."""


class InProgress(Exception):
    """A call under this key is being answered at this moment."""


class _Twin(Exception):
    """Another process answered the same call first: what was done here is undone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: whose API key it came with, its `Idempotency-Key`, a hash of all that it said."""

    api_key_id: str
    key: str
    hash: bytes

    @property
    def report_key(self) -> str:
        """The key by which a report of this very call is known again, whenever it comes."""
        said = sha256(self.hash + self.key.encode()).hexdigest()[:32]
        return f"{self.api_key_id}:{said}"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: HTTP status and body. `again` when it had been given before."""

    status: int
    content: bytes
    again: bool = False


class Once:
    """One for each process: it knows which calls are being answered here."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._going_on: set[tuple[str, str]] = set()
        # A call in progress holds a connection and may want a second one for a moment: so few
        # at once never use up all of them, each waiting for another's.
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def answer(self, asked: Asked, do: Callable[[Context], Awaitable[Told]]) -> Told:
        """What `do` answers, or has answered before. Nothing from 400 up is kept, so that the
        key is free for another try.

        `KeyReused`, `InProgress`, and whatever `do` raises, which undoes all that it did.
        """
        here = (asked.api_key_id, asked.key)
        if here in self._going_on:
            raise InProgress
        self._going_on.add(here)
        try:
            async with self._turn:
                return await self._kept(asked) or await self._do(asked, do)
        finally:
            self._going_on.discard(here)

    async def _do(self, asked: Asked, do: Callable[[Context], Awaitable[Told]]) -> Told:
        try:
            async with AsyncExitStack() as stack:
                lasting = _Lasting(self._context.storage, stack)
                told = await do(replace(self._context, storage=lasting))
                if told.status < _REFUSED:
                    await self._keep(lasting, asked, told)
        except _Twin as error:
            kept = await self._kept(asked)
            if kept is None:
                raise InProgress from error
            return kept
        await self._context.directory.check()
        return told

    async def _kept(self, asked: Asked) -> Told | None:
        async with self._context.storage.read() as db:
            kept = await access.answer_of(db, asked.api_key_id, asked.key)
        if kept is None:
            return None
        if kept.hash != asked.hash:
            raise KeyReused
        return Told(kept.status, unseal(self._context.keys, kept.content), again=True)

    async def _keep(self, storage: Storage, asked: Asked, told: Told) -> None:
        """Sealed: an answer may hold a secret that is shown once."""
        answer = KeptAnswer(
            api_key_id=asked.api_key_id,
            key=asked.key,
            hash=asked.hash,
            status=told.status,
            content=seal(self._context.keys, told.content),
            created_at=self._context.now(),
        )
        async with storage.write() as db:
            if not await access.keep_answer(db, answer):
                raise _Twin


class _Lasting(Storage):
    """Storage whose one write transaction stays open after the verb that began it, until the
    stack is closed; what is read after that is read in it."""

    def __init__(self, storage: Storage, stack: AsyncExitStack) -> None:
        self.hits = storage.hits
        self._storage = storage
        self._stack = stack
        self._open: AsyncConnection | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        if self._open is not None:
            yield self._open
            return
        async with self._storage.read() as db:
            yield db

    @asynccontextmanager
    async def write(self, campaign_id: str | None = None) -> AsyncIterator[AsyncConnection]:
        if self._open is None:
            self._open = await self._stack.enter_async_context(self._storage.write(campaign_id))
        yield self._open
