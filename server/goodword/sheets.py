"""A table of text as somebody exported it: its encoding, its separator, its rows.

UTF-8, UTF-16 or Windows-1252; commas, semicolons, tabs or bars; line breaks within quotes. Read
one row at a time. And how a cell is kept from running as a formula, there and back.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import BinaryIO

MOST_ROWS = 1_000_000
DELIMITERS = ",;\t|"
SAMPLE = 200
"""So many rows are looked at to find out how the file is made."""

_CHUNK = 1 << 20
_LONGEST_ROW = 100_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Unreadable(Exception):
    """The file as a whole can't be used, and why, in words for who sent it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written, as Python's codecs and csv call it."""

    encoding: str
    delimiter: str


def layout_of(file: BinaryIO) -> Layout:
    """The encoding, and the separator that parts the rows most evenly. `Unreadable`."""
    encoding = encoding_of(file)
    samples = {each: first_rows(file, Layout(encoding, each)) for each in DELIMITERS}
    if not any(samples.values()):
        raise Unreadable("There is nothing in it.")
    return Layout(encoding, max(DELIMITERS, key=lambda each: _evenness(samples[each])))


def _evenness(rows: list[list[str]]) -> tuple[int, int]:
    """How many rows have as many cells as most have; nothing where most have one alone."""
    width, times = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
    return (times, width) if width > 1 else (0, 0)


def encoding_of(file: BinaryIO) -> str:
    """By its mark, its zero bytes, or whether all of it is UTF-8; otherwise Windows-1252."""
    file.seek(0)
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
        return "cp1252"
    return "utf-8"


def first_rows(file: BinaryIO, layout: Layout) -> list[list[str]]:
    """The first rows that have something in them."""
    rows = rows_of(file, layout)
    found = [cells for cells in islice(rows, SAMPLE) if cells]
    rows.close()
    return found


def rows_of(file: BinaryIO, layout: Layout) -> Generator[list[str], None, None]:
    """Every row, an empty one as an empty list, so that they count as a spreadsheet counts.

    `Unreadable` for what is no text in rows.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, layout.encoding, errors="replace", newline="")
    try:
        yield from csv.reader(_lines(text), delimiter=layout.delimiter)
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


@lru_cache(4096)
def heading_word(name: str) -> str:
    """A heading in one spelling: `Customer_Since`, `customerSince` and `customer since` are one."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return re.sub(r"[^\w%#]+|_+", " ", parted).strip().lower()


def guarded(cell: str) -> str:
    """A cell that a spreadsheet shows as it is: an apostrophe before what would run as a formula
    (OWASP, "CSV Injection"); a plain number is left alone."""
    return f"'{cell}" if _would_run(cell.lstrip("'")) else cell


def unguarded(cell: str) -> str:
    """What a cell says, without the apostrophe of `guarded`."""
    return cell[1:] if cell.startswith("'") and _would_run(cell.lstrip("'")) else cell


def _would_run(text: str) -> bool:
    return text.startswith(_FORMULA) and not _NUMBER.fullmatch(text)
