"""The Zapier app, run by Zapier's own tester in Node."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from house.tree import ROOT

FOLDER = ROOT / "server" / "zapier"
DRIVER = Path(__file__).with_name("drive.js")

Bundle = dict[str, Any]


class Refused(Exception):
    """The app raised: `name` is the kind that Zapier acts on, `said` what its user reads."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        try:
            self.facts: dict[str, Any] = json.loads(message)
        except ValueError:
            self.facts = {}
        # The tester adds what happened before; the first line is the message.
        self.said = self.facts.get("message", message.split("\n")[0])


@dataclass(frozen=True)
class App:
    """The app with a connection: `url` and `key` are what its user filled in."""

    process: subprocess.Popen[str]
    url: str
    key: str

    def connected(self, url: str, key: str) -> App:
        return replace(self, url=url, key=key)

    async def run(self, method: str, said: object = None, **more: object) -> Any:
        """What a method such as `creates.add_lead.operation.perform` gives. `Refused`."""
        auth = {"baseUrl": self.url, "apiKey": self.key}
        bundle = {"authData": auth, "inputData": said or {}, **more}
        told = await asyncio.to_thread(self._tell, {"method": method, "bundle": bundle})
        if "error" in told:
            raise Refused(**told["error"])
        return told["result"]

    def _tell(self, line: Bundle) -> Bundle:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer: Bundle = json.loads(self.process.stdout.readline())
        return answer

    async def create(self, key: str, **said: object) -> Any:
        return await self.run(f"creates.{key}.operation.perform", said)

    async def find_lead(self, **said: object) -> Any:
        return await self.run("searches.find_lead.operation.perform", said)


@contextmanager
def running(node: str) -> Iterator[subprocess.Popen[str]]:
    """The tester, waiting for lines."""
    process = subprocess.Popen(
        [node, str(DRIVER), str(FOLDER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        assert process.stdin
        process.stdin.close()


def definition(node: str) -> Bundle:
    """The app as it is declared; each function is the word `function`."""
    script = (
        "const plain = (_, value) => typeof value === 'function' ? 'function' : value;"
        "console.log(JSON.stringify(require('./index'), plain));"
    )
    done = subprocess.run(
        [node, "-e", script], cwd=FOLDER, check=True, capture_output=True, text=True, timeout=60
    )
    declared: Bundle = json.loads(done.stdout)
    return declared
