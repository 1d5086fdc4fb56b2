"""The load generator: keep-alive connections, each sending its next request on an answer.

In: one JSON object on stdin, a `Load`. Out: one JSON object on stdout, a `Result`.
A process of its own, so that it has a core of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """`expect` is what an answer must begin with and contain; others are counted as bad. `rate`
    is requests a second of all connections, 0 for each as soon as the former was answered."""

    port: int
    connections: int
    seconds: float
    requests: list[str]
    expect: tuple[str, str]
    rate: float = 0


@dataclass(frozen=True)
class Result:
    """`seconds` is the time it took, `busy` the share of it that the generator itself worked."""

    requests: int
    bad: int
    seconds: float
    busy: float
    p50_ms: float
    p99_ms: float


class Run:
    """What all connections share."""

    def __init__(self, load: Load) -> None:
        start, inside = load.expect
        self.start, self.inside = start.encode(), inside.encode()
        self.requests: Iterator[bytes] = itertools.cycle([r.encode() for r in load.requests])
        self.every = load.connections / load.rate if load.rate else 0.0
        self.latencies: list[float] = []
        self.bad = 0
        self.over = False


class Connection(asyncio.Protocol):
    def __init__(self, run: Run) -> None:
        self._run = run
        self._answer = b""
        self._due = 0.0
        self._transport: Any = None
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if _is_whole(self._answer):
            self._take()
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._run.over:
            self._run.bad += 1
        self.closed.set_result(None)

    def _take(self) -> None:
        run, answer = self._run, self._answer
        run.latencies.append(time.perf_counter() - self._due)
        if not answer.startswith(run.start) or run.inside not in answer:
            run.bad += 1
        self._answer = b""

    def _send(self) -> None:
        """Sends the next request when it is due; its time counts from then."""
        now = time.perf_counter()
        self._due = self._due + self._run.every if self._run.every and self._due else now
        wait = self._due - now
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._write)
        else:
            self._write()

    def _write(self) -> None:
        if self._run.over:
            self._transport.close()
        else:
            self._transport.write(next(self._run.requests))


def _is_whole(answer: bytes) -> bool:
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = _LENGTH.search(answer, 0, head)
    return len(answer) >= head + 4 + (int(length[1]) if length else 0)


async def drive(load: Load) -> Result:
    """Put the load on 127.0.0.1:port and say how it was answered."""
    run, loop = Run(load), asyncio.get_running_loop()
    started, worked = time.perf_counter(), time.process_time()
    loop.call_later(load.seconds, lambda: setattr(run, "over", True))
    made = [
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", load.port)
        for _ in range(load.connections)
    ]
    await asyncio.gather(*(connection.closed for _, connection in made))
    seconds = time.perf_counter() - started
    busy = (time.process_time() - worked) / seconds
    taken = sorted(run.latencies)
    return Result(len(taken), run.bad, seconds, busy, _quantile(taken, 0.5), _quantile(taken, 0.99))


def _quantile(taken: list[float], share: float) -> float:
    return taken[int(len(taken) * share)] * 1000 if taken else 0.0


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(drive(Load(**json.load(sys.stdin)))))))
