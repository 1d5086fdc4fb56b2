"""The shelf of campaigns and rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Campaign, CampaignStatus, Recipient, Rule
from goodword.storage import tables as t
from goodword.storage.rows import noun


async def load(db: AsyncConnection) -> list[Campaign]:
    """Every campaign with its active rules. Its secrets are sealed, as they lie in the table."""
    rules: dict[str, list[Rule]] = {}
    for row in await db.execute(select(t.rules).where(t.rules.c.retired_at.is_(None))):
        rules.setdefault(row.campaign_id, []).append(_rule(row))
    found = await db.execute(select(t.campaigns).order_by(t.campaigns.c.id))
    return [_campaign(row, tuple(rules.get(row.id, ()))) for row in found]


async def add(db: AsyncConnection, campaign: Campaign, signing_secret: bytes) -> None:
    """Both secrets come sealed."""
    values = asdict(campaign) | {
        "origins": json.dumps(campaign.origins),
        "signing_secret": signing_secret,
    }
    del values["rules"]
    await db.execute(insert(t.campaigns).values(values))


async def add_rule(db: AsyncConnection, rule: Rule) -> None:
    values = asdict(rule) | {"recipients": ",".join(rule.recipients)}
    await db.execute(insert(t.rules).values(values))


async def rule_version(
    db: AsyncConnection, campaign_id: str, rule_id: str, version: int
) -> Rule | None:
    c = t.rules.c
    row = (
        await db.execute(
            select(t.rules).where(
                c.campaign_id == campaign_id, c.id == rule_id, c.version == version
            )
        )
    ).first()
    return _rule(row) if row else None


async def rule_as_of(db: AsyncConnection, rule: Rule, joined_at: int) -> Rule:
    """The version of a rule that a lead who joined then keeps: later edits are for later leads.

    A rule that was added after the lead joined counts for it by its first version.
    """
    if rule.created_at <= joined_at or rule.version == 1:
        return rule
    c = t.rules.c
    versions = select(t.rules).where(c.campaign_id == rule.campaign_id, c.id == rule.id)
    newest = versions.where(c.created_at <= joined_at).order_by(c.version.desc()).limit(1)
    first = versions.order_by(c.version).limit(1)
    row = (await db.execute(newest)).first() or (await db.execute(first)).one()
    return _rule(row)


async def retire_rules(db: AsyncConnection, campaign_id: str, at: int) -> None:
    """Ends every rule that is active."""
    c = t.rules.c
    await db.execute(
        update(t.rules)
        .where(c.campaign_id == campaign_id, c.retired_at.is_(None))
        .values(retired_at=at)
    )


async def set_status(
    db: AsyncConnection, campaign_id: str, status: CampaignStatus, paused_at: int | None
) -> bool:
    """Whether the campaign was there and had another status."""
    c = t.campaigns.c
    changed = await db.execute(
        update(t.campaigns)
        .where(c.id == campaign_id, c.status != status)
        .values(status=status, paused_at=paused_at)
        .returning(c.id)
    )
    return changed.first() is not None


async def set_origins(db: AsyncConnection, campaign_id: str, origins: tuple[str, ...]) -> None:
    await db.execute(
        update(t.campaigns)
        .where(t.campaigns.c.id == campaign_id)
        .values(origins=json.dumps(origins))
    )


async def set_name(db: AsyncConnection, campaign_id: str, name: str) -> None:
    await db.execute(update(t.campaigns).where(t.campaigns.c.id == campaign_id).values(name=name))


async def set_landing(db: AsyncConnection, campaign_id: str, landing: str) -> None:
    await db.execute(
        update(t.campaigns).where(t.campaigns.c.id == campaign_id).values(landing=landing)
    )


async def set_secrets(
    db: AsyncConnection, campaign_id: str, code_key: bytes, signing_secret: bytes
) -> None:
    await db.execute(
        update(t.campaigns)
        .where(t.campaigns.c.id == campaign_id)
        .values(code_key=code_key, signing_secret=signing_secret)
    )


def _campaign(row: Any, rules: tuple[Rule, ...]) -> Campaign:
    return noun(
        Campaign,
        row,
        origins=json.loads(row.origins),
        signing_secret=row.signing_secret.decode(),
        rules=rules,
    )


def _rule(row: Any) -> Rule:
    return noun(Rule, row, recipients=[Recipient(word) for word in row.recipients.split(",")])
