"""What the admin's pages cost with many leads beside few: whatever grows with them shows here."""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from bench.ledger import Filled, fill
from goodword.clock import now
from installation import Installation
from postgres import Postgres, running_postgres

FEW, MANY = 100, 100_000
PAGES = {
    "Stats": "/admin/?",
    "Leads, newest first": "/admin/leads?",
    "Leads by conversion": "/admin/leads?sort=converted",
    "Leads, qualified": "/admin/leads?status=qualified",
    "Leads, rejected": "/admin/leads?status=rejected",
    "Leads, one e-mail": "/admin/leads?q=friend-50@example.org",
    "Leads, a name": "/admin/leads?q=family05",
    "Leads, a name that many have": "/admin/leads?q=given",
    "Leads, a search that finds none": "/admin/leads?q=nobody",
    "Leads of a referrer": "/admin/leads?referrer={referrer}",
    "A lead": "/admin/leads/{lead}?",
    "Referrers": "/admin/referrers?",
    "Referrers, part of a name": "/admin/referrers?q=referrer-1",
    "Referrers, a search that finds none": "/admin/referrers?q=nobody",
    "A referrer": "/admin/referrers?referrer={referrer}",
    "Rewards, due": "/admin/rewards?status=due",
    "Rewards, held": "/admin/rewards?status=held",
    "Rewards, issued": "/admin/rewards?status=issued",
    "Rewards of a referrer": "/admin/rewards?status=due&referrer={referrer}",
    "A reward": "/admin/rewards/{reward}?",
    "Visits": "/admin/visits?",
    "Visits of a referrer": "/admin/visits?referrer={referrer}",
    "Refused": "/admin/refused?",
    "Audit": "/admin/audit?",
}
"""The address of each, open at its end for further parameters."""


@dataclass
class Desk:
    """An admin at an installation with so many leads, and how long each page took, in ms."""

    client: httpx.Client
    campaign: str
    last: Filled
    took: dict[str, list[float]] = field(default_factory=dict)

    def open(self, page: str) -> None:
        named = PAGES[page].format(**vars(self.last))
        start = time.perf_counter()
        answer = self.client.get(f"{named}&campaign={self.campaign}")
        self.took.setdefault(page, []).append(1e3 * (time.perf_counter() - start))
        answer.raise_for_status()

    def of(self, page: str) -> float:
        return median(self.took[page])


def measure_lists(runs: int) -> str:
    """Two tables, one an engine, with a row for each page."""
    with running_postgres() as server:
        return "\n\n".join(
            [
                f"SQLite\n\n{_measure(runs, None)}",
                f"PostgreSQL\n\n{_measure(runs, server)}",
                _NOTE.format(requests=4 * runs),
            ]
        )


_NOTE = (
    f"Median of {{requests}} requests, the two installations in turns; {MANY:,} leads came over a"
    " year, each fifth by another referrer. A page shows 50 rows at most; of few there are fewer."
)


def _measure(runs: int, server: Postgres | None) -> str:
    with ExitStack() as stack:
        few, many = (_desk(stack, leads, server) for leads in (FEW, MANY))
        for run in range(4 * runs + 1):
            for page in PAGES:
                for desk in (few, many):
                    desk.open(page)
                    if not run:
                        desk.took.clear()
    return _table(few, many)


def _desk(stack: ExitStack, leads: int, server: Postgres | None) -> Desk:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goodword-lists-")))
    database = server.create(f"lists_{leads}", "template0") if server else None
    place = Installation(home / "data", database)
    stack.callback(place.close)
    made = place.json(
        *("campaign", "create", "--name", "Bench", "--origin", "https://shop.example"),
        *("--reward", "10.00"),
    )
    admin = place.json("admin", "create", "--email", "owner@shop.example")
    url = place.database_url or f"sqlite+aiosqlite:///{place.data_dir / 'goodword.db'}"
    last = asyncio.run(fill(url, made["id"], leads, now()))
    serving = place.serve("--no-worker")
    client = stack.enter_context(httpx.Client(base_url=serving.url, timeout=60))
    form = {"email": admin["email"], "password": admin["password"]}
    said = client.post("/login", data=form, headers={"origin": serving.url})
    assert said.status_code == 303, said.text
    return Desk(client, made["id"], last)


def _table(few: Desk, many: Desk) -> str:
    head = f"| page | ms, {FEW:,} leads | ms, {MANY:,} leads | ratio |"
    took = [(page, few.of(page), many.of(page)) for page in PAGES]
    rows = [f"| {page} | {a:.1f} | {b:.1f} | {b / a:.2f} |" for page, a, b in took]
    return "\n".join([head, "|---|---|---|---|", *rows])
