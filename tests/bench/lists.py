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

FEW, SOME, MANY = 100, 2_000, 100_000
"""Of few leads most pages show fewer rows; of some they are as full as of many."""

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
    """An admin at an installation with so many leads: how long each page took, in ms, and how many
    rows it showed."""

    client: httpx.Client
    campaign: str
    last: Filled
    took: dict[str, list[float]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def open(self, page: str) -> None:
        named = PAGES[page].format(**vars(self.last))
        start = time.perf_counter()
        answer = self.client.get(f"{named}&campaign={self.campaign}")
        self.took.setdefault(page, []).append(1e3 * (time.perf_counter() - start))
        answer.raise_for_status()
        self.rows[page] = answer.text.count("<tr")

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
    f"Median of {{requests}} requests, the installations in turns; {MANY:,} leads came over a year,"
    " each fifth by another referrer. A page shows 50 rows at most, and of few leads fewer: what"
    " the rows themselves take is no matter of how many more there are. `alike` is beside the"
    " installation that shows as many rows; nothing where neither does, as where a search finds"
    " more of more."
)


def _measure(runs: int, server: Postgres | None) -> str:
    with ExitStack() as stack:
        desks = [_desk(stack, leads, server) for leads in (FEW, SOME, MANY)]
        for run in range(4 * runs + 1):
            for page in PAGES:
                for desk in desks:
                    desk.open(page)
                    if not run:
                        desk.took.clear()
    return _table(*desks)


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


def _table(few: Desk, some: Desk, many: Desk) -> str:
    head = (
        f"| page | rows | ms, {FEW:,} leads | rows | ms, {SOME:,} leads | rows | ms, {MANY:,} leads"
        " | ratio | alike |"
    )
    desks = (few, some, many)
    rows = [
        f"| {page} "
        + "".join(f"| {desk.rows[page]} | {desk.of(page):.1f} " for desk in desks)
        + f"| {many.of(page) / few.of(page):.2f} | {_alike(page, desks)} |"
        for page in PAGES
    ]
    return "\n".join([head, "|---" * 9 + "|", *rows])


def _alike(page: str, desks: tuple[Desk, Desk, Desk]) -> str:
    """The ratio beside the smallest installation whose page has as many rows, but for one."""
    *others, many = desks
    for other in others:
        if abs(other.rows[page] - many.rows[page]) <= 1:
            return f"{many.of(page) / other.of(page):.2f}"
    return ""
