"""Set-up > More > Privacy: what is kept of an address, and to forget it; how long what is kept,
and a text that says so. For owners."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns import shops
from goodword.integrations import SYSTEMS
from goodword.integrations import record as integrations
from goodword.lifecycle.erase import erase, kept_of
from goodword.model import Campaign, is_email
from goodword.notifications import record as notifications
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_shops import NAMES
from goodword.web.admin_words import count
from goodword.web.notice import Facts, notice
from goodword.web.session import form_of, logged_in, require_owner

HERE = "/admin/privacy"
_PLACE = "/admin/set-up"


class PrivacyPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(f"{HERE}/export", self.export, methods=["POST"]),
            Route(f"{HERE}/erase", self.erase, methods=["POST"]),
        ]

    @require_owner
    async def show(self, request: Request) -> Response:
        return await self._page(request, Form({"email": "", "sure": ""}))

    @require_owner
    async def export(self, request: Request) -> Response:
        form = await self._typed(request)
        if form is None:
            return RedirectResponse("/admin/", 303)
        if form.errors:
            return await self._page(request, form)
        told = await kept_of(self._desk.context, form.values["email"])
        headers = {
            "content-disposition": 'attachment; filename="person.jsonl"',
            "cache-control": "no-store",
        }
        return Response(told, media_type="application/jsonl", headers=headers)

    @require_owner
    async def erase(self, request: Request) -> Response:
        form = await self._typed(request)
        if form is None:
            return RedirectResponse("/admin/", 303)
        if not form.values["sure"]:
            form.refuse("sure", "tick that you are sure: it can't be undone")
        if form.errors:
            return await self._page(request, form)
        actor = logged_in(request).email
        done = await erase(self._desk.context, form.values["email"], actor)
        said = (
            f"Erased: {count(done.leads, 'lead', 'leads')},"
            f" {count(done.referrers, 'referrer', 'referrers')}, and the address in"
            f" {count(done.rows, 'other place', 'other places')}."
        )
        return await self._page(request, Form({"email": "", "sure": ""}), said)

    async def _typed(self, request: Request) -> Form | None:
        """What was typed; None for a form that no page of a campaign sent."""
        sent = await form_of(request)
        if await self._desk.campaign_in(sent) is None:
            return None
        form = Form({"email": read_text(sent.get("email", ""), 254), "sure": sent.get("sure", "")})
        if not is_email(form.values["email"]):
            form.refuse("email", "write an address such as ada@example.com")
        return form

    async def _page(self, request: Request, form: Form, said: str = "") -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        values = {
            "form": form,
            "keep": self._desk.context.settings.keep,
            "notice": notice(await self._facts(campaign)),
            **({"said": said} if said else {}),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "privacy.html", campaign, values, place=_PLACE, status=status
        )

    async def _facts(self, campaign: Campaign) -> Facts:
        """What the notice goes by: the systems that are connected now."""
        settings = self._desk.context.settings
        async with self._desk.context.storage.read() as db:
            connected = await integrations.of_campaign(db, campaign.id)
            known_shops = await shops.of_campaign(db, campaign.id)
            endpoints = await notifications.endpoints(db, campaign.id)
        names = [SYSTEMS[each.system].title for each in connected if each.system in SYSTEMS]
        return Facts(
            campaign=campaign,
            keep=settings.keep,
            server=urlsplit(settings.public_url).hostname or settings.public_url,
            systems=[*names, *(NAMES[each.kind] for each in known_shops)],
            hosts=sorted({urlsplit(each.url).hostname or "" for each in endpoints}),
            mails=settings.mail_server is not None,
        )
