"""/tomorrow/...: what may go out on a day, behind the link of the evening's e-mail, with a button
that holds any of it. `GET` changes nothing, since mail scanners follow links."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.lifecycle.deed import Done
from goodword.lifecycle.digest import Digest, hold_some, let_go, open_digest
from goodword.lifecycle.undo import NoSuchDeed
from goodword.model import RewardStatus, day_of
from goodword.web.pages import Pages
from goodword.web.session import form_list, form_of


class Tomorrow:
    """The link alone is the proof: it can hold rewards of its day, undo that, and nothing else."""

    def __init__(self, context: Context, pages: Pages) -> None:
        self._context = context
        self._pages = pages

    def routes(self) -> list[Route]:
        return [Route("/tomorrow/{text}", self.page, methods=["GET", "POST"])]

    async def page(self, request: Request) -> Response:
        text = request.path_params["text"]
        digest = await open_digest(self._context, text)
        done = None
        if digest is not None and request.method == "POST":
            done = await self._act(request, digest)
            digest = await open_digest(self._context, text)
        if digest is None:
            return self._pages.html("tomorrow.html", {"digest": None}, 404)
        chosen = request.query_params.get("reward", "")
        values = {
            "digest": digest,
            "day": day_of(digest.day),
            "rows": sorted(digest.rows, key=lambda row: row.id != chosen),
            "chosen": chosen,
            "due": [each for each in digest.rows if each.status is RewardStatus.DUE],
            "done": done,
        }
        return self._pages.html("tomorrow.html", values)

    async def _act(self, request: Request, digest: Digest) -> Done:
        sent = await form_of(request, 1_100)
        if deed := sent.get("undo", ""):
            try:
                return await let_go(self._context, digest, deed)
            except NoSuchDeed:
                return Done(None)
        if one := sent.get("one", ""):
            return await hold_some(self._context, digest, [one])
        return await hold_some(self._context, digest, await form_list(request, "id"))
