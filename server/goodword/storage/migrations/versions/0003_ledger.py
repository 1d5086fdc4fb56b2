"""The whole ledger: refunds, steps, coupons, customers, what was done by hand, and the counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OCCASION = "occasion in ('joined', 'qualified', 'converted')"
_KIND = "kind in ('fixed', 'percentage', 'custom', 'coupon')"
_METHOD = "method in ('hand', 'coupon', 'webhook')"
_LIVE = "status <> 'cancelled' and reverses is null and (reversed < amount or reversed = 0)"


def upgrade() -> None:
    _tables()
    _columns()
    _rules()
    _rewards()
    _counters()


def _tables() -> None:
    op.create_table(
        "lead_counts",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("day", BIG, nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("joined", BIG, server_default="0", nullable=False),
        sa.Column("qualified", BIG, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "day", "referrer_id", name=op.f("pk_lead_counts")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_lead_counts_campaign_id_referrer_id"),
        "lead_counts",
        ["campaign_id", "referrer_id"],
        unique=False,
    )
    op.create_table(
        "reward_sums",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("day", BIG, nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("rewards", BIG, server_default="0", nullable=False),
        sa.Column("amount", BIG, server_default="0", nullable=False),
        sa.CheckConstraint(
            "status in ('held', 'due', 'issued', 'failed', 'cancelled')",
            name=op.f("ck_reward_sums_status"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id",
            "day",
            "referrer_id",
            "status",
            "currency",
            "unit",
            name=op.f("pk_reward_sums"),
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_reward_sums_campaign_id_referrer_id"),
        "reward_sums",
        ["campaign_id", "referrer_id"],
        unique=False,
    )
    op.create_table(
        "coupons",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reward_id", sa.Text(), nullable=True),
        sa.Column("shown_at", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_coupons_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "pool", "code", name=op.f("pk_coupons")),
        sa.UniqueConstraint(
            "campaign_id", "reward_id", name=op.f("uq_coupons_campaign_id_reward_id")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_coupons_campaign_id_pool_created_at_code"),
        "coupons",
        ["campaign_id", "pool", "created_at", "code"],
        unique=False,
    )
    op.create_table(
        "customers",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("email_canonical", sa.Text(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_customers_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "email_canonical", name=op.f("pk_customers")),
        sqlite_strict=True,
    )
    op.create_table(
        "deeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("undone_at", BIG, nullable=True),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_deeds_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deeds")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_deeds_campaign_id_created_at"),
        "deeds",
        ["campaign_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "refunds",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("amount", BIG, nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_refunds_mode")),
        sa.CheckConstraint(
            "status in ('waiting', 'applied', 'undone')", name=op.f("ck_refunds_status")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "conversion_id"],
            ["conversions.campaign_id", "conversions.id"],
            name=op.f("fk_refunds_campaign_id_conversion_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_refunds")),
        sa.UniqueConstraint(
            "campaign_id",
            "mode",
            "external_id",
            name=op.f("uq_refunds_campaign_id_mode_external_id"),
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_refunds_campaign_id_conversion_id"),
        "refunds",
        ["campaign_id", "conversion_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_refunds_campaign_id_order_id"),
        "refunds",
        ["campaign_id", "order_id"],
        unique=False,
    )


def _columns() -> None:
    op.add_column("campaigns", sa.Column("cap", sa.Integer(), nullable=True))
    op.add_column("campaigns", sa.Column("budget", BIG, nullable=True))
    op.add_column("campaigns", sa.Column("batch_day", sa.Integer(), nullable=True))
    op.add_column("campaigns", sa.Column("second_eyes", BIG, nullable=True))
    op.execute("update campaigns set cap = 20")
    op.add_column("conversions", _counted("refunded"))
    op.add_column("referrers", sa.Column("disabled_at", BIG, nullable=True))
    # Sessions refer to admins: the table must not be made anew.
    op.execute(
        "alter table admins add column role text not null default 'owner'"
        " constraint ck_admins_role check (role in ('owner', 'manager', 'reader'))"
    )


_STRICT = {"sqlite_strict": True}


def _counted(name: str, kind: sa.types.TypeEngine[int] = BIG) -> sa.Column[int]:
    return sa.Column(name, kind, server_default="0", nullable=False)


def _worded(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _rules() -> None:
    with op.batch_alter_table("rules", table_kwargs=_STRICT) as rules:
        for column in (
            _worded("kind", "fixed"),
            _counted("rate", sa.Integer()),
            sa.Column("at_most", BIG, nullable=True),
            _worded("unit"),
            _worded("pool"),
            _counted("every", sa.Integer()),
            _worded("milestones"),
            _counted("months", sa.Integer()),
            _worded("method", "hand"),
            _counted("auto", sa.Integer()),
            _counted("holds_from"),
        ):
            rules.add_column(column)
        rules.drop_constraint(op.f("ck_rules_occasion"), type_="check")
        rules.create_check_constraint(op.f("ck_rules_occasion"), _OCCASION)
        rules.create_check_constraint(op.f("ck_rules_kind"), _KIND)
        rules.create_check_constraint(op.f("ck_rules_method"), _METHOD)
    op.execute("update rules set holds_from = created_at where version > 1")


def _rewards() -> None:
    op.drop_index(op.f("uq_rewards_occasion"), table_name="rewards")
    op.drop_index(op.f("ix_rewards_campaign_id_referrer_id"), table_name="rewards")
    with op.batch_alter_table("rewards", table_kwargs=_STRICT) as rewards:
        for column in (
            _worded("unit"),
            _counted("step", sa.Integer()),
            sa.Column("hold", sa.Text(), nullable=True),
            sa.Column("released_at", BIG, nullable=True),
            sa.Column("approved_by", sa.Text(), nullable=True),
            sa.Column("ready_at", BIG, nullable=True),
            sa.Column("issued_at", BIG, nullable=True),
            sa.Column("reverses", sa.Text(), nullable=True),
            sa.Column("replaces", sa.Text(), nullable=True),
            _counted("reversed"),
        ):
            rewards.add_column(column)
        rewards.drop_constraint(op.f("ck_rewards_occasion"), type_="check")
        rewards.create_check_constraint(op.f("ck_rewards_occasion"), _OCCASION)
    _index("lead_id")
    _index("conversion_id")
    _index("referrer_id", "created_at")
    _index("status", "created_at")
    _index("status", "issue_after")
    once = ("lead_id", "rule_id", "recipient", "occasion")
    each = ("lead_id", "conversion_id", "rule_id", "recipient")
    step = ("referrer_id", "rule_id", "recipient", "step")
    _unique("occasion", f"{_LIVE} and step = 0 and occasion <> 'converted'", *once)
    _unique("conversion", f"{_LIVE} and step = 0 and occasion = 'converted'", *each)
    _unique("step", f"{_LIVE} and step > 0", *step)


def _index(*columns: str) -> None:
    name = op.f("ix_rewards_campaign_id_" + "_".join(columns))
    op.create_index(name, "rewards", ["campaign_id", *columns])


def _unique(name: str, where: str, *columns: str) -> None:
    op.create_index(
        op.f(f"uq_rewards_{name}"),
        "rewards",
        ["campaign_id", *columns],
        unique=True,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _counters() -> None:
    """Counts what is there, by days of 86,400,000 ms; test runs are in no counter."""
    op.execute(
        "insert into lead_counts (campaign_id, day, referrer_id, joined, qualified)"
        " select campaign_id, day, referrer_id, sum(joined), sum(qualified) from ("
        " select campaign_id, joined_at - joined_at % 86400000 as day, referrer_id,"
        " 1 as joined, 0 as qualified from leads where mode = 'live' and status <> 'rejected'"
        " union all"
        " select campaign_id, converted_at - converted_at % 86400000, referrer_id, 0, 1 from leads"
        " where mode = 'live' and status = 'qualified' and converted_at is not null"
        ") as counted group by campaign_id, day, referrer_id"
    )
    op.execute(
        "insert into reward_sums"
        " (campaign_id, day, referrer_id, status, currency, unit, rewards, amount)"
        " select campaign_id, created_at - created_at % 86400000 as day, referrer_id, status,"
        " currency, '', count(*), sum(amount) from rewards"
        " group by campaign_id, day, referrer_id, status, currency"
    )
