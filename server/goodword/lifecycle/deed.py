"""What a person did by hand: to many things at once, kept for the audit trail and for Undo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from goodword.access import deeds
from goodword.lifecycle.act import Act
from goodword.model import Deed


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that was left as it was, and why in words that say what to do."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed came to. `deed` is None where nothing was changed."""

    deed: Deed | None
    changed: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


async def keep_deed(
    act: Act,
    verb: str,
    subject: str,
    before: Mapping[str, str],
    note: str = "",
    undoes: Deed | None = None,
) -> Deed | None:
    """Appends the deed; None where nothing was changed. `before` has for each id what Undo needs.

    `subject` is `lead`, `reward`, `referrer`, `campaign`, `rule`, `refund` or `admin`.
    """
    if not before:
        return None
    deed = Deed(
        id=act.new_id("deed"),
        campaign_id=act.campaign.id,
        actor=act.actor,
        verb=verb,
        subject=subject,
        items=json.dumps(before),
        note=note,
        created_at=act.at,
        undoes=undoes.id if undoes else None,
    )
    await deeds.add(act.db, deed)
    return deed


def items_of(deed: Deed) -> dict[str, str]:
    """What the deed changed: each id with what Undo needs to know of it."""
    items: dict[str, str] = json.loads(deed.items)
    return items
