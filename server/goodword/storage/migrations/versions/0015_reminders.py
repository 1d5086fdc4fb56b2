"""Who asked to join may be reminded, once; a letter may wait for some days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("letters", sa.Column("days", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("referrers", sa.Column("asked_at", BIG, nullable=True))
    op.add_column("referrers", sa.Column("reminded_at", BIG, nullable=True))
    name = op.f("ix_referrers_campaign_id_created_at")
    op.create_index(name, "referrers", ["campaign_id", "created_at"])
