"""What a refund took of an issued reward is owed again, once, when the refund is undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LIVE = "status <> 'cancelled' and reverses is null and (reversed < amount or reversed = 0)"


def upgrade() -> None:
    op.add_column("rewards", sa.Column("restores", sa.Text(), nullable=True))
    whole = f"{LIVE} and restores is null and step = 0"
    once = ("lead_id", "rule_id", "recipient", "occasion")
    _unique_anew("occasion", f"{whole} and occasion <> 'converted'", *once)
    each = ("lead_id", "conversion_id", "rule_id", "recipient")
    _unique_anew("conversion", f"{whole} and occasion = 'converted'", *each)
    _unique("again", f"{LIVE} and restores is not null", "restores", *once[1:])


def _unique_anew(name: str, where: str, *columns: str) -> None:
    op.drop_index(op.f(f"uq_rewards_{name}"), table_name="rewards")
    _unique(name, where, *columns)


def _unique(name: str, where: str, *columns: str) -> None:
    op.create_index(
        op.f(f"uq_rewards_{name}"),
        "rewards",
        ["campaign_id", *columns],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
