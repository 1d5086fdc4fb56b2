"""Waiting for another process: bounded polling of a condition, never a fixed pause."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable

POLL_SECONDS = 0.02


def free_port() -> int:
    """A loopback TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    condition: Callable[[], bool],
    seconds: float,
    explain: Callable[[], str],
    process: subprocess.Popen[bytes] | None = None,
) -> None:
    """Return as soon as the condition holds; AssertionError with `explain()` when it never does.

    With `process`, give up as soon as that process has ended.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            what = "the process ended" if ended else f"nothing in {seconds} s"
            raise AssertionError(f"{what}:\n{explain()}")
        time.sleep(POLL_SECONDS)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
