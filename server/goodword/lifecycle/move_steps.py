"""The steps of an import: some rows are checked, written or taken back in one transaction.

Any process may take the next step, or two at once: each begins where the import says that it
stands, and ends by saying where it stands then.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from goodword.lifecycle.act import begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.move_back import close_some, take_back_some
from goodword.lifecycle.move_in import PART, facts_of
from goodword.lifecycle.move_judge import judge, read_rows
from goodword.lifecycle.move_write import write_rows
from goodword.model import Campaign, Import, ImportStatus, RowVerdict
from goodword.moving import record as imports
from goodword.storage import Unavailable

_GROWN = frozenset(PART * 10**n for n in range(5))
_COMES_IN = (RowVerdict.NEW, RowVerdict.KNOWN)
_PAUSE = 0.05
"""Seconds: SQLite lets who waits to write look again at least that often, at first."""

Progress = Callable[[Import], None]
log = logging.getLogger(__name__)


async def carry_on(context: Context) -> None:
    """Goes on with every import that something is left to do for. `Unavailable`."""
    async with context.storage.read() as db:
        waiting = await imports.busy(db)
    for job in waiting:
        try:
            await go_on(context, job)
        except Unavailable:
            raise
        except Exception:
            log.exception("import %s: this went wrong, and is tried again", job.id)


async def go_on(context: Context, job: Import, progress: Progress = lambda job: None) -> Import:
    """Step after step, until the import waits for a person again; between them others write."""
    while job.status in imports.BUSY:
        began = asyncio.get_running_loop().time()
        writes = job.status is not ImportStatus.CHECKING
        job = await step(context, job)
        progress(job)
        took = asyncio.get_running_loop().time() - began
        await asyncio.sleep(min(took / 2, _PAUSE) if writes else 0)
    return job


async def step(context: Context, job: Import) -> Import:
    """The import after its next step, or as others have left it."""
    campaign = await context.directory.by_id(job.campaign_id)
    if campaign is None:
        raise RuntimeError(f"{job.id} is of a campaign that is not there")
    stepped = await _STEPS[job.status](context, campaign, job)
    if stepped is not None:
        return stepped
    async with context.storage.read() as db:
        found = await imports.by_id(db, job.campaign_id, job.id)
    if found is None or found == job:
        raise RuntimeError(f"{job.id} lost its rows while it was worked on")
    return found


async def _check(context: Context, campaign: Campaign, job: Import) -> Import | None:
    plan = facts_of(job).plan
    async with context.storage.read() as db:
        part = await imports.part_at(db, job, job.done)
        if part is None:
            return None
        read = read_rows(plan, part.rows, job.changed_at)
        judged, known = await judge(db, campaign, job, plan, read)
    counts = Counter(each.row.verdict for each in judged)
    done = job.done + len(part.rows)
    async with context.storage.write() as db:
        after = await imports.change(
            db,
            job,
            done=done,
            status=ImportStatus.CHECKED if done >= job.rows else job.status,
            **{each.value: getattr(job, each.value) + counts[each] for each in RowVerdict},
        )
        if after is not None:
            await imports.put_rows(db, job, [each.row for each in judged])
            await imports.claim(db, job, known.claims)
            if done in _GROWN:
                await imports.know_sizes(db)
    return after


async def _write(context: Context, campaign: Campaign, job: Import) -> Import | None:
    """Judges some rows once more, in the transaction that writes them; they are read before."""
    async with context.storage.read() as db:
        part = await imports.part_at(db, job, job.done)
        kept = await imports.rows_of(db, job, part) if part else {}
    if part is None:
        return None
    plan, done = facts_of(job).plan, job.done + len(part.rows)
    wanted = [(n, cells) for n, cells in part.rows if kept[n].verdict in _COMES_IN]
    read = read_rows(plan, wanted, job.changed_at)
    async with begin(context, campaign, job.actor) as act:
        whole = done >= job.rows
        status = ImportStatus.DONE if whole else job.status
        ended = {"sample": "[]"} if whole else {}
        after = await imports.change(
            act.db, job, done=done, status=status, changed_at=act.at, **ended
        )
        if after is None:
            return None
        if read:
            keys = {n: kept[n].key for n, _ in read if kept[n].key}
            judged, _ = await judge(act.db, act.campaign, job, plan, read, keys)
            made = await write_rows(act, job, [e for e in judged if e.row.verdict in _COMES_IN])
            await imports.note_made(act.db, job, made)
            others = [each.row for each in judged if each.row.number not in made]
            await imports.change_rows(act.db, job, others)
        await imports.drop_part(act.db, job, part.first)
        if done in _GROWN:
            await imports.know_sizes(act.db)
        if whole:
            await act.log("campaign.import_written", kind=job.kind, rows=job.new + job.known)
    return after


_STEPS = {
    ImportStatus.CHECKING: _check,
    ImportStatus.WRITING: _write,
    ImportStatus.CLOSING: close_some,
    ImportStatus.UNDOING: take_back_some,
}
