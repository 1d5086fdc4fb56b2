"""The command line: `goodword`, also `python -m goodword`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from typing import Any

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from goodword import __version__
from goodword.campaigns.decide import LONGEST_WINDOW
from goodword.campaigns.rules import LONGEST_DELAY
from goodword.checkup import add_checks
from goodword.clock import DAY
from goodword.console import as_json, campaign_of, refuse, run, tell
from goodword.import_export import add_moving
from goodword.lifecycle import test_run
from goodword.lifecycle.admit import create_admin, create_api_key, setup_link
from goodword.lifecycle.context import Context
from goodword.lifecycle.links import code_of, hop_link, link
from goodword.lifecycle.set_up import (
    DEFAULT_DELAY,
    DEFAULT_WINDOW,
    NewCampaign,
    Refused,
    create_campaign,
    create_referrer,
    https_advice,
    remember_address,
    set_paused,
)
from goodword.model import Campaign, Evidence, Recipient, Role, read_amount
from goodword.playback import add_playback
from goodword.privacy import add_privacy
from goodword.settings import BadSetting, Settings, load_settings
from goodword.upkeep import add_commands
from goodword.worker import work

RECIPIENTS = {
    "referrer": (Recipient.REFERRER,),
    "lead": (Recipient.LEAD,),
    "both": (Recipient.REFERRER, Recipient.LEAD),
}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="goodword")
def main() -> None:
    """Referral tracking whose count is right.

    First steps: `goodword serve` starts the server and prints an address to make the first
    admin; `goodword campaign create` makes a campaign; its tag page shows what to paste.
    Settings come from GOODWORD_* variables and a .env file.
    """


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes."
)
@click.option("--no-worker", is_flag=True, help="Leave background work to `goodword worker`.")
def serve(host: str, port: int, workers: int, no_worker: bool) -> None:
    """Serve scripts, hits, reports and the admin pages."""
    from goodword.app import Goodword  # noqa: PLC0415 (no other command waits for all its pages)

    listening = _listen(host, port)
    settings = _serving(_address(host, listening.getsockname()[1]))
    run(_greet, settings)
    config = uvicorn.Config(
        Goodword(settings, worker=not no_worker),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=10,
        workers=workers,
    )
    server = uvicorn.Server(config)
    if workers > 1:
        Multiprocess(config, sockets=[listening]).run()
    else:
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _address(host: str, port: int) -> str:
    """How a browser on this machine reaches it; a wildcard is no address to open."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104 (not bound here)
    return f"http://{shown or (f'[{host}]' if ':' in host else host)}:{port}"


def _serving(address: str) -> Settings:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return load_settings(listening_on=address)
    except BadSetting as error:
        refuse(str(error))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        refuse(f"--host {host} --port {port}: {error.strerror}; choose another with --port")
    listening.listen(2048)
    listening.set_inheritable(True)
    return listening


async def _greet(context: Context) -> None:
    """What whoever starts a server wants to know first."""
    await remember_address(context)
    url = context.settings.public_url
    click.echo(f"goodword: serving {url} (admin pages at {url}/admin/)", err=True)
    first = await setup_link(context)
    if first is not None:
        click.echo(f"goodword: no admin yet; make the first one at {first}", err=True)


@main.command()
def worker() -> None:
    """Run only the background work, beside `serve --no-worker`."""
    run(work)


@main.command()
def migrate() -> None:
    """Bring the database to this version; every other command does so too."""

    async def done(context: Context) -> None:
        click.echo("the database is up to date")

    run(done)


@main.group()
def admin() -> None:
    """People who may see the admin pages."""


@admin.command("create")
@click.option("--email", required=True, help="Address to log in with.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--role",
    type=click.Choice([each.value for each in Role]),
    default=Role.OWNER.value,
    show_default=True,
    help="What they may do: all, the daily work, or only look.",
)
@as_json
def admin_create(email: str, password_stdin: bool, role: str, as_json: bool) -> None:
    """Make an admin; without --password-stdin a password is made and printed once."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None

    async def create(context: Context) -> None:
        made, shown = await create_admin(context, email, password, Role(role))
        facts = {"id": made.id, "email": made.email, "role": made.role}
        facts |= {"password": shown} if shown else {}
        text = f"admin {made.email}" + (f"\npassword {shown} (shown once)" if shown else "")
        tell(as_json, facts, text)

    run(create)


@main.group()
def campaign() -> None:
    """Referral programmes, one for each site."""


@campaign.command("create")
@click.option("--name", required=True, help="What people call it.")
@click.option("--origin", "origins", required=True, multiple=True, help="https://shop.example")
@click.option("--landing", default="", help="Page that links lead to; default: the first origin.")
@click.option("--reward", help="Amount that a qualified referral earns, such as 10.00.")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code.")
@click.option(
    "--reward-for",
    type=click.Choice(list(RECIPIENTS)),
    default="referrer",
    show_default=True,
)
@click.option(
    "--delay",
    default=DEFAULT_DELAY // DAY,
    show_default=True,
    type=click.IntRange(0, LONGEST_DELAY),
    help="Days before the reward may be issued: time to see refunds.",
)
@click.option(
    "--window",
    default=DEFAULT_WINDOW // DAY,
    show_default=True,
    type=click.IntRange(1, LONGEST_WINDOW),
    help="Days that a visit counts, until the friend becomes a lead.",
)
@click.option(
    "--least-evidence",
    default="E1",
    show_default=True,
    type=click.Choice(["E1", "E2", "E3", "E4"]),
    help="A conversion that is less sure qualifies nobody until a person confirms it:"
    " E1 reported by the browser after a visit, E2 signed by your server, E3 called by your"
    " server, E4 confirmed by a payment.",
)
@as_json
def campaign_create(
    name: str,
    origins: tuple[str, ...],
    landing: str,
    reward: str | None,
    currency: str,
    reward_for: str,
    delay: int,
    window: int,
    least_evidence: str,
    as_json: bool,
) -> None:
    """Make a campaign and print its site key."""
    amount = read_amount(reward, currency)
    if amount.unreadable or read_amount("1", currency).unreadable:
        refuse(f"--reward {reward} --currency {currency}: write an amount such as 10.00 and EUR")
    new = NewCampaign(
        name=name,
        origins=origins,
        landing=landing,
        reward=amount.money,
        recipients=RECIPIENTS[reward_for],
        currency=currency.upper(),
        delay=delay * DAY,
        window=window * DAY,
        least_evidence=Evidence(int(least_evidence[1:])),
    )

    async def create(context: Context) -> None:
        made = await create_campaign(context, new, "command line")
        if amount.money is None:
            click.echo("warning: no --reward: qualifying pays nothing", err=True)
        if advice := https_advice(context.settings.public_url, made):
            click.echo(f"warning: {advice}", err=True)
        tell(as_json, campaign_facts(made), _campaign_text(context, made))

    run(create)


def campaign_facts(made: Campaign) -> dict[str, Any]:
    return {
        "id": made.id,
        "slug": made.slug,
        "site_key": made.site_key,
        "signing_secret": made.signing_secret,
        "name": made.name,
        "status": made.status,
        "origins": list(made.origins),
        "landing": made.landing,
        "window_days": made.window // DAY,
        "currency": made.currency,
        "least_evidence": f"E{made.least_evidence.value}",
    }


def _campaign_text(context: Context, made: Campaign) -> str:
    url = context.settings.public_url
    return (
        f"campaign {made.id} ({made.name})\nsite key {made.site_key}\n"
        f'tag <script async src="{url}/gw.js" data-site="{made.site_key}"></script>'
    )


def _pausing(campaign_id: str, paused: bool, as_json: bool) -> None:
    async def change(context: Context) -> None:
        found = await campaign_of(context, campaign_id)
        await set_paused(context, found, paused, "command line")
        status = "paused" if paused else "active"
        tell(as_json, {"id": found.id, "status": status}, f"campaign {found.id} is {status}")

    run(change)


@campaign.command("pause")
@click.argument("campaign_id", metavar="ID")
@as_json
def campaign_pause(campaign_id: str, as_json: bool) -> None:
    """Stop new hits, leads and referrers; conversions of known leads go on."""
    _pausing(campaign_id, True, as_json)


@campaign.command("resume")
@click.argument("campaign_id", metavar="ID")
@as_json
def campaign_resume(campaign_id: str, as_json: bool) -> None:
    """Take new hits, leads and referrers again."""
    _pausing(campaign_id, False, as_json)


@main.group()
def referrer() -> None:
    """People who refer."""


@referrer.command("create")
@click.option("--campaign", "campaign_id", required=True, help="The campaign's id.")
@click.option("--email", required=True)
@click.option("--name", default="", help="Shown to friends: the first name only.")
@click.option("--code", help="A vanity code of their choice.")
@as_json
def referrer_create(
    campaign_id: str, email: str, name: str, code: str | None, as_json: bool
) -> None:
    """Make a referrer, or find the one with that e-mail, and print the link to share."""

    async def create(context: Context) -> None:
        found = await campaign_of(context, campaign_id)
        made, _ = await create_referrer(context, found, email, name, "command line", code)
        facts = {
            "id": made.id,
            "campaign_id": found.id,
            "email": made.email,
            "name": made.name,
            "code": code_of(made),
            "link": link(found, code_of(made)),
            "hop_link": hop_link(context.settings.public_url, found, made),
        }
        tell(as_json, facts, f"referrer {made.id}\nlink {facts['link']}\nor {facts['hop_link']}")

    run(create)


@main.group()
def apikey() -> None:
    """Keys for a site's own server."""


@apikey.command("create")
@click.option("--campaign", "campaign_id", help="One campaign's id; default: the installation.")
@click.option("--scope", type=click.Choice(["read", "write"]), default="write", show_default=True)
@as_json
def apikey_create(campaign_id: str | None, scope: str, as_json: bool) -> None:
    """Make an API key; it is shown once."""

    async def create(context: Context) -> None:
        found = await campaign_of(context, campaign_id) if campaign_id else None
        id_, key = await create_api_key(context, found.id if found else None, scope)
        tell(as_json, {"id": id_, "key": key}, f"key {key} (shown once)")

    run(create)


@main.command("test")
@click.option("--campaign", "campaign_id", required=True, help="The campaign's id.")
@click.option("--timeout", default=600, show_default=True, help="Seconds to wait.")
def test(campaign_id: str, timeout: int) -> None:
    """Walk a signed test referral through tag, lead and conversion; exit 1 if one stays grey."""

    async def walk(context: Context) -> None:
        found = await campaign_of(context, campaign_id)
        started = await test_run.start_test(context, found)
        click.echo(f"Open this in a browser, sign up and buy:\n\n  {started.link}\n")
        shown: set[str] = set()
        for _ in range(max(1, timeout)):
            progress = await test_run.progress(context, found, started.code)
            for tick in progress.ticks:
                if tick.green and tick.name not in shown:
                    shown.add(tick.name)
                    click.echo(f"  ✓ {tick.name}: {tick.text}")
            if progress.green:
                return
            await asyncio.sleep(1)
        for tick in progress.ticks:
            if not tick.green:
                click.echo(f"  · {tick.name}: {tick.text} {tick.advice}")
        raise Refused("test", f"not all green after {timeout} seconds; see above what to fix")

    run(walk)


add_commands(main, run, refuse)
add_moving(main)
add_checks(main)
add_playback(main)
add_privacy(main)
if __name__ == "__main__":
    main()
