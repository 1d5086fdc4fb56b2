"""What moves in from other programmes: the files, and the mark on what they brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "kind in ('referrers', 'leads', 'rewards')"
STATUSES = (
    "status in ('reading', 'waiting', 'checking', 'checked', 'writing', 'done', 'closing',"
    " 'undoing', 'undone')"
)
VERDICTS = "verdict in ('new', 'known', 'left', 'wrong')"


def upgrade() -> None:
    _marks()
    _imports()
    _parts()
    _rows()


def _marks() -> None:
    op.add_column("campaigns", sa.Column("params", sa.Text(), nullable=False, server_default=""))
    for table in ("referrers", "aliases", "leads", "conversions", "rewards"):
        op.add_column(table, sa.Column("import_id", sa.Text(), nullable=True))
    op.add_column("rewards", sa.Column("import_key", sa.Text(), nullable=True))
    op.add_column(
        "leads", sa.Column("settled", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.create_index(
        "uq_rewards_import_key",
        "rewards",
        ["campaign_id", "import_key"],
        unique=True,
        sqlite_where=sa.text("import_key is not null"),
        postgresql_where=sa.text("import_key is not null"),
    )
    op.create_index(
        "ix_rewards_moved_in",
        "rewards",
        ["campaign_id", "currency", "amount"],
        sqlite_where=sa.text("import_id is not null and status = 'issued'"),
        postgresql_where=sa.text("import_id is not null and status = 'issued'"),
    )
    op.create_index(
        op.f("ix_own_visitors_campaign_id_referrer_id"),
        "own_visitors",
        ["campaign_id", "referrer_id"],
    )


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False, server_default=""),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("sample", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
            for name in ("rows", "done", "round", "new", "known", "left", "wrong")
        ),
        sa.Column("problem", sa.Text(), nullable=False, server_default=""),
        sa.Column("deed_id", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_imports")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_imports_campaign_id")
        ),
        sa.CheckConstraint(KINDS, name=op.f("ck_imports_kind")),
        sa.CheckConstraint(STATUSES, name=op.f("ck_imports_status")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_imports_status"), "imports", ["status"])


def _parts() -> None:
    op.create_table(
        "import_parts",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "import_id", "first", name=op.f("pk_import_parts")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "import_id"],
            ["imports.campaign_id", "imports.id"],
            name=op.f("fk_import_parts_campaign_id_import_id"),
        ),
        sqlite_strict=True,
    )


def _rows() -> None:
    op.create_table(
        "import_rows",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False, server_default="")
            for name in ("column", "detail", "key")
        ),
        sa.Column("made", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id", "import_id", "number", name=op.f("pk_import_rows")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "import_id"],
            ["imports.campaign_id", "imports.id"],
            name=op.f("fk_import_rows_campaign_id_import_id"),
        ),
        sa.CheckConstraint(VERDICTS, name=op.f("ck_import_rows_verdict")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_import_rows_campaign_id_import_id_verdict_number"),
        "import_rows",
        ["campaign_id", "import_id", "verdict", "number"],
    )
    op.create_table(
        "import_keys",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("whose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("campaign_id", "import_id", "round", "key"), name=op.f("pk_import_keys")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "import_id"],
            ["imports.campaign_id", "imports.id"],
            name=op.f("fk_import_keys_campaign_id_import_id"),
        ),
        sqlite_strict=True,
    )
