"""The evening before: what is due tomorrow, and the page where an admin holds any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goodword.access import deeds
from goodword.access import record as access
from goodword.access.decide import Admin, may
from goodword.clock import DAY
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done
from goodword.lifecycle.pay import pay
from goodword.lifecycle.undo import NoSuchDeed, undo
from goodword.model import Campaign, RewardStatus, Role
from goodword.signing import mint_mailed_link, read_mailed_link
from goodword.stats.attention import DueRow, due_between

_PURPOSE = "digest"
_MOST_SHOWN = 1_000
_NOTE = "From the e-mail of the evening before."


@dataclass(frozen=True, slots=True)
class Digest:
    """What a mailed link opens: the rewards of a day (its first millisecond, UTC), for one admin
    who may hold them."""

    campaign: Campaign
    admin: Admin
    day: int
    rows: list[DueRow]


def digest_link(context: Context, campaign: Campaign, admin_id: str, day: int) -> str:
    """The address of the page, to be sent to the admin's mailbox and shown nowhere."""
    subject = (campaign.id, admin_id, str(day))
    text = mint_mailed_link(context.keys, _PURPOSE, subject, context.now())
    return f"{context.settings.public_url}/tomorrow/{text}"


async def open_digest(context: Context, text: str) -> Digest | None:
    """What the last part of the address opens; None when it is forged, seven days old, or its
    admin is gone or may not hold rewards any more."""
    found = read_mailed_link(context.keys, _PURPOSE, text, context.now())
    if found is None:
        return None
    campaign_id, admin_id, day = found.subject
    campaign = await context.directory.by_id(campaign_id)
    if campaign is None:
        return None
    async with context.storage.read() as db:
        admin = await access.admin_by_id(db, admin_id)
        if admin is None or not may(admin.role, Role.MANAGER):
            return None
        rows = await due_between(db, campaign.id, int(day), int(day) + DAY, _MOST_SHOWN)
    return Digest(campaign, admin, int(day), rows)


async def hold_some(context: Context, digest: Digest, ids: Sequence[str]) -> Done:
    """Holds those of these rewards that are of the digest's day and due still."""
    due = [each.id for each in digest.rows if each.status is RewardStatus.DUE and each.id in ids]
    return await pay(context, digest.campaign, "hold", due, digest.admin.email, note=_NOTE)


async def let_go(context: Context, digest: Digest, deed_id: str) -> Done:
    """Undo of a holding of the same admin's. `NoSuchDeed` for any other deed."""
    async with context.storage.read() as db:
        deed = await deeds.by_id(db, digest.campaign.id, deed_id)
    if deed is None or (deed.verb, deed.note, deed.actor) != ("hold", _NOTE, digest.admin.email):
        raise NoSuchDeed(deed_id)
    return await undo(context, digest.campaign, deed_id, digest.admin.email)
