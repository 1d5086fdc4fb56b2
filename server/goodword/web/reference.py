"""`GET /api/docs`: the API for people to read, made from its own document; no key is needed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword import __version__
from goodword.lifecycle.context import Context
from goodword.web.api import OPERATIONS
from goodword.web.api.compat import PATHS
from goodword.web.api.glossary import GLOSSARY
from goodword.web.api.openapi import document
from goodword.web.api.problems import PROBLEMS
from goodword.web.api.reference import sections
from goodword.web.pages import Pages

HERE = "/api/docs"


class Reference:
    def __init__(self, context: Context, pages: Pages) -> None:
        self._public_url = context.settings.public_url
        self._pages = pages
        self._page: Response | None = None

    def routes(self) -> list[Route]:
        return [Route(HERE, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """The same for everybody, so that it is made once."""
        if self._page is None:
            self._page = self._made()
        return self._page

    def _made(self) -> Response:
        values = {
            "version": __version__,
            "public_url": self._public_url,
            "sections": sections(document(OPERATIONS, PATHS)),
            "glossary": GLOSSARY,
            "problems": [(status, word, title) for word, (status, title) in PROBLEMS.items()],
        }
        return self._pages.html("reference.html", values)
