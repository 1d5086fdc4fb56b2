"""The Stats page, and the visits behind its first number."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.credits import record as credits
from goodword.model import Campaign, Recipient, RewardStatus
from goodword.referrers import record as referrers
from goodword.stats import lists, read
from goodword.stats.read import ReferrerCounts
from goodword.stats.shape import (
    Calendar,
    Day,
    Span,
    calendar,
    compare,
    day_name,
    month_name,
    read_month,
    read_span,
    series,
    span_name,
)
from goodword.web.admin_desk import Desk, read_text
from goodword.web.session import require_admin


@dataclass(frozen=True, slots=True)
class Brought:
    """A line of the table: what somebody brought in the month, and what that earned, in words."""

    who: ReferrerCounts
    due: list[str]
    issued: list[str]


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
        when = calendar(self._desk.context.now())
        looked_at = read_month(request.query_params.get("month", "")) or when.month
        values = await self._read(campaign, when, looked_at)
        return self._desk.page(request, "stats.html", campaign, values, place="/admin/")

    async def _read(self, campaign: Campaign, when: Calendar, looked_at: Span) -> dict[str, Any]:
        span = when.span
        async with self._desk.context.storage.read() as db:
            visits = await read.visits_by_day(db, campaign.id, span)
            referrals = await read.referrals_by_day(db, campaign.id, span)
            successful = await read.successful_by_day(db, campaign.id, span)
            tallies = await read.tallies(db, campaign.id, when)
            best = await self._best(db, campaign, looked_at)
            missing = await credits.count_open(db, campaign.id)
        days = series(visits, referrals, successful, when)
        due, issued = tallies[RewardStatus.DUE], tallies[RewardStatus.ISSUED]
        return {
            "when": when,
            "missing": missing,
            "month": span_name(when.month),
            "last_month": span_name(when.last_month),
            "by_now": span_name(when.last_month_by_now),
            "visits": compare(visits, when),
            "referrals": compare(referrals, when),
            "successful": compare(successful, when),
            "due": due,
            "issued": issued,
            "days": days,
            "chart": chart_data(days),
            "empty": campaign.created_at >= span.since
            and not (visits or referrals or due or issued),
            "looked_at": looked_at,
            "best": best,
            "span": span_name(looked_at),
            "before": month_name(looked_at.since - 1),
            "day_name": day_name,
            "for_leads": any(Recipient.LEAD in rule.recipients for rule in campaign.rules),
        }

    async def _best(self, db: AsyncConnection, campaign: Campaign, span: Span) -> list[Brought]:
        """Who brought the most in a month, with what is due now and what was issued then."""
        best = await read.best_of_month(db, campaign.id, span)
        ids = [each.referrer_id for each in best]
        due = await read.owed_by_referrer(db, campaign.id, ids, RewardStatus.DUE)
        issued = await read.owed_by_referrer(db, campaign.id, ids, RewardStatus.ISSUED, span)
        return [
            Brought(each, due.get(each.referrer_id, []), issued.get(each.referrer_id, []))
            for each in best
        ]

    @require_admin
    async def visits(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        asked = request.query_params
        cursor, on = read_text(asked.get("cursor", "")), read_span(asked.get("on", ""))
        referrer = read_text(asked.get("referrer", ""))
        async with self._desk.context.storage.read() as db:
            page = await lists.visits(db, campaign.id, cursor, referrer_id=referrer, span=on)
            who = referrer and await referrers.by_id(db, campaign.id, referrer)
        said = {"campaign": campaign.id, "on": span_name(on) if on else "", "referrer": referrer}
        here = "/admin/visits?" + urlencode({name: value for name, value in said.items() if value})
        values = {
            "page": page,
            "narrowed": bool(on or referrer),
            "on": on,
            "who": who,
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
