"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "activity",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("reward_id", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_activity_mode")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_activity")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_activity_campaign_id_lead_id"),
        "activity",
        ["campaign_id", "lead_id"],
        unique=False,
    )
    op.create_table(
        "admins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admins")),
        sa.UniqueConstraint("email", name=op.f("uq_admins_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("site_key", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("landing", sa.Text(), nullable=False),
        sa.Column("window", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("least_evidence", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("code_key", sa.LargeBinary(), nullable=False),
        sa.Column("signing_secret", sa.LargeBinary(), nullable=False),
        sa.Column("paused_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("status in ('active', 'paused')", name=op.f("ck_campaigns_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("site_key", name=op.f("uq_campaigns_site_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaigns_slug")),
        sqlite_strict=True,
    )
    op.create_table(
        "hits",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("http_referrer", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("webdriver", sa.Integer(), nullable=False),
        sa.Column("gpc", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_hits_mode")),
        sa.CheckConstraint("via in ('tag', 'hop')", name=op.f("ck_hits_via")),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_hits")),
        sqlite_strict=True,
    )
    op.create_table(
        "installation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
        sqlite_strict=True,
    )
    op.create_table(
        "login_failures",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column(
            "blocked_until", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_login_failures")),
        sqlite_strict=True,
    )
    op.create_table(
        "refusals",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("hour", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint(
            "campaign_id", "hour", "event", "reason", "origin", name=op.f("pk_refusals")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "visits",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("day", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("hits", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "day", "referrer_id", name=op.f("pk_visits")),
        sqlite_strict=True,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "last_used_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "revoked_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("scope in ('read', 'write')", name=op.f("ck_api_keys_scope")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_api_keys_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_keys_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "referrers",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_canonical", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_referrers_mode")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_referrers_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_referrers")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_referrers_campaign_id_code")),
        sa.UniqueConstraint(
            "campaign_id",
            "mode",
            "email_canonical",
            name=op.f("uq_referrers_campaign_id_mode_email_canonical"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "rules",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("delay", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "retired_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("occasion in ('joined', 'qualified')", name=op.f("ck_rules_occasion")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_rules_amount")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_rules_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", "version", name=op.f("pk_rules")),
        sqlite_strict=True,
    )
    op.create_table(
        "sessions",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("admin_id", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "expires_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(["admin_id"], ["admins.id"], name=op.f("fk_sessions_admin_id")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sessions")),
        sqlite_strict=True,
    )
    op.create_table(
        "aliases",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "referrer_id"],
            ["referrers.campaign_id", "referrers.id"],
            name=op.f("fk_aliases_campaign_id_referrer_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "alias", name=op.f("pk_aliases")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_aliases_campaign_id_referrer_id"),
        "aliases",
        ["campaign_id", "referrer_id"],
        unique=False,
    )
    op.create_table(
        "idempotency",
        sa.Column("api_key_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_keys.id"], name=op.f("fk_idempotency_api_key_id")
        ),
        sa.PrimaryKeyConstraint("api_key_id", "key", name=op.f("pk_idempotency")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "leads",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_canonical", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("hit_id", sa.Text(), nullable=True),
        sa.Column("visitor", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "joined_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "converted_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_leads_mode")),
        sa.CheckConstraint("source in ('lead', 'conversion', 'api')", name=op.f("ck_leads_source")),
        sa.CheckConstraint(
            "status in ('pending', 'qualified', 'rejected')", name=op.f("ck_leads_status")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "referrer_id"],
            ["referrers.campaign_id", "referrers.id"],
            name=op.f("fk_leads_campaign_id_referrer_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_leads")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_leads_campaign_id_code")),
        sa.UniqueConstraint(
            "campaign_id", "mode", "customer", name=op.f("uq_leads_campaign_id_mode_customer")
        ),
        sa.UniqueConstraint(
            "campaign_id",
            "mode",
            "email_canonical",
            name=op.f("uq_leads_campaign_id_mode_email_canonical"),
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_leads_campaign_id_converted_at"),
        "leads",
        ["campaign_id", "converted_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_leads_campaign_id_hit_id"), "leads", ["campaign_id", "hit_id"], unique=False
    )
    op.create_index(
        op.f("ix_leads_campaign_id_joined_at"), "leads", ["campaign_id", "joined_at"], unique=False
    )
    op.create_index(
        op.f("ix_leads_campaign_id_referrer_id_joined_at"),
        "leads",
        ["campaign_id", "referrer_id", "joined_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_leads_campaign_id_visitor"), "leads", ["campaign_id", "visitor"], unique=False
    )
    op.create_table(
        "own_visitors",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("visitor", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "referrer_id"],
            ["referrers.campaign_id", "referrers.id"],
            name=op.f("fk_own_visitors_campaign_id_referrer_id"),
        ),
        sa.PrimaryKeyConstraint(
            "campaign_id", "visitor", "referrer_id", name=op.f("pk_own_visitors")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "conversions",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("referrer_id", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_conversions_mode")),
        sa.CheckConstraint(
            "status in ('counted', 'held', 'rejected', 'ignored')",
            name=op.f("ck_conversions_status"),
        ),
        sa.CheckConstraint("evidence between 0 and 4", name=op.f("ck_conversions_evidence")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["leads.campaign_id", "leads.id"],
            name=op.f("fk_conversions_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_conversions")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_conversions_campaign_id_lead_id"),
        "conversions",
        ["campaign_id", "lead_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_conversions_campaign_id_order_id"),
        "conversions",
        ["campaign_id", "order_id"],
        unique=False,
    )
    op.create_index(
        "uq_conversions_event_of_lead",
        "conversions",
        ["campaign_id", "lead_id", "event"],
        unique=True,
        sqlite_where=sa.text("order_id is null and evidence > 0 and status in ('counted', 'held')"),
        postgresql_where=sa.text(
            "order_id is null and evidence > 0 and status in ('counted', 'held')"
        ),
    )
    op.create_index(
        "uq_conversions_order_counted",
        "conversions",
        ["campaign_id", "mode", "order_id"],
        unique=True,
        sqlite_where=sa.text("order_id is not null and status = 'counted'"),
        postgresql_where=sa.text("order_id is not null and status = 'counted'"),
    )
    op.create_index(
        "uq_conversions_order_of_lead",
        "conversions",
        ["campaign_id", "mode", "order_id", "lead_id"],
        unique=True,
        sqlite_where=sa.text(
            "order_id is not null and evidence > 0 and status in ('counted', 'held')"
        ),
        postgresql_where=sa.text(
            "order_id is not null and evidence > 0 and status in ('counted', 'held')"
        ),
    )
    op.create_table(
        "findings",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "cleared_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("cleared_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "verdict in ('allow', 'hold', 'reject', 'ignore')", name=op.f("ck_findings_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "conversion_id"],
            ["conversions.campaign_id", "conversions.id"],
            name=op.f("fk_findings_campaign_id_conversion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["leads.campaign_id", "leads.id"],
            name=op.f("fk_findings_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_findings")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_findings_campaign_id_conversion_id"),
        "findings",
        ["campaign_id", "conversion_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_findings_campaign_id_lead_id"),
        "findings",
        ["campaign_id", "lead_id"],
        unique=False,
    )
    op.create_table(
        "reports",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("kind in ('lead', 'convert')", name=op.f("ck_reports_kind")),
        sa.CheckConstraint("mode in ('live', 'test')", name=op.f("ck_reports_mode")),
        sa.CheckConstraint(
            "status in ('counted', 'held', 'rejected', 'ignored')", name=op.f("ck_reports_status")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "conversion_id"],
            ["conversions.campaign_id", "conversions.id"],
            name=op.f("fk_reports_campaign_id_conversion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["leads.campaign_id", "leads.id"],
            name=op.f("fk_reports_campaign_id_lead_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "campaign_id",
            "kind",
            "key",
            "holder",
            "slot",
            name=op.f("uq_reports_campaign_id_kind_key_holder_slot"),
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_reports_campaign_id_conversion_id"),
        "reports",
        ["campaign_id", "conversion_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_reports_campaign_id_lead_id"), "reports", ["campaign_id", "lead_id"], unique=False
    )
    op.create_table(
        "rewards",
        sa.Column("campaign_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("referrer_id", sa.Text(), nullable=False),
        sa.Column("conversion_id", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "issue_after", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "created_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("occasion in ('joined', 'qualified')", name=op.f("ck_rewards_occasion")),
        sa.CheckConstraint("recipient in ('referrer', 'lead')", name=op.f("ck_rewards_recipient")),
        sa.CheckConstraint(
            "status in ('held', 'due', 'issued', 'failed', 'cancelled')",
            name=op.f("ck_rewards_status"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "conversion_id"],
            ["conversions.campaign_id", "conversions.id"],
            name=op.f("fk_rewards_campaign_id_conversion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "lead_id"],
            ["leads.campaign_id", "leads.id"],
            name=op.f("fk_rewards_campaign_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "referrer_id"],
            ["referrers.campaign_id", "referrers.id"],
            name=op.f("fk_rewards_campaign_id_referrer_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "id", name=op.f("pk_rewards")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_rewards_campaign_id_created_at"),
        "rewards",
        ["campaign_id", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_rewards_campaign_id_referrer_id"),
        "rewards",
        ["campaign_id", "referrer_id"],
        unique=False,
    )
    op.create_index(
        "uq_rewards_occasion",
        "rewards",
        ["campaign_id", "lead_id", "rule_id", "recipient", "occasion"],
        unique=True,
        sqlite_where=sa.text("status <> 'cancelled'"),
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
