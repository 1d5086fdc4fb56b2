"""What is done to many things shows how far it is: lines of a page that grows while it works.

Short work answers with the page that tells of it, long work with a page that is sent line by line
and then goes there. It needs no script, and stops when the browser goes: what was done by then is
a deed, and stands in the audit trail.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from goodword.lifecycle.deed import Done
from goodword.model import Campaign
from goodword.storage import Unavailable
from goodword.web.admin_desk import Desk
from goodword.web.audit_words import deed_text

_FEW = 4
"""So many parts are waited for without a word."""
_PATIENCE = 1.0
"""Seconds without a word; what is one part alone is always waited for."""

_HERE = "<!-- lines -->"
_LINE = Markup('<p class="turn">{}</p>\n')
_END = Markup(
    '<p class="turn"><a class="button" href="{to}">Show what was done</a></p>\n'
    '<meta http-equiv="refresh" content="0;url={to}">\n'
)
_STOPPED = (
    "It stopped here: the database did not answer. What was done until now is kept, and stands in"
    " the audit trail with its Undo; send the rest again later."
)
log = logging.getLogger(__name__)

Deeds = Sequence[Done]
"""What all came to so far: one for each deed."""


async def alone(parts: AsyncIterator[Done]) -> AsyncIterator[Deeds]:
    """What is one deed, as `follow` wants it."""
    async for done in parts:
        yield [done]


async def follow(
    desk: Desk,
    request: Request,
    campaign: Campaign,
    parts: AsyncIterator[Deeds],
    finish: Callable[[Deeds], Response],
    whole: int = 0,
) -> Response:
    """The answer to a form whose work is done in parts; `finish` is where it all ends. `whole` is
    how many things it is done to, where that is known before."""
    deeds: Deeds = []
    until = asyncio.get_running_loop().time() + _PATIENCE
    for past in range(_FEW):
        try:
            deeds = await anext(parts)
        except StopAsyncIteration:
            return finish(deeds)
        if past and asyncio.get_running_loop().time() > until:
            break
    frame = desk.page(request, "working.html", campaign, {}, place="")
    head, tail = bytes(frame.body).decode().split(_HERE)
    told = _tell(deeds, parts, finish, whole, head, tail)
    return StreamingResponse(told, media_type="text/html")


async def _tell(
    deeds: Deeds,
    parts: AsyncIterator[Deeds],
    finish: Callable[[Deeds], Response],
    whole: int,
    head: str,
    tail: str,
) -> AsyncIterator[str]:
    yield head
    yield _LINE.format(_so_far(deeds, whole))
    try:
        async for deeds in parts:
            yield _LINE.format(_so_far(deeds, whole))
    except Unavailable as error:
        log.error("work by hand stopped half-way: %s", error)
        yield _LINE.format(_STOPPED)
    else:
        yield _END.format(to=finish(deeds).headers["location"])
    # By themselves: what is added to markup is escaped.
    yield tail


def _so_far(deeds: Deeds, whole: int) -> str:
    said = ", ".join(deed_text(each.deed) for each in deeds if each.deed) or "nothing changed"
    left = sum(len(each.refused) for each in deeds)
    said += f"; {left:,} left" if left else ""
    seen = left + sum(len(each.changed) for each in deeds)
    return f"So far: {said} ({seen:,} of {whole:,})." if whole else f"So far: {said}."
