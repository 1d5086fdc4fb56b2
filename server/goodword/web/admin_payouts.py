"""Rewards as a file for whoever pays, and back: of what is due only what may go out now, unless
asked."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.lifecycle.pay import issue_many, listed
from goodword.model import Campaign, Money, RewardStatus
from goodword.stats import owed
from goodword.stats.owed import OwedRow, OwedWanted
from goodword.web import csv_out, reward_words
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_progress import follow
from goodword.web.admin_rewards import LONGEST_NOTE, after_all, read_view
from goodword.web.admin_undo import nothing_done
from goodword.web.admin_words import iso, reason
from goodword.web.csv_out import Cell, csv_file
from goodword.web.session import form_of, logged_in, require_admin, require_manager
from goodword.web.upload import file_of, takes_file

_HEADING = (
    *("Reward", "Recipient", "Name", "E-mail", "Amount", "Currency", "Unit", "For", "Order"),
    *("Lead", "Lead's name or e-mail", "Status", "Why", "Issue after (UTC)", "Waiting until"),
    *("Issued (UTC)", "Coupon", "Takes back", "Taken back"),
)


_ID = re.compile(rb"\brwd_[0-9a-f]{32}\b")


class PayoutPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route("/admin/rewards.csv", self.rewards, methods=["GET"]),
            Route("/admin/rewards/issued", self.issued, methods=["POST"]),
        ]

    @require_admin
    async def rewards(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        context, asked = self._desk.context, request.query_params
        wanted, now = read_view(campaign.id, asked).wanted(), context.now()
        if wanted.status is RewardStatus.DUE and asked.get("waiting") != "yes":
            wanted = replace(wanted, ripe_at=now)
        pages = _pages(context, campaign, wanted, now)
        return csv_file(f"rewards-{wanted.status}", campaign, now, _HEADING, pages)

    @takes_file
    @require_manager
    async def issued(self, request: Request) -> Response:
        """Rewards that were paid elsewhere, by the ids in a file or in whatever was pasted."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = f"/admin/rewards?campaign={campaign.id}"
        said = await file_of(request, "file") or sent.get("ids", "").encode()
        ids = list(dict.fromkeys(each.decode() for each in _ID.findall(said)))
        if not ids:
            return nothing_done(request, back, "No reward id is in it. They begin with rwd_.")
        note, early = read_text(sent.get("note", ""), LONGEST_NOTE), sent.get("early") == "yes"
        actor, context = logged_in(request).email, self._desk.context
        parts = issue_many(context, campaign, listed(ids), actor, note, early)
        finish = partial(after_all, request, back)
        return await follow(self._desk, request, campaign, parts, finish)


async def _pages(
    context: Context, campaign: Campaign, wanted: OwedWanted, now: int
) -> AsyncIterator[Iterable[list[Cell]]]:
    """Each page is a read of its own: a slow client keeps no old state of the database alive."""
    cursor: str | None = ""
    while cursor is not None:
        async with context.storage.read() as db:
            page = await owed.rewards(db, campaign.id, wanted, cursor, csv_out.PAGE)
        yield [_cells(row, now) for row in page.rows]
        cursor = page.next


def _cells(row: OwedRow, now: int) -> list[Cell]:
    name, email = reward_words.recipient(row)
    waits = row.status is RewardStatus.DUE and row.issue_after > now
    return [
        row.id,
        row.recipient,
        name,
        email,
        _number(row, row.amount),
        row.currency,
        row.unit,
        reward_words.occasion(row),
        row.order_id,
        row.lead_id,
        reward_words.lead(row),
        row.status,
        reason(row.reason) if row.reason else None,
        iso(row.issue_after),
        iso(row.issue_after)[:10] if waits else None,
        iso(row.issued_at) if row.issued_at is not None else None,
        row.coupon,
        row.reverses,
        _number(row, row.reversed) if row.reversed else None,
    ]


def _number(row: OwedRow, amount: int) -> Cell:
    """`10.00`, or how many things."""
    return amount if row.unit else str(Money(amount, row.currency))
