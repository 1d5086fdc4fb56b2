"""The pages' own files, in memory: an ETag for each, cached for a year under its hash."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = files("goodword.web") / "static"
_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    plain: bytes
    gzip: bytes
    kind: str
    version: str


class Assets:
    """`url("admin.css")` is what a page links to: it changes whenever the file does."""

    def __init__(self) -> None:
        self._assets = {name: _load(file) for name, file in _files(_FOLDER)}

    def url(self, name: str) -> str:
        return f"/static/{name}?v={self._assets[name].version}"

    def routes(self) -> list[Route]:
        return [
            Route("/static/{name:path}", self.serve, methods=["GET"]),
            Route("/favicon.ico", self.serve, methods=["GET"]),
        ]

    async def serve(self, request: Request) -> Response:
        """A file; for a year where the address names this very version of it.

        Without a name the icon: browsers ask for one before they have read which.
        """
        asset = self._assets.get(request.path_params.get("name", "favicon.svg"))
        if asset is None:
            return Response("There is no such file.\n", 404, media_type="text/plain")
        current = request.query_params.get("v") == asset.version
        headers = {
            "cache-control": _YEAR if current else "no-cache",
            "content-type": asset.kind,
            "etag": f'"{asset.version}"',
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.gzip, headers=headers | {"content-encoding": "gzip"})
        return Response(asset.plain, headers=headers)


def _files(folder: Traversable, above: str = "") -> list[tuple[str, Traversable]]:
    """Every file that has a type, by its name below the folder."""
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{above}{entry.name}/")
        elif entry.name.rpartition(".")[2] in _KINDS:
            found.append((above + entry.name, entry))
    return found


def _load(file: Traversable) -> Asset:
    plain = file.read_bytes()
    version = hashlib.sha256(plain).hexdigest()[:16]
    kind = _KINDS[file.name.rpartition(".")[2]]
    return Asset(plain, gzip.compress(plain, mtime=0), kind, version)
