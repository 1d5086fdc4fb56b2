"""A file of customers as somebody exported it: which column, which rows.

With a heading or without: the column is found by looking for e-mails, the date by its heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from goodword.model import canonical_email, is_email
from goodword.sheets import (
    DELIMITERS,
    MOST_ROWS,
    SAMPLE,
    Layout,
    Unreadable,
    encoding_of,
    first_rows,
    heading_word,
    rows_of,
)

_DATED = {
    *("since", "customer since", "created", "created at", "created on", "date", "joined"),
    *("signup date", "sign up date", "registered", "first order", "first purchase"),
}
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` counts from 1 as a spreadsheet does. `since` is None without a date.

    `wrong` says what was not understood; then there is no e-mail.
    """

    number: int
    email: str = ""
    since: int | None = None
    wrong: str = ""


def read_customers(file: BinaryIO, now: int) -> Iterator[Row]:
    """The rows that say something, one at a time. `Unreadable`.

    `now` (milliseconds): a customer can't be one only from tomorrow on.
    """
    layout, column, dated, heading = _layout(file, encoding_of(file))
    for number, cells in enumerate(rows_of(file, layout), 1):
        if number > MOST_ROWS + heading:
            raise Unreadable(f"It has more than {MOST_ROWS:,} rows. Send it in several files.")
        if (heading and number == 1) or not any(cell.strip() for cell in cells):
            continue
        yield _row(number, cells, column, dated, now)


def _layout(file: BinaryIO, encoding: str) -> tuple[Layout, int, int | None, bool]:
    """How it is written, the column of e-mails, that of dates, and whether there is a heading."""
    best: tuple[int, int, Layout, int, list[str]] | None = None
    for layout in (Layout(encoding, delimiter) for delimiter in DELIMITERS):
        rows = first_rows(file, layout)
        found = Counter(
            i for cells in rows for i, cell in enumerate(cells) if is_email(_bare(cell))
        )
        if not found:
            continue
        first = rows[0]
        column = max(found, key=lambda i: (found[i], "mail" in _named(first, i), -i))
        score = (found[column], len(first))
        if best is None or score > best[:2]:
            best = (*score, layout, column, first)
    if best is None:
        raise Unreadable(f"No e-mail was found in the first {SAMPLE} rows.")
    _, _, layout, column, first = best
    heading = column >= len(first) or not is_email(_bare(first[column]))
    names = range(len(first)) if heading else ()
    dated = next((i for i in names if i != column and _named(first, i) in _DATED), None)
    return layout, column, dated, heading


def _named(first: Sequence[str], column: int) -> str:
    return heading_word(first[column]) if column < len(first) else ""


def _bare(cell: str) -> str:
    return cell.strip().removeprefix("'").removeprefix("mailto:").strip("<> ")


def _row(number: int, cells: Sequence[str], column: int, dated: int | None, now: int) -> Row:
    email = _bare(cells[column]) if column < len(cells) else ""
    if not email:
        return Row(number, wrong="there is no e-mail in it")
    if not is_email(email):
        return Row(number, wrong="its e-mail is no address")
    said = cells[dated].strip() if dated is not None and dated < len(cells) else ""
    since = read_day(said) if said else None
    if said and since is None:
        return Row(number, wrong="the date can't be read; write it as 2026-01-31")
    if since is not None and since > now:
        return Row(number, wrong="the date is in the future")
    return Row(number, canonical_email(email), since)


def read_day(text: str) -> int | None:
    """Milliseconds of `2026-01-31`, of a moment in ISO 8601, or of `31.01.2026`; UTC unless the
    text says otherwise. None for what is none of these, such as 01/02/2026, which is two days."""
    dotted = _DOTTED.fullmatch(text)
    try:
        if dotted is not None:
            moment = datetime(int(dotted[3]), int(dotted[2]), int(dotted[1]), tzinfo=UTC)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    at = moment.timestamp()
    return int(at * 1000) if at >= 0 else None
