"""Visits, and what was refused."""

from __future__ import annotations

from sqlalchemy import Index, Integer, PrimaryKeyConstraint

from goodword.model import Mode
from goodword.storage.tables.base import Big, of_tests, optional, required, table, worded, words

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
    worded("address_hash"),
    PrimaryKeyConstraint("campaign_id", "id"),
    of_tests("campaign_id", "code", "id"),
    words("via", ["tag", "hop"]),
    words("mode", Mode),
)

# As with the counters of the ledger, a row whose referrer is WHOLE counts the whole campaign.
visits = table(
    "visits",
    required("campaign_id"),
    required("day", Big),
    required("referrer_id"),
    required("hits", Big),
    PrimaryKeyConstraint("campaign_id", "day", "referrer_id"),
    Index(None, "campaign_id", "referrer_id", "day"),
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

# Words are not checked here: one bad row must not refuse the batch of hits it travels with.
tag_health = table(
    "tag_health",
    required("campaign_id"),
    required("day", Big),
    required("origin"),
    required("event"),
    required("way"),
    required("version"),
    required("count", Big),
    required("last_at", Big),
    PrimaryKeyConstraint("campaign_id", "day", "origin", "event", "way", "version"),
)
