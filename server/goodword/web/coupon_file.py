"""Coupon codes out of a file: one a line, or the first column of a CSV. Data in, data out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

LONGEST_CODE = 200
_HEADINGS = {"code", "codes", "coupon", "coupons", "coupon code"}


@dataclass(frozen=True, slots=True)
class Read:
    """The codes, each once, and how many lines were left out and why."""

    codes: tuple[str, ...]
    twice: int = 0
    empty: int = 0
    long: int = 0
    control: int = 0


def read_codes(content: bytes) -> Read | None:
    """None when the file is no text in UTF-8 (or UTF-16 with its mark, as spreadsheets write)."""
    text = _text(content)
    if text is None:
        return None
    codes: dict[str, None] = {}
    left = {"twice": 0, "empty": 0, "long": 0, "control": 0}
    for code in _first_column(text.splitlines()):
        why = _why_not(code) or ("twice" if code in codes else "")
        if why:
            left[why] += 1
        else:
            codes[code] = None
    return Read(tuple(codes), **left)


def _text(content: bytes) -> str | None:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        return None


def _first_column(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        column = _cell(line)
        if number or column.lower() not in _HEADINGS:
            yield column


def _cell(line: str) -> str:
    """The first cell of a line, whichever sign of the usual three parts the columns."""
    signs = [sign for sign in "\t;," if sign in line]
    if not signs and '"' not in line:
        return line.strip()
    row = next(csv.reader([line], delimiter=signs[0] if signs else ","), [""])
    return row[0].strip() if row else ""


def _why_not(code: str) -> str:
    if not code:
        return "empty"
    if len(code) > LONGEST_CODE:
        return "long"
    return "" if code.isprintable() else "control"


COUNTS = ("known", "twice", "long", "control", "empty")
"""What is counted of an upload beside the codes that are new."""


def report(new: int, left: Mapping[str, int]) -> str:
    """What came of an upload, in words: `12 codes added. Left out: 2 in the pool already.`"""
    words = {
        "known": "in the pool already",
        "twice": "twice in the file",
        "long": f"longer than {LONGEST_CODE} characters",
        "control": "with control characters",
        "empty": "empty",
    }
    added = f"{new:,} {'code' if new == 1 else 'codes'} added."
    told = [f"{left[name]:,} {words[name]}" for name in COUNTS if left.get(name)]
    return f"{added} Left out: {', '.join(told)}." if told else added
