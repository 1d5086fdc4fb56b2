"""An installation of goodword as its operator has it: a data folder, a command line, a server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from waiting import free_port, wait_until

START_SECONDS = 60
STOP_SECONDS = 30
COMMAND_SECONDS = 120


@dataclass
class Server:
    """`goodword serve` in a process group of its own."""

    port: int
    data_dir: Path
    _env: Mapping[str, str]
    _arguments: list[str]
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was stopped"
        return self._process.pid

    @property
    def log(self) -> str:
        """What the server has written on stdout and stderr so far, over all its starts."""
        return self._log_file.read_text(errors="replace")

    @property
    def _log_file(self) -> Path:
        return self.data_dir.parent / f"server-{self.port}.log"

    def start(self) -> None:
        """Start and return when /healthz answers."""
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "goodword", "serve", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self.data_dir.parent,
                start_new_session=True,
            )
        wait_until(self._is_healthy, START_SECONDS, lambda: self.log, self._process)

    def stop(self) -> None:
        """End it as an operator would; AssertionError when it doesn't end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Take it away in the middle of whatever it does, with all its processes."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it where it still runs and start it again on the same port and data."""
        self.stop()
        self.start()

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, sign)
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(
                f"not ended {STOP_SECONDS} s after {sign.name}:\n{self.log}"
            ) from None

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@dataclass
class Installation:
    """A data folder and an environment, shared by every command and server made from it."""

    data_dir: Path
    database_url: str | None = None
    servers: list[Server] = field(default_factory=list)

    def env(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of this process without any GOODWORD_* but this installation's own."""
        own = {
            name: value for name, value in os.environ.items() if not name.startswith("GOODWORD_")
        }
        own["GOODWORD_DATA_DIR"] = str(self.data_dir)
        if self.database_url is not None:
            own["GOODWORD_DATABASE_URL"] = self.database_url
        return own | dict(extra or {})

    def run(
        self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `goodword ARGUMENTS` to its end, whatever its exit status."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [sys.executable, "-m", "goodword", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env(env),
            cwd=self.data_dir.parent,
            timeout=COMMAND_SECONDS,
        )

    def json(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """What `goodword ARGUMENTS --json` prints; AssertionError when it is refused."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == 0, f"goodword {' '.join(arguments)}: {done.stderr}"
        printed: dict[str, Any] = json.loads(done.stdout)
        return printed

    def serve(
        self, *arguments: str, env: Mapping[str, str] | None = None, workers: int = 1
    ) -> Server:
        """A started server on a free loopback port, which is also its public URL by default."""
        port = free_port()
        environment = self.env({"GOODWORD_PUBLIC_URL": f"http://127.0.0.1:{port}", **(env or {})})
        given = ["--port", str(port), "--workers", str(workers), *arguments]
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        server = Server(port, self.data_dir, environment, given)
        self.servers.append(server)
        server.start()
        return server

    def close(self) -> None:
        for server in self.servers:
            server.kill()
