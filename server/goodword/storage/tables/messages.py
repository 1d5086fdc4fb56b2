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
    optional("reason"),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "status", "kind", "next_at"),
    Index(None, "campaign_id", "target", "created_at"),
    Index(None, "campaign_id", "target", "status", "created_at"),
    Index(None, "campaign_id", "lead_id"),
    Index(None, "campaign_id", "kind", "id"),
    Index(None, "campaign_id", "kind", "status", "id"),
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

# A letter without a row says its standard words.
letters = table(
    "letters",
    required("campaign_id"),
    required("letter"),
    required("enabled", Integer),
    required("subject"),
    required("text"),
    counted("days", Integer),
    PrimaryKeyConstraint("campaign_id", "letter"),
    of_campaign(),
)

# Who wants no more e-mails: a keyed hash of the address, so that this outlives its erasure. With
# a letter it is that letter alone.
unsubscribed = table(
    "unsubscribed",
    required("campaign_id"),
    required("address"),
    required("letter"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "address", "letter"),
    of_campaign(),
)
