"""What `make demo` runs: a goodword server and a shop that uses it, each on an origin of its own.

`DEMO_PORT` moves both, `GOODWORD_DATA_DIR` the folder; `WITH=hubspot` adds a double of that system,
connected, on the port after them. Ends with 0 when it is asked to stop, with
1 when it cannot start or one of the two stops by itself."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from goodword.integrations import SYSTEMS
from goodword.integrations.base import Crm

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 60
SECONDS_TO_STOP = 15
ADMIN_EMAIL = "admin@example.com"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Demo:
    port: int
    folder: Path
    double: str = ""

    @property
    def server_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"http://{HOST}:{self.port + 1}"

    @property
    def double_url(self) -> str:
        return f"http://{HOST}:{self.port + 2}"

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(range(self.port, self.port + (3 if self.double else 2)))

    @property
    def environment(self) -> dict[str, str]:
        """Without the caller's GOODWORD_* values: they are meant for a real installation, and the
        demo must not write into its database."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GOODWORD_")}
        own = {"GOODWORD_DATA_DIR": str(self.folder), "GOODWORD_PUBLIC_URL": self.server_url}
        if self.double:
            own |= {"GOODWORD_OUTBOUND_ALLOW": "127.0.0.0/8"}
            own |= {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}
        return kept | own


@dataclass(frozen=True)
class Child:
    name: str
    port: int
    process: subprocess.Popen[bytes]
    path: str = "/healthz"

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", self.path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class StopRequest:
    """Ctrl-C, SIGTERM or a closed terminal; looked at between steps, so that none is cut short."""

    def __init__(self) -> None:
        self.received = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = True


def main() -> None:
    stop = StopRequest()
    demo = _demo()
    _refuse_taken_ports(demo)
    _make_folder(demo.folder)
    print(f"Starting the demo (its data is in {_shown(demo.folder)}) ...", flush=True)
    campaign = _campaign(demo)
    admin = _admin(demo)
    children = [_start_server(demo), _start_shop(demo, campaign)]
    children += [_start_double(demo)] if demo.double else []
    try:
        if _wait_until_they_answer(children, stop):
            if demo.double:
                _connect(demo, campaign)
            print(_panel(demo, campaign, admin), flush=True)
        while not stop.received:
            _refuse_dead(children)
            time.sleep(0.2)
    finally:
        _stop(children)
    print(f"\nStopped. The next start finds everything again in {_shown(demo.folder)}.")


def _demo() -> Demo:
    text = os.environ.get("DEMO_PORT") or "8000"
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= port <= 65534:
        sys.exit(f"DEMO_PORT={text}: use a number from 1 to 65534, such as 8000.")
    folder = Path(os.environ.get("GOODWORD_DATA_DIR") or "demo-data").absolute()
    return Demo(port, folder, _double())


def _double() -> str:
    """The double that `WITH` names, if any."""
    name = os.environ.get("WITH", "")
    known = sorted(set(SYSTEMS) & {path.stem for path in (ROOT / "tests/doubles").glob("*.py")})
    if name and name not in known:
        sys.exit(f"WITH={name}: there is no double of it. Use one of {', '.join(known)}.")
    return name


def _refuse_taken_ports(demo: Demo) -> None:
    for port in demo.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                sys.exit(
                    f"Port {port} cannot be used ({error.strerror}). The demo needs"
                    f" {len(demo.ports)} ports in a row; move them:"
                    f" DEMO_PORT={min(demo.port + 1000, 65000)} make demo"
                )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sys.exit(f"{folder}: {error.strerror}. Set GOODWORD_DATA_DIR to a folder for the demo.")


def _campaign(demo: Demo) -> Answer:
    """The campaign of this shop origin, with its referrer; made once and kept in demo.json.

    An origin belongs to one port, so another `DEMO_PORT` makes another campaign."""
    path = demo.folder / "demo.json"
    kept: Answer = json.loads(path.read_text()) if path.exists() else {}
    if demo.shop_url not in kept:
        site = ["--name", "Demo shop", "--origin", demo.shop_url, "--landing", f"{demo.shop_url}/"]
        reward = ["--reward", "10.00", "--currency", "EUR"]
        kept[demo.shop_url] = _goodword(demo, "campaign", "create", *site, *reward)
        _write_private(path, json.dumps(kept, indent=2))
    campaign: Answer = kept[demo.shop_url]
    if "referrer" not in campaign:
        person = ["--email", "ada@example.com", "--name", "Ada Lovelace"]
        where = ["--campaign", campaign["id"]]
        campaign["referrer"] = _goodword(demo, "referrer", "create", *where, *person)
        _write_private(path, json.dumps(kept, indent=2))
    return campaign


def _admin(demo: Demo) -> dict[str, str]:
    """The rows of admin.txt. The password is nowhere else: without the file it cannot be known."""
    path = demo.folder / "admin.txt"
    if path.exists():
        rows = dict(line.split(": ", 1) for line in path.read_text().splitlines())
    else:
        made = _goodword(demo, "admin", "create", "--email", ADMIN_EMAIL)
        rows = {"address": "", "e-mail": made["email"], "password": made["password"]}
    rows["address"] = f"{demo.server_url}/admin/"
    _write_private(path, "".join(f"{name}: {value}\n" for name, value in rows.items()))
    return rows


def _goodword(demo: Demo, *arguments: str) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "goodword", *arguments, "--json"],
        env=demo.environment,
        cwd=demo.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
    )
    if done.returncode:
        sys.exit(
            f"{done.stderr.strip()}\ngoodword {' '.join(arguments[:2])} was refused."
            f" To start afresh, delete the folder {_shown(demo.folder)}."
        )
    answer: Answer = json.loads(done.stdout)
    return answer


def _start_server(demo: Demo) -> Child:
    command = ["-m", "goodword", "serve", "--host", HOST, "--port", str(demo.port)]
    return Child("server", demo.port, _start(command, demo, demo.environment))


def _start_shop(demo: Demo, campaign: Answer) -> Child:
    command = ["-m", "uvicorn", "--factory", "demo_site.shop:from_environment"]
    where = ["--app-dir", str(ROOT), "--host", HOST, "--port", str(demo.port + 1)]
    environment = demo.environment | {
        "SHOP_GOODWORD_URL": demo.server_url,
        "SHOP_CAMPAIGN": campaign["slug"],
        "SHOP_SITE_KEY": campaign["site_key"],
        "SHOP_SIGNING_SECRET": campaign["signing_secret"],
        "SHOP_DATA_DIR": str(demo.folder),
    }
    started = _start([*command, *where, "--log-level", "warning"], demo, environment)
    return Child("shop", demo.port + 1, started)


def _start_double(demo: Demo) -> Child:
    command = ["-m", f"doubles.{demo.double}", "--port", str(demo.port + 2), "--quiet"]
    started = _start(command, demo, demo.environment)
    return Child(demo.double, demo.port + 2, started, "/")


def _connect(demo: Demo, campaign: Answer) -> None:
    command = [sys.executable, str(ROOT / "demo_site/connect.py"), demo.double, demo.double_url]
    done = subprocess.run(
        [*command, campaign["id"]],
        env=demo.environment,
        cwd=demo.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        process_group=0,
    )
    if done.returncode:
        sys.exit(f"{done.stderr.strip()}\n{demo.double} could not be connected.")


def _start(command: list[str], demo: Demo, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """In a process group of its own: Ctrl-C reaches this program alone, which then stops both.
    In the data folder, so that no `.env` of a real installation is read."""
    return subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        cwd=demo.folder,
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


def _wait_until_they_answer(children: list[Child], stop: StopRequest) -> bool:
    """False when it was asked to stop before."""
    give_up_at = time.monotonic() + SECONDS_TO_START
    while not all(child.answers() for child in children):
        if stop.received:
            return False
        _refuse_dead(children)
        if time.monotonic() > give_up_at:
            sys.exit(f"The demo does not answer after {SECONDS_TO_START} seconds, so it stops.")
        time.sleep(0.1)
    return True


def _refuse_dead(children: list[Child]) -> None:
    for child in children:
        code = child.process.poll()
        if code is not None:
            sys.exit(f"The {child.name} stopped by itself (exit code {code}), so the demo stops.")


def _stop(children: list[Child]) -> None:
    for child in children:
        child.process.terminate()
    for child in children:
        try:
            child.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _panel(demo: Demo, campaign: Answer, admin: dict[str, str]) -> str:
    return f"""
  goodword demo

  Referral link   {campaign["referrer"]["link"]}
  Shop            {demo.shop_url}/
  Join page       {demo.server_url}/c/{campaign["slug"]}
  Admin           {admin["address"]}
  E-mail          {admin["e-mail"]}
  Password        {admin["password"]}   (kept in {_shown(demo.folder / "admin.txt")})

  1. Open the referral link. Leave an e-mail under "Letters", then buy a notebook.
  2. Open the admin: Ada Lovelace has one visit, one successful referral and one reward due.
{_double_panel(demo) if demo.double else ""}
  Ctrl-C stops {"all" if demo.double else "both"}.
"""


def _double_panel(demo: Demo) -> str:
    title = SYSTEMS[demo.double].title
    if not isinstance(SYSTEMS[demo.double], Crm):
        return f"""
  {title}, played by a double: {demo.double_url}/
  Leave an e-mail in the shop, pay with the same e-mail there, and see the lead qualify.
"""
    return f"""
  {title}, played by a double: {demo.double_url}/
  Leave an e-mail in the shop, and do not buy. The lead appears in {title}: change it there, and
  see it qualify in the admin within seconds.
"""


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _write_private(path: Path, text: str) -> None:
    """Readable by this user alone from the first byte, and never half written."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


if __name__ == "__main__":
    main()
