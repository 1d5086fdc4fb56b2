"""Everything as a zip of CSV files, one for each table: to be read by a spreadsheet, or by us.

UTF-8 with a mark. What the file is stands in `goodword.json`.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, BinaryIO

from sqlalchemy import Column, Table

from goodword.moving.cells import cell_of, value_of
from goodword.moving.whole import Found, Head, read_head, written
from goodword.sheets import Unreadable
from goodword.storage.whole import columns_of, travelling

_HEAD = "goodword.json"
_LONGEST_CELL = 64 << 20
_START = b"PK\x03\x04"
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


class _Pipe(io.RawIOBase):
    """What a zip writes into, and what is taken out of it as it grows: it never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


class Tables:
    """Writes the tables one after the other, as bytes."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)
        self._open = ExitStack()
        self._lines: Any = None

    def head(self, head: Head) -> bytes:
        self._zip.writestr(zipfile.ZipInfo(_HEAD), written(head))
        return self._pipe.take()

    def table(self, table: Table) -> bytes:
        self._open.close()
        entry = self._zip.open(f"{table.name}.csv", "w", force_zip64=True)
        text = io.TextIOWrapper(entry, "utf-8", newline="", write_through=True)
        self._open.callback(text.close)
        text.write(_MARK)
        self._lines = csv.writer(text, lineterminator="\r\n")
        self._lines.writerow([column.name for column in columns_of(table)])
        return self._pipe.take()

    def rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> bytes:
        columns = columns_of(table)
        self._lines.writerows([cell_of(each, row) for each in columns] for row in rows)
        return self._pipe.take()

    def end(self) -> bytes:
        self._open.close()
        self._zip.close()
        return self._pipe.take()


def head_of(file: BinaryIO) -> Head | None:
    """What the file says that it is; None for any other. `Unreadable`: a zip that is damaged."""
    file.seek(0)
    if file.read(len(_START)) != _START:
        return None
    try:
        with zipfile.ZipFile(file) as packed:
            there = _HEAD in packed.namelist()
            return read_head(packed.read(_HEAD)) if there else None
    except zipfile.BadZipFile as error:
        raise Unreadable("the zip is damaged or cut short") from error


def rows_in(file: BinaryIO) -> Iterator[Found]:
    """The rows in the order of their tables. `Unreadable` names the file and the row."""
    # A deed names all that it was done to.
    csv.field_size_limit(_LONGEST_CELL)
    with zipfile.ZipFile(file) as packed:
        for table in travelling():
            name = f"{table.name}.csv"
            if name not in packed.namelist():
                raise Unreadable(f"{name} is missing")
            try:
                with packed.open(name) as entry:
                    yield from _rows(entry, table)
            except (zipfile.BadZipFile, zlib.error, EOFError, csv.Error, UnicodeError) as error:
                raise Unreadable(f"{name} is damaged: {error}") from error


def _rows(entry: Any, table: Table) -> Iterator[Found]:
    columns = columns_of(table)
    lines = csv.DictReader(io.TextIOWrapper(entry, "utf-8-sig", newline=""), strict=True)
    if set(lines.fieldnames or ()) != {column.name for column in columns}:
        raise Unreadable(f"{table.name}.csv has other columns than it was exported with")
    for number, row in enumerate(lines, 2):
        place = f"{table.name}.csv, row {number:,}"
        yield Found(place, table.name, {c.name: _value(c, row, place) for c in columns})


def _value(column: Column[Any], row: Mapping[str, Any], place: str) -> str | int | None:
    try:
        return value_of(column, row)
    except (ValueError, ArithmeticError, TypeError, AttributeError) as error:
        raise Unreadable(f"{place}: {column.name} can't be read") from error
