"""The shelf of imports: the file as it came, what each row comes to, what no row may be twice."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.model import Import, ImportRow, ImportStatus, RowVerdict
from goodword.storage import tables as t
from goodword.storage import upsert
from goodword.storage.rows import maybe, noun, values
from goodword.storage.upsert import insert_all, insert_new

c, p, r, k = t.imports.c, t.import_parts.c, t.import_rows.c, t.import_keys.c

BUSY = (
    ImportStatus.CHECKING,
    ImportStatus.WRITING,
    ImportStatus.CLOSING,
    ImportStatus.UNDOING,
)
"""Where the background work goes on with it."""

Numbered = tuple[int, list[str]]
"""The number of a row, as a spreadsheet counts, and its cells."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the file that follow each other; `first` is how many come before them."""

    first: int
    rows: list[Numbered]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A key that an earlier row has; `whose` is what that row says of it."""

    number: int
    whose: str


async def add(db: AsyncConnection, job: Import) -> None:
    await db.execute(insert(t.imports).values(values(job)))


async def by_id(db: AsyncConnection, campaign_id: str, import_id: str) -> Import | None:
    query = select(t.imports).where(c.campaign_id == campaign_id, c.id == import_id)
    return maybe(Import, (await db.execute(query)).first())


async def of_campaign(db: AsyncConnection, campaign_id: str, limit: int = 50) -> list[Import]:
    """The newest imports, newest first."""
    query = select(t.imports).where(c.campaign_id == campaign_id).order_by(c.id.desc())
    return [noun(Import, row) for row in await db.execute(query.limit(limit))]


async def busy(db: AsyncConnection) -> list[Import]:
    """Those that something is left to do for, oldest first."""
    query = select(t.imports).where(c.status.in_(BUSY)).order_by(c.id)
    return [noun(Import, row) for row in await db.execute(query)]


async def change(db: AsyncConnection, job: Import, **also: Any) -> Import | None:
    """The import with other values; None when it no longer stands where `job` says."""
    changed = await db.execute(
        update(t.imports)
        .where(
            *_mine(c, job),
            c.status == job.status,
            c.done == job.done,
            c.round == job.round,
        )
        .values(also)
        .returning(t.imports)
    )
    return maybe(Import, changed.first())


async def remove(db: AsyncConnection, job: Import) -> None:
    await db.execute(delete(t.imports).where(c.campaign_id == job.campaign_id, c.id == job.id))


async def stale(db: AsyncConnection, before: int) -> list[Import]:
    """Those that nobody went on with since, and nothing of which was written."""
    waiting = (ImportStatus.READING, ImportStatus.WAITING, ImportStatus.CHECKED)
    query = select(t.imports).where(c.status.in_(waiting), c.changed_at < before)
    return [noun(Import, row) for row in await db.execute(query)]


async def settled(db: AsyncConnection, before: int) -> list[Import]:
    """Those that came to their end before then, and still have rows."""
    ended = (ImportStatus.DONE, ImportStatus.UNDONE)
    has = select(r.number).where(r.campaign_id == c.campaign_id, r.import_id == c.id).exists()
    query = select(t.imports).where(c.status.in_(ended), c.changed_at < before, has)
    return [noun(Import, row) for row in await db.execute(query)]


# The file ------------------------------------------------------------------------------------


async def put_part(db: AsyncConnection, job: Import, part: Part) -> None:
    packed = zlib.compress(json.dumps(part.rows).encode(), 1)
    await db.execute(
        insert(t.import_parts).values(
            campaign_id=job.campaign_id,
            import_id=job.id,
            first=part.first,
            rows=len(part.rows),
            cells=packed,
        )
    )


async def part_at(db: AsyncConnection, job: Import, first: int) -> Part | None:
    """The part before which so many rows come."""
    query = select(p.cells).where(*_mine(p, job), p.first == first)
    row = (await db.execute(query)).first()
    if row is None:
        return None
    found = json.loads(zlib.decompress(row.cells))
    return Part(first, [(number, cells) for number, cells in found])


async def drop_part(db: AsyncConnection, job: Import, first: int) -> None:
    await db.execute(delete(t.import_parts).where(*_mine(p, job), p.first == first))


# Its rows ------------------------------------------------------------------------------------


async def put_rows(db: AsyncConnection, job: Import, rows: Sequence[ImportRow]) -> None:
    """Keeps what the rows come to, instead of what was kept of the same rows before."""
    first, last = rows[0].number, rows[-1].number
    await db.execute(
        delete(t.import_rows).where(*_mine(r, job), r.number >= first, r.number <= last)
    )
    mine = {"campaign_id": job.campaign_id, "import_id": job.id}
    await insert_all(db, t.import_rows, [mine | values(row) for row in rows])


async def note_made(db: AsyncConnection, job: Import, made: Mapping[int, str]) -> None:
    """Keeps the id of what each row made, by its number."""
    if made:
        one = update(t.import_rows).where(*_mine(r, job), r.number == bindparam("row"))
        rows = [{"row": number, "it": id_} for number, id_ in made.items()]
        await db.execute(one.values(made=bindparam("it")), rows)


async def change_rows(db: AsyncConnection, job: Import, rows: Sequence[ImportRow]) -> None:
    """Keeps what rows come to after all."""
    for row in rows:
        one = update(t.import_rows).where(*_mine(r, job), r.number == row.number)
        await db.execute(one.values(values(row)))


async def rows_of(db: AsyncConnection, job: Import, part: Part) -> dict[int, ImportRow]:
    """What is kept of the rows of a part, by their numbers."""
    first, last = part.rows[0][0], part.rows[-1][0]
    query = select(t.import_rows).where(*_mine(r, job), r.number >= first, r.number <= last)
    return {row.number: _row(row) for row in await db.execute(query)}


async def page(
    db: AsyncConnection,
    job: Import,
    verdicts: Sequence[RowVerdict],
    after: int = 0,
    limit: int = 100,
) -> list[ImportRow]:
    """Rows that come to one of these, in their order, after the row of that number."""
    query = (
        select(t.import_rows)
        .where(*_mine(r, job), r.verdict.in_(verdicts), r.number > after)
        .order_by(r.number)
        .limit(limit)
    )
    return [_row(row) for row in await db.execute(query)]


async def made_after(db: AsyncConnection, job: Import, after: int, limit: int) -> list[ImportRow]:
    """Rows that made something, after the row of that number."""
    query = (
        select(t.import_rows)
        .where(*_mine(r, job), r.number > after, r.made.is_not(None))
        .order_by(r.number)
        .limit(limit)
    )
    return [_row(row) for row in await db.execute(query)]


async def has_rows(db: AsyncConnection, job: Import) -> bool:
    query = select(r.number).where(*_mine(r, job)).limit(1)
    return (await db.execute(query)).first() is not None


async def forget_rows(db: AsyncConnection, job: Import, limit: int) -> bool:
    """Forgets some rows, keys and parts; false once there are none left."""
    left = False
    for table, key in (
        (t.import_rows, (r.number,)),
        (t.import_keys, (k.round, k.key)),
        (t.import_parts, (p.first,)),
    ):
        most = limit if table is not t.import_parts else max(1, limit // 500)
        mine = _mine(table.c, job)
        some = list(await db.execute(select(*key).where(*mine).limit(most)))
        if some:
            left = True
            gone = tuple_(*key).in_([tuple(row) for row in some])
            await db.execute(delete(table).where(*mine, gone))
    return left


# Keys ----------------------------------------------------------------------------------------


async def claimed(db: AsyncConnection, job: Import, keys: Sequence[str]) -> dict[str, Claimed]:
    """Which of the keys earlier rows of this round have."""
    if not keys:
        return {}
    query = select(k.key, k.number, k.whose).where(
        *_mine(k, job), k.round == job.round, k.key.in_(keys)
    )
    return {row.key: Claimed(row.number, row.whose) for row in await db.execute(query)}


async def times(db: AsyncConnection, job: Import, print_: str) -> int:
    """How many rows of this round have a key `print_#n`."""
    query = select(func.count()).where(
        *_mine(k, job), k.round == job.round, k.key > f"{print_}#", k.key < f"{print_}$"
    )
    return int((await db.execute(query)).scalar_one())


async def know_sizes(db: AsyncConnection) -> None:
    """After many new rows: how large every table has become that an import writes to."""
    await upsert.know_sizes(
        db,
        [
            *(t.import_rows, t.import_keys, t.referrers, t.aliases, t.leads),
            *(t.conversions, t.rewards, t.lead_counts, t.reward_sums, t.activity),
        ],
    )


async def claim(db: AsyncConnection, job: Import, keys: Mapping[str, Claimed]) -> None:
    if keys:
        mine = {"campaign_id": job.campaign_id, "import_id": job.id, "round": job.round}
        rows = [
            mine | {"key": key, "number": each.number, "whose": each.whose}
            for key, each in keys.items()
        ]
        await insert_new(db, t.import_keys, rows)


async def counts(db: AsyncConnection, job: Import) -> dict[RowVerdict, int]:
    """How many rows come to what."""
    query = select(r.verdict, func.count()).where(*_mine(r, job)).group_by(r.verdict)
    return {RowVerdict(verdict): int(n) for verdict, n in await db.execute(query)}


def _mine(columns: Any, job: Import) -> tuple[Any, Any]:
    id_ = columns.id if columns is c else columns.import_id
    return columns.campaign_id == job.campaign_id, id_ == job.id


def _row(row: Any) -> ImportRow:
    names = ("number", "verdict", "column", "detail", "key", "made")
    found = {name: row._mapping[name] for name in names}
    return ImportRow(**found | {"verdict": RowVerdict(found["verdict"])})
