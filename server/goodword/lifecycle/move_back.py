"""An import is taken back as a whole, while nothing has happened with what it brought."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.access import deeds
from goodword.activity import record as activity
from goodword.campaigns import record as campaigns
from goodword.clock import SECOND
from goodword.leads import counts
from goodword.leads import many as leads
from goodword.lifecycle.act import Act, begin
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.directory import bump
from goodword.lifecycle.move_in import NotNow, find
from goodword.lifecycle.move_write import stand_in, told_of
from goodword.model import Campaign, Import, ImportKind, ImportRow, ImportStatus
from goodword.moving import record as imports
from goodword.qualification import many as conversions
from goodword.referrers import many as referrers
from goodword.rewards import many as rewards
from goodword.rewards import sums

SEEN_WITHIN = 3 * SECOND
"""By then every process knows that codes are closed, and takes no visit through them."""

_SOME = 500
_NAMED = 5


async def take_back(context: Context, campaign: Campaign, import_id: str, actor: str) -> Import:
    """Starts to take an import back. `NoSuchImport`; `NotNow` where something has happened since
    with what it brought, or it is too long ago."""
    job = await find(context, campaign, import_id)
    if job.status is not ImportStatus.DONE:
        raise NotNow("Only an import that is written can be taken back.")
    async with context.storage.read() as db:
        if not await imports.has_rows(db, job):
            raise NotNow("It is more than 90 days ago: what it brought stays.")
        rows = await _touched_rows(db, job)
    if rows:
        told = ", ".join(f"{number:,}" for number in rows[:_NAMED])
        more = " and others" if len(rows) > _NAMED else ""
        raise NotNow(
            f"Something has happened since with what these rows brought: {told}{more}. It stays:"
            " disable, reject or cancel by hand what should not count."
        )
    first = job.kind is ImportKind.REFERRERS
    async with begin(context, campaign, actor) as act:
        status = ImportStatus.CLOSING if first else ImportStatus.UNDOING
        after = await imports.change(act.db, job, status=status, done=0, changed_at=act.at)
        if after is None:
            raise NotNow("Somebody else went on with it: look again.")
        deed = await deeds.by_id(act.db, campaign.id, job.deed_id or "")
        if deed is not None:
            await deeds.mark_undone(act.db, deed, act.at)
        await keep_deed(act, "undo", "import", {job.id: job.kind}, job.name, undoes=deed)
    return after


async def _touched_rows(db: AsyncConnection, job: Import) -> list[int]:
    """The first rows with whose things something has happened; a few, or none."""
    after = 0
    while rows := await imports.made_after(db, job, after, _SOME):
        after = rows[-1].number
        touched = await _TOUCHED[job.kind](db, job, _ids(rows))
        if touched:
            return [row.number for row in rows if row.made in touched]
    return []


def _ids(rows: Sequence[ImportRow]) -> list[str]:
    return list(dict.fromkeys(row.made for row in rows if row.made))


async def _referrers(db: AsyncConnection, job: Import, ids: list[str]) -> set[str]:
    return await referrers.touched(db, job.campaign_id, job.id, ids)


async def _leads(db: AsyncConnection, job: Import, ids: list[str]) -> set[str]:
    campaign = job.campaign_id
    told = await activity.touched(db, campaign, ids)
    said = await conversions.touched(db, campaign, job.id, ids)
    return told | said | await rewards.rewarded(db, campaign, ids)


async def _rewards(db: AsyncConnection, job: Import, ids: list[str]) -> set[str]:
    return await rewards.touched(db, job.campaign_id, ids)


_TOUCHED: dict[ImportKind, Callable[[AsyncConnection, Import, list[str]], Awaitable[set[str]]]] = {
    ImportKind.REFERRERS: _referrers,
    ImportKind.LEADS: _leads,
    ImportKind.REWARDS: _rewards,
}


async def close_some(context: Context, campaign: Campaign, job: Import) -> Import | None:
    """Closes the codes of some referrers, so that nobody arrives through what is about to go."""
    async with begin(context, campaign, job.actor) as act:
        rows = await imports.made_after(act.db, job, job.done, _SOME)
        done = rows[-1].number if rows else 0
        status = ImportStatus.CLOSING if rows else ImportStatus.UNDOING
        after = await imports.change(act.db, job, done=done, status=status)
        if after is None:
            return None
        if rows:
            await referrers.close(act.db, campaign.id, job.id, _ids(rows), job.changed_at)
        await bump(act.db)
    if not rows:
        await asyncio.sleep(SEEN_WITHIN / 1000)
    return after


async def take_back_some(context: Context, campaign: Campaign, job: Import) -> Import | None:
    """Takes some rows back. What was touched in the very last moment stays, and is told."""
    async with begin(context, campaign, job.actor) as act:
        rows = await imports.made_after(act.db, job, job.done, _SOME)
        ids = _ids(rows)
        touched = await _TOUCHED[job.kind](act.db, job, ids) if rows else set()
        left = sum(row.made in touched for row in rows)
        problem = job.problem
        if left:
            problem = f"{problem} {left:,} stay: something happened with them meanwhile.".strip()
        done = rows[-1].number if rows else job.done
        status = ImportStatus.UNDOING if rows else ImportStatus.UNDONE
        after = await imports.change(act.db, job, done=done, status=status, problem=problem)
        if after is None:
            return None
        if rows:
            await _REMOVE[job.kind](act, job, [each for each in ids if each not in touched])
            if touched and job.kind is ImportKind.REFERRERS:
                await referrers.open_again(
                    act.db, campaign.id, job.id, sorted(touched), job.changed_at
                )
        else:
            await _end(act, job)
    return after


async def _end(act: Act, job: Import) -> None:
    if job.kind is ImportKind.REWARDS and not job.problem:
        await campaigns.remove_rule(act.db, act.campaign.id, stand_in(job))
    await act.log("campaign.import_undone", kind=job.kind, rows=job.new + job.known)
    await bump(act.db)


async def _remove_referrers(act: Act, job: Import, ids: list[str]) -> None:
    await counts.forget_none(act.db, act.campaign.id, ids)
    await sums.forget_none(act.db, act.campaign.id, ids)
    await referrers.remove(act.db, act.campaign.id, job.id, ids)
    await activity.forget(act.db, act.campaign.id, [told_of(each) for each in ids])


async def _remove_leads(act: Act, job: Import, ids: list[str]) -> None:
    await conversions.remove(act.db, act.campaign.id, job.id, ids)
    await activity.forget_import(act.db, act.campaign.id, ids)
    await leads.remove(act.db, act.campaign.id, ids)


async def _remove_rewards(act: Act, job: Import, ids: list[str]) -> None:
    """The rewards, and then the leads and conversions that were made for them alone."""
    db, campaign = act.db, act.campaign.id
    theirs = sorted(await rewards.leads_of(db, campaign, ids))
    await rewards.remove(db, campaign, ids)
    await activity.forget_rewards(db, campaign, theirs, ids)
    bare = set(theirs) - await rewards.rewarded(db, campaign, theirs)
    await conversions.remove(db, campaign, job.id, sorted(bare))
    brought = sorted(await leads.brought_by(db, campaign, job.id, bare))
    touched = await _leads(db, job, brought)
    await _remove_leads(act, job, [each for each in brought if each not in touched])


_REMOVE: dict[ImportKind, Callable[[Act, Import, list[str]], Awaitable[None]]] = {
    ImportKind.REFERRERS: _remove_referrers,
    ImportKind.LEADS: _remove_leads,
    ImportKind.REWARDS: _remove_rewards,
}
