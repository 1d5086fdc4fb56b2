"""Tables as CSV files for spreadsheets: RFC 4180, UTF-8 with a mark, streamed page by page.

A cell that a spreadsheet would run as a formula gets a leading apostrophe, see `sheets.guarded`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from starlette.responses import StreamingResponse

from goodword.model import Campaign
from goodword.sheets import guarded
from goodword.web.admin_words import iso

Cell = str | int | None

PAGE = 500
"""So many rows are read and sent at once."""

_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def csv_file(
    what: str,
    campaign: Campaign,
    now: int,
    heading: Sequence[str],
    pages: AsyncIterator[Iterable[Sequence[Cell]]],
) -> StreamingResponse:
    """A file to save, such as `leads-shop-2026-12-21.csv`; `pages` are read as they are sent."""
    name = f"{what}-{campaign.slug}-{iso(now)[:10]}.csv"
    return StreamingResponse(
        _text(heading, pages),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


async def _text(
    heading: Sequence[str], pages: AsyncIterator[Iterable[Sequence[Cell]]]
) -> AsyncIterator[str]:
    yield _MARK + written([heading])
    async for rows in pages:
        yield written(rows)


def written(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as lines of a file."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerows(
        [guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue()
