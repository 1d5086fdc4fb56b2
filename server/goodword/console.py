"""What every command shares: the database opened, refusals in one line, text or JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import click

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.context import Context
from goodword.lifecycle.set_up import ForeignKeys, Refused
from goodword.model import Campaign
from goodword.opening import opened
from goodword.settings import BadSetting, Settings, load_settings
from goodword.storage import NewerDatabase, Unavailable

Verb = Callable[[Context], Coroutine[Any, Any, None]]
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def refuse(message: str) -> NoReturn:
    """One line on stderr that says why and what to do; exit 1."""
    click.echo(f"goodword: {message}", err=True)
    sys.exit(1)


def run(verb: Verb, settings: Settings | None = None) -> None:
    """Opens the database (made or migrated first), runs one verb, and names what refused it."""
    try:
        asyncio.run(_run(verb, settings or load_settings()))
    except (BadSetting, NewerDatabase, ForeignKeys) as error:
        refuse(str(error))
    except (BadCampaign, Refused) as error:
        refuse(f"{error.field}: {error}")
    except Unavailable as error:
        refuse(f"the database can't be used now: {error}")


async def _run(verb: Verb, settings: Settings) -> None:
    click.echo(f"goodword: data folder {settings.data_dir}", err=True)
    async with opened(settings) as context:
        await verb(context)


async def campaign_of(context: Context, campaign_id: str) -> Campaign:
    """The campaign of an id, slug or site key; refused by name when there is none."""
    directory = context.directory
    campaign = (
        await directory.by_id(campaign_id)
        or await directory.by_slug(campaign_id)
        or await directory.by_site_key(campaign_id)
    )
    if campaign is None:
        known = ", ".join(each.id for each in directory.all()) or "none yet"
        raise Refused("campaign", f"there is no campaign {campaign_id!r}; known: {known}")
    return campaign


def tell(as_json: bool, facts: dict[str, Any], text: str) -> None:
    click.echo(json.dumps(facts) if as_json else text)
