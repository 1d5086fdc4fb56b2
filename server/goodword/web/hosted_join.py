"""`/c/SLUG`: a person leaves name and e-mail and becomes a referrer.

A new and a known e-mail are answered alike, to the last byte: what is shown at once would tell a
stranger who refers, and by which code. The link goes to the mailbox, and nowhere else.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.hits.decide import FRESH
from goodword.lifecycle.enrol import enrol
from goodword.lifecycle.set_up import Refused
from goodword.model import Campaign, Reason
from goodword.storage import Unavailable
from goodword.web.client import cookie_value
from goodword.web.hosted_front import Front, typed
from goodword.web.session import form_of, is_same_origin

_CARRIED = re.compile(r"([\w-]{108})(?:~([0-9a-z]{1,8}))?", re.ASCII)
_AWAY = "not stored; please send it again in a moment"
_STALE = "this page had been open for long; please send it again"


class JoinPage:
    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> list[Route]:
        return [Route("/c/{slug}", self.page, methods=["GET", "POST"])]

    async def page(self, request: Request) -> Response:
        campaign = await self._front.context.directory.by_slug(request.path_params["slug"])
        if seconds := self._front.early(request):
            return self._front.too_early(seconds)
        if campaign is None:
            return self._front.nowhere()
        if campaign.paused:
            return await self._paused(campaign)
        if request.method == "POST":
            return await self._join(request, campaign)
        if "done" in request.query_params:
            return await self._done(campaign)
        return await self._form(campaign, {"gw": self._carried(request)})

    async def _join(self, request: Request, campaign: Campaign) -> Response:
        form = await form_of(request)
        values = typed(form, "name", "email", "gw")
        if not is_same_origin(request):
            return await self._form(campaign, values, error=_STALE, status=403)
        if form.get("subject"):
            self._front.context.refuse(campaign, "join", Reason.HONEYPOT)
            return _to_the_end(campaign)
        token = form.get("gw") or self._kept(request, campaign)
        try:
            await enrol(self._front.context, campaign, values["email"], values["name"], token)
        except Refused as error:
            return await self._form(campaign, values, error.field, str(error), status=422)
        except Unavailable:
            return await self._form(campaign, values, error=_AWAY, status=503)
        return _to_the_end(campaign)

    async def _form(
        self,
        campaign: Campaign,
        values: dict[str, str],
        field: str = "",
        error: str = "",
        status: int = 200,
    ) -> Response:
        said = {"name": "", "email": "", "gw": ""} | values
        said |= {"field": field, "error": error}
        return await self._front.page("join.html", campaign, said, status=status, framed=True)

    async def _done(self, campaign: Campaign) -> Response:
        mails = self._front.mails
        return await self._front.page("joined.html", campaign, {"mails": mails}, framed=True)

    async def _paused(self, campaign: Campaign) -> Response:
        text = "Nobody can join at the moment. Please look in again later."
        return await self._front.note(campaign, "We are taking a break", text, framed=True)

    def _kept(self, request: Request, campaign: Campaign) -> str:
        """The token that this browser kept of a visit."""
        client = self._front.senders.read(request.scope)
        return cookie_value(client.cookie, f"_gw_{campaign.site_key}")

    def _carried(self, request: Request) -> str:
        """The token that a link of the owner's site carried here, within five minutes."""
        found = _CARRIED.fullmatch(request.query_params.get("_gw", ""))
        if found is None or found[2] is None:
            return ""
        late = abs(self._front.context.now() - int(found[2], 36) * 1000) >= FRESH
        return "" if late else found[1]


def _to_the_end(campaign: Campaign) -> Response:
    return RedirectResponse(f"/c/{campaign.slug}?done=1", 303, {"cache-control": "no-store"})
