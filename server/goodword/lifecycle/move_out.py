"""Moving out: everything of some campaigns, as JSON lines or as tables, which move in elsewhere.

Read as one state of the database, whatever is written meanwhile, and never all at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from enum import StrEnum

from goodword.lifecycle.act import begin
from goodword.lifecycle.change import AS_IT_WAS
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.model import Campaign
from goodword.moving.lines import Lines
from goodword.moving.tables import Tables
from goodword.moving.whole import FORMAT, Head, Keys, Secrets, written
from goodword.stats.verify import hold_still
from goodword.storage import whole
from goodword.storage.migrate import VERSIONS


class Shape(StrEnum):
    """How the file is written; both can be read in again."""

    LINES = "jsonl"
    TABLES = "csv"


_WRITERS: dict[Shape, Callable[[], Lines | Tables]] = {Shape.LINES: Lines, Shape.TABLES: Tables}
Progress = Callable[[int, int], None]
"""Called with how many rows are done, of how many."""


async def note_export(
    context: Context, campaigns: Sequence[Campaign], actor: str, what: str
) -> None:
    """The audit trail says who took all of it, or its keys."""
    for campaign in campaigns:
        async with begin(context, campaign, actor) as act:
            await act.log(whole.MOVED_OUT, what=what)
            await keep_deed(act, "export", "campaign", {campaign.id: AS_IT_WAS}, what)


async def everything(
    context: Context,
    campaigns: Sequence[Campaign],
    shape: Shape,
    progress: Progress = lambda done, rows: None,
) -> AsyncIterator[bytes]:
    """The file, piece by piece. No secret is in it: `keys_of` has those that have to move too."""
    writer, ids, done = _WRITERS[shape](), [each.id for each in campaigns], 0
    async with context.storage.read() as db:
        await hold_still(db)
        rows = {str(each.name): await whole.count(db, each, ids) for each in whole.travelling()}
        names = {each.id: each.name for each in campaigns}
        head = Head(FORMAT, VERSIONS[-1], names, rows)
        yield writer.head(head)
        for table in whole.travelling():
            yield writer.table(table)
            async for some in whole.rows_of(db, table, ids):
                yield await asyncio.to_thread(writer.rows, table, some)
                done += len(some)
                progress(done, head.total)
    yield writer.end()


def keys_of(campaigns: Sequence[Campaign]) -> bytes:
    """What the codes and reports of the campaigns are signed with, in the clear: without it no
    code could be checked elsewhere."""
    found = {each.id: Secrets(each.code_key, each.signing_secret) for each in campaigns}
    return written(Keys(FORMAT, found))
