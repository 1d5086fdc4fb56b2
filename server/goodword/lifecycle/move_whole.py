"""Campaigns move in with everything, from what another goodword exported: all of it or nothing."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import LargeBinary, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from goodword.campaigns import record as campaigns
from goodword.lifecycle.act import Act
from goodword.lifecycle.change import AS_IT_WAS
from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import keep_deed
from goodword.lifecycle.directory import bump
from goodword.lifecycle.move_out import Progress
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign, Mode
from goodword.moving import lines, tables
from goodword.moving.whole import FORMAT, Found, Head, Keys, Secrets
from goodword.sheets import Unreadable
from goodword.signing import seal
from goodword.storage import whole
from goodword.storage.migrate import VERSIONS

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that has everything of some campaigns; `rows` begins anew with each call."""

    file: BinaryIO
    head: Head
    zipped: bool

    def rows(self) -> Iterator[Found]:
        return tables.rows_in(self.file) if self.zipped else lines.rows_in(self.file)


def whole_of(file: BinaryIO) -> Whole | None:
    """The file as one with everything; None where it is something else. `Unreadable`."""
    if head := tables.head_of(file):
        return Whole(file, head, zipped=True)
    head = lines.head_of(file)
    return Whole(file, head, zipped=False) if head else None


async def move_whole_in(
    context: Context,
    file: Whole,
    keys: Keys | None,
    actor: str,
    progress: Progress = lambda done, rows: None,
) -> list[str]:
    """Writes, in one transaction, the campaigns that are not here yet; their ids. One that is here
    already stays as it is.

    `Unreadable`: the file was changed or cut short, or is of another version. `Refused`: its keys
    are missing, or a campaign here has the same short name or site key.
    """
    head = file.head
    if head.goodword != FORMAT or head.version != VERSIONS[-1]:
        raise Unreadable(
            f"its database has version {head.version}, and this one {VERSIONS[-1]}: bring both"
            " goodwords to the same version, and export again"
        )
    new = [id_ for id_ in head.campaigns if await context.directory.by_id(id_) is None]
    if not new:
        return []
    secrets = _secrets(head, new, keys)
    async with context.storage.write() as db:
        await _Writing(context, db, file, secrets, progress).all()
        for campaign in await campaigns.load(db):
            if campaign.id in secrets:
                await _note(context, db, campaign, actor)
        await bump(db)
    await context.directory.load()
    return new


def _secrets(head: Head, new: list[str], keys: Keys | None) -> dict[str, Secrets]:
    found = keys.campaigns if keys else {}
    for id_ in new:
        if id_ not in found:
            raise Refused(
                "keys",
                f"the keys of {head.campaigns[id_]} are missing, so that its codes could not be"
                " checked here: name the file with --keys",
            )
    return {id_: found[id_] for id_ in new}


async def _note(context: Context, db: AsyncConnection, campaign: Campaign, actor: str) -> None:
    act = Act(context, db, campaign, context.now(), actor, Mode.LIVE)
    await act.log(whole.MOVED_IN)
    await keep_deed(act, "move_in", "campaign", {campaign.id: AS_IT_WAS})


class _Writing:
    """One file on its way in, table by table."""

    def __init__(
        self,
        context: Context,
        db: AsyncConnection,
        file: Whole,
        secrets: dict[str, Secrets],
        progress: Progress,
    ) -> None:
        self._context = context
        self._db = db
        self._file = file
        self._secrets = secrets
        self._progress = progress
        self._counts: Counter[str] = Counter()

    async def all(self) -> None:
        known = {table.name: table for table in whole.travelling()}
        current: Table | None = None
        place = "its beginning"
        rows, head = self._file.rows(), self._file.head
        while some := list(islice(rows, _AT_ONCE)):
            for name in dict.fromkeys(each.table for each in some):
                table = known.get(name)
                if table is None:
                    raise Unreadable(f"{some[0].place} or after it names an unknown table")
                if current is not None and current is not table:
                    await whole.is_filled(self._db, current)
                current = table
                await self._put(table, [each for each in some if each.table == name])
            place = some[-1].place
            self._counts.update(each.table for each in some)
            self._progress(self._counts.total(), head.total)
        for name, count in head.rows.items():
            if self._counts[name] != count:
                there = f"of {count:,} rows of {name} it has {self._counts[name]:,}"
                raise Unreadable(f"it is cut short after {place}: {there}")

    async def _put(self, table: Table, found: list[Found]) -> None:
        rows = [row for each in found if (row := self._row(table, each)) is not None]
        if not rows:
            return
        try:
            await whole.put(self._db, table, rows)
        except DBAPIError as error:
            where = f"{found[0].place} to {found[-1].place}"
            raise Unreadable(f"{where}: the database refuses one of these: {error.orig}") from error

    def _row(self, table: Table, found: Found) -> dict[str, Any] | None:
        """The row as the table has it; None for one of a campaign that is here already."""
        columns = whole.columns_of(table)
        if found.row.keys() != {column.name for column in columns}:
            raise Unreadable(f"{found.place} has other columns than {table.name}")
        of_campaigns = table.name == "campaigns"
        campaign_id = found.row["id" if of_campaigns else "campaign_id"]
        if campaign_id not in self._secrets:
            return None
        row = found.row | _binary(table, found)
        return row | self._sealed(found, campaign_id) if of_campaigns else row

    def _sealed(self, found: Found, campaign_id: str) -> dict[str, bytes]:
        """The campaign's secrets, as they lie here; no campaign here may be reached as it is."""
        for other in self._context.directory.all():
            for name in ("slug", "site_key"):
                if getattr(other, name) == found.row[name]:
                    raise Refused("campaign", f"{other.name} here has the same {name} already")
        keys, secrets = self._context.keys, self._secrets[campaign_id]
        return {
            "code_key": seal(keys, secrets.code_key),
            "signing_secret": seal(keys, secrets.signing_secret.encode()),
        }


def _binary(table: Table, found: Found) -> dict[str, bytes]:
    """The values that are bytes, which the file has in base64."""
    names = [each.name for each in whole.columns_of(table) if isinstance(each.type, LargeBinary)]
    try:
        return {name: base64.b64decode(found.row[name], validate=True) for name in names}
    except (TypeError, ValueError) as error:
        raise Unreadable(f"{found.place}: {', '.join(names)} can't be read") from error
