"""What the admin's pages cost with many leads beside few: whatever grows with them shows here."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from bench.ledger import fill
from goodword.clock import now
from installation import Installation

FEW, MANY = 100, 100_000
PAGES = {
    "Stats": "/admin/?",
    "Leads, newest first": "/admin/leads?",
    "Leads by conversion": "/admin/leads?sort=converted",
    "Leads, qualified": "/admin/leads?status=qualified",
    "Leads, one e-mail": "/admin/leads?q=friend-50@example.org",
    "A lead": "/admin/leads/{lead}?",
    "Referrers": "/admin/referrers?",
    "Rewards, due": "/admin/rewards?status=due",
    "Rewards, held": "/admin/rewards?status=held",
    "Rewards, issued": "/admin/rewards?status=issued",
    "Visits": "/admin/visits?",
}
"""The address of each, open at its end for further parameters."""


@dataclass
class Desk:
    """An admin at an installation with so many leads, and how long each page took, in ms."""

    client: httpx.Client
    campaign: str
    lead: str
    took: dict[str, list[float]] = field(default_factory=dict)

    def open(self, page: str) -> None:
        address = f"{PAGES[page].format(lead=self.lead)}&campaign={self.campaign}"
        start = time.perf_counter()
        answer = self.client.get(address)
        self.took.setdefault(page, []).append(1e3 * (time.perf_counter() - start))
        answer.raise_for_status()

    def of(self, page: str) -> float:
        return median(self.took[page])


def measure_lists(runs: int) -> str:
    """The table: a row for each page."""
    with ExitStack() as stack:
        few, many = (_desk(stack, leads) for leads in (FEW, MANY))
        for run in range(4 * runs + 1):
            for page in PAGES:
                for desk in (few, many):
                    desk.open(page)
                    if not run:
                        desk.took.clear()
    return _table(few, many)


def _desk(stack: ExitStack, leads: int) -> Desk:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goodword-lists-")))
    place = Installation(home / "data")
    stack.callback(place.close)
    made = place.json(
        *("campaign", "create", "--name", "Bench", "--origin", "https://shop.example"),
        *("--reward", "10.00"),
    )
    admin = place.json("admin", "create", "--email", "owner@shop.example")
    lead = fill(place.data_dir / "goodword.db", made["id"], leads, now())
    server = place.serve()
    client = stack.enter_context(httpx.Client(base_url=server.url, timeout=60))
    form = {"email": admin["email"], "password": admin["password"]}
    said = client.post("/login", data=form, headers={"origin": server.url})
    assert said.status_code == 303, said.text
    return Desk(client, made["id"], lead)


def _table(few: Desk, many: Desk) -> str:
    head = f"| page | ms, {FEW:,} leads | ms, {MANY:,} leads | ratio |"
    took = [(page, few.of(page), many.of(page)) for page in PAGES]
    rows = [f"| {page} | {a:.1f} | {b:.1f} | {b / a:.2f} |" for page, a, b in took]
    note = (
        f"Median of {len(few.took['Stats'])} requests, the two installations in turns; {MANY:,}"
        " leads came over a year, each fifth by another referrer."
    )
    return "\n".join([head, "|---|---|---|---|", *rows, "", note])
