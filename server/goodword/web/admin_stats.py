"""The Stats page, and the visits behind its first number."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.model import Campaign
from goodword.stats import lists, read
from goodword.stats.shape import Calendar, Day, calendar, compare, month_name, series
from goodword.web.admin_desk import Desk, read_text
from goodword.web.session import require_admin


class StatsPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route("/admin/", self.stats, methods=["GET"]),
            Route("/admin/visits", self.visits, methods=["GET"]),
        ]

    @require_admin
    async def stats(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        values = await self._read(campaign, calendar(self._desk.context.now()))
        return self._desk.page(request, "stats.html", campaign, values, place="/admin/")

    async def _read(self, campaign: Campaign, when: Calendar) -> dict[str, Any]:
        now, span = self._desk.context.now(), when.span
        async with self._desk.context.storage.read() as db:
            visits = await read.visits_by_day(db, campaign.id, span)
            referrals = await read.referrals_by_day(db, campaign.id, span)
            successful = await read.successful_by_day(db, campaign.id, span)
            due = await read.due(db, campaign.id, when.month, when.last_month, now)
            best = await read.best_referrers(db, campaign.id, when.chart)
            due_to = await read.due_to(db, campaign.id, [each.referrer_id for each in best])
        days = series(visits, referrals, successful, when)
        return {
            "when": when,
            "month": month_name(when.month.since),
            "visits": compare(visits, when),
            "referrals": compare(referrals, when),
            "successful": compare(successful, when),
            "due": due,
            "best": best,
            "due_to": due_to,
            "days": days,
            "chart": chart_data(days),
            "empty": campaign.created_at >= span.since and not (visits or referrals or due),
        }

    @require_admin
    async def visits(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        cursor = read_text(request.query_params.get("cursor", ""))
        async with self._desk.context.storage.read() as db:
            page = await lists.visits(db, campaign.id, cursor)
        here = f"/admin/visits?campaign={campaign.id}"
        values = {
            "page": page,
            "first": here if cursor else "",
            "next": f"{here}&cursor={page.next}" if page.next else "",
        }
        return self._desk.page(request, "visits.html", campaign, values, place="/admin/")


def chart_data(days: list[Day]) -> Markup:
    """The columns that uPlot draws, safe inside a script element: no `<` can end it."""
    columns = [
        [day.at // 1000 for day in days],
        [day.visits for day in days],
        [day.referrals for day in days],
        [day.successful for day in days],
    ]
    return Markup(json.dumps(columns).replace("<", "\\u003c"))  # noqa: S704 (escaped just here)
