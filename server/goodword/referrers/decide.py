"""What a vanity code may look like. Data in, data out."""

from __future__ import annotations

import re

_ALIAS = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")


def read_alias(text: str) -> str | None:
    """The one spelling of a vanity code: 2 to 40 of a-z, 0-9, `_` and `-`; None for any other."""
    alias = text.strip().lower()
    return alias if _ALIAS.fullmatch(alias) else None
