"""The loops beside the requests: what time alone brings about, and the outbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from goodword.lifecycle.clerk import Clerk
from goodword.lifecycle.context import Context
from goodword.lifecycle.deliver import Courier
from goodword.lifecycle.move_steps import carry_on
from goodword.lifecycle.post import Postman
from goodword.lifecycle.tick import tick
from goodword.outbound import Outbound
from goodword.storage import Unavailable

_TICK = 60
_ROUND = 1
log = logging.getLogger(__name__)


async def work(context: Context) -> None:
    """Ticks once a minute, empties the outbox and goes on with imports, until cancelled."""
    async with Outbound(context.settings.outbound_allow) as outbound:
        courier, clerk = Courier(context, outbound), Clerk(context, outbound)
        try:
            await asyncio.gather(
                _forever("the clock", _TICK, lambda: tick(context)),
                _forever("webhooks", _ROUND, courier.round),
                _forever("integrations", _ROUND, clerk.round),
                _forever("e-mails", _ROUND, Postman(context).round),
                _forever("imports", _ROUND, lambda: carry_on(context)),
            )
        finally:
            await courier.stop()
            await clerk.stop()


async def _forever(name: str, pause: float, act: Callable[[], Awaitable[None]]) -> None:
    """Again and again: what failed once is no reason to stop."""
    while True:
        try:
            await act()
        except Unavailable as error:
            log.error("%s: waiting for storage: %s", name, error)
        except Exception:
            log.exception("%s: this went wrong, and is tried again", name)
        await asyncio.sleep(pause)
