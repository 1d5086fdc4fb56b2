"""What tables are made of. STRICT on SQLite; integers for time and money; words for a status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    literal_column,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# STRICT tables know no BIGINT; SQLite's INTEGER has 64 bits.
Big = BigInteger().with_variant(Integer, "sqlite")
# Compared byte by byte, whatever the collation of the database, so that an index finds prefixes.
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")

# What is compared with this, and not with a parameter, is found by an index of test runs alone.
TEST: ColumnElement[str] = literal_column("'test'")


def table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def words(column: str, allowed: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in allowed)
    return CheckConstraint(f"{column} in ({listed})", name=column)


def required(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=False)


def optional(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=True)


def counted(name: str, kind: Any = Big) -> Column[Any]:
    """A number that is nought until something says otherwise."""
    return Column(name, kind, nullable=False, server_default=text("0"))


def worded(name: str, default: str = "") -> Column[Any]:
    """A text that every row has, even one that was written before there was such a column."""
    return Column(name, Text, nullable=False, server_default=str(default))


def belongs_to(other: str, *columns: str) -> ForeignKeyConstraint:
    """A reference that stays within the campaign: `campaign_id` is part of it."""
    theirs = ["campaign_id", "id"]
    return ForeignKeyConstraint(list(columns), [f"{other}.{name}" for name in theirs])


def of_tests(*columns: str) -> Index:
    """Test runs are few among many rows, and soon forgotten: they have an index of their own."""
    where = text("mode = 'test'")
    return Index(None, *columns, sqlite_where=where, postgresql_where=where)


def of_campaign() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["campaign_id"], ["campaigns.id"])
