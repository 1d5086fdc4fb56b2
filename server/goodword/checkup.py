"""`goodword integrations check`: why a referral does not qualify through an integration."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from goodword.console import as_json, campaign_of, refuse, run, tell
from goodword.integrations import SYSTEMS
from goodword.integrations import record as integrations
from goodword.lifecycle.checklist import Line, checklist
from goodword.lifecycle.context import Context
from goodword.lifecycle.set_up import Refused

_SIGNS = {True: "✓", False: "✗", None: "·"}


def add_checks(main: click.Group) -> None:
    main.add_command(group)


@click.group("integrations")
def group() -> None:
    """Connections to CRMs and payment systems."""


@group.command("check")
@click.option("--campaign", "campaign_id", required=True, help="The campaign's id.")
@click.option("--system", help="One system only, such as hubspot.")
@click.option("--lead", "lead_id", default="", help="Why this lead did not qualify.")
@as_json
def check(campaign_id: str, system: str | None, lead_id: str, as_json: bool) -> None:
    """Ask every integration whether it works now, and say what to do; exit 1 if one does not."""

    async def look(context: Context) -> None:
        found = await campaign_of(context, campaign_id)
        async with context.storage.read() as db:
            known = await integrations.of_campaign(db, found.id)
        wanted = [each for each in known if system in (None, each.system)]
        if not wanted:
            raise Refused("system", "no such integration: connect one under Set-up, Integrations")
        lines = {
            SYSTEMS[each.system].title: await checklist(context, found, each, lead_id, live=True)
            for each in wanted
        }
        facts = {"integrations": {title: _facts(some) for title, some in lines.items()}}
        tell(as_json, facts, "\n\n".join(_text(*each) for each in lines.items()))
        if any(line.ok is False for some in lines.values() for line in some):
            refuse("not everything is in order; what to do is said above")

    run(look)


def _facts(lines: list[Line]) -> list[dict[str, object]]:
    return [
        {
            "question": line.question,
            "ok": line.ok,
            "answer": line.answer,
            "next": line.step or None,
            "at": _moment(line.at) or None,
        }
        for line in lines
    ]


def _moment(at: int | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(title: str, lines: list[Line]) -> str:
    shown = [title]
    for line in lines:
        at = f" ({_moment(line.at)})" if line.at else ""
        shown.append(f"  {_SIGNS[line.ok]} {line.question} {line.answer}{at}")
        shown += [f"      Next: {line.step}"] if line.step else []
    return "\n".join(shown)
