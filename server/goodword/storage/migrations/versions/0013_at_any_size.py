"""Whatever a page shows first is found by an index or a counter, however much there is.

Visits of a whole campaign, leads by month, what is due by the day it may go out and sums by
recipient are counted; people are found by the words of their names; test runs by an index of
their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from goodword.model import add_months, beginnings, month_start

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TESTS = {
    "hits": ("campaign_id", "code", "id"),
    "leads": ("joined_at",),
    "conversions": ("created_at",),
    "reports": ("created_at",),
    "activity": ("created_at",),
}


def upgrade() -> None:
    for table in ("lead_counts", "visits"):
        op.drop_index(f"ix_{table}_campaign_id_referrer_id", table)
        _index(table, "campaign_id", "referrer_id", "day")
    op.drop_index("ix_leads_campaign_id_converted_at", "leads")
    _index("leads", "campaign_id", "converted_at", "joined_at")
    _index("leads", "campaign_id", "status", "joined_at")
    _index("rewards", "campaign_id", "status", "issued_at")
    for table, columns in _TESTS.items():
        _index(table, *columns, where="mode = 'test'")
    op.execute(
        "insert into visits (campaign_id, day, referrer_id, hits)"
        " select campaign_id, day, '', sum(hits) from visits group by campaign_id, day"
    )
    _sums()
    _due_sums()
    _months()
    for whose, people in (("lead", "leads"), ("referrer", "referrers")):
        _search(f"{whose}_search", f"{whose}_id", people)


def _index(table: str, *columns: str, where: str = "") -> None:
    only = sa.text(where) if where else None
    op.create_index(
        op.f(f"ix_{table}_" + "_".join(columns)),
        table,
        list(columns),
        sqlite_where=only,
        postgresql_where=only,
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _big(name: str) -> sa.Column[Any]:
    return sa.Column(name, BIG, nullable=False)


def _counters(name: str, key: Sequence[sa.Column[Any]], *counts: str, **words: str) -> None:
    """A table of counters; `words` are those that a column may hold."""
    op.create_table(
        name,
        *key,
        *(sa.Column(each, BIG, nullable=False, server_default=sa.text("0")) for each in counts),
        *(
            sa.CheckConstraint(f"{column} in ({allowed})", name=op.f(f"ck_{name}_{column}"))
            for column, allowed in words.items()
        ),
        sa.PrimaryKeyConstraint(*(column.name for column in key), name=op.f(f"pk_{name}")),
        sqlite_strict=True,
    )


def _sums() -> None:
    """Made anew: the recipient is part of the primary key, and no sum can be divided."""
    op.drop_table("reward_sums")
    who = (_text("campaign_id"), _big("day"), _text("referrer_id"))
    what = (_text("recipient"), _text("status"), _text("currency"), _text("unit"))
    _counters(
        "reward_sums",
        (*who, *what),
        "rewards",
        "amount",
        recipient="'referrer', 'lead'",
        status="'due', 'held', 'issued', 'failed', 'cancelled'",
    )
    _index("reward_sums", "campaign_id", "referrer_id", "day")
    op.execute(
        "insert into reward_sums (campaign_id, day, referrer_id, recipient, status, currency, unit,"
        " rewards, amount) select campaign_id, day, referrer_id, recipient, status, currency, unit,"
        " count(*), sum(amount) from ("
        " select campaign_id, created_at - created_at % 86400000 as day, referrer_id, recipient,"
        " status, currency, unit, amount from rewards"
        " where status <> 'issued' or issued_at is null"
        " union all"
        " select campaign_id, issued_at - issued_at % 86400000, referrer_id, recipient,"
        " status, currency, unit, amount from rewards"
        " where status = 'issued' and issued_at is not null"
        ") as counted group by campaign_id, day, referrer_id, recipient, status, currency, unit"
    )
    op.execute(
        "insert into reward_sums (campaign_id, day, referrer_id, recipient, status, currency, unit,"
        " rewards, amount) select campaign_id, day, '', recipient, status, currency, unit,"
        " sum(rewards), sum(amount) from reward_sums"
        " group by campaign_id, day, recipient, status, currency, unit"
    )


def _due_sums() -> None:
    key = (_text("campaign_id"), _big("day"), _text("currency"), _text("unit"))
    _counters("due_sums", key, "rewards", "amount")
    op.execute(
        "insert into due_sums (campaign_id, day, currency, unit, rewards, amount)"
        " select campaign_id, day, currency, unit, count(*), sum(amount) from ("
        " select campaign_id, issue_after - issue_after % 86400000 as day, currency, unit, amount"
        " from rewards where status = 'due'"
        ") as counted group by campaign_id, day, currency, unit"
    )


def _months() -> None:
    key = (_text("campaign_id"), _big("month"), _text("referrer_id"))
    _counters("lead_months", key, "joined", "qualified")
    _index("lead_months", "campaign_id", "month", "qualified", "joined", "referrer_id")
    for month in _months_of(*op.get_bind().execute(sa.text(_DAYS)).one()):
        op.execute(
            sa.text(
                "insert into lead_months (campaign_id, month, referrer_id, joined, qualified)"
                " select campaign_id, :month, referrer_id, sum(joined), sum(qualified)"
                " from lead_counts"
                " where referrer_id <> '' and day >= :month and day < :following"
                " group by campaign_id, referrer_id"
            ).bindparams(
                sa.bindparam("month", month, BIG),
                sa.bindparam("following", add_months(month, 1), BIG),
            )
        )


_DAYS = "select min(day), max(day) from lead_counts"


def _months_of(first: int | None, last: int | None) -> Iterator[int]:
    month = month_start(first or 0)
    while last is not None and month <= last:
        yield month
        month = add_months(month, 1)


def _search(name: str, whose: str, people: str) -> None:
    search = op.create_table(
        name,
        _text("campaign_id"),
        _text(whose),
        sa.Column("text", BYTEWISE, nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", whose, "text", name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(
            ["campaign_id", whose],
            [f"{people}.campaign_id", f"{people}.id"],
            name=op.f(f"fk_{name}_campaign_id_{whose}"),
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    _index(name, "campaign_id", "text", whose)
    db = op.get_bind()
    columns: list[Any] = [sa.column(each) for each in ("campaign_id", "id", "name", "email")]
    named = sa.select(*columns).select_from(sa.table(people)).where(sa.text("mode = 'live'"))
    for some in db.execute(named).partitions(1_000):
        rows = [
            {"campaign_id": row.campaign_id, whose: row.id, "text": text}
            for row in some
            for text in beginnings(row.name, row.email)
        ]
        if rows:
            db.execute(sa.insert(search), rows)
