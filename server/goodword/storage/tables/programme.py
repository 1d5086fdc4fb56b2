"""Campaigns and who refers, and notes of the installation."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from goodword.model import CampaignStatus, Kind, Method, Mode, Occasion
from goodword.storage.tables.base import (
    Big,
    belongs_to,
    counted,
    of_campaign,
    optional,
    required,
    table,
    worded,
    words,
)

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
    optional("cap", Integer),
    optional("budget", Big),
    optional("batch_day", Integer),
    optional("second_eyes", Big),
    worded("params"),
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
    worded("kind", Kind.FIXED),
    counted("rate", Integer),
    optional("at_most", Big),
    worded("unit"),
    worded("pool"),
    counted("every", Integer),
    worded("milestones"),
    counted("months", Integer),
    worded("method", Method.HAND),
    counted("auto", Integer),
    counted("holds_from"),
    PrimaryKeyConstraint("campaign_id", "id", "version"),
    of_campaign(),
    words("occasion", Occasion),
    words("kind", Kind),
    words("method", Method),
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
    optional("disabled_at", Big),
    counted("links_from"),
    optional("asked_at", Big),
    optional("reminded_at", Big),
    optional("import_id"),
    PrimaryKeyConstraint("campaign_id", "id"),
    UniqueConstraint("campaign_id", "code"),
    UniqueConstraint("campaign_id", "mode", "email_canonical"),
    Index(None, "campaign_id", "created_at"),
    of_campaign(),
    words("mode", Mode),
)

aliases = table(
    "aliases",
    required("campaign_id"),
    required("alias"),
    required("referrer_id"),
    required("created_at", Big),
    optional("import_id"),
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
    Index(None, "campaign_id", "referrer_id"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
)

# Who was invited by e-mail, once for ever: a keyed hash of the address, which outlives its erasure.
invited = table(
    "invited",
    required("campaign_id"),
    required("address"),
    required("referrer_id"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "address", "referrer_id"),
    Index(None, "campaign_id", "referrer_id", "created_at"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
)

customers = table(
    "customers",
    required("campaign_id"),
    required("email_canonical"),
    required("since", Big),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "email_canonical"),
    of_campaign(),
)

coupons = table(
    "coupons",
    required("campaign_id"),
    required("pool"),
    required("code"),
    optional("reward_id"),
    optional("shown_at", Big),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "pool", "code"),
    UniqueConstraint("campaign_id", "reward_id"),
    Index(None, "campaign_id", "pool", "created_at", "code"),
    of_campaign(),
)
