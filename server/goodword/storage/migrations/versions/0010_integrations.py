"""Connections to CRMs and payment systems, the leads' records there, calls and payments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "integration_events",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("integration_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "became in ('received', 'qualified', 'withdrawn', 'unchanged', 'held', 'rejected',"
            " 'blocked', 'refunded', 'restored', 'not_ours', 'ignored', 'bad_signature',"
            " 'unreadable')",
            name=op.f("ck_integration_events_became"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integration_events_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_integration_events")),
        sa.UniqueConstraint(
            "campaign_id",
            "integration_id",
            "key",
            name=op.f("uq_integration_events_campaign_id_integration_id_key"),
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_integration_events_became_integration_id_id"),
        "integration_events",
        ["became", "integration_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_integration_events_received_at"),
        "integration_events",
        ["received_at"],
        unique=False,
    )
    op.create_table(
        "integration_payments",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("integration_id", sa.Text(), nullable=False),
        sa.Column("payment", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("amount", BIG, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), server_default="", nullable=False),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("returned", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("paid_at", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integration_payments_campaign_id")
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "integration_id", "payment", name=op.f("pk_integration_payments")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_integration_payments_campaign_id_lead_id"),
        "integration_payments",
        ["campaign_id", "lead_id"],
        unique=False,
    )
    op.create_table(
        "integration_records",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("integration_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("deal", sa.Text(), server_default="", nullable=False),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("existed_at", BIG, nullable=True),
        sa.Column("armed", sa.Integer(), nullable=True),
        sa.Column("met", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", BIG, nullable=True),
        sa.Column("told", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", BIG, nullable=True),
        sa.Column("gone", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("poll_at", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint(
            "outcome in ('created', 'updated', 'existed')",
            name=op.f("ck_integration_records_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integration_records_campaign_id")
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "integration_id", "lead_id", name=op.f("pk_integration_records")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_integration_records_campaign_id_integration_id_external_id"),
        "integration_records",
        ["campaign_id", "integration_id", "external_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_integration_records_poll_at_integration_id"),
        "integration_records",
        ["poll_at", "integration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_integration_records_campaign_id_lead_id"),
        "integration_records",
        ["campaign_id", "lead_id"],
        unique=False,
    )
    op.create_table(
        "integrations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=True),
        sa.Column("awaiting", sa.LargeBinary(), nullable=True),
        sa.Column("awaiting_hash", sa.LargeBinary(), nullable=True),
        sa.Column("awaiting_until", BIG, nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("signing", sa.LargeBinary(), nullable=True),
        sa.Column("push", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("renew_at", BIG, nullable=True),
        sa.Column("checked_at", BIG, nullable=True),
        sa.Column("failing_since", BIG, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("paused_until", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("polled_at", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("leased_until", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("renewing_until", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint(
            "status in ('installed', 'connected', 'reconnect', 'failing')",
            name=op.f("ck_integrations_status"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integrations_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrations")),
        sa.UniqueConstraint("awaiting_hash", name=op.f("uq_integrations_awaiting_hash")),
        sa.UniqueConstraint(
            "campaign_id", "system", name=op.f("uq_integrations_campaign_id_system")
        ),
        sqlite_strict=True,
    )
