"""Visits have a keyed hash of their address, whose key is destroyed in time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("address_hash", sa.Text(), nullable=False, server_default="")
    op.add_column("hits", column)
