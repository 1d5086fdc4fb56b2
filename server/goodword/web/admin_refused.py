"""Leads > Refused: reports that pay nothing as they are, why, and what can be done about it."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.replay import MOST, NEXT_STEPS, confirm, replay
from goodword.model import Campaign, Reason
from goodword.stats.refused import refused
from goodword.web.admin_desk import Desk, read_text
from goodword.web.admin_undo import after, banner_of, nothing_done, page_of
from goodword.web.admin_words import reason, sentence
from goodword.web.reward_words import DOORS
from goodword.web.session import form_list, form_of, logged_in, require_admin, require_manager

_HERE = "/admin/refused"
_LONGEST_NOTE = 500
SHOWN = (
    Reason.NEEDS_EVIDENCE,
    Reason.EXPIRED,
    Reason.NO_LEAD,
    Reason.PAUSED,
    Reason.DISABLED,
    Reason.ALREADY_QUALIFIED,
    Reason.SELF_REFERRAL,
    Reason.EXISTING_CUSTOMER,
    Reason.REFUNDED,
    Reason.BY_HAND,
    Reason.BAD_TOKEN,
)
"""The reasons to choose among, those first about which most can be done."""
_DO = {"replay": replay, "confirm": confirm}
_MORE = "Look at its lead, or at the campaign's settings, then replay it."


class RefusedPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.refused, methods=["GET"]),
            Route(f"{_HERE}/again", self.again, methods=["POST"]),
        ]

    @require_admin
    async def refused(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        asked = request.query_params
        chosen = asked.get("reason", "")
        why = Reason(chosen) if chosen in SHOWN else None
        cursor = read_text(asked.get("cursor", ""))
        async with self._desk.context.storage.read() as db:
            page = await refused(db, campaign.id, why, cursor)
        values = {
            "page": page,
            "reason": why or "",
            "reasons": [(each.value, sentence(reason(each))) for each in SHOWN],
            "steps": {row.id: NEXT_STEPS.get(row.reason, _MORE) for row in page.rows},
            "doors": DOORS,
            "did": await banner_of(self._desk, request, campaign),
            "ticked": asked.get("tick") == "all",
            "here": _url(campaign, reason=why or "", cursor=cursor),
            "tick": _url(campaign, reason=why or "", cursor=cursor, tick="all"),
            "first": _url(campaign, reason=why or "") if cursor else "",
            "next": _url(campaign, reason=why or "", cursor=page.next) if page.next else "",
        }
        return self._desk.page(request, "refused.html", campaign, values, place="/admin/leads")

    @require_manager
    async def again(self, request: Request) -> Response:
        """The button of one row, `one` as `verb id`, or that of the bar, `verb`, for the ticked."""
        sent, ids = await form_of(request, MOST + 100), await form_list(request, "id", MOST)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        back = page_of(request, sent.get("back", ""), f"{_HERE}?campaign={campaign.id}")
        verb = sent.get("verb", "")
        if one := sent.get("one"):
            verb, _, report_id = one.partition(" ")
            ids = [report_id]
        ids = [each for each in map(read_text, ids) if each]
        if verb not in _DO or not ids:
            return nothing_done(request, back, "Tick the reports you mean, then press a button.")
        note, actor = read_text(sent.get("note", ""), _LONGEST_NOTE), logged_in(request).email
        done = await _DO[verb](self._desk.context, campaign, ids, actor, note)
        return after(request, back, done)


def _url(campaign: Campaign, **said: str) -> str:
    query = {"campaign": campaign.id} | {name: value for name, value in said.items() if value}
    return f"{_HERE}?{urlencode(query)}"
