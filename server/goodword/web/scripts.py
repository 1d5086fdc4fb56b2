"""The scripts as they were built: `/gw.js`, `/gw.<version>.js`, compressed ahead of time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_FOLDER = files("goodword.web") / "scripts"
_YEAR = "public, max-age=31536000, immutable"
_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Script:
    """One released file, as is and compressed; `integrity` is its SRI hash."""

    name: str
    plain: bytes
    brotli: bytes
    gzip: bytes
    integrity: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.plain).hexdigest()[:20]}"'


class Versions(msgspec.Struct):
    """`gw.versions.json`: the current version of each script, and every file ever released."""

    current: dict[str, str]
    files: dict[str, dict[str, str | int]]


class Scripts:
    """Every released script, in memory."""

    def __init__(self) -> None:
        self._listing = (_FOLDER / "gw.versions.json").read_bytes()
        versions = msgspec.json.decode(self._listing, type=Versions)
        self._by_name = {
            name: _load(name, str(facts["integrity"])) for name, facts in versions.files.items()
        }
        self._current = {
            f"{script}.js": self._by_name[f"{script}.{version}.js"]
            for script, version in versions.current.items()
        }

    def current(self, name: str) -> Script:
        """`current("gw.js")` is the newest release of it."""
        return self._current[name]

    def routes(self) -> list[Route]:
        served = [(name, script, _HOUR) for name, script in self._current.items()]
        served += [(name, script, _YEAR) for name, script in self._by_name.items()]
        get = ["GET", "HEAD"]
        routes = [Route(f"/{name}", _Served(each, age), methods=get) for name, each, age in served]
        return [*routes, Route("/gw.versions.json", self._list)]

    async def _list(self, request: Request) -> Response:
        return Response(
            self._listing,
            headers={"access-control-allow-origin": "*", "cache-control": "no-cache"},
            media_type="application/json",
        )


class _Served:
    """The ASGI application of one script: every answer is made ahead."""

    def __init__(self, script: Script, cache: str) -> None:
        self._etag = script.etag.encode()
        self._headers: Headers = [
            (b"access-control-allow-origin", b"*"),
            (b"cache-control", cache.encode()),
            (b"content-type", b"text/javascript; charset=utf-8"),
            (b"cross-origin-resource-policy", b"cross-origin"),
            (b"etag", self._etag),
            (b"timing-allow-origin", b"*"),
            (b"vary", b"accept-encoding"),
            (b"x-content-type-options", b"nosniff"),
        ]
        bodies = ((b"br", script.brotli), (b"gzip", script.gzip), (b"", script.plain))
        self._bodies = [(name, self._encoded(name, body), body) for name, body in bodies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = dict(scope["headers"])
        if self._etag in asked.get(b"if-none-match", b""):
            status, headers, body = 304, self._headers, b""
        else:
            accepted = asked.get(b"accept-encoding", b"")
            _, headers, body = next(each for each in self._bodies if each[0] in accepted)
            status = 200
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body * (scope["method"] != "HEAD")})

    def _encoded(self, encoding: bytes, body: bytes) -> Headers:
        length = (b"content-length", str(len(body)).encode())
        return [*self._headers, length, *([(b"content-encoding", encoding)] if encoding else [])]


def _load(name: str, integrity: str) -> Script:
    plain = (_FOLDER / name).read_bytes()
    brotli, gzip = (_FOLDER / f"{name}.br").read_bytes(), (_FOLDER / f"{name}.gz").read_bytes()
    return Script(name, plain, brotli, gzip, integrity)
