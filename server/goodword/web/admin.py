"""The admin's pages: parse, call a verb or a read, render. Wiring of their doors."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from goodword.lifecycle.context import Context
from goodword.web.admin_desk import Desk
from goodword.web.admin_leads import LeadPages
from goodword.web.admin_people import PeoplePages
from goodword.web.admin_setup import SetUpPages
from goodword.web.admin_stats import StatsPages
from goodword.web.admin_tag import TagPages
from goodword.web.assets import Assets
from goodword.web.pages import Pages
from goodword.web.scripts import Scripts
from goodword.web.site import Site


class Admin:
    """Every admin page. `pages` renders the log-in's pages too."""

    def __init__(self, context: Context, site: Site, scripts: Scripts) -> None:
        self._assets = Assets()
        self.pages = Pages(self._assets)
        desk = Desk(context, site, scripts, self.pages)
        self._doors = (
            StatsPages(desk),
            LeadPages(desk),
            PeoplePages(desk),
            SetUpPages(desk),
            TagPages(desk),
        )

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", _home, methods=["GET"]),
            Route("/admin", _home, methods=["GET"]),
            *(route for door in self._doors for route in door.routes()),
            *self._assets.routes(),
        ]


async def _home(request: Request) -> Response:
    return RedirectResponse("/admin/", 303)
