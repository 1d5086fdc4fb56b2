"""Set-up: the campaign's settings, its pause button, and the form that makes a new one."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns.decide import BadCampaign
from goodword.lifecycle.change import Changes, edit_campaign
from goodword.lifecycle.set_up import Refused, create_campaign
from goodword.model import Campaign, CampaignStatus
from goodword.web.admin_desk import Desk, back_to
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.campaign_form import (
    empty_campaign,
    read_campaign,
    read_settings,
    settings_of,
    typed_campaign,
    typed_settings,
)
from goodword.web.session import form_of, logged_in, require_admin, require_manager

_HERE = "/admin/set-up"
_SAME = "Nothing was changed: these are the settings that it had."


class SetUpPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(_HERE, self.save, methods=["POST"]),
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
        return await self._settings(request, campaign, settings_of(campaign))

    async def _settings(self, request: Request, campaign: Campaign, form: Form) -> Response:
        values = {
            "form": form,
            "said": _SAME if request.query_params.get("said") == "same" else "",
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        return self._desk.page(request, "set_up.html", campaign, values, place=_HERE, status=status)

    @require_manager
    async def save(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = typed_settings(sent, campaign)
        changes = read_settings(form)
        if changes is None:
            return await self._settings(request, campaign, form)
        try:
            return await self._change(request, campaign, changes)
        except BadCampaign as error:
            form.refuse(error.field, str(error))
            return await self._settings(request, campaign, form)

    @require_manager
    async def pause(self, request: Request) -> Response:
        return await self._set_status(request, CampaignStatus.PAUSED)

    @require_manager
    async def resume(self, request: Request) -> Response:
        return await self._set_status(request, CampaignStatus.ACTIVE)

    async def _set_status(self, request: Request, status: CampaignStatus) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        return await self._change(request, campaign, Changes(status=status))

    async def _change(self, request: Request, campaign: Campaign, changes: Changes) -> Response:
        by = logged_in(request).email
        done = await edit_campaign(self._desk.context, campaign, changes, by)
        same = {} if done.changed else {"said": "same"}
        return after(request, f"{_HERE}?{urlencode({'campaign': campaign.id, **same})}", done)

    @require_manager
    async def new(self, request: Request) -> Response:
        return await self._form(request, empty_campaign())

    @require_manager
    async def create(self, request: Request) -> Response:
        form = typed_campaign(await form_of(request))
        wanted = read_campaign(form)
        if wanted is None:
            return await self._form(request, form)
        try:
            made = await create_campaign(self._desk.context, wanted, logged_in(request).email)
        except (BadCampaign, Refused) as error:
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
