"""Who may look: admins, sessions, keys; and what a key was answered."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from goodword.model import Role
from goodword.storage.tables.base import (
    Big,
    of_campaign,
    optional,
    required,
    table,
    worded,
    words,
)

admins = table(
    "admins",
    Column("id", Text, primary_key=True),
    required("email"),
    required("password_hash"),
    required("created_at", Big),
    worded("role", Role.OWNER),
    UniqueConstraint("email"),
    words("role", Role),
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

idempotency = table(
    "idempotency",
    required("api_key_id"),
    required("key"),
    required("hash", LargeBinary),
    required("status", Integer),
    required("content", LargeBinary),
    required("created_at", Big),
    PrimaryKeyConstraint("api_key_id", "key"),
    Index(None, "created_at"),
    ForeignKeyConstraint(["api_key_id"], ["api_keys.id"]),
)

deeds = table(
    "deeds",
    Column("id", Text, primary_key=True),
    optional("campaign_id"),
    required("actor"),
    required("verb"),
    required("subject"),
    required("items"),
    required("note"),
    required("created_at", Big),
    optional("undone_at", Big),
    optional("undoes"),
    Index(None, "campaign_id", "created_at"),
    of_campaign(),
)
