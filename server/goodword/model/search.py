"""How people are found by what somebody types: by the beginning of any word of theirs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import islice

_LONGEST = 40
_MOST = 10
AFTER_ALL = "\U0010ffff"
"""A beginning with this comes after every text that begins so."""


def beginnings(*texts: str | None) -> list[str]:
    """Each text folded, from each beginning of a word on: who types one of them, or a beginning of
    one, finds whose it is.

    `Ada Lovelace` gives `ada lovelace` and `lovelace`.
    """
    found: dict[str, None] = {}
    for text in filter(None, texts):
        words = _plain(text)
        found |= dict.fromkeys(_cut(words, at) for at in islice(_starts(words), _MOST))
    return list(found)


def sought(typed: str) -> str:
    """What somebody typed, spelled as `beginnings` spells it; empty where no word is in it."""
    words = _plain(typed)
    first = next(_starts(words), None)
    return "" if first is None else _cut(words, first)


def _plain(text: str) -> str:
    """Without case, accents and repeated spaces: `Élodie  NOËL` is `elodie noel`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(mark for mark in apart if not unicodedata.combining(mark)).split())


def _cut(words: str, at: int) -> str:
    return words[at : at + _LONGEST].rstrip()


def _starts(words: str) -> Iterator[int]:
    """Where a word begins, save the last one of an e-mail address: `com` says nothing. In scripts
    without capitals, some of which leave no spaces, each letter may begin one."""
    _, at_sign, host = words.rpartition("@")
    end = words.rindex(".") if at_sign and "." in host else len(words)
    inside = False
    for at, mark in enumerate(words[:end]):
        if mark.isalnum() and (not inside or unicodedata.category(mark) == "Lo"):
            yield at
        inside = mark.isalnum()
