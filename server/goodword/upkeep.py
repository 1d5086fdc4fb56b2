"""The commands that keep an installation well: `verify` and `backup`."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn

import click

from goodword.lifecycle.context import Context
from goodword.lifecycle.verify import ledger_size
from goodword.lifecycle.verify import verify as violations
from goodword.settings import BadSetting, load_settings
from goodword.storage.backup import NoBackup, back_up

Verb = Callable[[Context], Coroutine[Any, Any, None]]
Run = Callable[[Verb], None]
Refuse = Callable[[str], NoReturn]
_MEGABYTE = 1_000_000


def add_commands(main: click.Group, run: Run, refuse: Refuse) -> None:
    """Adds them to the command line; `run` opens the database, `refuse` ends with one line."""
    main.command("verify")(_verify(run, refuse))
    main.command("backup")(_backup(refuse))


def _verify(run: Run, refuse: Refuse) -> Callable[[bool], None]:
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    def verify(as_json: bool) -> None:
        """Check every ledger invariant; exit 1 and one line for each that fails.

        It reads only, and may run while goodword serves.
        """
        broken: list[int] = []

        async def check(context: Context) -> None:
            broken.append(await (_verify_json if as_json else _verify_text)(context))

        run(check)
        if broken[0]:
            refuse(
                f"verify: {broken[0]} violations. Keep a copy of the database as it is, then see"
                " `When verify finds something` in the docs on running goodword"
            )

    return verify


async def _verify_text(context: Context) -> int:
    """How many violations there are; each is told as it is found."""
    count = 0
    async for violation in violations(context):
        count += 1
        click.echo(str(violation))
    if not count:
        rows = (await ledger_size(context)).items()
        click.echo("all invariants hold: " + ", ".join(f"{n:,} {name}" for name, n in rows))
    return count


async def _verify_json(context: Context) -> int:
    found = [
        {"invariant": each.invariant, "id": each.row, "text": each.text}
        async for each in violations(context)
    ]
    rows = await ledger_size(context)
    click.echo(json.dumps({"ok": not found, "rows": rows, "violations": found}))
    return len(found)


def _backup(refuse: Refuse) -> Callable[[Path], None]:
    @click.argument("file", type=click.Path(path_type=Path))
    def backup(file: Path) -> None:
        """Copy the SQLite database to a new FILE, while goodword serves or not.

        The copy is consistent and checked. Keep the secret keys with it: without them it is
        refused.
        """
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            size = back_up(load_settings().database_url, file, _progress())
        except (BadSetting, NoBackup) as error:
            refuse(f"backup: {error}")
        click.echo(f"{file}: {size / _MEGABYTE:,.1f} MB, checked")

    return backup


def _progress() -> Callable[[int, int], None]:
    """Tells a person at a terminal how far it is; a log gets nothing of it."""
    shown = -1

    def show(done: int, pages: int) -> None:
        nonlocal shown
        percent = 100 * done // max(1, pages)
        if percent != shown and sys.stderr.isatty():
            shown = percent
            end = "\n" if done == pages else ""
            click.echo(f"\rgoodword: {percent} % copied{end}", nl=False, err=True)

    return show
