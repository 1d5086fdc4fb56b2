"""How a campaign's hosted pages look and what they say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("logo", sa.Text(), nullable=False),
        sa.Column("link_to", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.CheckConstraint("link_to in ('invitation', 'site')", name=op.f("ck_brands_link_to")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_brands_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_brands")),
        sqlite_strict=True,
    )
    op.create_table(
        "logos",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint(
            "kind in ('image/png', 'image/jpeg', 'image/webp')", name=op.f("ck_logos_kind")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_logos_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_logos")),
        sqlite_strict=True,
    )
