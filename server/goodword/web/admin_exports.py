"""Lists as files: the leads and the referrers, with the filters of the page they are taken from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.lifecycle.links import link
from goodword.model import Campaign
from goodword.stats import lists
from goodword.stats.rows import LeadRow, ReferrerRow
from goodword.web import csv_out
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_leads import LeadsView, read_view
from goodword.web.admin_words import iso, reason
from goodword.web.csv_out import Cell, csv_file
from goodword.web.session import require_admin

_LEADS = (
    *("Lead", "Name", "E-mail", "Customer", "Status", "Reason", "Referred by"),
    *("Referrer's e-mail", "Joined (UTC)", "Converted (UTC)", "Lead code"),
)
_REFERRERS = (
    *("Referrer", "Name", "E-mail", "Code", "Link", "Status", "Joined (UTC)"),
    *("Visits", "Referrals", "Referrals Successful"),
)


class ExportPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route("/admin/leads.csv", self.leads, methods=["GET"]),
            Route("/admin/referrers.csv", self.referrers, methods=["GET"]),
        ]

    @require_admin
    async def leads(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        context = self._desk.context
        view = read_view(campaign.id, request.query_params)
        return csv_file(
            "leads", campaign, context.now(), _LEADS, _lead_pages(context, campaign, view)
        )

    @require_admin
    async def referrers(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        context, asked = self._desk.context, request.query_params
        search, only = read_text(asked.get("q", "")), read_text(asked.get("referrer", ""))
        pages = _referrer_pages(context, campaign, search, only)
        return csv_file("referrers", campaign, context.now(), _REFERRERS, pages)


async def _lead_pages(
    context: Context, campaign: Campaign, view: LeadsView
) -> AsyncIterator[Iterable[list[Cell]]]:
    """Each page is a read of its own: a slow client keeps no old state of the database alive."""
    cursor: str | None = ""
    while cursor is not None:
        async with context.storage.read() as db:
            page = await lists.leads(db, campaign.id, view.wanted(), cursor, csv_out.PAGE)
        yield map(_lead, page.rows)
        cursor = page.next


def _lead(row: LeadRow) -> list[Cell]:
    return [
        row.id,
        row.name,
        row.email,
        row.customer,
        row.status,
        reason(row.reason) if row.reason else None,
        row.referrer_name,
        row.referrer_email,
        iso(row.joined_at),
        iso(row.converted_at) if row.converted_at is not None else None,
        row.code,
    ]


async def _referrer_pages(
    context: Context, campaign: Campaign, search: str, only: str
) -> AsyncIterator[Iterable[list[Cell]]]:
    cursor: str | None = ""
    while cursor is not None:
        async with context.storage.read() as db:
            page = await lists.referrers(db, campaign.id, search, only, cursor, csv_out.PAGE)
        yield [_referrer(campaign, row) for row in page.rows]
        cursor = page.next


def _referrer(campaign: Campaign, row: ReferrerRow) -> list[Cell]:
    code = row.alias or row.code
    return [
        row.id,
        row.name,
        row.email,
        code,
        link(campaign, code),
        "active" if row.disabled_at is None else "disabled",
        iso(row.created_at),
        row.visits,
        row.referrals,
        row.referrals_successful,
    ]
