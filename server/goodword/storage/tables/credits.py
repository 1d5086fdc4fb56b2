"""Claims of missing credit, and what was decided about each."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint

from goodword.model import CreditStatus
from goodword.storage.tables.base import Big, belongs_to, optional, required, table, words

credit_claims = table(
    "credit_claims",
    required("campaign_id"),
    required("id"),
    required("referrer_id"),
    required("named"),
    required("said"),
    required("actor"),
    required("status"),
    required("created_at", Big),
    required("answer"),
    optional("lead_id"),
    optional("decided_at", Big),
    optional("decided_by"),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "referrer_id", "id"),
    Index(None, "campaign_id", "status", "id"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
    belongs_to("leads", "campaign_id", "lead_id"),
    words("status", CreditStatus),
)
