"""The Referrers tab: who refers, with their links and what each brought."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.disable import set_disabled
from goodword.lifecycle.links import link
from goodword.lifecycle.mailed import hand_out_link, revoke_by_hand
from goodword.lifecycle.set_up import Refused, create_referrer
from goodword.model import Campaign
from goodword.stats import lists, read
from goodword.stats.rows import Page
from goodword.web.admin_desk import Desk, back_to, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_undo import after, banner_of, page_of
from goodword.web.session import form_of, logged_in, require_admin, require_manager

_REFERRERS = "/admin/referrers"
_FIELDS = ("email", "name", "code", "welcome")


class PeoplePages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_REFERRERS, self.referrers, methods=["GET"]),
            Route(_REFERRERS, self.add, methods=["POST"]),
            Route(f"{_REFERRERS}/disable", self.disable, methods=["POST"]),
            Route(f"{_REFERRERS}/enable", self.enable, methods=["POST"]),
            Route(f"{_REFERRERS}/page", self.hand_out, methods=["POST"]),
            Route(f"{_REFERRERS}/revoke", self.revoke, methods=["POST"]),
        ]

    @require_admin
    async def referrers(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._referrers(request, campaign, Form(dict.fromkeys(_FIELDS, "")))

    async def _referrers(self, request: Request, campaign: Campaign, form: Form) -> Response:
        values = await self._read(campaign, request) | {
            "form": form,
            "did": await banner_of(self._desk, request, campaign),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "referrers.html", campaign, values, place=_REFERRERS, status=status
        )

    async def _read(self, campaign: Campaign, request: Request) -> dict[str, Any]:
        asked = request.query_params
        search, only = read_text(asked.get("q", "")), read_text(asked.get("referrer", ""))
        cursor = read_text(asked.get("cursor", ""))
        async with self._desk.context.storage.read() as db:
            page = await lists.referrers(db, campaign.id, search, only, cursor)
            due_to = await read.due_to(db, campaign.id, [each.id for each in page.rows])
        here = {"campaign": campaign.id} | ({"q": search} if search else {})
        here |= {"referrer": only} if only else {}
        this = here | ({"cursor": cursor} if cursor else {})
        rows = [(each, link(campaign, each.alias or each.code)) for each in page.rows]
        return {
            "page": Page(rows, page.next),
            "due_to": due_to,
            "search": search,
            "only": only,
            "back": f"{_REFERRERS}?{urlencode(this)}",
            "export": f"{_REFERRERS}.csv?{urlencode(here)}",
            "first": f"{_REFERRERS}?{urlencode(here)}" if cursor else "",
            "next": f"{_REFERRERS}?{urlencode(here | {'cursor': page.next})}" if page.next else "",
        }

    @require_manager
    async def add(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = Form({name: read_text(sent.get(name, ""), 300) for name in _FIELDS})
        try:
            referrer, new = await create_referrer(
                self._desk.context,
                campaign,
                form.values["email"],
                form.values["name"],
                logged_in(request).email,
                form.values["code"] or None,
                welcome=bool(form.values["welcome"]),
            )
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._referrers(request, campaign, form)
        said = "referrer" if new else "known"
        return back_to(_REFERRERS, campaign, said=said, referrer=referrer.id)

    @require_manager
    async def hand_out(self, request: Request) -> Response:
        """The link stands in the answer alone: no address, and no log, gets to know it."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        who, actor = read_text(sent.get("referrer", "")), logged_in(request).email
        handed = await hand_out_link(self._desk.context, campaign, who, actor)
        if handed is None:
            return back_to(_REFERRERS, campaign)
        referrer, link_, deed = handed
        values = {
            "person": referrer,
            "link": link_,
            "deed": deed,
            "back": f"{_REFERRERS}?{urlencode({'campaign': campaign.id, 'referrer': referrer.id})}",
        }
        return self._desk.page(request, "handed_out.html", campaign, values, place=_REFERRERS)

    @require_manager
    async def revoke(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_REFERRERS}?campaign={campaign.id}")
        who, actor = read_text(sent.get("referrer", "")), logged_in(request).email
        done = await revoke_by_hand(self._desk.context, campaign, who, actor)
        return after(request, back, done)

    @require_manager
    async def disable(self, request: Request) -> Response:
        return await self._set_disabled(request, True)

    @require_manager
    async def enable(self, request: Request) -> Response:
        return await self._set_disabled(request, False)

    async def _set_disabled(self, request: Request, disabled: bool) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_REFERRERS}?campaign={campaign.id}")
        ids, actor = [read_text(sent.get("referrer", ""))], logged_in(request).email
        done = await set_disabled(self._desk.context, campaign, ids, disabled, actor)
        return after(request, back, done)
