"""Many things done by hand: some in each transaction, all of them one deed with one Undo."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from goodword.access import deeds
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done, Refusal, items_of, keep_deed
from goodword.model import Campaign, Deed

PART = 50
"""So many things are done in one transaction; between two of them others write."""

MOST = 10_000
"""So many things one deed may be about."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants done: the verb, what it is done to (see `keep_deed`), and their note."""

    verb: str
    subject: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction did: for each id what Undo needs, and what was left."""

    before: Mapping[str, str]
    refused: Sequence[Refusal] = ()


async def in_parts(
    context: Context,
    campaign: Campaign,
    actor: str,
    wanted: Wanted,
    ids: Sequence[str],
    do: Callable[[Act, Sequence[str]], Awaitable[Part]],
) -> AsyncIterator[Done]:
    """Does something to each id once, and says after each part what all came to so far.

    The deed grows in the transaction of each part: wherever it stops, the deed has what was done,
    and nothing else, and Undo takes back just that. Once somebody has undone it, the rest is left.
    ValueError for more than `MOST` ids.
    """
    if len(ids) > MOST:
        raise ValueError(f"can't {wanted.verb} {len(ids)} at once")
    todo = list(dict.fromkeys(ids))
    done = Done(None)
    while todo:
        began = asyncio.get_running_loop().time()
        some, todo = todo[:PART], todo[PART:]
        async with begin(context, campaign, actor) as act:
            if await _was_undone(act, done.deed):
                why = "It was undone before its turn came."
                left = tuple(Refusal(each, why) for each in (*some, *todo))
                yield replace(done, refused=done.refused + left)
                return
            part = await do(act, some)
            deed = await grow(act, done.deed, wanted, part.before)
        done = Done(deed, done.changed + tuple(part.before), done.refused + tuple(part.refused))
        yield done
        await give_way(began if todo else None)


async def _was_undone(act: Act, deed: Deed | None) -> bool:
    now = deed and await deeds.by_id(act.db, act.campaign.id, deed.id)
    return now is not None and now.undone_at is not None


async def grow(
    act: Act,
    deed: Deed | None,
    wanted: Wanted,
    before: Mapping[str, str],
    undoes: Deed | None = None,
) -> Deed | None:
    """The deed with one more part; the first part that changes anything begins it."""
    if deed is None:
        return await keep_deed(act, wanted.verb, wanted.subject, before, wanted.note, undoes)
    if not before:
        return deed
    grown = replace(deed, items=json.dumps(items_of(deed) | dict(before)))
    await deeds.grow(act.db, grown)
    return grown


async def give_way(began: float | None) -> None:
    """Waits half as long as the part took, so that others get a turn."""
    if began is not None:
        await asyncio.sleep((asyncio.get_running_loop().time() - began) / 2)


async def last(parts: AsyncIterator[Done]) -> Done:
    """What it all came to."""
    done = Done(None)
    async for done in parts:  # noqa: B007 - the last one has everything
        pass
    return done
