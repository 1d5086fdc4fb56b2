"""Set-up: the campaign as it stands, its pause button, and the form that makes a new one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.set_up import create_campaign, set_paused
from goodword.web.admin_desk import Desk, back_to
from goodword.web.admin_forms import Form, empty_campaign, read_campaign, typed_campaign
from goodword.web.session import form_of, logged_in, require_admin

_HERE = "/admin/set-up"


class SetUpPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(f"{_HERE}/pause", self.pause, methods=["POST"]),
            Route(f"{_HERE}/resume", self.resume, methods=["POST"]),
            Route("/admin/campaigns/new", self.new, methods=["GET"]),
            Route("/admin/campaigns", self.create, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return self._desk.page(request, "set_up.html", campaign, {}, place=_HERE)

    @require_admin
    async def pause(self, request: Request) -> Response:
        return await self._set_paused(request, True)

    @require_admin
    async def resume(self, request: Request) -> Response:
        return await self._set_paused(request, False)

    async def _set_paused(self, request: Request, paused: bool) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        await set_paused(self._desk.context, campaign, paused, logged_in(request).email)
        return back_to(_HERE, campaign, said="paused" if paused else "resumed")

    @require_admin
    async def new(self, request: Request) -> Response:
        return await self._form(request, empty_campaign())

    @require_admin
    async def create(self, request: Request) -> Response:
        form = typed_campaign(await form_of(request))
        wanted = read_campaign(form)
        if wanted is None:
            return await self._form(request, form)
        try:
            made = await create_campaign(self._desk.context, wanted, logged_in(request).email)
        except BadCampaign as error:
            form.refuse(error.field, str(error))
            return await self._form(request, form)
        return back_to("/admin/tag", made, said="created")

    async def _form(self, request: Request, form: Form) -> Response:
        campaign = await self._desk.campaign_of(request)
        status = 422 if form.errors else 200
        values = {"form": form}
        return self._desk.page(
            request, "new_campaign.html", campaign, values, place=_HERE, status=status
        )
