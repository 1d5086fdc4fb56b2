from __future__ import annotations

from dataclasses import dataclass

CURRENCY = "EUR"
PRICE = 2400
"""Cents for one notebook, post included."""
MOST = 12
"""Notebooks in one order."""


@dataclass(frozen=True)
class Cover:
    slug: str
    name: str
    note: str


COVERS = {
    cover.slug: cover
    for cover in (
        Cover("rosehip", "Rosehip", "Book cloth, warm red"),
        Cover("moss", "Moss", "Book cloth, soft green"),
        Cover("slate", "Slate", "Book cloth, grey blue"),
        Cover("wheat", "Wheat", "Book cloth, straw yellow"),
    )
}
FIRST_COVER = COVERS["rosehip"]


def decimal(cents: int) -> str:
    """Cents as the decimal string that is shown, printed and signed: 4900 is "49.00"."""
    return f"{cents // 100}.{cents % 100:02d}"
