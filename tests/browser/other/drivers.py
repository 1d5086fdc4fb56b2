"""Firefox and WebKit, driven as their makers mean it: W3C WebDriver, by Marionette or over HTTP.

Playwright's own builds of both are not browsers that anybody installs. These are the ones of the
system, as visitors have them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import httpx

from waiting import free_port, is_listening, wait_until

START_SECONDS = 60.0
Reply = dict[str, Any]

_PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "browser.sessionstore.resume_from_crash": False,
    "browser.startup.page": 0,
}


class Line(Protocol):
    """One session of WebDriver; what fails raises `AssertionError` with the browser's words."""

    def ask(self, command: str, fields: Reply | None = None) -> Any: ...


class Marionette:
    """Firefox's own line: JSON with its length before it, over a socket."""

    COMMANDS = {
        "url": "WebDriver:Navigate",
        "execute/async": "WebDriver:ExecuteAsyncScript",
        "window/new": "WebDriver:NewWindow",
        "window": "WebDriver:SwitchToWindow",
        "close": "WebDriver:CloseWindow",
        "back": "WebDriver:Back",
        "handles": "WebDriver:GetWindowHandles",
    }

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
        self._stream = self._socket.makefile("rb")
        self._read()
        self._send("WebDriver:NewSession", {})

    def ask(self, command: str, fields: Reply | None = None) -> Any:
        answer = self._send(self.COMMANDS[command], fields or {})
        return answer.get("value", answer) if isinstance(answer, dict) else answer

    def quit(self) -> None:
        self._send("Marionette:Quit", {"flags": ["eAttemptQuit"]})
        self._stream.close()
        self._socket.close()

    def _send(self, command: str, fields: Reply) -> Any:
        text = json.dumps([0, 1, command, fields])
        self._socket.sendall(f"{len(text.encode())}:{text}".encode())
        _, _, error, result = self._read()
        assert error is None, error
        return result

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            assert byte, "the browser hung up"
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))


class Http:
    """WebKit's line: W3C WebDriver over HTTP."""

    def __init__(self, port: int, capabilities: Reply) -> None:
        base = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=base, timeout=START_SECONDS, trust_env=False)
        asked = {"capabilities": {"alwaysMatch": capabilities}}
        self._session = self._value(self._client.post("/session", json=asked))["sessionId"]

    def ask(self, command: str, fields: Reply | None = None) -> Any:
        method = {"close": "DELETE", "handles": "GET"}.get(command, "POST")
        path = {"close": "window", "handles": "window/handles"}.get(command, command)
        body = None if method != "POST" else fields or {}
        url = f"/session/{self._session}/{path}"
        return self._value(self._client.request(method, url, json=body))

    def quit(self) -> None:
        self._client.delete(f"/session/{self._session}")
        self._client.close()

    @staticmethod
    def _value(response: httpx.Response) -> Any:
        assert response.is_success, response.text
        return response.json()["value"]


def installed() -> list[str]:
    """Which of the two this system has."""
    needs = {"firefox": ["firefox"], "webkit": ["WebKitWebDriver", "Xvfb"]}
    return [name for name, parts in needs.items() if all(map(shutil.which, parts))]


@contextlib.contextmanager
def opened(name: str, profile: Path, **preferences: object) -> Iterator[Line]:
    """A visitor's browser. Firefox keeps its storage in the profile, WebKit forgets at the end;
    preferences, with `__` for a dot, are Firefox's."""
    if name == "firefox":
        told = {each.replace("__", "."): value for each, value in preferences.items()}
        with _firefox(profile, told) as line:
            yield line
    else:
        with _webkit(profile) as line:
            yield line


@contextlib.contextmanager
def _firefox(profile: Path, preferences: Reply) -> Iterator[Line]:
    port = free_port()
    values = _PREFERENCES | preferences | {"marionette.port": port}
    lines = [f'user_pref("{name}", {json.dumps(value)});\n' for name, value in values.items()]
    profile.mkdir(exist_ok=True)
    (profile / "user.js").write_text("".join(lines))
    command = ["firefox", "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    environment = os.environ | {"HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"}
    with _running(command, port, environment) as process:
        line = Marionette(port)
        yield line
        line.quit()
        process.wait(START_SECONDS)


@contextlib.contextmanager
def _webkit(profile: Path) -> Iterator[Line]:
    port, screen = free_port(), free_port()
    profile.mkdir(exist_ok=True)
    display = f":{screen}"
    command = ["Xvfb", display, "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    environment = os.environ | {
        "DISPLAY": display,
        "HOME": str(profile),
        "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    options = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": _minibrowser()}
    with (
        _running(command, None, environment),
        _running(["WebKitWebDriver", f"--port={port}"], port, environment),
    ):
        line = Http(port, options)
        yield line
        line.quit()


def _minibrowser() -> Reply:
    found = next(Path("/usr").glob("lib*/**/webkit2gtk-4*/MiniBrowser"))
    return {"binary": str(found), "args": ["--automation"]}


@contextlib.contextmanager
def _running(
    command: list[str], port: int | None, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block; waits for its port, where it has one."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    try:
        if port is not None:
            wait_until(lambda: is_listening(port), START_SECONDS, lambda: command[0], process)
        yield process
    finally:
        process.terminate()
        process.wait(START_SECONDS)
