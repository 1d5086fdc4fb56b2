"""The shelf of campaigns and rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Campaign, Recipient, Rule
from goodword.storage import tables as t
from goodword.storage.rows import noun

_CHANGEABLE = (
    *("name", "status", "paused_at", "landing", "window", "least_evidence"),
    *("cap", "budget", "batch_day", "second_eyes", "currency", "params"),
)


async def load(db: AsyncConnection) -> list[Campaign]:
    """Every campaign with its active rules. Its secrets are sealed, as they lie in the table."""
    rules: dict[str, list[Rule]] = {}
    active = select(t.rules).where(t.rules.c.retired_at.is_(None)).order_by(t.rules.c.id)
    for row in await db.execute(active):
        rules.setdefault(row.campaign_id, []).append(_rule(row))
    found = await db.execute(select(t.campaigns).order_by(t.campaigns.c.id))
    return [_campaign(row, tuple(rules.get(row.id, ()))) for row in found]


async def add(db: AsyncConnection, campaign: Campaign, signing_secret: bytes) -> None:
    """Both secrets come sealed."""
    values = asdict(campaign) | {
        "origins": json.dumps(campaign.origins),
        "signing_secret": signing_secret,
        "params": ",".join(campaign.params),
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


async def first_made(db: AsyncConnection, rule: Rule) -> int:
    """When the first version of the rule was made, in milliseconds."""
    c = t.rules.c
    found = await db.execute(
        select(c.created_at)
        .where(c.campaign_id == rule.campaign_id, c.id == rule.id)
        .order_by(c.version)
        .limit(1)
    )
    return int(found.scalar_one())


async def rule_as_of(db: AsyncConnection, rule: Rule, joined_at: int) -> Rule:
    """The version of an active rule that holds for a lead who joined then, in milliseconds: the
    newest of those whose `holds_from` is not later, else the first.

    `rule` is the active version, as `load` gives it.
    """
    if rule.holds_from <= joined_at:
        return rule
    c = t.rules.c
    versions = select(t.rules).where(c.campaign_id == rule.campaign_id, c.id == rule.id)
    newest = versions.where(c.holds_from <= joined_at).order_by(c.version.desc()).limit(1)
    first = versions.order_by(c.version).limit(1)
    row = (await db.execute(newest)).first() or (await db.execute(first)).one()
    return _rule(row)


async def rule_versions(db: AsyncConnection, campaign_id: str, rule_id: str) -> list[Rule]:
    """Every version of a rule, oldest first, whether it is active or not."""
    c = t.rules.c
    mine = select(t.rules).where(c.campaign_id == campaign_id, c.id == rule_id)
    return [_rule(row) for row in await db.execute(mine.order_by(c.version))]


async def active_rules(db: AsyncConnection, campaign_id: str) -> list[Rule]:
    """The active version of every rule that was not retired, oldest rule first."""
    c = t.rules.c
    mine = select(t.rules).where(c.campaign_id == campaign_id, c.retired_at.is_(None))
    return [_rule(row) for row in await db.execute(mine.order_by(c.id))]


async def retire_rule(db: AsyncConnection, campaign_id: str, rule_id: str, at: int) -> bool:
    """Ends the active version of a rule; False when none is active."""
    c = t.rules.c
    ended = await db.execute(
        update(t.rules)
        .where(c.campaign_id == campaign_id, c.id == rule_id, c.retired_at.is_(None))
        .values(retired_at=at)
        .returning(c.version)
    )
    return ended.first() is not None


async def revive_rule(db: AsyncConnection, rule: Rule) -> bool:
    """Makes a version active again; False when it is already."""
    c = t.rules.c
    revived = await db.execute(
        update(t.rules)
        .where(
            c.campaign_id == rule.campaign_id,
            c.id == rule.id,
            c.version == rule.version,
            c.retired_at.is_not(None),
        )
        .values(retired_at=None)
        .returning(c.version)
    )
    return revived.first() is not None


async def remove_rule(db: AsyncConnection, campaign_id: str, rule_id: str) -> None:
    """Removes a rule that nothing names."""
    c = t.rules.c
    await db.execute(delete(t.rules).where(c.campaign_id == campaign_id, c.id == rule_id))


async def by_id(db: AsyncConnection, campaign_id: str) -> Campaign | None:
    """The campaign as it stands, with its active rules; its secrets are sealed."""
    found = await db.execute(select(t.campaigns).where(t.campaigns.c.id == campaign_id))
    row = found.first()
    return _campaign(row, tuple(await active_rules(db, campaign_id))) if row else None


async def change(db: AsyncConnection, campaign: Campaign) -> None:
    """Writes all that an owner may set of a campaign."""
    values = {name: getattr(campaign, name) for name in _CHANGEABLE}
    values["origins"] = json.dumps(campaign.origins)
    values["params"] = ",".join(campaign.params)
    await db.execute(update(t.campaigns).where(t.campaigns.c.id == campaign.id).values(values))


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
        params=tuple(filter(None, row.params.split(","))),
        signing_secret=row.signing_secret.decode(),
        rules=rules,
    )


def _rule(row: Any) -> Rule:
    recipients = [Recipient(word) for word in row.recipients.split(",")]
    return noun(Rule, row, recipients=recipients, auto=bool(row.auto))
