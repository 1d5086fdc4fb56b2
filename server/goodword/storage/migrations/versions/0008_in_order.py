"""What belongs to one lead, order or conversion is found in its order, whatever the table's size.

Without the last column SQLite may walk the whole primary key to save sorting a few rows.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BY = (
    ("conversions", "lead_id"),
    ("conversions", "order_id"),
    ("findings", "conversion_id"),
    ("findings", "lead_id"),
    ("refunds", "conversion_id"),
    ("refunds", "order_id"),
    ("reports", "conversion_id"),
    ("reports", "lead_id"),
    ("rewards", "conversion_id"),
    ("rewards", "lead_id"),
)


def upgrade() -> None:
    for table, column in _BY:
        _index(table, column, "id")
    _index("activity", "lead_id", "created_at", "id")


def _index(table: str, *columns: str) -> None:
    op.drop_index(op.f(f"ix_{table}_campaign_id_{columns[0]}"), table_name=table)
    name = op.f(f"ix_{table}_campaign_id_" + "_".join(columns))
    op.create_index(name, table, ["campaign_id", *columns])
