"""What every admin page shares: whose campaign it shows, its menu, and what was just done."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from goodword.access import record as access
from goodword.lifecycle.context import Context
from goodword.model import Campaign, Role
from goodword.web.audit_words import ROLES
from goodword.web.pages import Pages
from goodword.web.scripts import Scripts
from goodword.web.session import logged_in
from goodword.web.site import Site

MENU = (
    ("/admin/", "Stats"),
    ("/admin/leads", "Leads"),
    ("/admin/referrers", "Referrers"),
    ("/admin/rewards", "Rewards"),
    ("/admin/set-up", "Set-up"),
)

SAID = {
    "created": "The campaign is made. Put the tag on your site next and test it, or share the join"
    " page that stands under Pages.",
    "paused": "The campaign is paused. Resume undoes it.",
    "resumed": "The campaign is active again.",
    "allowed": "The origin is allowed: its pages may report from now on.",
    "gone": "The admin is removed and logged out everywhere.",
    "referrer": "The referrer is added. Copy the link below and send it to them.",
    "known": "There is a referrer with this e-mail already; this is their link.",
}
"""What a page says after a form was sent; the address carries only the word."""

_MOST_NAMED = 3
log = logging.getLogger(__name__)


class Desk:
    """Passed to every admin page."""

    def __init__(self, context: Context, site: Site, scripts: Scripts, pages: Pages) -> None:
        self.context = context
        self.site = site
        self.scripts = scripts
        self.pages = pages
        self._forbidden: Counter[Role] = Counter()

    async def campaign_of(self, request: Request) -> Campaign | None:
        """The campaign that the address names, else the newest; None where there is none."""
        wanted = request.query_params.get("campaign", "")
        named = await self.context.directory.by_id(wanted) if wanted else None
        return named or next(reversed(self.context.directory.all()), None)

    async def campaign_in(self, form: Mapping[str, str]) -> Campaign | None:
        """The campaign that a form names: what changes something never falls back on another."""
        return await self.context.directory.by_id(form.get("campaign", ""))

    def page(
        self,
        request: Request,
        template: str,
        campaign: Campaign | None,
        values: Mapping[str, Any],
        *,
        place: str,
        status: int = 200,
    ) -> Response:
        """A page in its frame; `place` is its entry in the menu."""
        session = logged_in(request)
        frame = {
            "admin": session,
            "csrf": session.csrf,
            "campaign": campaign,
            "campaigns": self.context.directory.all()[::-1],
            "menu": self._menu(campaign),
            "place": place,
            "here": place or "/admin/",
            "said": SAID.get(request.query_params.get("said", "")),
            "now": self.context.now(),
        }
        return self.pages.html(template, frame | dict(values), status)

    def _menu(self, campaign: Campaign | None) -> tuple[tuple[str, str], ...]:
        """Integrations have a place of their own once one is connected."""
        if campaign is None or not self.context.directory.is_connected(campaign):
            return MENU
        return (*MENU, ("/admin/integrations", "Integrations"))

    def welcome(self, request: Request) -> Response:
        """What to do first, where there is no campaign."""
        return self.page(request, "welcome.html", None, {}, place="")

    async def forbidden(self, request: Request, least: Role) -> Response:
        """What an admin gets who lacks the role for something: who can do it instead."""
        session = logged_in(request)
        self._forbidden[session.role] += 1
        log.warning(
            "refused to %s, who is %s: %s wants %s (%d such since the start)",
            *(session.admin_id, session.role, request.scope["endpoint"].__qualname__, least),
            self._forbidden[session.role],
        )
        async with self.context.storage.read() as db:
            owners = await access.owners(db, _MOST_NAMED)
        values = {
            "title": "Your role does not allow this",
            "text": f"Your role is {ROLES[session.role]}. Ask an owner, {' or '.join(owners)},"
            " to do this or to change your role.",
            "link": "/admin/",
            "label": "Back to Stats",
        }
        campaign = await self.campaign_of(request)
        return self.page(request, "problem.html", campaign, values, place="", status=403)

    def missing(self, request: Request, campaign: Campaign | None, what: str) -> Response:
        values = {
            "title": f"No such {what}",
            "text": f"This campaign has no {what} with this address. Test runs are forgotten after"
            " a day.",
            "link": f"/admin/{what}s?campaign={campaign.id}" if campaign else "/admin/",
            "label": f"Show all {what}s",
        }
        return self.page(request, "problem.html", campaign, values, place="", status=404)


def back_to(path: str, campaign: Campaign, part: str = "", **parameters: str) -> Response:
    """After a form: the page that shows what it did, so that a reload sends nothing twice."""
    query = urlencode({"campaign": campaign.id, **parameters})
    return RedirectResponse(f"{path}?{query}{part}", 303)


def read_text(text: str, longest: int = 200) -> str:
    """What somebody typed into a search or an address, without what no database takes."""
    return "".join(mark for mark in text[:longest] if mark.isprintable()).strip()
