"""Files that a spreadsheet opens: what stands in them, and what never runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.web.csv_out import written


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("https://x.example")',
        "+49 30 1234",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    [[shown]] = csv.reader(io.StringIO(written([[cell]]), newline=""))
    assert shown == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "text"), [(-5, "-5"), ("-12.50", "-12.50"), (None, ""), ("a=1", "a=1"), (0, "0")]
)
def test_numbers_and_plain_words_stay_as_they_are(cell: str | int | None, text: str) -> None:
    assert written([[cell, "x"]]) == f"{text},x\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4))
def test_whatever_stands_in_a_cell_comes_back_out_of_it(row: list[str]) -> None:
    [back] = csv.reader(io.StringIO(written([row]), newline=""))
    assert [cell.removeprefix("'") for cell in back] == [cell.removeprefix("'") for cell in row]
