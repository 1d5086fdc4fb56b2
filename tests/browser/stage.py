"""The stage of the script's tests: a recording collect endpoint and sites on origins of their own.

Everything runs on loopback; Chromium resolves every name under `.test` to it.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from waiting import wait_until

SITE = "site_1"
TOKEN_LIFE = 34_560_000
WAIT_SECONDS = 10.0

Body = dict[str, Any]
Answers = Callable[[Body], tuple[int, Body]]


@dataclass
class Fault:
    """What happens to one request: a status, a cut line, an empty answer, or a pause."""

    status: int = 0
    cut: bool = False
    empty: bool = False
    until: threading.Event | None = None


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Body:
        parsed: Body = json.loads(self.text)
        return parsed


@dataclass
class Collector:
    """`/e` as the scripts see it; it also serves the scripts themselves."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    faults: deque[Fault | None] = field(default_factory=deque)
    """One for each report to come; None lets one pass."""
    down: Fault | None = None
    """What happens to every report while it is set."""
    refused: dict[str, str] = field(default_factory=dict)
    """Codes that make no hit, and the reason."""
    extra: Body = field(default_factory=dict)
    """Fields of every hit's answer, such as a cookie domain."""
    closes: bool = False
    """Whether the connection ends after each answer."""

    @property
    def origin(self) -> str:
        return f"http://go.test:{self.port}"

    @property
    def reports(self) -> list[Body]:
        """The bodies of all posts so far."""
        return [each.body for each in list(self.requests) if each.method == "POST"]

    def sent(self, kind: str) -> list[Body]:
        return [each for each in self.reports if each["e"] == kind]

    @property
    def preflights(self) -> int:
        return sum(each.method == "OPTIONS" for each in list(self.requests))

    def wait_for(self, count: int, kind: str = "") -> list[Body]:
        """The reports (of a kind), as soon as there are as many."""

        def found() -> list[Body]:
            return self.sent(kind) if kind else self.reports

        wait_until(lambda: len(found()) >= count, WAIT_SECONDS, lambda: json.dumps(self.reports))
        return found()

    def answer(self, body: Body) -> tuple[int, Body]:
        if body["e"] != "hit":
            status = "ignored" if not body.get("k") else "counted"
            return 200, {"status": status, "id": f"{body['e']}_1"}
        code = str(body.get("c"))
        if code in self.refused:
            return 200, {"reason": self.refused[code]}
        token = f"token-{code}-{len(self.sent('hit'))}"
        answer = {"t": token, "c": code, "m": TOKEN_LIFE, "n": "Ada", "o": "10 % off"}
        if body.get("l"):
            answer["l"] = body["l"]
        return 200, answer | self.extra


@dataclass
class Page:
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "text/html; charset=utf-8"
    status: int = 200


@dataclass
class Sites:
    """Pages by path, the same for every host name; posted forms are kept."""

    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    posted: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """`/gate` answers when it is set: how a page waits for its test."""

    def put(self, path: str, html: str = "", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = Page("<!doctype html><html lang=en>" + html, named)

    def url(self, path: str = "/", host: str = "shop.test") -> str:
        return f"http://{host}:{self.port}{path}"


@dataclass
class Stage:
    go: Collector
    shop: Sites

    def tag(self, script: str = "gw", load: str = "async", **attributes: str) -> str:
        """The script element; `links="a.test"` becomes `data-links`, `site=""` leaves it out."""
        named = {"site": SITE} | attributes
        data = "".join(f' data-{name}="{value}"' for name, value in named.items() if value)
        return f'<script {load} src="{self.go.origin}/{script}.js"{data}></script>'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Silence: the tests read what was recorded."""

    def text(self) -> str:
        return self.rfile.read(int(self.headers.get("content-length") or 0)).decode()

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def script_bytes(path: str) -> bytes | None:
    """The released script behind a path such as `/gw.js`, as the server would serve it."""
    folder = files("goodword.web") / "scripts"
    current = json.loads((folder / "gw.versions.json").read_text())["current"]
    name = path.strip("/")
    kind = name.removesuffix(".js")
    if kind in current:
        name = f"{kind}.{current[kind]}.js"
    file = folder / name
    return file.read_bytes() if name.endswith(".js") and file.is_file() else None


def collect_handler(go: Collector) -> type[_Handler]:
    class Handler(_Handler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            script = script_bytes(path)
            headers = {"access-control-allow-origin": "*", "cache-control": "no-store"}
            if script is None:
                go.requests.append(Request("GET", self.path, dict(self.headers), ""))
                self.reply(204 if path == "/marker" else 404, b"", headers)
                return
            self.reply(200, script, headers | {"content-type": "text/javascript; charset=utf-8"})

        def do_OPTIONS(self) -> None:
            go.requests.append(Request("OPTIONS", self.path, dict(self.headers), ""))
            self.reply(204, b"", {"access-control-allow-origin": "*"})

        def do_POST(self) -> None:
            request = Request("POST", self.path, dict(self.headers), self.text())
            go.requests.append(request)
            fault = go.down or (go.faults.popleft() if go.faults else None) or Fault()
            if fault.until is not None:
                fault.until.wait(WAIT_SECONDS)
            if fault.cut:
                self.close_connection = True
                return
            self._answer(request.body, fault)

        def _answer(self, body: Body, fault: Fault) -> None:
            status, answer = go.answer(body)
            if fault.status:
                status, answer = fault.status, {"error": {"code": "fault", "message": "a test"}}
            text = "" if fault.empty else json.dumps(answer)
            headers = {"access-control-allow-origin": "*", "content-type": "application/json"}
            if go.closes:
                headers["connection"] = "close"
            self.reply(status, text.encode(), headers)

    return Handler


def site_handler(shop: Sites) -> type[_Handler]:
    class Handler(_Handler):
        def do_GET(self) -> None:
            if self.path == "/gate":
                shop.gate.wait(WAIT_SECONDS)
                self.reply(204, b"", {})
                return
            page = shop.pages.get(urlsplit(self.path).path)
            if page is None:
                self.reply(404, b"", {"content-type": "text/html"})
                return
            headers = {"content-type": page.content_type} | page.headers
            self.reply(page.status, page.html.encode(), headers)

        def do_POST(self) -> None:
            shop.posted.append(self.text())
            self.reply(200, b"<!doctype html>ok", {"content-type": "text/html"})

    return Handler


class Hall:
    """A server that runs in a thread while it is entered."""

    def __init__(self, handler: type[_Handler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Hall:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
