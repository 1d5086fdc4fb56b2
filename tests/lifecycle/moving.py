"""Files that move into a world, and what they come to."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from goodword.lifecycle.move_back import take_back
from goodword.lifecycle.move_in import check, facts_of, find, read_in, write
from goodword.lifecycle.move_steps import carry_on
from goodword.lifecycle.verify import verify
from goodword.model import Import, ImportRow, RowVerdict
from goodword.moving import record as imports
from lifecycle.world import World

OWNER = "owner@shop.example"


@dataclass
class Mover:
    """The verbs of moving in, with everything filled in that a story does not care about."""

    w: World

    async def read(self, text: str | bytes, kind: str = "") -> Import:
        content = text.encode() if isinstance(text, str) else text
        return await read_in(
            self.w.context, self.w.campaign, io.BytesIO(content), "old.csv", OWNER, kind
        )

    async def check(self, text: str | bytes, kind: str = "", **plan: object) -> Import:
        """The dry run of a file."""
        job = await self.read(text, kind)
        wanted = msgspec.structs.replace(facts_of(job).plan, **plan)
        await check(self.w.context, self.w.campaign, job.id, wanted)
        await carry_on(self.w.context)
        return await self.look(job)

    async def write(self, job: Import, leave_wrong: bool = False) -> Import:
        await write(self.w.context, self.w.campaign, job.id, OWNER, leave_wrong)
        await carry_on(self.w.context)
        return await self.look(job)

    async def bring(self, text: str | bytes, kind: str = "", **plan: object) -> Import:
        """A file that is checked and written."""
        return await self.write(await self.check(text, kind, **plan))

    async def take_back(self, job: Import) -> Import:
        await take_back(self.w.context, self.w.campaign, job.id, OWNER)
        await carry_on(self.w.context)
        return await self.look(job)

    async def look(self, job: Import) -> Import:
        return await find(self.w.context, self.w.campaign, job.id)

    async def rows(
        self, job: Import, verdicts: Sequence[RowVerdict] = tuple(RowVerdict)
    ) -> list[ImportRow]:
        async with self.w.context.storage.read() as db:
            return await imports.page(db, job, verdicts)

    async def said(self, job: Import) -> list[tuple[int, str, str]]:
        """Number, verdict and column of each row that does not simply come in."""
        return [
            (row.number, row.verdict.value, row.column)
            for row in await self.rows(job)
            if row.verdict is not RowVerdict.NEW
        ]

    async def whole(self) -> bool:
        """Whether every invariant of the ledger holds."""
        return [str(each) async for each in verify(self.w.context)] == []
