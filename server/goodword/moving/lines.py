"""Everything as JSON lines: what the file is, then each row with the name of its table.

Each line ends with a check sum (CRC-32) of itself and all before it, so that the first line which
is not as it was written can be named.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct
from sqlalchemy import Table

from goodword.moving.whole import Found, Head, read_head, written
from goodword.sheets import Unreadable

_LONGEST = 64 << 20
_SUM = b',"sum":"'


class Line(Struct, frozen=True):
    """`row` has bytes in base64."""

    table: str
    row: dict[str, Any]


class Lines:
    """Writes the lines one after the other, as bytes."""

    def __init__(self) -> None:
        self._sum = 0

    def head(self, head: Head) -> bytes:
        return self._line(written(head))

    def table(self, table: Table) -> bytes:
        return b""

    def rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> bytes:
        name = str(table.name)
        said = (msgspec.json.encode(Line(name, dict(row))) for row in rows)
        return b"".join(map(self._line, said))

    def end(self) -> bytes:
        return b""

    def _line(self, said: bytes) -> bytes:
        body = said[:-1]
        self._sum = zlib.crc32(body, self._sum)
        return body + _tail(self._sum) + b"\n"


def _tail(crc: int) -> bytes:
    return _SUM + b'%08x"}' % crc


def head_of(file: BinaryIO) -> Head | None:
    """What the file says that it is; None for any other file."""
    file.seek(0)
    return read_head(file.readline(_LONGEST))


def rows_in(file: BinaryIO) -> Iterator[Found]:
    """The rows in their order. `Unreadable` names the first line that is not as it was written."""
    file.seek(0)
    crc = 0
    for number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
        body, _, _ = line.rpartition(_SUM)
        crc = zlib.crc32(body, crc)
        if line.rstrip() != body + _tail(crc):
            raise Unreadable(f"line {number:,} {_fault(line)}")
        if number > 1:
            said = msgspec.json.decode(body + b"}", type=Line)
            yield Found(f"line {number:,}", said.table, said.row)


def _fault(line: bytes) -> str:
    if not line.endswith(b"\n"):
        return "is cut short"
    return "was changed after it was exported, or lines before it are missing"
