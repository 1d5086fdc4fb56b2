"""Moving in: a file is read into a waiting room, checked row by row, and written once a person
says so; all of it, in short transactions that the background work goes on with after a crash.

What is written of it is whole at every moment, and can be taken back as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import msgspec

from goodword.campaigns.decide import MOST_PARAMS, USUAL_PARAMS
from goodword.clock import DAY
from goodword.lifecycle.act import begin
from goodword.lifecycle.change import Changes, edit_campaign
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.model import Campaign, Import, ImportKind, ImportStatus
from goodword.moving import record as imports
from goodword.moving.fields import FIELDS, Plan
from goodword.moving.products import has_heading, questions, recognise
from goodword.moving.record import Numbered, Part
from goodword.sheets import MOST_ROWS, Layout, Unreadable, first_rows, layout_of, rows_of

PART = 200
"""So many rows are read, checked and written in one go."""

_SAMPLE = 20
_FORGET = 5_000
_WAITS = 7 * DAY
_KEPT = 90 * DAY


class NoSuchImport(LookupError):
    """The campaign has no import of that id."""


class NotNow(Exception):
    """The import stands where this can't be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an import is made of: the names of its columns, some rows, and its plan. `asks` are
    the things that only a person knows."""

    heading: list[str]
    sample: list[list[str]]
    plan: Plan
    asks: tuple[str, ...]


def facts_of(job: Import) -> Facts:
    heading: list[str] = msgspec.json.decode(job.heading)
    sample: list[list[str]] = msgspec.json.decode(job.sample)
    plan = msgspec.json.decode(job.plan, type=Plan)
    return Facts(heading, sample, plan, questions(plan, sample))


def column_name(facts: Facts, field: str) -> str:
    """What the file calls the column of a field, or what we call it where the file has none."""
    place = facts.plan.columns.get(field)
    if place is not None and place < len(facts.heading):
        return facts.heading[place]
    labels = {each.name: each.label for each in FIELDS[facts.plan.kind]}
    return labels.get(field, "")


async def find(context: Context, campaign: Campaign, import_id: str) -> Import:
    """The import as it stands. `NoSuchImport`."""
    async with context.storage.read() as db:
        job = await imports.by_id(db, campaign.id, import_id)
    if job is None:
        raise NoSuchImport(import_id)
    return job


# The waiting room ----------------------------------------------------------------------------


async def read_in(
    context: Context, campaign: Campaign, file: BinaryIO, name: str, actor: str, kind: str = ""
) -> Import:
    """Reads a file of rows into the waiting room; nothing of it counts yet. `Unreadable`.

    `kind` says what its rows are, where a person does; which column says what is guessed.
    """
    layout = await asyncio.to_thread(layout_of, file)
    first = await asyncio.to_thread(first_rows, file, layout)
    job = _new(context, campaign, first, name, actor, kind)
    async with context.storage.write() as db:
        await imports.add(db, job)
    try:
        rows = await _stage(context, job, file, layout)
    except Unreadable:
        await _forget(context, job)
        raise
    return await _change(context, job, status=ImportStatus.WAITING, rows=rows)


def _new(
    context: Context, campaign: Campaign, first: list[list[str]], name: str, actor: str, kind: str
) -> Import:
    now, named = context.now(), has_heading(first[0])
    heading = first[0] if named else [f"Column {n + 1}" for n in range(max(map(len, first)))]
    sample = first[1:] if named else first
    guess = recognise(heading, sample, campaign.currency, kind)
    params = tuple(dict.fromkeys((*campaign.params, *guess.plan.params)))
    plan = msgspec.structs.replace(guess.plan, heading=named, params=params)
    return Import(
        id=context.new_id("imp", now),
        campaign_id=campaign.id,
        kind=plan.kind,
        status=ImportStatus.READING,
        name=name[:200],
        product=guess.product,
        heading=msgspec.json.encode(heading).decode(),
        sample=msgspec.json.encode(sample[:_SAMPLE]).decode(),
        plan=msgspec.json.encode(plan).decode(),
        actor=actor,
        rows=0,
        done=0,
        round=0,
        new=0,
        known=0,
        left=0,
        wrong=0,
        problem="",
        deed_id=None,
        created_at=now,
        changed_at=now,
    )


async def _stage(context: Context, job: Import, file: BinaryIO, layout: Layout) -> int:
    """Keeps the rows in parts; how many there are."""
    rows = _numbered(file, layout, facts_of(job).plan.heading)
    count = 0
    try:
        while part := await asyncio.to_thread(_next, rows):
            async with context.storage.write() as db:
                await imports.put_part(db, job, Part(count, part))
            count += len(part)
    finally:
        rows.close()
    if not count:
        raise Unreadable("There is no row below its heading.")
    return count


def _next(rows: Iterator[Numbered]) -> list[Numbered]:
    return list(islice(rows, PART))


def _numbered(file: BinaryIO, layout: Layout, heading: bool) -> Generator[Numbered, None, None]:
    """The rows below the heading that say something, each with its number in a spreadsheet."""
    seen = False
    for number, cells in enumerate(rows_of(file, layout), 1):
        if number > MOST_ROWS + 1:
            raise Unreadable(f"It has more than {MOST_ROWS:,} rows. Send it in several files.")
        if not any(cell.strip() for cell in cells):
            continue
        if heading and not seen:
            seen = True
            continue
        yield number, cells


# What a person says --------------------------------------------------------------------------


async def guess_again(context: Context, campaign: Campaign, import_id: str, kind: str) -> Import:
    """Its rows are something else: the columns are guessed anew. `NoSuchImport`, `NotNow`."""
    job = await find(context, campaign, import_id)
    _only(job, ImportStatus.WAITING, ImportStatus.CHECKED)
    facts = facts_of(job)
    guess = recognise(facts.heading, facts.sample, campaign.currency, kind)
    plan = msgspec.structs.replace(guess.plan, heading=facts.plan.heading, params=facts.plan.params)
    return await _change(
        context,
        job,
        kind=plan.kind,
        product=guess.product,
        plan=msgspec.json.encode(plan).decode(),
        status=ImportStatus.WAITING,
    )


async def check(context: Context, campaign: Campaign, import_id: str, plan: Plan) -> Import:
    """Starts the dry run by this plan: what each row comes to. `NoSuchImport`, `NotNow`."""
    job = await find(context, campaign, import_id)
    _only(job, ImportStatus.WAITING, ImportStatus.CHECKED)
    if why := missing(plan):
        raise NotNow(why)
    return await _change(
        context,
        job,
        kind=plan.kind,
        plan=msgspec.json.encode(plan).decode(),
        status=ImportStatus.CHECKING,
        done=0,
        round=job.round + 1,
        **dict.fromkeys(("new", "known", "left", "wrong"), 0),
        problem="",
    )


def missing(plan: Plan) -> str:
    """Which column a plan can't do without; empty where it has what it needs."""
    known = {each.label for each in FIELDS[plan.kind] if each.name in plan.columns}
    has = plan.columns.keys()
    if plan.kind is ImportKind.REFERRERS and "email" not in has:
        return "Say which column has the e-mail."
    if plan.kind is ImportKind.LEADS and not has & {"email", "customer"}:
        return "Say which column has the friend's e-mail, or their customer id."
    if plan.kind is ImportKind.LEADS and not has & {"referrer_code", "referrer_email"}:
        return "Say which column names the referrer, by code or by e-mail."
    if plan.kind is ImportKind.REWARDS and not has & {"amount", "cents", "unit"}:
        return "Say which column has the amount."
    named = {"email", "customer", "referrer_code", "referrer_email"}
    if plan.kind is ImportKind.REWARDS and not has & named:
        return "Say which column names the friend or the referrer."
    return "" if known else "Say which column has what."


async def write(
    context: Context, campaign: Campaign, import_id: str, actor: str, leave_wrong: bool = False
) -> Import:
    """Starts to write what was checked; the audit trail says by whom. `NoSuchImport`, `NotNow`:
    rows that are wrong stop it, unless they are to be left out."""
    job = await find(context, campaign, import_id)
    _only(job, ImportStatus.CHECKED)
    if job.wrong and not leave_wrong:
        raise NotNow(f"{job.wrong:,} rows are wrong: correct them, or say that they are left out.")
    if not job.new + job.known:
        raise NotNow("Nothing in it is new.")
    async with begin(context, campaign, actor) as act:
        deed = await keep_deed(act, "import", "import", {job.id: job.kind}, job.name)
        deed_id = deed.id if deed else None
        changed = await imports.change(
            act.db, job, status=ImportStatus.WRITING, done=0, deed_id=deed_id, changed_at=act.at
        )
        if changed is None:
            raise NotNow("Somebody else went on with it: look again.")
    await _look_for_old_links(context, campaign, facts_of(job).plan, actor)
    return changed


async def _look_for_old_links(context: Context, campaign: Campaign, plan: Plan, actor: str) -> None:
    """The campaign remembers under which parameters the links of the old programme bring codes."""
    params = tuple(dict.fromkeys((*campaign.params, *plan.params)))[:MOST_PARAMS]
    if plan.kind is ImportKind.REFERRERS and set(params) - {*USUAL_PARAMS, *campaign.params}:
        await edit_campaign(context, campaign, Changes(params=params), actor)


async def drop(context: Context, campaign: Campaign, import_id: str) -> None:
    """Throws away what was not written. `NoSuchImport`, `NotNow`."""
    job = await find(context, campaign, import_id)
    before = (ImportStatus.READING, ImportStatus.WAITING, ImportStatus.CHECKED)
    _only(job, *before, ImportStatus.CHECKING)
    await _forget(context, await _change(context, job, status=ImportStatus.READING))


def _only(job: Import, *statuses: ImportStatus) -> None:
    if job.status not in statuses:
        raise NotNow(f"It is {STANDS[job.status]} already: look again.")


STANDS = {
    ImportStatus.READING: "being read",
    ImportStatus.WAITING: "waiting for its columns to be named",
    ImportStatus.CHECKING: "being checked",
    ImportStatus.CHECKED: "checked",
    ImportStatus.WRITING: "being written",
    ImportStatus.DONE: "written",
    ImportStatus.CLOSING: "being taken back",
    ImportStatus.UNDOING: "being taken back",
    ImportStatus.UNDONE: "taken back",
}
"""Where an import stands, in words."""


async def _change(context: Context, job: Import, **values: object) -> Import:
    async with context.storage.write() as db:
        changed = await imports.change(db, job, **values, changed_at=context.now())
    if changed is None:
        raise NotNow("Somebody else went on with it: look again.")
    return changed


async def _forget(context: Context, job: Import) -> None:
    """Removes an import of which nothing was written."""
    await _forget_rows(context, job)
    async with context.storage.write() as db:
        await imports.remove(db, job)


async def _forget_rows(context: Context, job: Import) -> None:
    left = True
    while left:
        async with context.storage.write() as db:
            left = await imports.forget_rows(db, job, _FORGET)


async def tidy(context: Context) -> None:
    """Forgets files that nobody went on with for 7 days, and the rows of what was written 90 days
    ago: from then on it can't be taken back any more."""
    now = context.now()
    async with context.storage.read() as db:
        stale = await imports.stale(db, now - _WAITS)
        settled = await imports.settled(db, now - _KEPT)
    for job in stale:
        await _forget(context, job)
    for job in settled:
        await _forget_rows(context, job)
