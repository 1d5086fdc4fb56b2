"""Codes of other products: what may be one, and how whoever types it finds its owner."""

from __future__ import annotations

import pytest

from goodword.referrers.decide import read_old_code, spellings


@pytest.mark.parametrize(
    ("text", "capitals", "code"),
    [
        ("Ada20", False, "ada20"),
        ("Ada20", True, "Ada20"),
        (" x ", False, "x"),
        ("a.b~c@d+e!f*g$h:i-j_k", False, "a.b~c@d+e!f*g$h:i-j_k"),
        ("ju\u0308rgen", False, "jürgen"),
        ("a" * 64, False, "a" * 64),
        ("a" * 65, False, None),
        ("", False, None),
        ("a b", False, None),
        ("a/b", False, None),
        ("a?b", False, None),
        ("a&b=c", False, None),
        ("a%20b", False, None),
        ("<a>", False, None),
        ("a\u200bb", False, None),
    ],
)
def test_what_may_be_a_code_of_another_product(text: str, capitals: bool, code: str | None) -> None:
    assert read_old_code(text, capitals) == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ada20", ("Ada20", "ada20")),
        ("ada20", ("ada20",)),
        ("a b", ("a+b",)),
        ("a/b", ()),
        ("", ()),
    ],
)
def test_a_code_is_looked_for_as_it_is_and_in_small_letters(
    text: str, found: tuple[str, ...]
) -> None:
    assert spellings(text) == found
