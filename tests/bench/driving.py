"""The load generator as a process of its own, on another core than the servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from bench.load import Load, Result


def drive(*loads: Load) -> list[Result]:
    """Puts these loads on their servers at the same time; how each was answered."""
    processes = [_start() for _ in loads]
    for process, load in zip(processes, loads, strict=True):
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(load)))
        process.stdin.close()
        process.stdin = None
    return [Result(**json.loads(process.communicate()[0])) for process in processes]


def _start() -> subprocess.Popen[str]:
    with pinned(1):
        return subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Processes started in this block stay on one core, where there are two and the system can."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[core]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
