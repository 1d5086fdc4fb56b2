"""What anybody is told when storage refuses, or when something failed that nobody foresaw.

A browser gets a page, the API's callers a problem, everybody else a line; none of them a word of
what failed, which stands in the log.
"""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from goodword.web.api import refuse
from goodword.web.api.compat import is_theirs, refuse_theirs
from goodword.web.api.openapi import BASE
from goodword.web.api.problems import Problem
from goodword.web.pages import Pages

_SOON = {"retry-after": "5"}
log = logging.getLogger(__name__)


class Failures:
    """Both pages are made at the start: who fails to show one needs no template for the other."""

    def __init__(self, pages: Pages) -> None:
        self._away, self._broken = (
            bytes(pages.html(f"hosted/{name}.html").body) for name in ("away", "broken")
        )

    async def unavailable(self, request: Request, error: Exception) -> Response:
        log.error("storage refuses: %s", error)
        if _is_browser(request):
            return HTMLResponse(self._away, 503, _SOON)
        text = "goodword can't store or read just now. Try again in a moment.\n"
        return PlainTextResponse(text, 503, _SOON)

    async def broken(self, request: Request, error: Exception) -> Response:
        """The server logs the error itself, with where it came from."""
        path = request.scope["path"]
        problem = Problem("internal", "the server's log says what failed; send it again later")
        if is_theirs(path):
            return refuse_theirs(problem)
        if path.startswith(f"{BASE}/"):
            return refuse(problem)
        if _is_browser(request):
            return HTMLResponse(self._broken, 500)
        return PlainTextResponse("Something failed here. The server's log says what.\n", 500)


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
