"""The commands that move programmes in and out."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec

from goodword.console import as_json, campaign_of, run
from goodword.export import bring_in, export, exported
from goodword.lifecycle.context import Context
from goodword.lifecycle.move_back import take_back
from goodword.lifecycle.move_in import (
    STANDS,
    Facts,
    NoSuchImport,
    NotNow,
    check,
    column_name,
    drop,
    facts_of,
    read_in,
    write,
)
from goodword.lifecycle.move_steps import go_on
from goodword.lifecycle.set_up import COMMAND_LINE, Refused
from goodword.model import Campaign, Import, ImportKind, ImportRow, RowVerdict
from goodword.moving import record as imports
from goodword.moving.fields import FIELDS, Plan
from goodword.sheets import Unreadable, guarded, heading_word

_SHOWN = 20
_MOST = 1_000
_WORDS = {
    RowVerdict.NEW: "new",
    RowVerdict.KNOWN: "known, and get a code more",
    RowVerdict.LEFT: "come to nothing",
    RowVerdict.WRONG: "wrong",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said on the command line of how a file is to be read, and what to do with it."""

    kind: str
    columns: Mapping[str, str]
    dates: str | None
    decimal: str | None
    currency: str | None
    capitals: bool
    unnamed: bool
    leave_wrong: bool
    only_check: bool
    yes: bool
    report: Path | None
    as_json: bool


def add_moving(main: click.Group) -> None:
    main.add_command(import_)
    main.add_command(export)


@click.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--campaign", "campaign_id", help="The campaign's id; not for an exported FILE.")
@click.option(
    "--kind",
    type=click.Choice([each.value for each in ImportKind]),
    help="Default: by its columns.",
)
@click.option("--map", "mapped", multiple=True, metavar="FIELD=COLUMN", help="email=Mail")
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="What 01/02/2026 is.")
@click.option("--decimal", type=click.Choice([".", ","]), help="The sign before the cents.")
@click.option("--currency", help="Where a row names none; default: the campaign's.")
@click.option("--capitals", is_flag=True, help="aB and ab are codes of different people.")
@click.option("--unnamed", is_flag=True, help="Take rewards that name no friend.")
@click.option("--leave-wrong", is_flag=True, help="Import without the rows that are wrong.")
@click.option("--report", type=click.Path(path_type=Path), help="Write what each row comes to.")
@click.option("--check", "only_check", is_flag=True, help="Only look: write nothing.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option(
    "--keys",
    type=click.Path(exists=True, path_type=Path),
    help="The keys of an exported FILE; default: FILE.keys.",
)
@click.option("--take-back", "undo", metavar="IMPORT", help="Take an import back instead.")
@as_json
def import_(
    file: Path | None,
    campaign_id: str | None,
    kind: str | None,
    mapped: tuple[str, ...],
    keys: Path | None,
    undo: str | None,
    **said: Any,
) -> None:
    """Move in a CSV FILE of another programme: its referrers with their codes, then the
    friends they brought, then the rewards.

    Every row is checked first, and nothing is written before you say so. Old codes keep
    working; what was paid there is never paid again; nobody is told.

    A FILE of `goodword export` moves in with everything, all of it or nothing; what is here
    already stays as it is.
    """
    if (file is None) is (undo is None):
        raise click.UsageError("name a FILE, or an import with --take-back")
    wishes = Wishes(kind=kind or "", columns=_pairs(mapped), **said)
    whole = exported(file) if file else None
    if whole is None and campaign_id is None:
        raise click.UsageError("name the campaign with --campaign")

    async def move(context: Context) -> None:
        try:
            if whole is not None:
                await bring_in(context, whole, keys, wishes.as_json)
                return
            campaign = await campaign_of(context, campaign_id or "")
            if undo is not None:
                await _take_back(context, campaign, undo, wishes)
            elif file is not None:
                await _bring(context, campaign, file, wishes)
        except (Unreadable, NotNow) as error:
            raise Refused("import", str(error)) from error
        except NoSuchImport as error:
            raise Refused("import", f"this campaign has no import {error}") from error

    run(move)


def _pairs(mapped: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for each in mapped:
        field, sign, column = each.partition("=")
        if not sign:
            raise click.UsageError(f"--map {each}: write FIELD=COLUMN, such as email=Mail")
        pairs[field.strip()] = column.strip()
    return pairs


async def _bring(context: Context, campaign: Campaign, file: Path, wishes: Wishes) -> None:
    with file.open("rb") as content:
        job = await read_in(context, campaign, content, file.name, COMMAND_LINE, wishes.kind)
    try:
        plan = _plan(facts_of(job), wishes)
        job = await check(context, campaign, job.id, plan)
        job = await go_on(context, job, _progress("checked"))
        await _tell(context, job, wishes)
        if not await _may_write(job, wishes):
            await drop(context, campaign, job.id)
            return
        job = await write(context, campaign, job.id, COMMAND_LINE, wishes.leave_wrong)
    except (Refused, NotNow):
        await drop(context, campaign, job.id)
        raise
    job = await go_on(context, job, _progress("written"))
    if wishes.as_json:
        click.echo(json.dumps(_facts(job)))
    else:
        click.echo(f"import {job.id} is {STANDS[job.status]}: {job.new + job.known:,} rows")


def _plan(facts: Facts, wishes: Wishes) -> Plan:
    """The plan by the file's columns, and by what was said. `Refused`."""
    columns = dict(facts.plan.columns)
    names = [heading_word(name) for name in facts.heading]
    known = {each.name for each in FIELDS[facts.plan.kind]}
    for field, column in wishes.columns.items():
        if field not in known:
            raise Refused("map", f"{field!r} is none of {', '.join(sorted(known))}")
        if not column:
            columns.pop(field, None)
        elif heading_word(column) not in names:
            raise Refused("map", f"the file has no column {column!r}: {', '.join(facts.heading)}")
        else:
            columns[field] = names.index(heading_word(column))
    return msgspec.structs.replace(
        facts.plan,
        columns=columns,
        dates=wishes.dates or "",
        decimal=wishes.decimal or "",
        currency=(wishes.currency or facts.plan.currency).upper(),
        capitals=wishes.capitals or facts.plan.capitals,
        unnamed=wishes.unnamed,
    )


async def _tell(context: Context, job: Import, wishes: Wishes) -> None:
    """What the dry run found, in words or as JSON, and the report where one is wanted."""
    if wishes.report is not None:
        await _report(context, job, wishes.report)
    problems = await _rows(context, job, RowVerdict.WRONG, _MOST if wishes.as_json else _SHOWN)
    if wishes.as_json:
        if wishes.only_check or (job.wrong and not wishes.leave_wrong):
            click.echo(json.dumps(_facts(job) | {"problems": problems}))
        return
    facts = facts_of(job)
    click.echo(f"{job.name}: {job.kind}{f' of {job.product}' if job.product else ''}")
    for each in FIELDS[job.kind]:
        if each.name in facts.plan.columns:
            click.echo(f"  {each.label}: column {column_name(facts, each.name)!r}")
    counts = {each: getattr(job, each.value) for each in RowVerdict}
    told = ", ".join(f"{count:,} {_WORDS[each]}" for each, count in counts.items() if count)
    click.echo(f"{job.rows:,} rows: {told}")
    for problem in problems:
        click.echo(f"  row {problem['row']:,}, {problem['column'] or 'row'}: {problem['why']}")
    if job.wrong > len(problems):
        click.echo(f"  and {job.wrong - len(problems):,} more; --report FILE names them all")


async def _rows(
    context: Context, job: Import, verdict: RowVerdict, limit: int
) -> list[dict[str, Any]]:
    facts = facts_of(job)
    async with context.storage.read() as db:
        rows = await imports.page(db, job, [verdict], 0, limit)
    return [_problem(facts, row) for row in rows]


def _problem(facts: Facts, row: ImportRow) -> dict[str, Any]:
    return {"row": row.number, "column": column_name(facts, row.column), "why": row.detail}


async def _report(context: Context, job: Import, file: Path) -> None:
    """Every row and what it comes to, as CSV."""
    facts, after = facts_of(job), 0
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(("Row", "Comes to", "Column", "Why"))
        while True:
            async with context.storage.read() as db:
                rows = await imports.page(db, job, tuple(RowVerdict), after, _MOST)
            if not rows:
                return
            for row in rows:
                said = (column_name(facts, row.column), row.detail)
                lines.writerow((row.number, row.verdict.value, *map(guarded, said)))
            after = rows[-1].number


async def _may_write(job: Import, wishes: Wishes) -> bool:
    if wishes.only_check:
        return False
    if job.wrong and not wishes.leave_wrong:
        raise Refused(
            "import",
            f"{job.wrong:,} rows are wrong, so nothing was imported: correct them, or add"
            " --leave-wrong",
        )
    if wishes.yes or not job.new + job.known:
        return True
    if not sys.stdin.isatty():
        raise Refused("import", "nothing was imported: add --yes to write it")
    return click.confirm(f"Import {job.new + job.known:,} rows?", err=True)


async def _take_back(context: Context, campaign: Campaign, id_: str, wishes: Wishes) -> None:
    job = await take_back(context, campaign, id_, COMMAND_LINE)
    job = await go_on(context, job, _progress("taken back"))
    told = f"import {job.id} is {STANDS[job.status]}. {job.problem}".strip()
    click.echo(json.dumps(_facts(job)) if wishes.as_json else told)


def _facts(job: Import) -> dict[str, Any]:
    names = ("id", "campaign_id", "kind", "product", "status", "rows", "problem")
    counts = {each.value: getattr(job, each.value) for each in RowVerdict}
    return {name: getattr(job, name) for name in names} | counts


def _progress(done: str) -> Callable[[Import], None]:
    """Tells a person at a terminal how far it is; a log gets nothing of it."""
    last = False

    def show(job: Import) -> None:
        nonlocal last
        if not sys.stderr.isatty() or last:
            return
        seen = min(job.done, job.rows)
        last = job.status not in imports.BUSY
        end = "\n" if last else ""
        click.echo(f"\rgoodword: {seen:,} of {job.rows:,} rows {done}{end}", nl=False, err=True)

    return show
