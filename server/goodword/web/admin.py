"""The admin's pages: parse, call a verb or a read, render. Wiring of their doors."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route

from goodword.lifecycle.context import Context
from goodword.web.admin_admins import AdminsPages
from goodword.web.admin_api import ApiPages
from goodword.web.admin_audit import AuditPages
from goodword.web.admin_brand import BrandPages
from goodword.web.admin_coupons import CouponPages
from goodword.web.admin_customers import CustomerPages
from goodword.web.admin_desk import Desk
from goodword.web.admin_emails import EmailPages
from goodword.web.admin_everything import EverythingPages
from goodword.web.admin_exports import ExportPages
from goodword.web.admin_inbound import InboundPages
from goodword.web.admin_integration_leads import IntegrationLeadPages
from goodword.web.admin_integrations import IntegrationPages
from goodword.web.admin_leads import LeadPages
from goodword.web.admin_missing import MissingPages
from goodword.web.admin_moving import MovingPages
from goodword.web.admin_outbox import OutboxPages
from goodword.web.admin_paste import PastePages
from goodword.web.admin_payouts import PayoutPages
from goodword.web.admin_people import PeoplePages
from goodword.web.admin_privacy import PrivacyPages
from goodword.web.admin_refused import RefusedPages
from goodword.web.admin_reward import RewardPage
from goodword.web.admin_rewards import RewardPages
from goodword.web.admin_rules import RulePages
from goodword.web.admin_setup import SetUpPages
from goodword.web.admin_shops import ShopPages
from goodword.web.admin_stats import StatsPages
from goodword.web.admin_tag import TagPages
from goodword.web.admin_undo import UndoPages
from goodword.web.admin_webhooks import WebhookPages
from goodword.web.assets import Assets
from goodword.web.pages import Pages
from goodword.web.reference import Reference
from goodword.web.scripts import Scripts
from goodword.web.session import require_admin
from goodword.web.site import Site


class Admin:
    """Every admin page, and the page about the API. `pages` renders the log-in's pages too."""

    def __init__(self, context: Context, site: Site, scripts: Scripts) -> None:
        self._assets = Assets()
        self.pages = Pages(self._assets)
        desk = self._desk = Desk(context, site, scripts, self.pages)
        self._doors = (
            StatsPages(desk),
            LeadPages(desk),
            PeoplePages(desk),
            RewardPages(desk),
            PayoutPages(desk),
            RewardPage(desk),
            RefusedPages(desk),
            MissingPages(desk),
            ExportPages(desk),
            UndoPages(desk),
            CustomerPages(desk),
            EverythingPages(desk),
            MovingPages(desk),
            SetUpPages(desk),
            BrandPages(desk),
            RulePages(desk),
            CouponPages(desk),
            EmailPages(desk),
            OutboxPages(desk),
            TagPages(desk),
            AdminsPages(desk),
            AuditPages(desk),
            PastePages(desk),
            ApiPages(desk),
            WebhookPages(desk),
            InboundPages(desk),
            ShopPages(desk),
            Reference(context, self.pages),
            PrivacyPages(desk),
            IntegrationPages(desk),
            IntegrationLeadPages(desk),
        )

    def routes(self) -> list[Route | Mount]:
        return [
            Route("/", _home, methods=["GET"]),
            Route("/admin", _home, methods=["GET"]),
            *(route for door in self._doors for route in door.routes()),
            *self._assets.routes(),
            Route("/admin/{path:path}", self._lost, methods=["GET"]),
        ]

    @require_admin
    async def _lost(self, request: Request) -> Response:
        """An address that no page has: an old bookmark, or a letter too few."""
        values = {
            "title": "No such page",
            "text": "There is no page at this address. The menu above has them all.",
            "link": "/admin/",
            "label": "Go to Stats",
        }
        campaign = await self._desk.campaign_of(request)
        return self._desk.page(request, "problem.html", campaign, values, place="", status=404)


async def _home(request: Request) -> Response:
    return RedirectResponse("/admin/", 303)
