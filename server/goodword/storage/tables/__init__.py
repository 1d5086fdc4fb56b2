"""Every table, once. Time and money are integers; a status is a word with a check constraint.

In every table that grows `campaign_id` leads the keys, so that it can be sharded by campaign.
"""

from goodword.storage.tables.access import (
    admins,
    api_keys,
    deeds,
    idempotency,
    login_failures,
    sessions,
)
from goodword.storage.tables.base import TEST, metadata
from goodword.storage.tables.brand import brands, logos
from goodword.storage.tables.credits import credit_claims
from goodword.storage.tables.inbound import OF_LEADS, calls, hooks, shop_orders, shops
from goodword.storage.tables.integrations import (
    integration_events,
    integration_payments,
    integration_records,
    integrations,
)
from goodword.storage.tables.ledger import (
    WHOLE,
    activity,
    conversions,
    due_sums,
    findings,
    lead_counts,
    lead_months,
    leads,
    refunds,
    reports,
    reward_sums,
    rewards,
)
from goodword.storage.tables.messages import (
    deliveries,
    endpoints,
    letters,
    outbox,
    unsubscribed,
)
from goodword.storage.tables.moving import import_keys, import_parts, import_rows, imports
from goodword.storage.tables.programme import (
    aliases,
    campaigns,
    coupons,
    customers,
    installation,
    invited,
    own_visitors,
    referrers,
    rules,
)
from goodword.storage.tables.search import lead_search, referrer_search
from goodword.storage.tables.traffic import hits, refusals, tag_health, visits

__all__ = [
    "OF_LEADS",
    "TEST",
    "WHOLE",
    "activity",
    "admins",
    "aliases",
    "api_keys",
    "brands",
    "calls",
    "campaigns",
    "conversions",
    "coupons",
    "credit_claims",
    "customers",
    "deeds",
    "deliveries",
    "due_sums",
    "endpoints",
    "findings",
    "hits",
    "hooks",
    "idempotency",
    "import_keys",
    "import_parts",
    "import_rows",
    "imports",
    "installation",
    "invited",
    "integration_events",
    "integration_payments",
    "integration_records",
    "integrations",
    "lead_counts",
    "lead_months",
    "lead_search",
    "leads",
    "letters",
    "login_failures",
    "logos",
    "metadata",
    "outbox",
    "own_visitors",
    "referrer_search",
    "referrers",
    "refunds",
    "refusals",
    "reports",
    "reward_sums",
    "rewards",
    "rules",
    "sessions",
    "shop_orders",
    "shops",
    "tag_health",
    "unsubscribed",
    "visits",
]
