"""Who was invited by e-mail, once for ever: a keyed hash of the address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "invited",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "referrer_id"],
            ["referrers.campaign_id", "referrers.id"],
            name=op.f("fk_invited_campaign_id_referrer_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "address", "referrer_id", name=op.f("pk_invited")),
        sqlite_strict=True,
    )
    name = op.f("ix_invited_campaign_id_referrer_id_created_at")
    op.create_index(name, "invited", ["campaign_id", "referrer_id", "created_at"])
