"""Files of customers, as shops and spreadsheets export them."""

from __future__ import annotations

import io

import pytest

from goodword.leads.customer_list import Row, read_customers, read_day
from goodword.sheets import Unreadable

NOW = 1_795_000_000_000
JANUARY = 1_769_817_600_000
"""31 January 2026."""


def read(text: str, encoding: str = "utf-8") -> list[Row]:
    return list(read_customers(io.BytesIO(text.encode(encoding)), NOW))


def emails(text: str, encoding: str = "utf-8") -> list[str]:
    return [row.email for row in read(text, encoding)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_encoding_of_unicode_is_read(encoding: str) -> None:
    assert emails("Name;E-Mail\nJürgen;a@shop.example\n", encoding) == ["a@shop.example"]


def test_latin_1_is_read_where_it_is_no_utf_8() -> None:
    assert emails("Name;E-Mail\nJürgen;a@bücher.example\n", "latin-1") == [
        "a@xn--bcher-kva.example"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a@shop.example\nb@shop.example",
        "e-mail\na@shop.example\nb@shop.example\n",
        "1,a@shop.example\r\n2,b@shop.example\r\n",
        'name;mail\n"Lovelace; Ada";a@shop.example\n"Bo\nb";b@shop.example\n',
        "id\te-mail\n1\tA@shop.example\n2\tb+news@SHOP.example\n",
        "sep=;\nmail;name\na@shop.example;Ada\nb@shop.example;Bob\n",
        "id|mail\n1|<a@shop.example>\n2| b@shop.example \n",
    ],
)
def test_the_column_is_found_whatever_stands_around_it(text: str) -> None:
    assert emails(text) == ["a@shop.example", "b@shop.example"]


def test_of_two_columns_of_emails_the_one_that_is_called_so_is_taken() -> None:
    text = "invited by,e-mail\nx@shop.example,a@shop.example\ny@shop.example,b@shop.example\n"
    assert emails(text) == ["a@shop.example", "b@shop.example"]


def test_a_row_that_is_not_understood_is_told_by_its_number() -> None:
    rows = read("mail,since\na@shop.example,2026-01-31\nnobody,\n\n,2026-01-31\nb@shop.example,x\n")
    assert [(row.number, row.email, row.wrong) for row in rows] == [
        (2, "a@shop.example", ""),
        (3, "", "its e-mail is no address"),
        (5, "", "there is no e-mail in it"),
        (6, "", "the date can't be read; write it as 2026-01-31"),
    ]


def test_the_day_is_read_from_the_column_that_is_called_so() -> None:
    text = "mail;Customer_Since\na@shop.example;31.01.2026\nb@shop.example;\n"
    assert [row.since for row in read(text)] == [JANUARY, None]


def test_nobody_is_a_customer_from_tomorrow_on() -> None:
    [row] = read("mail,since\na@shop.example,2027-01-01\n")
    assert row.wrong == "the date is in the future"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-31", JANUARY),
        ("31.1.2026", JANUARY),
        ("2026-01-31T01:00:00+01:00", JANUARY),
        ("2026-01-31 00:00:00", JANUARY),
        ("01/02/2026", None),
        ("31.02.2026", None),
        ("1900-01-01", None),
        ("soon", None),
    ],
)
def test_only_a_day_that_can_be_but_one_is_read(text: str, at: int | None) -> None:
    assert read_day(text) == at


@pytest.mark.parametrize("text", ["", "name\nAda\nBob\n", "\0" * 2000, "x" * 200_000])
def test_what_is_no_such_file_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)
