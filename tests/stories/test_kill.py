"""Promise 1: what was acknowledged is on disk.

Thousands of browsers arrive, and again and again the server is killed in the middle of it, with
all its processes and without a warning. It starts again, and the browsers go on. In the end every
hit that was answered with a token is one row of `hits`: none is missing, none is there twice, and
the count of visits that the admin sees is the number of rows.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from threading import Event, Lock

import pytest
from sqlalchemy import func, select

from bench.traffic import user_agents
from goodword.storage import open_storage
from goodword.storage.tables import WHOLE, hits, visits
from installation import Installation, Server

ORIGIN = "https://shop.example"
CONNECTIONS = 24
ANSWER_SECONDS = 60


class Crowd:
    """Browsers that each bring one hit and never repeat it, whatever happens to it."""

    def __init__(self, server: Server, site_key: str, code: str, size: int, kills: int) -> None:
        self.acknowledged: list[str] = []
        self._server = server
        self._head = {"v": 1, "s": site_key, "e": "hit", "c": code, "r": ""}
        self._size = size
        self._kill_at = [size * (n + 1) // (kills + 1) for n in range(kills)]
        self._numbers = itertools.count()
        self._agents = itertools.cycle(user_agents())
        self._up = Event()
        self._lock = Lock()

    def arrive(self) -> None:
        """Return when `size` hits were acknowledged."""
        self._up.set()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for done in [pool.submit(self._keep_arriving) for _ in range(CONNECTIONS)]:
                done.result()

    def _keep_arriving(self) -> None:
        while len(self.acknowledged) < self._size:
            assert self._up.wait(ANSWER_SECONDS)
            browser = HTTPConnection("127.0.0.1", self._server.port, timeout=ANSWER_SECONDS)
            try:
                with closing(browser):
                    self._arrive_until_cut(browser)
            except (OSError, HTTPException):
                continue

    def _arrive_until_cut(self, browser: HTTPConnection) -> None:
        """One connection, as long as it lasts and the crowd isn't complete."""
        while len(self.acknowledged) < self._size and self._up.is_set():
            with self._lock:
                url, agent = f"{ORIGIN}/page/{next(self._numbers)}", next(self._agents)
            headers = {"Origin": ORIGIN, "Content-Type": "text/plain", "User-Agent": agent}
            browser.request("POST", "/e", json.dumps(self._head | {"u": url}), headers)
            answer = browser.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            assert json.loads(body)["t"]
            with self._lock:
                self.acknowledged.append(url)
                self._perhaps_kill()

    def _perhaps_kill(self) -> None:
        if self._kill_at and len(self.acknowledged) >= self._kill_at[0]:
            del self._kill_at[0]
            self._up.clear()
            self._server.kill()
            self._server.start()
            self._up.set()


@pytest.mark.parametrize(
    ("size", "kills"),
    [
        pytest.param(2_000, 3, id="2000-hits"),
        pytest.param(20_000, 25, id="20000-hits", marks=pytest.mark.long),
    ],
)
async def test_no_acknowledged_hit_is_lost_or_doubled_when_the_server_is_killed(
    installation_on: Installation, size: int, kills: int
) -> None:
    campaign = installation_on.json("campaign", "create", "--name", "Shop", "--origin", ORIGIN)
    referrer = installation_on.json(
        "referrer", "create", "--campaign", campaign["id"], "--email", "anna@shop.example"
    )
    server = installation_on.serve(env={"GOODWORD_RATE_LIMIT": "0"})
    crowd = Crowd(server, campaign["site_key"], referrer["code"], size, kills)
    crowd.arrive()
    server.kill()

    stored, counted = await _stored(installation_on)
    assert len(crowd.acknowledged) >= size
    assert set(crowd.acknowledged) - set(stored) == set()
    assert [url for url, rows in stored.items() if rows > 1] == []
    assert counted == stored.total()


async def _stored(installation: Installation) -> tuple[Counter[str], int]:
    """How many rows each page has, and the sum of the visits that were counted."""
    assert installation.database_url is not None
    storage = open_storage(installation.database_url)
    async with storage.read() as db:
        rows = await db.execute(select(hits.c.url))
        own = visits.c.referrer_id != WHOLE
        counted = await db.execute(select(func.sum(visits.c.hits)).where(own))
    await storage.close()
    return Counter(rows.scalars()), int(counted.scalar_one())
