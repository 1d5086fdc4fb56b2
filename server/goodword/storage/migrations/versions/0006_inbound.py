"""Inbound webhooks, and every call to them; what waits for a receiver is found among the sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("former_hash", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", BIG, nullable=True),
        sa.Column("code_field", sa.Text(), nullable=False),
        sa.Column("event_field", sa.Text(), nullable=False),
        sa.Column("order_field", sa.Text(), nullable=False),
        sa.Column("amount_field", sa.Text(), nullable=False),
        sa.Column("currency_field", sa.Text(), nullable=False),
        sa.Column("only_field", sa.Text(), nullable=False),
        sa.Column("only_value", sa.Text(), nullable=False),
        sa.Column("minor_units", sa.Integer(), nullable=False),
        sa.Column("signature_header", sa.Text(), nullable=False),
        sa.Column("signature_secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_hooks_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hooks")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_hooks_campaign_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_hooks_hash")),
        sa.UniqueConstraint("former_hash", name=op.f("uq_hooks_former_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "calls",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("hook_id", sa.Text(), nullable=False),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("replayed_of", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "result in ('qualified', 'already_qualified', 'held', 'rejected', 'unknown_code',"
            " 'referrer_code', 'ignored', 'invalid', 'bad_signature', 'received')",
            name=op.f("ck_calls_result"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_calls_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_calls")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_calls_campaign_id_received_at"),
        "calls",
        ["campaign_id", "received_at"],
        unique=False,
    )
    op.create_index(op.f("ix_calls_received_at"), "calls", ["received_at"], unique=False)
    op.create_index(
        op.f("ix_outbox_campaign_id_target_status_created_at"),
        "outbox",
        ["campaign_id", "target", "status", "created_at"],
        unique=False,
    )
