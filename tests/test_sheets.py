"""A table of text survives the way out and in again, however it is written."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.sheets import (
    Layout,
    Unreadable,
    guarded,
    heading_word,
    layout_of,
    rows_of,
    unguarded,
)
from goodword.web.csv_out import written

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
TABLE = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8)


@given(TABLE)
def test_what_is_saved_is_read_back(table: list[list[str]]) -> None:
    file = io.BytesIO(("\ufeff" + written([["a", "b", "c"], *table])).encode())
    layout = Layout("utf-8-sig", ",")
    rows = [[unguarded(cell) for cell in row] for row in rows_of(file, layout)]
    assert rows == [["a", "b", "c"], *table]


@given(CELL)
def test_a_guarded_cell_never_runs_and_says_the_same(cell: str) -> None:
    shown = guarded(cell)
    assert unguarded(shown) == cell
    number = shown.lstrip("-").replace(".", "", 1).isdecimal()
    assert number or not shown.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(TABLE, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_the_separator_and_the_encoding_are_found(
    table: list[list[str]], sign: str, encoding: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=sign, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *table])
    file = io.BytesIO(text.getvalue().encode(encoding))
    layout = layout_of(file)
    assert layout.delimiter == sign
    assert list(rows_of(file, layout))[0] == ["a", "b", "c"]
    assert list(rows_of(file, layout))[1:] == table


def test_what_is_no_utf_8_is_windows_1252() -> None:
    file = io.BytesIO("näme;e-mail\n€ Zoë;z@x.example\n".encode("cp1252"))
    assert list(rows_of(file, layout_of(file)))[1] == ["€ Zoë", "z@x.example"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a,b\n" + b"x" * 200_000])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    file = io.BytesIO(content)
    with pytest.raises(Unreadable):
        list(rows_of(file, layout_of(file)))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Customer_Since", "customer since"),
        ("customerSince", "customer since"),
        ("Referrer's e-mail", "referrer s e mail"),
        (" Joined (UTC) ", "joined utc"),
        ("affiliate.email", "affiliate email"),
    ],
)
def test_headings_have_one_spelling(name: str, word: str) -> None:
    assert heading_word(name) == word
