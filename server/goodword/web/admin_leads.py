"""The Leads tab: its filters and order in the address, and the page of one lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from goodword.lifecycle.in_parts import MOST
from goodword.lifecycle.review import VERBS, NoSuchLead
from goodword.model import Campaign, LeadStatus, Referrer
from goodword.referrers import record as referrers
from goodword.stats import lists
from goodword.stats.rows import LeadsWanted
from goodword.stats.shape import read_span
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_every import FETCHED, Every, Question, ask, chosen, every_of
from goodword.web.admin_progress import alone, follow
from goodword.web.admin_undo import after, after_last, banner_of, nothing_done, page_of
from goodword.web.admin_words import LEAD_STATUS, person, stretch
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
_NONE = "Nothing on this list can make that move."
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


def _narrowed(view: LeadsView, who: Referrer | None) -> list[tuple[str, str]]:
    """What the list is narrowed to, in words, each with the address of the list without it."""
    called = person(who.name, who.email) if who else "somebody unknown"
    said = [(f"Referred by {called}.", view.url(referrer=""))] if view.said["referrer"] else []
    for name in ("joined", "converted"):
        if span := read_span(view.said[name]):
            said.append((f"{name.title()} {stretch(span)}.", view.url(**{name: ""})))
    return said


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
        narrowed = _narrowed(view, who or None)
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
        """The button of one row, `one` as `verb id`, or that of the bar, `verb`, for the ticked, or
        for `all` that match the list."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_HERE}?campaign={campaign.id}")
        verb, ids = chosen(sent, await form_list(request, "id"))
        every = every_of(sent, back, self._desk.context.now())
        if every is not None and verb in VERBS:
            return await self._review_every(request, campaign, every)
        if verb not in VERBS or not ids:
            return nothing_done(request, back, "Tick the leads that you mean, then press a button.")
        note = read_text(sent.get("note", ""), _LONGEST_NOTE)
        return await self._move(request, campaign, verb, ids, note, back)

    async def _move(
        self,
        request: Request,
        campaign: Campaign,
        verb: str,
        ids: Sequence[str],
        note: str,
        back: str,
    ) -> Response:
        actor = logged_in(request).email
        parts = review_in_parts(self._desk.context, campaign, verb, ids, actor, note)
        finish, whole = partial(after_last, request, back), len(set(ids))
        return await follow(self._desk, request, campaign, alone(parts), finish, whole)

    async def _review_every(self, request: Request, campaign: Campaign, every: Every) -> Response:
        """Of those that match only those are meant that the verb can move."""
        view = read_view(campaign.id, every.said)
        wanted, can = view.wanted(), VERBS[every.verb].before
        statuses = tuple(each for each in can if each in (wanted.statuses or can))
        wanted = replace(wanted, statuses=statuses, joined=every.so_far(wanted.joined))
        ids: list[str] = []
        async with self._desk.context.storage.read() as db:
            if statuses:
                ids = await lists.lead_ids(db, campaign.id, wanted, FETCHED)
            who = await referrers.by_id(db, campaign.id, view.said["referrer"])
        if not ids:
            return nothing_done(request, view.url(), _NONE)
        if every.sure:
            return await self._move(
                request, campaign, every.verb, ids[:MOST], every.note, view.url()
            )
        facts = [" or ".join(LEAD_STATUS[each] for each in statuses)]
        facts += [f"Found by “{view.search}”"] if view.search else []
        facts += [text.removesuffix(".") for text, _ in _narrowed(view, who)]
        question = Question(
            label=every.verb.title(),
            noun=("lead", "leads"),
            found=len(ids),
            facts=facts,
            path=f"{_HERE}/review",
            place=_HERE,
        )
        return ask(self._desk, request, campaign, every, question)

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
