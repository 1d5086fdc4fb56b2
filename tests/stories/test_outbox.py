"""Promise 1 for what leaves: each message arrives at least once under one id, none is lost.

Thousands of things happen, and four receivers want to know: one answers 500 now and then, one
resets connections, one takes a message and loses its answer, one hangs. Again and again the
worker is killed in the middle of it, without a warning, and another one takes over. In the end
every message has arrived, each under the one id that the outbox knows.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update

from goodword.lifecycle.context import Context, open_context
from goodword.lifecycle.endpoints import add_endpoint
from goodword.lifecycle.tell import message
from goodword.model import (
    WEBHOOK,
    Activity,
    Campaign,
    Endpoint,
    Message,
    MessageStatus,
    Mode,
)
from goodword.notifications import record as notifications
from goodword.notifications.decide import compose
from goodword.settings import load_settings
from goodword.storage import open_storage
from goodword.storage.tables import outbox
from installation import Installation
from receiver import Got, Receiver, answer, listening

LOOPBACK = "127.0.0.0/8"
EVENTS = ("lead.created", "lead.qualified", "reward.due", "reward.ready")
SECONDS = 3_600
"""Longer than any run takes, however busy the machine is."""


@dataclass
class Trouble:
    """A receiver that fails a message in `every` the first time it sees it, and then takes it.

    `fault` is what it does instead of answering, as `Receiver.answers` has it; `most` times.
    """

    fault: bytes | None
    every: int
    most: int
    seen: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    def __call__(self, got: Got) -> bytes | None:
        id_ = got.headers["webhook-id"]
        self.seen[id_] += 1
        nth = json.loads(got.body)["data"]["number"] // len(EVENTS)
        unlucky = nth % self.every == 0 and self.seen[id_] == 1
        if not unlucky or self.failed >= self.most:
            return answer(204)
        self.failed += 1
        return self.fault


class Worker:
    """`goodword worker`, which can be taken away in the middle of whatever it does."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._log = installation.data_dir.parent / "worker.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "goodword", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._installation.env({"GOODWORD_OUTBOUND_ALLOW": LOOPBACK}),
                cwd=self._log.parent,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


@dataclass
class Post:
    """The outbox of one campaign, and its receivers."""

    context: Context
    campaign: Campaign
    receivers: list[Receiver]

    async def fill(self, size: int) -> None:
        """So many things happen, of the four types in turn: each is a message to who wants it."""
        async with self.context.storage.write(self.campaign.id) as db:
            known = await notifications.endpoints(db, self.campaign.id)
            wanting = {endpoint.events[0]: endpoint for endpoint in known}
            messages = [self._message(number, wanting) for number in range(size)]
            await notifications.put(db, messages)

    def _message(self, number: int, wanting: Mapping[str, Endpoint]) -> Message:
        at, type_ = self.context.now(), EVENTS[number % len(EVENTS)]
        line = Activity(
            id=self.context.new_id("act", at),
            campaign_id=self.campaign.id,
            type=type_,
            actor="api",
            referrer_id=None,
            lead_id=None,
            conversion_id=None,
            reward_id=None,
            data="{}",
            mode=Mode.LIVE,
            created_at=at,
        )
        return message(line, wanting[type_], compose(type_, at, {"number": number}))

    async def ids(self, *statuses: MessageStatus) -> set[str]:
        async with self.context.storage.read() as db:
            query = select(outbox.c.id)
            query = query.where(outbox.c.status.in_(statuses)) if statuses else query
            return set((await db.execute(query)).scalars())

    async def waits(self) -> bool:
        async with self.context.storage.read() as db:
            query = select(outbox.c.id).where(outbox.c.status == MessageStatus.WAITING).limit(1)
            return (await db.execute(query)).first() is not None

    async def time_passes(self, *, leases_too: bool = False) -> None:
        """What waits for another try waits no longer; `leases_too` of a sender that is dead."""
        now = self.context.now()
        values = {"next_at": 0} | ({"leased_until": 0} if leases_too else {})
        idle = update(outbox).where(outbox.c.status == MessageStatus.WAITING)
        if not leases_too:
            idle = idle.where(outbox.c.kind == WEBHOOK, outbox.c.next_at > now)
            idle = idle.where(outbox.c.leased_until <= now)
        async with self.context.storage.write() as db:
            await db.execute(idle.values(values))

    @property
    def arrived(self) -> Counter[str]:
        """How often each id came to a receiver that took it."""
        came: Counter[str] = Counter()
        for receiver in self.receivers:
            came.update(got.headers["webhook-id"] for got in receiver.got)
        return came


@asynccontextmanager
async def posting(installation: Installation, troubles: list[Trouble]) -> AsyncIterator[Post]:
    """A campaign with one receiver for each trouble, and each wants another type."""
    made = installation.json(
        "campaign", "create", "--name", "Shop", "--origin", "https://a.example"
    )
    settings = load_settings(installation.env({"GOODWORD_OUTBOUND_ALLOW": LOOPBACK}))
    storage = open_storage(settings.database_url)
    async with listening() as a, listening() as b, listening() as c, listening() as d:
        context = await open_context(settings, storage)
        campaign = await context.directory.by_id(made["id"])
        assert campaign is not None
        receivers = [a, b, c, d]
        for receiver, trouble, event in zip(receivers, troubles, EVENTS, strict=True):
            receiver.answers = trouble
            await add_endpoint(context, campaign, receiver.url, [event], "test")
        yield Post(context, campaign, receivers)
        await storage.close()


@pytest.mark.parametrize(
    ("size", "kills", "every", "hangs"),
    [
        pytest.param(2_000, 2, 200, 1, id="2000-events"),
        pytest.param(100_000, 20, 500, 5, id="100000-events", marks=pytest.mark.long),
    ],
)
async def test_each_event_is_delivered_at_least_once_under_one_id_and_none_is_lost(
    installation: Installation, size: int, kills: int, every: int, hangs: int
) -> None:
    faults = (answer(500, "oops"), None, None, b"")
    troubles = [Trouble(fault, every, size) for fault in faults]
    troubles[3].most = hangs
    worker = Worker(installation)
    async with posting(installation, troubles) as post:
        await post.fill(size)
        expected = await post.ids()
        assert len(expected) == size
        try:
            kill_at = [size * n // (kills + 1) for n in range(1, kills + 1)]
            await _deliver(post, worker, troubles, kill_at)
        finally:
            worker.kill()
        assert await post.ids(MessageStatus.SENT) == expected
        arrived = post.arrived
        assert set(arrived) == expected
        _under_one_id(post)
    assert all(trouble.failed for trouble in troubles)


async def _deliver(post: Post, worker: Worker, troubles: list[Trouble], kill_at: list[int]) -> None:
    """Until nothing waits; the worker is killed each time that so many have arrived."""
    deadline = time.monotonic() + SECONDS
    worker.start()
    while await post.waits():
        assert worker.runs, worker.log
        assert time.monotonic() < deadline, worker.log
        if kill_at and sum(len(each.seen) for each in troubles) >= kill_at[0]:
            del kill_at[0]
            worker.kill()
            await post.time_passes(leases_too=True)
            worker.start()
        await post.time_passes()
        await asyncio.sleep(0.2)
    assert kill_at == []


def _under_one_id(post: Post) -> None:
    """What happened once is told under one id, in one and the same body, however often."""
    told: dict[str, str] = {}
    ids: dict[int, str] = {}
    for receiver in post.receivers:
        for got in receiver.got:
            id_, number = got.headers["webhook-id"], json.loads(got.body)["data"]["number"]
            assert told.setdefault(id_, got.body) == got.body
            assert ids.setdefault(number, id_) == id_
