"""Refused reports are listed, however many others there are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_REFUSED = "slot <> '' and slot <> 'duplicate'"


def upgrade() -> None:
    op.create_index(
        op.f("ix_reports_refused"),
        "reports",
        ["campaign_id", "id"],
        unique=False,
        sqlite_where=sa.text(_REFUSED),
        postgresql_where=sa.text(_REFUSED),
    )
