"""Shops tell of their orders: their addresses, the orders by the shop's own id, and their calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RESULT = (
    "result in ('qualified', 'already_qualified', 'held', 'rejected', 'refunded', 'waiting',"
    " 'no_lead', 'unknown_code', 'referrer_code', 'ignored', 'invalid', 'bad_signature',"
    " 'received')"
)
_KIND = "kind in ('shopify', 'woocommerce')"


def upgrade() -> None:
    _calls()
    op.create_table(
        "shops",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint(_KIND, name=op.f("ck_shops_kind")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_shops_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
        sa.UniqueConstraint("campaign_id", "kind", name=op.f("uq_shops_campaign_id_kind")),
        sa.UniqueConstraint("hash", name=op.f("uq_shops_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "shop_orders",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.CheckConstraint(_KIND, name=op.f("ck_shop_orders_kind")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_shop_orders_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "kind", "ref", name=op.f("pk_shop_orders")),
        sqlite_strict=True,
    )


def _calls() -> None:
    with op.batch_alter_table("calls", table_kwargs={"sqlite_strict": True}) as calls:
        for name in ("topic", "delivery", "order_ref"):
            calls.add_column(sa.Column(name, sa.Text(), server_default="", nullable=False))
        calls.drop_constraint(op.f("ck_calls_result"), type_="check")
        calls.create_check_constraint(op.f("ck_calls_result"), _RESULT)
    _index("of_leads", "received_at", "result <> 'no_lead' and result <> 'waiting'")
    _index("delivery", "delivery", "delivery <> ''")
    _index("order_ref", "order_ref", "order_ref <> ''")


def _index(name: str, column: str, where: str) -> None:
    op.create_index(
        op.f(f"ix_calls_{name}"),
        "calls",
        ["campaign_id", column],
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )
