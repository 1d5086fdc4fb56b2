"""Endpoints, the outbox, and every try to empty it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "endpoints",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", BIG, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint("status in ('active', 'disabled')", name=op.f("ck_endpoints_status")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_endpoints_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_endpoints")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("reward_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", BIG, nullable=False),
        sa.Column("leased_until", BIG, server_default="0", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=True),
        sa.CheckConstraint(
            "status in ('waiting', 'sent', 'failed')", name=op.f("ck_outbox_status")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_outbox_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_outbox_campaign_id_lead_id"), "outbox", ["campaign_id", "lead_id"], unique=False
    )
    op.create_index(
        op.f("ix_outbox_campaign_id_target_created_at"),
        "outbox",
        ["campaign_id", "target", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_outbox_status_kind_next_at"), "outbox", ["status", "kind", "next_at"], unique=False
    )
    op.create_table(
        "deliveries",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("took", sa.Integer(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "message_id"],
            ["outbox.campaign_id", "outbox.id"],
            name=op.f("fk_deliveries_campaign_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_deliveries")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_deliveries_campaign_id_message_id"),
        "deliveries",
        ["campaign_id", "message_id"],
        unique=False,
    )
