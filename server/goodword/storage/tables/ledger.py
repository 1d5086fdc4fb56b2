"""Leads, conversions, rewards, and the log of what happened to them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Integer, PrimaryKeyConstraint, UniqueConstraint, text

from goodword.model import (
    LeadStatus,
    Mode,
    Occasion,
    Recipient,
    RefundStatus,
    ReportKind,
    RewardStatus,
    Status,
    Verdict,
)
from goodword.storage.tables.base import (
    Big,
    belongs_to,
    counted,
    of_tests,
    optional,
    required,
    table,
    worded,
    words,
)

# What counts for steps of a referrer, unless a finding is open.
_SUCCESSFUL = "mode = 'live' and status = 'qualified' and settled = 0"

leads = table(
    "leads",
    required("campaign_id"),
    required("id"),
    required("referrer_id"),
    required("status"),
    optional("reason"),
    required("code"),
    optional("email"),
    optional("email_canonical"),
    optional("customer"),
    optional("name"),
    optional("hit_id"),
    optional("visitor"),
    required("source"),
    required("mode"),
    required("joined_at", Big),
    optional("converted_at", Big),
    optional("import_id"),
    counted("settled", Integer),
    PrimaryKeyConstraint("campaign_id", "id"),
    UniqueConstraint("campaign_id", "code"),
    UniqueConstraint("campaign_id", "mode", "email_canonical"),
    UniqueConstraint("campaign_id", "mode", "customer"),
    Index(None, "campaign_id", "hit_id"),
    Index(None, "campaign_id", "visitor"),
    Index(None, "campaign_id", "referrer_id", "joined_at"),
    Index(None, "campaign_id", "joined_at"),
    Index(None, "campaign_id", "status", "joined_at"),
    Index(None, "campaign_id", "converted_at", "joined_at"),
    Index(
        "ix_leads_successful",
        *("campaign_id", "referrer_id", "converted_at", "id", "mode", "status", "settled"),
        sqlite_where=text(_SUCCESSFUL),
        postgresql_where=text(_SUCCESSFUL),
    ),
    of_tests("joined_at"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
    words("status", LeadStatus),
    words("source", ["lead", "conversion", "api"]),
    words("mode", Mode),
)

# No foreign keys: ids come out of a signature, and one bad row must not refuse a whole batch.
_HOLDS_ORDER = "order_id is not null and evidence > 0 and status in ('counted', 'held')"
_HOLDS_EVENT = "order_id is null and evidence > 0 and status in ('counted', 'held')"

conversions = table(
    "conversions",
    required("campaign_id"),
    required("id"),
    optional("lead_id"),
    optional("referrer_id"),
    required("event"),
    optional("order_id"),
    optional("amount", Big),
    optional("currency"),
    required("evidence", Integer),
    required("status"),
    optional("reason"),
    required("mode"),
    required("created_at", Big),
    counted("refunded"),
    optional("import_id"),
    PrimaryKeyConstraint("campaign_id", "id"),
    of_tests("created_at"),
    Index(None, "campaign_id", "lead_id", "id"),
    Index(None, "campaign_id", "order_id", "id"),
    Index(
        "uq_conversions_order_counted",
        "campaign_id",
        "mode",
        "order_id",
        unique=True,
        sqlite_where=text("order_id is not null and status = 'counted'"),
        postgresql_where=text("order_id is not null and status = 'counted'"),
    ),
    Index(
        "uq_conversions_order_of_lead",
        "campaign_id",
        "mode",
        "order_id",
        "lead_id",
        unique=True,
        sqlite_where=text(_HOLDS_ORDER),
        postgresql_where=text(_HOLDS_ORDER),
    ),
    Index(
        "uq_conversions_event_of_lead",
        "campaign_id",
        "lead_id",
        "event",
        unique=True,
        sqlite_where=text(_HOLDS_EVENT),
        postgresql_where=text(_HOLDS_EVENT),
    ),
    belongs_to("leads", "campaign_id", "lead_id"),
    CheckConstraint("evidence between 0 and 4", name="evidence"),
    words("status", Status),
    words("mode", Mode),
)

# What stands has an empty slot; what was known already is no refusal to look at.
REFUSED = "slot <> '' and slot <> 'duplicate'"

reports = table(
    "reports",
    required("campaign_id"),
    required("id"),
    required("kind"),
    required("key"),
    required("holder"),
    required("slot"),
    required("door"),
    required("evidence", Integer),
    required("status"),
    optional("reason"),
    optional("lead_id"),
    optional("conversion_id"),
    required("payload"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    UniqueConstraint("campaign_id", "kind", "key", "holder", "slot"),
    Index(None, "campaign_id", "lead_id", "id"),
    Index(None, "campaign_id", "conversion_id", "id"),
    of_tests("created_at"),
    Index(
        "ix_reports_refused",
        "campaign_id",
        "id",
        sqlite_where=text(REFUSED),
        postgresql_where=text(REFUSED),
    ),
    belongs_to("leads", "campaign_id", "lead_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("kind", ReportKind),
    words("status", Status),
    words("mode", Mode),
)

# What waits for a person: few, however many there ever were.
_OPEN = "verdict = 'hold' and cleared_at is null"

findings = table(
    "findings",
    required("campaign_id"),
    required("id"),
    optional("lead_id"),
    optional("conversion_id"),
    required("check"),
    required("verdict"),
    required("detail"),
    required("created_at", Big),
    optional("cleared_at", Big),
    optional("cleared_by"),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "lead_id", "id"),
    Index(None, "campaign_id", "conversion_id", "id"),
    Index(
        "ix_findings_open",
        *("campaign_id", "lead_id", "conversion_id"),
        sqlite_where=text(_OPEN),
        postgresql_where=text(_OPEN),
    ),
    belongs_to("leads", "campaign_id", "lead_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("verdict", Verdict),
)


def _unique(name: str, where: str, *columns: str) -> Index:
    return Index(
        f"uq_rewards_{name}",
        "campaign_id",
        *columns,
        unique=True,
        sqlite_where=text(where),
        postgresql_where=text(where),
    )


refunds = table(
    "refunds",
    required("campaign_id"),
    required("id"),
    optional("order_id"),
    optional("conversion_id"),
    optional("external_id"),
    optional("amount", Big),
    optional("currency"),
    required("note"),
    required("status"),
    required("actor"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "order_id", "id"),
    Index(None, "campaign_id", "conversion_id", "id"),
    UniqueConstraint("campaign_id", "mode", "external_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("status", RefundStatus),
    words("mode", Mode),
)

# At most one row that counts for an occasion: neither cancelled, nor a reversal, nor wholly taken
# back, nor the rest of one that is owed again, once for each refund that is undone. A further
# conversion is an occasion of its own, a step (a milestone) one of its referrer.
_LIVE = "status <> 'cancelled' and reverses is null and (reversed < amount or reversed = 0)"
_ONCE = f"{_LIVE} and restores is null and step = 0 and occasion <> 'converted'"
_EACH = f"{_LIVE} and restores is null and step = 0 and occasion = 'converted'"
_AGAIN = f"{_LIVE} and restores is not null"
_STEP = f"{_LIVE} and step > 0"

# Rewards that are a code of a pool.
_COUPON = "unit = 'coupon'"

# What was paid before it moved in, which no budget counts.
_MOVED_IN = "import_id is not null and status = 'issued'"

rewards = table(
    "rewards",
    required("campaign_id"),
    required("id"),
    required("lead_id"),
    required("referrer_id"),
    optional("conversion_id"),
    required("recipient"),
    required("occasion"),
    required("rule_id"),
    required("rule_version", Integer),
    required("amount", Big),
    required("currency"),
    required("status"),
    optional("reason"),
    required("issue_after", Big),
    required("created_at", Big),
    worded("unit"),
    counted("step", Integer),
    optional("hold"),
    optional("released_at", Big),
    optional("approved_by"),
    optional("ready_at", Big),
    optional("issued_at", Big),
    optional("reverses"),
    optional("replaces"),
    optional("restores"),
    counted("reversed"),
    optional("import_id"),
    optional("import_key"),
    PrimaryKeyConstraint("campaign_id", "id"),
    _unique("occasion", _ONCE, "lead_id", "rule_id", "recipient", "occasion"),
    _unique("conversion", _EACH, "lead_id", "conversion_id", "rule_id", "recipient"),
    _unique("step", _STEP, "referrer_id", "rule_id", "recipient", "step"),
    _unique("again", _AGAIN, "restores", "rule_id", "recipient", "occasion"),
    _unique("import_key", "import_key is not null", "import_key"),
    Index(
        "ix_rewards_moved_in",
        *("campaign_id", "currency", "amount"),
        sqlite_where=text(_MOVED_IN),
        postgresql_where=text(_MOVED_IN),
    ),
    Index(
        "ix_rewards_of_coupons",
        *("campaign_id", "status", "id"),
        sqlite_where=text(_COUPON),
        postgresql_where=text(_COUPON),
    ),
    Index(None, "campaign_id", "lead_id", "id"),
    Index(None, "campaign_id", "referrer_id", "created_at"),
    Index(None, "campaign_id", "conversion_id", "id"),
    Index(None, "campaign_id", "created_at"),
    Index(None, "campaign_id", "status", "created_at"),
    Index(None, "campaign_id", "status", "issue_after"),
    Index(None, "campaign_id", "status", "issued_at"),
    belongs_to("leads", "campaign_id", "lead_id"),
    belongs_to("referrers", "campaign_id", "referrer_id"),
    belongs_to("conversions", "campaign_id", "conversion_id"),
    words("recipient", Recipient),
    words("occasion", Occasion),
    words("status", RewardStatus),
)

activity = table(
    "activity",
    required("campaign_id"),
    required("id"),
    required("type"),
    required("actor"),
    optional("referrer_id"),
    optional("lead_id"),
    optional("conversion_id"),
    optional("reward_id"),
    required("data"),
    required("mode"),
    required("created_at", Big),
    PrimaryKeyConstraint("campaign_id", "id"),
    Index(None, "campaign_id", "lead_id", "created_at", "id"),
    of_tests("created_at"),
    words("mode", Mode),
)

# A row whose referrer is WHOLE sums up the day of the campaign, so that what an admin sees first
# costs the same however many referrers there are.
WHOLE = ""

lead_counts = table(
    "lead_counts",
    required("campaign_id"),
    required("day", Big),
    required("referrer_id"),
    counted("joined"),
    counted("qualified"),
    PrimaryKeyConstraint("campaign_id", "day", "referrer_id"),
    Index(None, "campaign_id", "referrer_id", "day"),
)

lead_months = table(
    "lead_months",
    required("campaign_id"),
    required("month", Big),
    required("referrer_id"),
    counted("joined"),
    counted("qualified"),
    PrimaryKeyConstraint("campaign_id", "month", "referrer_id"),
    Index(None, "campaign_id", "month", "qualified", "joined", "referrer_id"),
)

reward_sums = table(
    "reward_sums",
    required("campaign_id"),
    required("day", Big),
    required("referrer_id"),
    required("recipient"),
    required("status"),
    required("currency"),
    required("unit"),
    counted("rewards"),
    counted("amount"),
    PrimaryKeyConstraint(
        "campaign_id", "day", "referrer_id", "recipient", "status", "currency", "unit"
    ),
    Index(None, "campaign_id", "referrer_id", "day"),
    words("recipient", Recipient),
    words("status", RewardStatus),
)

due_sums = table(
    "due_sums",
    required("campaign_id"),
    required("day", Big),
    required("currency"),
    required("unit"),
    counted("rewards"),
    counted("amount"),
    PrimaryKeyConstraint("campaign_id", "day", "currency", "unit"),
)
