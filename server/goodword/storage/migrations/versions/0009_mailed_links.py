"""Links that were mailed to a referrer can be revoked: those of before a moment open nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("referrers", sa.Column("links_from", BIG, nullable=False, server_default="0"))
