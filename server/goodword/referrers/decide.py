"""What a vanity code may look like, and a code from elsewhere. Data in, data out."""

from __future__ import annotations

import re
import unicodedata

LONGEST_OLD_CODE = 64

_ALIAS = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")
_MARKS = frozenset("-_.~@+!*$:")


def read_alias(text: str) -> str | None:
    """The one spelling of a vanity code: 2 to 40 of a-z, 0-9, `_` and `-`; None for any other."""
    alias = text.strip().lower()
    return alias if _ALIAS.fullmatch(alias) else None


def read_old_code(text: str, capitals: bool) -> str | None:
    """The spelling in which a code of another product is kept; None for what can't be one.

    Up to 64 letters, digits and `-_.~@+!*$:`; in small letters unless `capitals` make another
    code of it.
    """
    code = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(code) <= LONGEST_OLD_CODE:
        return None
    if not code.isalnum() and not all(mark.isalnum() or mark in _MARKS for mark in code):
        return None
    return code if capitals else code.lower()


def spellings(text: str) -> tuple[str, ...]:
    """How a code that somebody brings may be kept: as it is, then in small letters.

    An address brings a plus sign as a space.
    """
    exact = read_old_code(text.strip().replace(" ", "+"), capitals=True)
    return () if exact is None else tuple(dict.fromkeys((exact, exact.lower())))
