"""/unsubscribe/...: a page with a button, and the one click of a mail program (RFC 8058).

`GET` changes nothing, since mail scanners follow links; `POST` acts, without a cookie and without
a log-in: only who has the mail has the address.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.lifecycle.unsubscribe import choose, read_choice
from goodword.notifications.letters import title_of
from goodword.web.pages import Pages
from goodword.web.session import form_of


class Unsubscribe:
    def __init__(self, context: Context, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def routes(self) -> list[Route]:
        return [Route("/unsubscribe/{text}", self.page, methods=["GET", "POST"])]

    async def page(self, request: Request) -> Response:
        choice = await read_choice(self._context, request.path_params["text"])
        if choice is None:
            return self._pages.html("unsubscribe.html", {"choice": None}, 404)
        stopped = choice.stopped
        if request.method == "POST":
            stopped = "again" not in await form_of(request)
            await choose(self._context, choice, stopped)
        values = {
            "choice": choice,
            "stopped": stopped,
            "done": request.method == "POST",
            "letter": title_of(choice.letter),
        }
        return self._pages.html("unsubscribe.html", values)
