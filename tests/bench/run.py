"""`make bench`: what a hit costs beside a bare uvicorn in the same minutes, and the tag a page.

Runs are interleaved and the median is shown. Compare within one table: another machine, or this
one at another hour, has other numbers. The steadiest figure is the server's CPU time a request.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from bench.driving import drive, pinned
from bench.hooks import measure_hooks
from bench.lists import measure_lists
from bench.load import Load, Result
from bench.tag import measure_tag
from bench.traffic import gets, hits
from installation import Installation
from waiting import free_port, is_listening, wait_until

CONNECTIONS = 64
REFERRERS = 20
ORIGIN = "https://shop.example"
WARM_UP_SECONDS = 0.5


@dataclass
class Case:
    """One row of the table. `group` is the process group whose CPU time counts."""

    name: str
    group: int
    load: Load
    runs: list[tuple[Result, float]] = field(default_factory=list)

    def of(self, figure: str) -> float:
        return float(median(getattr(result, figure) for result, _ in self.runs))

    @property
    def rate(self) -> float:
        return median(result.requests / result.seconds for result, _ in self.runs)

    @property
    def cpu(self) -> float:
        """Microseconds of the server's CPU time for one request."""
        return median(1e6 * cpu / max(result.requests, 1) for result, cpu in self.runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    chosen = parser.parse_args()
    if not Path("/proc/self/stat").exists():
        raise SystemExit("The CPU time of the servers is read from /proc: this needs Linux.")
    with ExitStack() as stack:
        cases = _cases(stack, chosen.seconds)
        for _ in range(chosen.runs):
            for case in cases:
                case.runs.append(_measure(case))
                print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(_table(cases), end="\n\n")
    print(measure_hooks(chosen.runs, chosen.seconds), end="\n\n")
    print(measure_tag(chosen.runs), end="\n\n")
    print(measure_lists(chosen.runs))


def _cases(stack: ExitStack, seconds: float) -> list[Case]:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goodword-bench-")))
    bare, bare_port = stack.enter_context(_bare())
    place = Installation(home / "data")
    stack.callback(place.close)
    site_key, codes = _campaign(place)
    with pinned(0):
        server = place.serve(env={"GOODWORD_RATE_LIMIT": "0"})
    e = hits(site_key, ORIGIN, codes)

    def load(port: int, requests: list[str], *expect: str) -> Load:
        return Load(port, CONNECTIONS, seconds, requests, (f"HTTP/1.1 {expect[0]}", expect[1]))

    return [
        Case("bare uvicorn, 204", bare, load(bare_port, e, "204", "")),
        Case("POST /e, a hit", server.pid, load(server.port, e, "200", '"t":')),
        Case("GET /gw.js", server.pid, load(server.port, gets("/gw.js"), "200", "")),
        Case("GET /r/CODE", server.pid, load(server.port, gets(f"/r/{codes[0]}"), "302", "_gw=")),
    ]


def _campaign(place: Installation) -> tuple[str, list[str]]:
    made = place.json("campaign", "create", "--name", "Bench", "--origin", ORIGIN)
    referrers = [
        place.json("referrer", "create", "--campaign", made["id"], "--email", f"r{n}@shop.example")
        for n in range(REFERRERS)
    ]
    return made["site_key"], [referrer["code"] for referrer in referrers]


@contextmanager
def _bare() -> Iterator[tuple[int, int]]:
    """The process group and the port of a bare uvicorn."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port)]
    with pinned(0):
        process = subprocess.Popen(
            [*command, "--no-access-log", "--log-level", "warning"], start_new_session=True
        )
    try:
        wait_until(lambda: is_listening(port), 30, lambda: "uvicorn does not listen", process)
        yield process.pid, port
    finally:
        process.kill()
        process.wait()


def _measure(case: Case) -> tuple[Result, float]:
    """One run: how the load was answered, and the seconds of CPU time that the server took."""
    drive(replace(case.load, seconds=WARM_UP_SECONDS))
    before = _cpu_seconds(case.group)
    [result] = drive(case.load)
    return result, _cpu_seconds(case.group) - before


def _cpu_seconds(group: int) -> float:
    """User and system time of all processes of a group, in seconds; proc(5)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _table(cases: list[Case]) -> str:
    bare = cases[0]
    head = (
        "| case | requests/s | p50 ms | p99 ms | CPU us/request | CPU, bare = 1 | load busy | bad |"
    )
    rows = [
        f"| {case.name} | {case.rate:,.0f} | {case.of('p50_ms'):.2f} | {case.of('p99_ms'):.2f}"
        f" | {case.cpu:.1f} | {bare.cpu / case.cpu:.2f} | {case.of('busy'):.0%}"
        f" | {sum(result.bad for result, _ in case.runs)} |"
        for case in cases
    ]
    return "\n".join([head, "|---|---|---|---|---|---|---|---|", *rows, "", _notes(cases)])


def _notes(cases: list[Case]) -> str:
    return (
        f"{CONNECTIONS} keep-alive connections, median of {len(cases[0].runs)} interleaved runs of"
        f" {cases[0].load.seconds:g} s; server and load each on one core of {os.cpu_count()}.\n"
        "CPU, bare = 1: the bare server's CPU time a request over this one's; higher is better.\n"
        "Near 100 % of load busy the requests/s are the generator's limit, not the server's."
    )


if __name__ == "__main__":
    main()
