"""What must leave: who is to be told, what they are told, and how often it was tried."""

from __future__ import annotations

from sqlalchemy import Index, Integer, LargeBinary, PrimaryKeyConstraint

from goodword.model import EndpointStatus, MessageStatus
from goodword.storage.tables.base import (
    Big,
    belongs_to,
    counted,
    of_campaign,
    optional,
    required,
    table,
    words,
)

endpoints = table(
    "endpoints",
    required("campaign_id"),
    required("id"),
    required("url"),
    required("events"),
    required("secret", LargeBinary),
    optional("former_secret", LargeBinary),
    optional("former_until", Big),
    required("status"),
    optional("reason"),
    required("created_by"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    of_campaign(),
    words("status", EndpointStatus),
)

outbox = table(
    "outbox",
    required("campaign_id"),
    required("id"),
    required("kind"),
    required("target"),
    required("type"),
    optional("lead_id"),
    optional("reward_id"),
    required("body"),
    required("status"),
    counted("attempts", Integer),
    required("next_at", Big),
    counted("leased_until"),
    required("created_at", Big),
    optional("sent_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "status", "kind", "next_at"),
    Index(None, "campaign_id", "target", "created_at"),
    Index(None, "campaign_id", "target", "status", "created_at"),
    Index(None, "campaign_id", "lead_id"),
    of_campaign(),
    words("status", MessageStatus),
)

deliveries = table(
    "deliveries",
    required("campaign_id"),
    required("id"),
    required("message_id"),
    required("attempt", Integer),
    optional("code", Integer),
    required("answer"),
    required("took", Integer),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "message_id"),
    belongs_to("outbox", "campaign_id", "message_id"),
)
