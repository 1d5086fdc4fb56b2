"""The scripts as they were built: `/gw.js`, `/gw.<version>.js`, compressed ahead of time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = files("goodword.web") / "scripts"
_YEAR = "public, max-age=31536000, immutable"
_HOUR = "public, max-age=3600, stale-while-revalidate=86400"


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
        newest = [Route(f"/{n}", self._serve(s, _HOUR)) for n, s in self._current.items()]
        released = [Route(f"/{n}", self._serve(s, _YEAR)) for n, s in self._by_name.items()]
        return [*newest, *released, Route("/gw.versions.json", self._list)]

    def _serve(self, script: Script, cache: str):  # type: ignore[no-untyped-def]
        headers = {
            "access-control-allow-origin": "*",
            "cache-control": cache,
            "content-type": "text/javascript; charset=utf-8",
            "cross-origin-resource-policy": "cross-origin",
            "etag": script.etag,
            "timing-allow-origin": "*",
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }

        async def endpoint(request: Request) -> Response:
            if script.etag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
            accepted = request.headers.get("accept-encoding", "")
            if "br" in accepted:
                return Response(script.brotli, headers=headers | {"content-encoding": "br"})
            if "gzip" in accepted:
                return Response(script.gzip, headers=headers | {"content-encoding": "gzip"})
            return Response(script.plain, headers=headers)

        return endpoint

    async def _list(self, request: Request) -> Response:
        return Response(
            self._listing,
            headers={"access-control-allow-origin": "*", "cache-control": "no-cache"},
            media_type="application/json",
        )


def _load(name: str, integrity: str) -> Script:
    plain = (_FOLDER / name).read_bytes()
    brotli, gzip = (_FOLDER / f"{name}.br").read_bytes(), (_FOLDER / f"{name}.gz").read_bytes()
    return Script(name, plain, brotli, gzip, integrity)
