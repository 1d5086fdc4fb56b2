"""Set-up > Pages: the addresses of the hosted pages, their look and texts, and a preview."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns.decide import BadCampaign
from goodword.campaigns.texts import PLACES
from goodword.lifecycle.brand import BrandChanges, brand_of, edit_brand, wanted_brand
from goodword.model import Brand, Campaign, Logo
from goodword.web.admin_desk import Desk
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of
from goodword.web.brand_form import brand_form, placeholders, read_brand, typed_brand
from goodword.web.headers import FRAMES_OWN, content_policy
from goodword.web.hosted_front import look_of
from goodword.web.session import form_of, logged_in, require_admin, require_manager
from goodword.web.upload import file_of, takes_file

_HERE = "/admin/pages"
_SOMEBODY = "Ada"
_SHOWN: dict[str, dict[str, Any]] = {
    "join": {"name": "", "email": "", "gw": "", "field": "", "error": ""},
    "invitation": {
        "form": {"name": "", "email": "", "key": "", "referrer": ""},
        "field": "",
        "error": "",
        "onward": "",
    },
}
"""The pages that can be looked at, each with what it is given."""


class BrandPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(_HERE, self.save, methods=["POST"]),
            Route(f"{_HERE}/preview", self.look, methods=["GET"]),
            Route(f"{_HERE}/preview", self.preview, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        brand = await brand_of(self._desk.context, campaign)
        return await self._page(request, campaign, brand, brand_form(brand))

    async def _page(
        self, request: Request, campaign: Campaign, brand: Brand, form: Form
    ) -> Response:
        server = self._desk.context.settings.public_url
        values = {
            "form": form,
            "brand": brand,
            "standard": placeholders(campaign),
            "places": PLACES,
            "logo": look_of(campaign, brand)["logo"],
            "join_page": f"{server}/c/{campaign.slug}",
            "own_page": f"{server}/p/{campaign.slug}",
            "invitation": f"{server}/c/{campaign.slug}/CODE",
            "server": server,
            "mails": self._desk.context.settings.mail_server is not None,
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        response = self._desk.page(
            request, "brand.html", campaign, values, place="/admin/set-up", status=status
        )
        response.headers["content-security-policy"] = FRAMES_OWN
        return response

    @takes_file
    @require_manager
    async def save(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        brand = await brand_of(self._desk.context, campaign)
        form = typed_brand(sent, brand)
        changes = read_brand(form, await file_of(request, "logo"))
        if changes is None:
            return await self._page(request, campaign, brand, form)
        try:
            by = logged_in(request).email
            done = await edit_brand(self._desk.context, campaign, changes, by)
        except BadCampaign as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, brand, form)
        return after(request, f"{_HERE}?campaign={campaign.id}", done)

    @require_admin
    async def look(self, request: Request) -> Response:
        """A page as it is now."""
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        brand = await brand_of(self._desk.context, campaign)
        return self._shown(campaign, brand, request.query_params.get("page", ""))

    @takes_file
    @require_manager
    async def preview(self, request: Request) -> Response:
        """A page as it would be, had the form been saved."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        current = await brand_of(self._desk.context, campaign)
        form = typed_brand(sent, current)
        changes = read_brand(form, await file_of(request, "logo"))
        wanted = _wanted(form, current, changes) if changes else None
        if wanted is None:
            return self._wrong(form)
        brand, logo = wanted
        return self._shown(campaign, brand, sent.get("page", ""), logo)

    def _shown(
        self, campaign: Campaign, brand: Brand, page: str, logo: Logo | None = None
    ) -> Response:
        name = page if page in _SHOWN else "join"
        values: dict[str, Any] = look_of(campaign, brand, _SOMEBODY) | _SHOWN[name]
        if logo is not None:
            values["logo"] = f"data:{logo.kind};base64,{b64encode(logo.content).decode()}"
        return self._framed(f"hosted/{name}.html", values | {"preview": True}, 200)

    def _wrong(self, form: Form) -> Response:
        [message] = list(form.errors.values())[:1]
        return self._framed("hosted/preview.html", {"message": message}, 422)

    def _framed(self, template: str, values: dict[str, Any], status: int) -> Response:
        response = self._desk.pages.html(template, values, status)
        response.headers["content-security-policy"] = content_policy(
            frame_ancestors="'self'", form_action="'none'"
        )
        return response


def _wanted(form: Form, current: Brand, changes: BrandChanges) -> tuple[Brand, Logo | None] | None:
    try:
        return wanted_brand(current, changes)
    except BadCampaign as error:
        form.refuse(error.field, str(error))
        return None
