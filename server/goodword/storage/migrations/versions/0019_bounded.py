"""Steps, coupons that wait and open findings are found by small indexes of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index(
        "ix_leads_successful",
        "leads",
        ["campaign_id", "referrer_id", "converted_at", "id", "mode", "status", "settled"],
        "mode = 'live' and status = 'qualified' and settled = 0",
    )
    _index(
        "ix_findings_open",
        "findings",
        ["campaign_id", "lead_id", "conversion_id"],
        "verdict = 'hold' and cleared_at is null",
    )
    _index(
        "ix_rewards_of_coupons",
        "rewards",
        ["campaign_id", "status", "id"],
        "unit = 'coupon'",
    )


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    partly = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=partly, postgresql_where=partly)
