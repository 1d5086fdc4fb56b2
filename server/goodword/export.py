"""The command that takes everything out, and how its file is brought in again."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from goodword.console import as_json, campaign_of, refuse, run, tell
from goodword.lifecycle.context import Context
from goodword.lifecycle.move_out import Progress, Shape, everything, keys_of, note_export
from goodword.lifecycle.move_whole import Whole, move_whole_in, whole_of
from goodword.lifecycle.set_up import COMMAND_LINE, Refused
from goodword.model import Campaign
from goodword.moving.whole import Keys, read_keys
from goodword.sheets import Unreadable

_MEGABYTE = 1_000_000
_WITH_CSV = {".zip": Shape.TABLES}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--campaign", "campaign_id", help="One campaign; default: all of them.")
@click.option(
    "--format",
    "shape",
    type=click.Choice([each.value for each in Shape]),
    help="JSON lines, or a zip of CSV files; default: csv where FILE ends in .zip.",
)
@click.option(
    "--keys", type=click.Path(path_type=Path), help="Where the keys go; default: FILE.keys."
)
@as_json
def export(
    file: Path, campaign_id: str | None, shape: str | None, keys: Path | None, as_json: bool
) -> None:
    """Take everything out into a new FILE, which `goodword import` brings in elsewhere.

    No secret is in it. What codes are signed with goes into a file of its own: whoever has it
    can make codes, so keep it apart, and take it along when you move.
    """
    wanted = Shape(shape) if shape else _WITH_CSV.get(file.suffix, Shape.LINES)
    keys = keys or file.with_name(f"{file.name}.keys")

    async def take(context: Context) -> None:
        campaigns = await _campaigns(context, campaign_id)
        for each in (file, keys):
            if each.exists():
                raise Refused("export", f"{each} is there already: choose another name")
        try:
            await _write(context, campaigns, wanted, file)
            with _new(keys) as out:
                out.write(keys_of(campaigns))
        except OSError as error:
            raise Refused("export", f"{error.filename or file}: {error.strerror}") from error
        await note_export(context, campaigns, COMMAND_LINE, "everything, and its keys")
        facts = {"file": str(file), "keys": str(keys), "campaigns": [each.id for each in campaigns]}
        size = file.stat().st_size / _MEGABYTE
        tell(as_json, facts, f"{file}: {size:,.1f} MB; its keys are in {keys}: keep them apart")

    run(take)


async def _campaigns(context: Context, campaign_id: str | None) -> list[Campaign]:
    found = [await campaign_of(context, campaign_id)] if campaign_id else context.directory.all()
    if not found:
        raise Refused("export", "there is no campaign yet, so there is nothing to export")
    return found


async def _write(context: Context, campaigns: Sequence[Campaign], shape: Shape, file: Path) -> None:
    """The file has its name once it is whole."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with _new(part) as out:
        async for some in everything(context, campaigns, shape, _progress("written")):
            out.write(some)
    part.rename(file)


def _new(file: Path) -> BinaryIO:
    """A new file that nobody else may read."""
    return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def exported(file: Path) -> Whole | None:
    """The file as one that `export` wrote; None for any other. It stays open."""
    try:
        return whole_of(file.open("rb"))
    except Unreadable as error:
        refuse(f"import: {file}: {error}")


async def bring_in(context: Context, found: Whole, keys: Path | None, as_json: bool) -> None:
    """Moves in whatever of the file is not here yet. `Refused`, `Unreadable`."""
    progress = _progress("read")
    new = await move_whole_in(context, found, _keys(found, keys), COMMAND_LINE, progress)
    known = [id_ for id_ in found.head.campaigns if id_ not in new]
    names = ", ".join(found.head.campaigns[id_] for id_ in new)
    text = f"moved in: {names}" if new else "nothing is new: all of it is here already"
    tell(as_json, {"campaigns": new, "known": known, "rows": found.head.total}, text)


def _keys(found: Whole, said: Path | None) -> Keys | None:
    """The keys from the file that was named, or from the one beside it."""
    file = said or Path(f"{found.file.name}.keys")
    if said is None and not file.exists():
        return None
    try:
        return read_keys(file.read_bytes())
    except OSError as error:
        raise Refused("keys", f"{file}: {error.strerror}") from error


def _progress(done_word: str) -> Progress:
    """Tells a person at a terminal how far it is; a log gets nothing of it."""

    def show(done: int, rows: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done >= rows else ""
            click.echo(
                f"\rgoodword: {done:,} of {rows:,} rows {done_word}{end}", nl=False, err=True
            )

    return show
