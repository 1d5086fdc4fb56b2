"""Counters of a whole campaign beside those of each referrer, and visits found by referrer."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_visits_campaign_id_referrer_id"), "visits", ["campaign_id", "referrer_id"]
    )
    op.execute(
        "insert into lead_counts (campaign_id, day, referrer_id, joined, qualified)"
        " select campaign_id, day, '', sum(joined), sum(qualified) from lead_counts"
        " group by campaign_id, day"
    )
    op.execute(
        "insert into reward_sums"
        " (campaign_id, day, referrer_id, status, currency, unit, rewards, amount)"
        " select campaign_id, day, '', status, currency, unit, sum(rewards), sum(amount)"
        " from reward_sums group by campaign_id, day, status, currency, unit"
    )
