"""The audit trail: every manual act, newest first, with who did it and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.access import record as access
from goodword.access import trail
from goodword.access.trail import Thing, Wanted
from goodword.lifecycle.appoint import can_undo_role
from goodword.lifecycle.deed import items_of
from goodword.lifecycle.log_in import Session
from goodword.lifecycle.undo import can_undo
from goodword.model import Campaign, Deed
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_undo import banner_of
from goodword.web.admin_words import person, sentence
from goodword.web.audit_words import (
    ACTORS,
    SUBJECTS,
    actor_text,
    before_names,
    deed_text,
    own_names,
)
from goodword.web.session import logged_in, require_admin

_HERE = "/admin/audit"
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One deed as the page shows it. `links` are names with addresses, '' where there is none;
    `undone_by` says who took it back, `undo` where Undo is sent: '' where there is none for who
    looks."""

    deed: Deed
    who: str
    text: str
    links: tuple[tuple[str, str], ...]
    more: int
    undone_by: str
    undo: str


class AuditPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [Route(_HERE, self.show, methods=["GET"])]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        wanted = _wanted(request, campaign)
        async with self._desk.context.storage.read() as db:
            found = await trail.page(db, wanted, trail.PAGE + 1)
            shown = found[: trail.PAGE]
            linked = await trail.linked(db, shown)
            ids = _first_ids([*shown, *linked])
            known = await trail.things(db, campaign.id, ids) if campaign else {}
            admins = [each.email for each in await access.admins(db)]
        here = {"campaign": campaign.id} if campaign else {}
        here |= {name: getattr(wanted, name) for name in ("actor", "subject")}
        here = {name: value for name, value in here.items() if value}
        after = {"before": shown[-1].id} if len(found) > len(shown) else {}
        reader = _Reader(campaign, logged_in(request), linked, known)
        values: dict[str, Any] = {
            "lines": [reader.line(deed) for deed in shown],
            "did": await banner_of(self._desk, request, campaign) if campaign else None,
            "wanted": wanted,
            "back": f"{_HERE}?{request.query_params}",
            "actors": _choices(wanted.actor, [*admins, *ACTORS], actor_text),
            "subjects": _choices(wanted.subject, list(SUBJECTS), _subject_text),
            "first": f"{_HERE}?{urlencode(here)}" if wanted.before else "",
            "next": f"{_HERE}?{urlencode(here | after)}" if after else "",
        }
        return self._desk.page(request, "audit.html", campaign, values, place="/admin/set-up")


def _wanted(request: Request, campaign: Campaign | None) -> Wanted:
    asked = {name: read_text(value) for name, value in request.query_params.items()}
    return Wanted(
        campaign_id=campaign.id if campaign else None,
        actor=asked.get("actor", ""),
        subject=asked.get("subject", ""),
        before=asked.get("before", ""),
    )


def _choices(
    chosen: str, known: Sequence[str], text: Callable[[str], str]
) -> list[tuple[str, str]]:
    """What a filter offers, and what it is set to even if nobody is called so any more."""
    words = dict.fromkeys([*known, *([chosen] if chosen else [])])
    return [(word, text(word)) for word in words]


def _subject_text(subject: str) -> str:
    return sentence(SUBJECTS.get(subject, (subject, subject))[1])


def _first_ids(found: Sequence[Deed]) -> dict[str, list[str]]:
    """By subject the ids of the things that lines name."""
    ids: dict[str, list[str]] = {}
    for deed in found:
        ids.setdefault(deed.subject, []).extend(_first(deed))
    return ids


def _first(deed: Deed) -> list[str]:
    return list(items_of(deed))[:_MOST_NAMED]


class _Reader:
    """Puts deeds into words for who looks at them."""

    def __init__(
        self,
        campaign: Campaign | None,
        session: Session,
        linked: Sequence[Deed],
        known: Mapping[str, Thing],
    ) -> None:
        self._campaign = campaign
        self._session = session
        self._known = known
        self._originals = {deed.id: deed for deed in linked}
        self._undone = {deed.undoes: deed for deed in linked if deed.undoes}

    def line(self, deed: Deed) -> Line:
        original = self._originals.get(deed.undoes or "")
        links, undone = self._links(deed), self._undone.get(deed.id)
        text = f"undid: {deed_text(original)}" if original else deed_text(deed)
        return Line(
            deed=deed,
            who=actor_text(deed.actor),
            text=text + (before_names(deed) if links else ""),
            links=tuple(links),
            more=max(0, len(items_of(deed)) - len(links)) if links else 0,
            undone_by=actor_text(undone.actor) if undone else "",
            undo=self._undo(deed),
        )

    def _links(self, deed: Deed) -> list[tuple[str, str]]:
        if names := own_names(deed):
            return [(name, "") for name in names[:_MOST_NAMED]]
        found = [self._known[id_] for id_ in _first(deed) if id_ in self._known]
        return [(person(each.name, each.email, each.other), self._url(each)) for each in found]

    def _url(self, thing: Thing) -> str:
        if self._campaign is None:
            return ""
        here = {"campaign": self._campaign.id}
        if thing.id.startswith("rwd_"):
            return f"/admin/rewards/{thing.id}?{urlencode(here)}"
        if thing.lead_id:
            return f"/admin/leads/{thing.lead_id}?{urlencode(here)}"
        if thing.id.startswith("ref_"):
            return f"/admin/referrers?{urlencode(here | {'referrer': thing.id})}"
        return ""

    def _undo(self, deed: Deed) -> str:
        if deed.subject == "admin":
            way_back = can_undo_role(deed) and self._session.may_own
            return "/admin/admins/undo" if way_back else ""
        return "/admin/undo" if can_undo(deed) and self._session.may_manage else ""
