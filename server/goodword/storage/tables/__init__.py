"""Every table, once. Time and money are integers; a status is a word with a check constraint.

In every table that grows `campaign_id` leads the keys, so that it can be sharded by campaign.
"""

from goodword.storage.tables.access import (
    admins,
    api_keys,
    idempotency,
    login_failures,
    sessions,
)
from goodword.storage.tables.base import metadata
from goodword.storage.tables.ledger import activity, conversions, findings, leads, reports, rewards
from goodword.storage.tables.programme import (
    aliases,
    campaigns,
    installation,
    own_visitors,
    referrers,
    rules,
)
from goodword.storage.tables.traffic import hits, refusals, visits

__all__ = [
    "activity",
    "admins",
    "aliases",
    "api_keys",
    "campaigns",
    "conversions",
    "findings",
    "hits",
    "idempotency",
    "installation",
    "leads",
    "login_failures",
    "metadata",
    "own_visitors",
    "referrers",
    "refusals",
    "reports",
    "rewards",
    "rules",
    "sessions",
    "visits",
]
