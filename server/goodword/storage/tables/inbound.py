"""What comes in by webhook: secret addresses, every call to them before it is read, and the orders
that shops told of."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

from goodword.model import CallResult, ShopKind
from goodword.storage.tables.base import (
    Big,
    of_campaign,
    optional,
    required,
    table,
    worded,
    words,
)

OF_LEADS = "result <> 'no_lead' and result <> 'waiting'"
"""Leaves out orders of nobody who was referred, and their refunds: shops tell of every one."""


def _some(name: str, column: str, where: str) -> Index:
    """An index of those calls alone."""
    return Index(
        f"ix_calls_{name}",
        "campaign_id",
        column,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


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
    worded("topic"),
    worded("delivery"),
    worded("order_ref"),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "received_at"),
    Index(None, "received_at"),
    _some("of_leads", "received_at", OF_LEADS),
    _some("delivery", "delivery", "delivery <> ''"),
    _some("order_ref", "order_ref", "order_ref <> ''"),
    of_campaign(),
    words("result", CallResult),
)

shops = table(
    "shops",
    Column("id", Text, primary_key=True),
    required("campaign_id"),
    required("kind"),
    required("hash", LargeBinary),
    required("token", LargeBinary),
    optional("secret", LargeBinary),
    required("created_at", Big),
    UniqueConstraint("campaign_id", "kind"),
    UniqueConstraint("hash"),
    of_campaign(),
    words("kind", ShopKind),
)

shop_orders = table(
    "shop_orders",
    required("campaign_id"),
    required("kind"),
    required("ref"),
    required("order_id"),
    required("changed_at", Big),
    PrimaryKeyConstraint("campaign_id", "kind", "ref"),
    of_campaign(),
    words("kind", ShopKind),
)
