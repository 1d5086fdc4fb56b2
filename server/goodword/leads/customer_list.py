"""A file of customers as somebody exported it: which column, which encoding, which rows.

It may be UTF-8, UTF-16 or Latin-1, separated by commas, semicolons, tabs or bars, with a heading
or without. The column is found by looking for e-mails, the date by its heading.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from goodword.model import canonical_email, is_email

MOST_ROWS = 1_000_000
_SAMPLE = 200
_CHUNK = 1 << 20
_LONGEST_ROW = 100_000
_DELIMITERS = ",;\t|"
_DATED = {
    *("since", "customer since", "created", "created at", "created on", "date", "joined"),
    *("signup date", "sign up date", "registered", "first order", "first purchase"),
}
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


class Unreadable(Exception):
    """The file as a whole can't be used, and why, in words for who sent it."""


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
    file.seek(0)
    encoding = _encoding(file)
    delimiter, column, dated, heading = _layout(file, encoding)
    for number, cells in enumerate(_cells(file, encoding, delimiter), 1):
        if number > MOST_ROWS + heading:
            raise Unreadable(f"It has more than {MOST_ROWS:,} rows. Send it in several files.")
        if (heading and number == 1) or not any(cell.strip() for cell in cells):
            continue
        yield _row(number, cells, column, dated, now)


def _encoding(file: BinaryIO) -> str:
    start = file.read(1000)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if len(start) > 1 and b"\0" in start:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while part := file.read(_CHUNK):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def _cells(file: BinaryIO, encoding: str, delimiter: str) -> Generator[list[str], None, None]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        yield from csv.reader(_lines(text), delimiter=delimiter)
    except csv.Error as error:
        raise Unreadable(f"It is no table of text: {error}.") from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Without the line `sep=;` that tells a spreadsheet the delimiter, and that it hides."""
    first = True
    while line := text.readline(_LONGEST_ROW):
        if len(line) == _LONGEST_ROW:
            raise Unreadable("It is no table of text: a line has more than 100,000 characters.")
        if not (first and line.startswith("sep=")):
            yield line.replace("\0", "")
        first = False


def _layout(file: BinaryIO, encoding: str) -> tuple[str, int, int | None, bool]:
    """The delimiter, the column of e-mails, that of dates, and whether there is a heading."""
    best: tuple[int, int, str, int, list[str]] | None = None
    for delimiter in _DELIMITERS:
        rows = _first(file, encoding, delimiter)
        found = Counter(
            i for cells in rows for i, cell in enumerate(cells) if is_email(_bare(cell))
        )
        if not found:
            continue
        first = rows[0]
        column = max(found, key=lambda i: (found[i], "mail" in _named(first, i), -i))
        score = (found[column], len(first))
        if best is None or score > best[:2]:
            best = (*score, delimiter, column, first)
    if best is None:
        raise Unreadable(f"No e-mail was found in the first {_SAMPLE} rows.")
    _, _, delimiter, column, first = best
    heading = column >= len(first) or not is_email(_bare(first[column]))
    names = range(len(first)) if heading else ()
    dated = next((i for i in names if i != column and _named(first, i) in _DATED), None)
    return delimiter, column, dated, heading


def _first(file: BinaryIO, encoding: str, delimiter: str) -> list[list[str]]:
    rows = _cells(file, encoding, delimiter)
    found = [cells for cells in islice(rows, _SAMPLE) if cells]
    rows.close()
    return found


def _named(first: Sequence[str], column: int) -> str:
    """A heading in one spelling: `Customer_Since` is `customer since`."""
    name = first[column] if column < len(first) else ""
    return re.sub(r"[\s_-]+", " ", name).strip().lower()


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
