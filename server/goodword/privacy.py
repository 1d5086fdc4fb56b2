"""`goodword person`: what is kept of an address, and to forget it."""

from __future__ import annotations

import click

from goodword.console import as_json, run, tell
from goodword.lifecycle.context import Context
from goodword.lifecycle.erase import erase, kept_of
from goodword.lifecycle.set_up import Refused
from goodword.model import is_email


def add_privacy(main: click.Group) -> None:
    main.add_command(group)


@click.group("person")
def group() -> None:
    """What is kept of a person, and to forget them."""


def _checked(email: str) -> str:
    if not is_email(email):
        raise Refused("EMAIL", f"{email!r} is no address, such as ada@example.com")
    return email


@group.command("export")
@click.argument("email")
def export(email: str) -> None:
    """Print every row that has the address, in every campaign, as JSON lines."""

    async def show(context: Context) -> None:
        click.echo(await kept_of(context, _checked(email)), nl=False)

    run(show)


@group.command("erase")
@click.argument("email")
@as_json
def erase_person(email: str, as_json: bool) -> None:
    """Forget the address in every campaign; the ledger stays under a pseudonym. No way back."""

    async def forget(context: Context) -> None:
        done = await erase(context, _checked(email), "command line")
        facts = {"leads": done.leads, "referrers": done.referrers, "rows": done.rows}
        text = f"erased: {done.leads} leads, {done.referrers} referrers, {done.rows} other rows"
        tell(as_json, facts, text)

    run(forget)
