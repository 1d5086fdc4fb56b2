"""The Leads tab: its filters and order in the address, and the page of one lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.lifecycle.explain import explain
from goodword.model import Campaign, LeadStatus
from goodword.referrers import record as referrers
from goodword.stats import lists
from goodword.stats.rows import LeadsWanted
from goodword.stats.shape import read_month
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_words import month, person
from goodword.web.session import require_admin

_HERE = "/admin/leads"
_ALL = (("", "All"), ("pending", "Pending"), ("qualified", "Qualified"), ("rejected", "Rejected"))
_ACCEPTED = ("accepted", "Not rejected")
_STATUSES: Mapping[str, tuple[LeadStatus, ...]] = {
    "": (),
    "accepted": (LeadStatus.PENDING, LeadStatus.QUALIFIED),
    **{status.value: (status,) for status in LeadStatus},
}
_NAMES = ("status", "q", "referrer", "joined", "converted", "sort", "order", "cursor")


@dataclass(frozen=True, slots=True)
class LeadsView:
    """The list as its address says it; what it says wrongly is as if it were not there."""

    campaign: str
    said: Mapping[str, str]
    narrowed: tuple[tuple[str, str], ...] = ()
    after: str | None = None

    @property
    def status(self) -> str:
        return self.said["status"]

    @property
    def search(self) -> str:
        return self.said["q"]

    @property
    def sort(self) -> str:
        return self.said["sort"] or "joined"

    @property
    def oldest_first(self) -> bool:
        return self.said["order"] == "oldest"

    @property
    def statuses(self) -> tuple[tuple[str, str], ...]:
        return (*_ALL, _ACCEPTED) if self.status == "accepted" else _ALL

    @property
    def narrow(self) -> bool:
        return any(self.said[name] for name in ("status", "q", "referrer", "joined", "converted"))

    @property
    def kept(self) -> dict[str, str]:
        """What a search keeps of the address."""
        return {"campaign": self.campaign} | {
            name: value for name, value in self.said.items() if value and name != "cursor"
        }

    @property
    def first(self) -> str:
        return self.url() if self.said["cursor"] else ""

    @property
    def next(self) -> str:
        return self.url(cursor=self.after) if self.after else ""

    def url(self, **changes: str) -> str:
        """The same list with something else; another order starts at its first page."""
        said = self.kept | changes
        return f"{_HERE}?{urlencode({name: value for name, value in said.items() if value})}"

    def wanted(self) -> LeadsWanted:
        return LeadsWanted(
            statuses=_STATUSES[self.status],
            search=self.search,
            referrer_id=self.said["referrer"],
            joined=read_month(self.said["joined"]),
            converted=read_month(self.said["converted"]),
            sort=self.sort,
            oldest_first=self.oldest_first,
        )


def read_view(campaign: str, query: Mapping[str, str]) -> LeadsView:
    said = {name: read_text(query.get(name, "")) for name in _NAMES}
    allowed = {"status": _STATUSES, "sort": ("joined", "converted"), "order": ("oldest",)}
    for name, words in allowed.items():
        said[name] = said[name] if said[name] in words else ""
    for name in ("joined", "converted"):
        said[name] = said[name] if read_month(said[name]) else ""
    return LeadsView(campaign, said)


class LeadPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.leads, methods=["GET"]),
            Route(f"{_HERE}/{{id}}", self.lead, methods=["GET"]),
        ]

    @require_admin
    async def leads(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        view = read_view(campaign.id, request.query_params)
        values = await self._read(campaign, view)
        return self._desk.page(request, "leads.html", campaign, values, place=_HERE)

    async def _read(self, campaign: Campaign, view: LeadsView) -> dict[str, Any]:
        cursor, referrer_id = view.said["cursor"], view.said["referrer"]
        async with self._desk.context.storage.read() as db:
            page = await lists.leads(db, campaign.id, view.wanted(), cursor)
            who = referrer_id and await referrers.by_id(db, campaign.id, referrer_id)
        called = person(who.name, who.email) if who else "somebody unknown"
        narrowed = [(f"Referred by {called}.", view.url(referrer=""))] if referrer_id else []
        for name in ("joined", "converted"):
            if span := read_month(view.said[name]):
                narrowed.append((f"{name.title()} in {month(span.since)}.", view.url(**{name: ""})))
        return {
            "page": page,
            "view": LeadsView(campaign.id, view.said, tuple(narrowed), page.next),
        }

    @require_admin
    async def lead(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        lead_id = request.path_params["id"]
        known = campaign is not None and lead_id.isascii() and lead_id.isprintable()
        why = await explain(self._desk.context, campaign, lead_id) if campaign and known else None
        if campaign is None or why is None:
            return self._desk.missing(request, campaign, "lead")
        return self._desk.page(request, "lead.html", campaign, {"why": why}, place=_HERE)
