"""The Leads tab: its filters and order in the address, and the page of one lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle import checklist
from goodword.lifecycle.by_hand import review_in_parts
from goodword.lifecycle.clear import clear
from goodword.lifecycle.explain import explain
from goodword.lifecycle.review import VERBS, NoSuchLead
from goodword.model import Campaign, LeadStatus
from goodword.referrers import record as referrers
from goodword.stats import lists
from goodword.stats.rows import LeadsWanted
from goodword.stats.shape import read_span
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_progress import alone, follow
from goodword.web.admin_undo import after, after_last, banner_of, nothing_done, page_of
from goodword.web.admin_words import person, stretch
from goodword.web.session import form_list, form_of, logged_in, require_admin, require_manager

_HERE = "/admin/leads"
_ALL = (("", "All"), ("pending", "Pending"), ("qualified", "Qualified"), ("rejected", "Rejected"))
_ACCEPTED = ("accepted", "Not rejected")
_STATUSES: Mapping[str, tuple[LeadStatus, ...]] = {
    "": (),
    "accepted": (LeadStatus.PENDING, LeadStatus.QUALIFIED),
    **{status.value: (status,) for status in LeadStatus},
}
ACTIONS: Mapping[LeadStatus, tuple[tuple[str, str], ...]] = {
    LeadStatus.PENDING: (("qualify", "Qualify"), ("reject", "Reject")),
    LeadStatus.QUALIFIED: (("unqualify", "Unqualify"), ("reject", "Reject")),
    LeadStatus.REJECTED: (("reopen", "Reopen"),),
}
"""What can be done with a lead, by its status."""
_LONGEST_NOTE = 500
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

    @property
    def here(self) -> str:
        """This very page of the list: where an action returns to."""
        return self.url(cursor=self.said["cursor"])

    @property
    def export(self) -> str:
        """The whole list as a file."""
        return self.url().replace(_HERE, f"{_HERE}.csv", 1)

    def wanted(self) -> LeadsWanted:
        return LeadsWanted(
            statuses=_STATUSES[self.status],
            search=self.search,
            referrer_id=self.said["referrer"],
            joined=read_span(self.said["joined"]),
            converted=read_span(self.said["converted"]),
            sort=self.sort,
            oldest_first=self.oldest_first,
        )


def read_view(campaign: str, query: Mapping[str, str]) -> LeadsView:
    said = {name: read_text(query.get(name, "")) for name in _NAMES}
    allowed = {"status": _STATUSES, "sort": ("joined", "converted"), "order": ("oldest",)}
    for name, words in allowed.items():
        said[name] = said[name] if said[name] in words else ""
    for name in ("joined", "converted"):
        said[name] = said[name] if read_span(said[name]) else ""
    return LeadsView(campaign, said)


class LeadPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.leads, methods=["GET"]),
            Route(f"{_HERE}/review", self.review, methods=["POST"]),
            Route(f"{_HERE}/clear", self.clear, methods=["POST"]),
            Route(f"{_HERE}/{{id}}", self.lead, methods=["GET"]),
        ]

    @require_admin
    async def leads(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        view = read_view(campaign.id, request.query_params)
        values = await self._read(campaign, view) | {
            "did": await banner_of(self._desk, request, campaign),
            "actions": ACTIONS,
            "ticked": request.query_params.get("tick") == "all",
        }
        return self._desk.page(request, "leads.html", campaign, values, place=_HERE)

    async def _read(self, campaign: Campaign, view: LeadsView) -> dict[str, Any]:
        cursor, referrer_id = view.said["cursor"], view.said["referrer"]
        async with self._desk.context.storage.read() as db:
            page = await lists.leads(db, campaign.id, view.wanted(), cursor)
            who = referrer_id and await referrers.by_id(db, campaign.id, referrer_id)
        called = person(who.name, who.email) if who else "somebody unknown"
        narrowed = [(f"Referred by {called}.", view.url(referrer=""))] if referrer_id else []
        for name in ("joined", "converted"):
            if span := read_span(view.said[name]):
                narrowed.append((f"{name.title()} {stretch(span)}.", view.url(**{name: ""})))
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
        values = {
            "why": why,
            "asked": await checklist.of_lead(self._desk.context, campaign, lead_id),
            "did": await banner_of(self._desk, request, campaign),
            "actions": ACTIONS,
        }
        return self._desk.page(request, "lead.html", campaign, values, place=_HERE)

    @require_manager
    async def review(self, request: Request) -> Response:
        """The button of one row, `one` as `verb id`, or that of the bar, `verb`, for the ticked."""
        sent, ids = await form_of(request), await form_list(request, "id")
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_HERE}?campaign={campaign.id}")
        verb = sent.get("verb", "")
        if one := sent.get("one"):
            verb, _, lead_id = one.partition(" ")
            ids = [lead_id]
        ids = [each for each in map(read_text, ids) if each]
        if verb not in VERBS or not ids:
            return nothing_done(request, back, "Tick the leads that you mean, then press a button.")
        actor, note = logged_in(request).email, read_text(sent.get("note", ""), _LONGEST_NOTE)
        parts = review_in_parts(self._desk.context, campaign, verb, ids, actor, note)
        finish = partial(after_last, request, back)
        return await follow(self._desk, request, campaign, alone(parts), finish)

    @require_manager
    async def clear(self, request: Request) -> Response:
        """The button of a lead's open findings."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        lead_id = read_text(sent.get("id", ""))
        note = read_text(sent.get("note", ""), _LONGEST_NOTE)
        try:
            actor = logged_in(request).email
            done = await clear(self._desk.context, campaign, lead_id, actor, note)
        except NoSuchLead:
            return self._desk.missing(request, campaign, "lead")
        back = f"{_HERE}/{lead_id}?campaign={campaign.id}"
        return after(request, page_of(request, back, back), done)
