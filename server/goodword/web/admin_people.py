"""Referrers with their links, and what is owed: the Rewards tab."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.set_up import Refused, create_referrer, link
from goodword.model import Campaign, RewardStatus
from goodword.stats import lists, read
from goodword.stats.rows import Page
from goodword.web.admin_desk import Desk, back_to, read_text
from goodword.web.admin_forms import Form
from goodword.web.admin_words import REWARD_STATUS
from goodword.web.session import form_of, logged_in, require_admin

_REFERRERS = "/admin/referrers"
_REWARDS = "/admin/rewards"
_TABS = tuple((status.value, REWARD_STATUS[status]) for status in RewardStatus)
_ORDER = ("due", "held", "issued", "failed", "cancelled")
_EMPTY = {
    "due": ("Nothing is due", "A reward falls due as soon as a lead qualifies."),
    "held": ("Nothing is held", "A reward is held when a check, a cap or a person stops it."),
    "issued": ("Nothing was issued yet", "What went out to its recipient appears here."),
    "failed": ("Nothing failed", "A reward that could not be delivered appears here."),
    "cancelled": ("Nothing was cancelled", "A rejected lead or a refund cancels its rewards."),
}
_FIELDS = ("email", "name", "code")


class PeoplePages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_REFERRERS, self.referrers, methods=["GET"]),
            Route(_REFERRERS, self.add, methods=["POST"]),
            Route(_REWARDS, self.rewards, methods=["GET"]),
        ]

    @require_admin
    async def referrers(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._referrers(request, campaign, Form(dict.fromkeys(_FIELDS, "")))

    async def _referrers(self, request: Request, campaign: Campaign, form: Form) -> Response:
        values = await self._read(campaign, request) | {"form": form}
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
        rows = [(each, link(campaign, each.alias or each.code)) for each in page.rows]
        return {
            "page": Page(rows, page.next),
            "due_to": due_to,
            "search": search,
            "only": only,
            "first": f"{_REFERRERS}?{urlencode(here)}" if cursor else "",
            "next": f"{_REFERRERS}?{urlencode(here | {'cursor': page.next})}" if page.next else "",
        }

    @require_admin
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
            )
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._referrers(request, campaign, form)
        said = "referrer" if new else "known"
        return back_to(_REFERRERS, campaign, said=said, referrer=referrer.id)

    @require_admin
    async def rewards(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        asked, cursor = request.query_params.get("status"), request.query_params.get("cursor", "")
        status = asked if asked in _ORDER else "due"
        async with self._desk.context.storage.read() as db:
            page = await lists.rewards(db, campaign.id, status, read_text(cursor))
            sums = await read.reward_sums(db, campaign.id)
        here = f"{_REWARDS}?campaign={campaign.id}&status={status}"
        values = {
            "page": page,
            "status": status,
            "tabs": sorted(_TABS, key=lambda tab: _ORDER.index(tab[0])),
            "sums": [each for each in sums if each.status == status],
            "empty": _EMPTY[status],
            "first": here if cursor else "",
            "next": f"{here}&cursor={page.next}" if page.next else "",
        }
        return self._desk.page(request, "rewards.html", campaign, values, place=_REWARDS)
