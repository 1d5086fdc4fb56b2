"""The loop that calls `tick`: what time alone brings about."""

from __future__ import annotations

import asyncio
import logging

from goodword.lifecycle.context import Context
from goodword.lifecycle.tick import tick
from goodword.storage import Unavailable

_PAUSE = 60
log = logging.getLogger(__name__)


async def work(context: Context) -> None:
    """Ticks once a minute until cancelled; storage that is away is tried again."""
    while True:
        try:
            await tick(context)
        except Unavailable as error:
            log.error("the worker waits for storage: %s", error)
        await asyncio.sleep(_PAUSE)
