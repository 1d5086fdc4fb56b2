"""`goodword backtest`: a recorded history played again, its verdicts in a file."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from goodword.backtest import Line, backtest
from goodword.console import as_json, refuse, tell
from goodword.history import KEYS, AnyEvent, BadHistory, read_events, read_policy, read_world
from goodword.model import Verdict

_FILE = click.Path(path_type=Path, dir_okay=False)
_SET = f"Another policy than the default; KEY is one of {', '.join(KEYS)}."


def add_playback(main: click.Group) -> None:
    main.add_command(command)


@click.command("backtest")
@click.option("--events", required=True, type=_FILE, help="The history: JSON lines, oldest first.")
@click.option("--world", required=True, type=_FILE, help="What an operator knew: a JSON object.")
@click.option("--out", required=True, type=_FILE, help="Where the verdicts go, as JSON lines.")
@click.option("--set", "said", multiple=True, metavar="KEY=VALUE", help=_SET)
@as_json
def command(events: Path, world: Path, out: Path, said: tuple[str, ...], as_json: bool) -> None:
    """Play a recorded history again, and say what would have counted.

    It goes through the very code that decides in production, on the recorded clock and on an
    empty database of its own. Nothing of this installation is read or changed, and nothing is
    sent. Run it once more with --set and compare the two files.
    """
    try:
        policy, known, recorded = read_policy(said), read_world(world), read_events(events)
        lines = asyncio.run(backtest(recorded, known, policy, _progress))
        out.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    except BadHistory as error:
        refuse(f"backtest: {error}")
    except OSError as error:
        refuse(f"backtest: {out}: {error.strerror}")
    counts = _counts(recorded, lines)
    later = sum(line.final is not line.verdict for line in lines)
    facts = {"events": len(recorded), "out": str(out), "final": counts, "changed_later": later}
    tell(as_json, facts, _text(len(recorded), out, counts, later))


def _counts(recorded: Sequence[AnyEvent], lines: Sequence[Line]) -> dict[str, dict[str, int]]:
    """How many of each type ended in each verdict."""
    types = {event.id: event.kind for event in recorded}
    counted = Counter((types[line.id], line.final) for line in lines)
    found: dict[str, dict[str, int]] = {}
    for (kind, verdict), number in counted.items():
        found.setdefault(kind, {})[verdict.value] = number
    return found


def _text(events: int, out: Path, counts: dict[str, dict[str, int]], later: int) -> str:
    head = " " * 12 + "".join(f"{verdict:>10}" for verdict in Verdict)
    rows = [
        f"{kind:12}" + "".join(f"{verdicts.get(verdict, 0):>10,}" for verdict in Verdict)
        for kind, verdicts in counts.items()
    ]
    told = f"{events:,} events played; the verdicts are in {out}, {later:,} changed later on"
    return "\n".join([told, head, *rows])


def _progress(done: int, events: int) -> None:
    """Tells a person at a terminal how far it is; a log gets nothing of it."""
    if sys.stderr.isatty() and (done % 100 == 0 or done == events):
        end = "\n" if done == events else ""
        click.echo(f"\rgoodword: {done:,} of {events:,} events played", nl=False, err=True)
        click.echo(end, nl=False, err=True)
