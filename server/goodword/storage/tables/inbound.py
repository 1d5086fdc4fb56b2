"""What comes in by webhook: secret addresses, and every call to them before it is read."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from goodword.model import CallResult
from goodword.storage.tables.base import Big, of_campaign, optional, required, table, words

hooks = table(
    "hooks",
    Column("id", Text, primary_key=True),
    required("campaign_id"),
    required("hash", LargeBinary),
    required("token", LargeBinary),
    optional("former_hash", LargeBinary),
    optional("former_until", Big),
    required("code_field"),
    required("event_field"),
    required("order_field"),
    required("amount_field"),
    required("currency_field"),
    required("only_field"),
    required("only_value"),
    required("minor_units", Integer),
    required("signature_header"),
    optional("signature_secret", LargeBinary),
    required("created_at", Big),
    UniqueConstraint("campaign_id"),
    UniqueConstraint("hash"),
    UniqueConstraint("former_hash"),
    of_campaign(),
)

calls = table(
    "calls",
    required("campaign_id"),
    required("id"),
    required("hook_id"),
    required("received_at", Big),
    required("content_type"),
    required("query"),
    required("signature"),
    required("body", LargeBinary),
    required("result"),
    optional("reason"),
    optional("lead_id"),
    optional("conversion_id"),
    optional("replayed_of"),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "received_at"),
    Index(None, "received_at"),
    of_campaign(),
    words("result", CallResult),
)
