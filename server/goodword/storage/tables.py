"""Every table, once. Time and money are integers; a status is a word with a check constraint.

In every table that grows `campaign_id` leads the keys, so that it can be sharded by campaign.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from goodword.model import (
    CampaignStatus,
    LeadStatus,
    Mode,
    Occasion,
    Recipient,
    ReportKind,
    RewardStatus,
    Status,
    Verdict,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# STRICT tables know no BIGINT; SQLite's INTEGER has 64 bits.
Big = BigInteger().with_variant(Integer, "sqlite")


def table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def words(column: str, allowed: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return CheckConstraint(f"{column} in ({listed})", name=column)


def required(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=False)


def optional(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=True)


def belongs_to(other: str, *columns: str) -> ForeignKeyConstraint:
    """A reference that stays within the campaign: `campaign_id` is part of it."""
    theirs = ["campaign_id", "id"]
    return ForeignKeyConstraint(list(columns), [f"{other}.{name}" for name in theirs])


def of_campaign() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["campaign_id"], ["campaigns.id"])


installation = table(
    "installation",
    Column("name", Text, primary_key=True),
    required("value"),
)

campaigns = table(
    "campaigns",
    Column("id", Text, primary_key=True),
    required("slug"),
    required("name"),
    required("status"),
    required("site_key"),
    required("origins"),
    required("landing"),
    required("window", Big),
    required("least_evidence", Integer),
    required("currency"),
    required("code_key", LargeBinary),
    required("signing_secret", LargeBinary),
    optional("paused_at", Big),
    required("created_at", Big),
    UniqueConstraint("slug"),
    UniqueConstraint("site_key"),
    words("status", CampaignStatus),
)

rules = table(
    "rules",
    required("campaign_id"),
    required("id"),
    required("version", Integer),
    required("recipients"),
    required("occasion"),
    required("amount", Big),
    required("currency"),
    required("delay", Big),
    required("created_at", Big),
    optional("retired_at", Big),
    PrimaryKeyConstraint("campaign_id", "id", "version"),
    of_campaign(),
    words("occasion", Occasion),
    CheckConstraint("amount >= 0", name="amount"),
)

referrers = table(
    "referrers",
    required("campaign_id"),
    required("id"),
    required("email"),
    required("email_canonical"),
    required("name"),
    required("code"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    UniqueConstraint("campaign_id", "code"),
    UniqueConstraint("campaign_id", "mode", "email_canonical"),
    of_campaign(),
    words("mode", Mode),
)

aliases = table(
    "aliases",
    required("campaign_id"),
    required("alias"),
    required("referrer_id"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "alias"),
    Index(None, "campaign_id", "referrer_id"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
)

own_visitors = table(
    "own_visitors",
    required("campaign_id"),
    required("visitor"),
    required("referrer_id"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "visitor", "referrer_id"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
)

# No foreign keys: ids come out of a signature, and one bad row must not refuse a whole batch.
hits = table(
    "hits",
    required("campaign_id"),
    required("id"),
    required("referrer_id"),
    optional("lead_id"),
    required("visitor"),
    required("code"),
    required("via"),
    required("url"),
    required("http_referrer"),
    required("address"),
    required("user_agent"),
    required("webdriver", Integer),
    required("gpc", Integer),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    words("via", ["tag", "hop"]),
    words("mode", Mode),
)

visits = table(
    "visits",
    required("campaign_id"),
    required("day", Big),
    required("referrer_id"),
    required("hits", Big),
    PrimaryKeyConstraint("campaign_id", "day", "referrer_id"),
)

refusals = table(
    "refusals",
    required("campaign_id"),
    required("hour", Big),
    required("event"),
    required("reason"),
    required("origin"),
    required("count", Big),
    required("last_at", Big),
    PrimaryKeyConstraint("campaign_id", "hour", "event", "reason", "origin"),
)

leads = table(
    "leads",
    required("campaign_id"),
    required("id"),
    required("referrer_id"),
    required("status"),
    optional("reason"),
    required("code"),
    optional("email"),
    optional("email_canonical"),
    optional("customer"),
    optional("name"),
    optional("hit_id"),
    optional("visitor"),
    required("source"),
    required("mode"),
    required("joined_at", Big),
    optional("converted_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    UniqueConstraint("campaign_id", "code"),
    UniqueConstraint("campaign_id", "mode", "email_canonical"),
    UniqueConstraint("campaign_id", "mode", "customer"),
    Index(None, "campaign_id", "hit_id"),
    Index(None, "campaign_id", "visitor"),
    Index(None, "campaign_id", "referrer_id", "joined_at"),
    Index(None, "campaign_id", "joined_at"),
    Index(None, "campaign_id", "converted_at"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
    words("status", LeadStatus),
    words("source", ["lead", "conversion", "api"]),
    words("mode", Mode),
)

_HOLDS_ORDER = "order_id is not null and evidence > 0 and status in ('counted', 'held')"
_HOLDS_EVENT = "order_id is null and evidence > 0 and status in ('counted', 'held')"

conversions = table(
    "conversions",
    required("campaign_id"),
    required("id"),
    optional("lead_id"),
    optional("referrer_id"),
    required("event"),
    optional("order_id"),
    optional("amount", Big),
    optional("currency"),
    required("evidence", Integer),
    required("status"),
    optional("reason"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "lead_id"),
    Index(None, "campaign_id", "order_id"),
    Index(
        "uq_conversions_order_counted",
        "campaign_id",
        "mode",
        "order_id",
        unique=True,
        sqlite_where=text("order_id is not null and status = 'counted'"),
        postgresql_where=text("order_id is not null and status = 'counted'"),
    ),
    Index(
        "uq_conversions_order_of_lead",
        "campaign_id",
        "mode",
        "order_id",
        "lead_id",
        unique=True,
        sqlite_where=text(_HOLDS_ORDER),
        postgresql_where=text(_HOLDS_ORDER),
    ),
    Index(
        "uq_conversions_event_of_lead",
        "campaign_id",
        "lead_id",
        "event",
        unique=True,
        sqlite_where=text(_HOLDS_EVENT),
        postgresql_where=text(_HOLDS_EVENT),
    ),
    belongs_to("leads", "campaign_id", "lead_id"),
    CheckConstraint("evidence between 0 and 4", name="evidence"),
    words("status", Status),
    words("mode", Mode),
)

reports = table(
    "reports",
    required("campaign_id"),
    required("id"),
    required("kind"),
    required("key"),
    required("holder"),
    required("slot"),
    required("door"),
    required("evidence", Integer),
    required("status"),
    optional("reason"),
    optional("lead_id"),
    optional("conversion_id"),
    required("payload"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    UniqueConstraint("campaign_id", "kind", "key", "holder", "slot"),
    Index(None, "campaign_id", "lead_id"),
    Index(None, "campaign_id", "conversion_id"),
    belongs_to("leads", "campaign_id", "lead_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("kind", ReportKind),
    words("status", Status),
    words("mode", Mode),
)

findings = table(
    "findings",
    required("campaign_id"),
    required("id"),
    optional("lead_id"),
    optional("conversion_id"),
    required("check"),
    required("verdict"),
    required("detail"),
    required("created_at", Big),
    optional("cleared_at", Big),
    optional("cleared_by"),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "lead_id"),
    Index(None, "campaign_id", "conversion_id"),
    belongs_to("leads", "campaign_id", "lead_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("verdict", Verdict),
)

rewards = table(
    "rewards",
    required("campaign_id"),
    required("id"),
    required("lead_id"),
    required("referrer_id"),
    optional("conversion_id"),
    required("recipient"),
    required("occasion"),
    required("rule_id"),
    required("rule_version", Integer),
    required("amount", Big),
    required("currency"),
    required("status"),
    optional("reason"),
    required("issue_after", Big),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(
        "uq_rewards_occasion",
        "campaign_id",
        "lead_id",
        "rule_id",
        "recipient",
        "occasion",
        unique=True,
        sqlite_where=text("status <> 'cancelled'"),
        postgresql_where=text("status <> 'cancelled'"),
    ),
    Index(None, "campaign_id", "referrer_id"),
    Index(None, "campaign_id", "created_at"),
    belongs_to("leads", "campaign_id", "lead_id"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("recipient", Recipient),
    words("occasion", Occasion),
    words("status", RewardStatus),
)

activity = table(
    "activity",
    required("campaign_id"),
    required("id"),
    required("type"),
    required("actor"),
    optional("referrer_id"),
    optional("lead_id"),
    optional("conversion_id"),
    optional("reward_id"),
    required("data"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "lead_id"),
    words("mode", Mode),
)

admins = table(
    "admins",
    Column("id", Text, primary_key=True),
    required("email"),
    required("password_hash"),
    required("created_at", Big),
    UniqueConstraint("email"),
)

sessions = table(
    "sessions",
    Column("hash", LargeBinary, primary_key=True),
    required("admin_id"),
    required("created_at", Big),
    required("expires_at", Big),
    ForeignKeyConstraint(["admin_id"], ["admins.id"]),
)

login_failures = table(
    "login_failures",
    Column("account", Text, primary_key=True),
    required("failures", Integer),
    required("blocked_until", Big),
)

api_keys = table(
    "api_keys",
    Column("id", Text, primary_key=True),
    optional("campaign_id"),
    required("scope"),
    required("hash", LargeBinary),
    required("created_at", Big),
    optional("last_used_at", Big),
    optional("revoked_at", Big),
    UniqueConstraint("hash"),
    of_campaign(),
    words("scope", ["read", "write"]),
)
