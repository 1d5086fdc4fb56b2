"""What an import of 100,000 rows costs, and what it costs those who report meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles

import httpx

from installation import Installation
from lifecycle.world import CHROME
from postgres import running_postgres

ROWS = 100_000
_ORIGIN = "https://shop.example"
_GAP = 0.02


@dataclass
class Visitor:
    """Somebody who arrives through a link again and again; `took` is in milliseconds."""

    url: str
    site_key: str
    code: str
    took: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        call = json.dumps({"v": 1, "s": self.site_key, "e": "hit", "c": self.code})
        headers = {"origin": _ORIGIN, "user-agent": CHROME}
        with httpx.Client(headers=headers) as client:
            while not self.stop.is_set():
                start = time.perf_counter()
                client.post(f"{self.url}/e", content=call).raise_for_status()
                self.took.append(1e3 * (time.perf_counter() - start))
                time.sleep(_GAP)


def measure_moving(rows: int = ROWS) -> str:
    """The table: a line for each engine and kind of file."""
    lines = [
        f"An import of {rows:,} rows by the command line, beside a server that is visited",
        "",
        f"{'':26}{'seconds':>9}{'rows/s':>9}{'p50 of /e':>11}{'p99':>9}{'max':>9}",
    ]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(running_postgres())
        urls = {"SQLite": None, "PostgreSQL": postgres.create("moving", template="template0")}
        for engine, url in urls.items():
            at = Installation(folder / engine / "data", url)
            stack.callback(at.close)
            lines += _engine(engine, at, folder, rows)
    return "\n".join(lines)


def _engine(engine: str, at: Installation, folder: Path, rows: int) -> list[str]:
    server = at.serve(env={"GOODWORD_RATE_LIMIT": "0"})
    shop = at.json("campaign", "create", "--name", "Shop", "--origin", _ORIGIN)
    ada = at.json("referrer", "create", "--campaign", "shop", "--email", "ada@example.com")
    visitor = Visitor(server.url, shop["site_key"], ada["code"])
    lines = [_line(f"{engine}, no import", 0, 0, _while(visitor, partial(time.sleep, 5)))]
    for kind, text in _files(rows).items():
        file = folder / f"{kind}.csv"
        file.write_text(text)
        start = time.perf_counter()
        took = _while(visitor, partial(_import, at, file, kind))
        lines.append(_line(f"{engine}, {kind}", time.perf_counter() - start, rows, took))
    done = at.run("verify")
    assert done.returncode == 0, done.stdout
    server.stop()
    return lines


def _files(rows: int) -> dict[str, str]:
    """A thousand referrers for each kind of row beside those that are measured."""
    day = [f"2025-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(rows)]
    referrers = [f"p{n}@example.org,Person {n},Code{n},{day[n]}" for n in range(rows)]
    leads = [f"f{n}@example.net,code{n % 1000},converted,{day[n]},{day[n]}" for n in range(rows)]
    rewards = [f"r{n},10.00,paid,code{n % 1000},f{n}@example.net,{day[n]}" for n in range(rows)]
    return {
        "referrers": "\n".join(["email,name,code,joined", *referrers]),
        "leads": "\n".join(["email,referrer code,status,joined,converted", *leads]),
        "rewards": "\n".join(["id,amount,status,referrer code,friend email,paid at", *rewards]),
    }


def _import(at: Installation, file: Path, kind: str) -> None:
    command = [sys.executable, "-m", "goodword", "import", str(file), "--campaign", "shop"]
    command += ["--kind", kind, "--yes"]
    done = subprocess.run(command, env=at.env(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _while(visitor: Visitor, act: Callable[[], object]) -> list[float]:
    visitor.took, visitor.stop = [], threading.Event()
    thread = threading.Thread(target=visitor.run)
    thread.start()
    try:
        act()
    finally:
        visitor.stop.set()
        thread.join()
    return visitor.took


def _line(what: str, seconds: float, rows: int, took: list[float]) -> str:
    cut = quantiles(took, n=100)
    speed = f"{rows / seconds:9,.0f}" if seconds else f"{'':9}"
    return f"{what:26}{seconds:9.1f}{speed}{cut[49]:11.1f}{cut[98]:9.1f}{max(took):9.1f}"


if __name__ == "__main__":
    print(measure_moving(int(sys.argv[1]) if sys.argv[1:] else ROWS))
