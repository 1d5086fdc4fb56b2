"""Claims of missing credit, and what was decided about each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "credit_claims",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("named", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("decided_at", BIG, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('open', 'credited', 'declined', 'withdrawn')",
            name=op.f("ck_credit_claims_status"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "referrer_id"],
            ["referrers.campaign_id", "referrers.id"],
            name=op.f("fk_credit_claims_campaign_id_referrer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["leads.campaign_id", "leads.id"],
            name=op.f("fk_credit_claims_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_credit_claims")),
        sqlite_strict=True,
    )
    for columns in (["referrer_id", "id"], ["status", "id"]):
        name = op.f(f"ix_credit_claims_campaign_id_{'_'.join(columns)}")
        op.create_index(name, "credit_claims", ["campaign_id", *columns])
