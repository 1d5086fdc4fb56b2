"""E-mails: what each letter of a campaign says, who wants none, and messages that are dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STRICT = {"sqlite_strict": True}


def upgrade() -> None:
    _outbox()
    op.create_table(
        "letters",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_letters_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "letter", name=op.f("pk_letters")),
        sqlite_strict=True,
    )
    op.create_table(
        "unsubscribed",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_unsubscribed_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "address", "letter", name=op.f("pk_unsubscribed")),
        sqlite_strict=True,
    )


def _outbox() -> None:
    """SQLite makes the table anew to change its words: what refers to it stands aside."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("create temporary table kept as select * from deliveries")
        op.execute("delete from deliveries")
    with op.batch_alter_table("outbox", table_kwargs=_STRICT) as outbox:
        outbox.add_column(sa.Column("reason", sa.Text(), nullable=True))
        outbox.drop_constraint(op.f("ck_outbox_status"), type_="check")
        outbox.create_check_constraint(
            op.f("ck_outbox_status"), "status in ('waiting', 'sent', 'failed', 'dropped')"
        )
    if sqlite:
        op.execute("insert into deliveries select * from kept")
        op.execute("drop table kept")
    for columns in (("kind", "id"), ("kind", "status", "id")):
        name = op.f("ix_outbox_campaign_id_" + "_".join(columns))
        op.create_index(name, "outbox", ["campaign_id", *columns])
