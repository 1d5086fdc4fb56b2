"""By what somebody is found: the beginning of any word of theirs, however it is spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodword.model import AFTER_ALL, beginnings, sought


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("Ada Lovelace",), ["ada lovelace", "lovelace"]),
        (("  Élodie   NOËL ",), ["elodie noel", "noel"]),
        (("O'Neil",), ["o'neil", "neil"]),
        (("(Ada)",), ["ada)"]),
        (
            (None, "ada.lovelace@example.com"),
            ["ada.lovelace@example.com", "lovelace@example.com", "example.com"],
        ),
        (("山田太郎",), ["山田太郎", "田太郎", "太郎", "郎"]),
        (("Ada", "ada"), ["ada"]),
        (("", None, "...", "@"), []),
    ],
)
def test_each_word_begins_a_text(texts: tuple[str | None, ...], found: list[str]) -> None:
    assert beginnings(*texts) == found


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("LOVE", "love"),
        ("noël", "noel"),
        ('"ada', "ada"),
        ("a  b", "a b"),
        ("ada.l@", "ada.l@"),
        ("%", ""),
        ("", ""),
    ],
)
def test_what_is_typed_is_spelled_alike(typed: str, text: str) -> None:
    assert sought(typed) == text


@given(st.text(max_size=60))
def test_who_types_the_whole_name_finds_it(name: str) -> None:
    text = sought(name)
    if text:
        assert any(text <= each < text + AFTER_ALL for each in beginnings(name))


@given(st.text(max_size=300))
def test_no_name_takes_much_room(name: str) -> None:
    found = beginnings(name)
    assert len(found) <= 10
    assert all(0 < len(each) <= 40 for each in found)
