"""What a check of the ledger is: a query that finds offenders, and the line that says why."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, FromClause, select
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must never be. `row` is an id; `text` says what is wrong with it."""

    invariant: str
    row: str
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.row}: {self.text}"


@dataclass(frozen=True, slots=True)
class Check:
    """`offenders` has a column `row`, the offender's id, and those that `says` names.

    Each query joins by keys, or sorts on disk: whatever the size of the ledger, the memory that
    a check takes is bounded.
    """

    invariant: str
    says: str
    offenders: Executable


async def run(db: AsyncConnection, checks: Iterable[Check]) -> AsyncIterator[Violation]:
    """What the checks find, one at a time."""
    for check in checks:
        async for row in rows_of(db, check.offenders):
            yield Violation(check.invariant, row["row"], check.says.format(**row))


async def rows_of(db: AsyncConnection, query: Executable) -> AsyncIterator[dict[str, Any]]:
    """The rows by the names of their columns, without holding more than a few."""
    async with db.stream(query) as found:
        async for row in found:
            yield {str(name): value for name, value in row._mapping.items()}


def distinct(name: str, columns: Iterable[Any], *where: Any) -> FromClause:
    """Each combination once, to be joined where rows lack what they must have.

    Joined rather than asked for in `exists`: SQLite makes an index for a join alone.
    """
    return select(*columns).where(*where).distinct().subquery(name)
