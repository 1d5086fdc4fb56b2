"""`GET /r/CODE`: records the visit on this server, then leads on to the campaign's page."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns.decide import allows_landing
from goodword.hits.agent import is_prefetch
from goodword.lifecycle.arrive import Arrival, Arrived, arrive
from goodword.lifecycle.context import Context
from goodword.lifecycle.directory import Resolved
from goodword.lifecycle.links import extend, link
from goodword.model import Campaign
from goodword.storage import Unavailable
from goodword.web.client import Client, Senders, cookie_value
from goodword.web.limits import Limit, caller_of
from goodword.web.site import Site, cookie_header

log = logging.getLogger(__name__)
_NO_STORE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


class Hop:
    def __init__(self, context: Context, site: Site) -> None:
        self._context = context
        self._site = site
        self._senders = Senders(context.settings.trusted_proxies)
        self._limit = Limit(context.settings.rate_limit)

    def routes(self) -> list[Route]:
        return [
            Route("/r/{code}", self.signed, methods=["GET"]),
            Route("/r/{slug}/{code}", self.vanity, methods=["GET"]),
        ]

    async def signed(self, request: Request) -> Response:
        """A signed code says by itself whose it is."""
        owner = await self._context.directory.owner_of(request.path_params["code"])
        if owner is None:
            return _unknown()
        return await self._lead_on(request, *owner)

    async def vanity(self, request: Request) -> Response:
        """A vanity code is unique in its campaign; an unknown one still finds the shop."""
        directory = self._context.directory
        campaign = await directory.by_slug(request.path_params["slug"])
        if campaign is None:
            return _unknown()
        resolved = await directory.resolve(campaign, request.path_params["code"])
        if resolved is None:
            return RedirectResponse(campaign.landing, 302, _NO_STORE)
        return await self._lead_on(request, campaign, resolved)

    async def _lead_on(self, request: Request, campaign: Campaign, resolved: Resolved) -> Response:
        client = self._senders.read(request.scope)
        target = request.query_params.get("to", "")
        landing = target if target and allows_landing(campaign, target) else campaign.landing
        if request.method == "HEAD" or client.dest not in ("", "document"):
            return RedirectResponse(link(campaign, resolved.code, landing), 302, _NO_STORE)
        if self._limit.wait(caller_of(client.address), self._context.now() / 1000):
            return RedirectResponse(link(campaign, resolved.code, landing), 302, _NO_STORE)
        try:
            arrived = await self._arrive(request, client, campaign, resolved)
        except Unavailable as error:
            log.error("storage refuses, the tag will try again: %s", error)
            return RedirectResponse(link(campaign, resolved.code, landing), 302, _NO_STORE)
        return self._answer(client, campaign, resolved, arrived, landing)

    async def _arrive(
        self, request: Request, client: Client, campaign: Campaign, resolved: Resolved
    ) -> Arrived:
        return await arrive(
            self._context,
            Arrival(
                campaign=campaign,
                code=resolved.code,
                via="hop",
                token=cookie_value(client.cookie, f"_gw_{campaign.site_key}"),
                url=f"/r/{resolved.code}",
                http_referrer=request.headers.get("referer", ""),
                user_agent=client.user_agent,
                address=client.address,
                gpc=client.gpc,
                prefetch=is_prefetch(*client.prefetch),
            ),
        )

    def _answer(
        self,
        client: Client,
        campaign: Campaign,
        resolved: Resolved,
        arrived: Arrived,
        landing: str,
    ) -> Response:
        target = link(campaign, resolved.code, landing)
        if arrived.reason is not None or client.gpc:
            return RedirectResponse(target, 302, _NO_STORE)
        response = RedirectResponse(extend(target, _gw=arrived.token), 302, _NO_STORE)
        domain = self._site.cookie_domain(campaign, self._site.own_origin)
        name, value = cookie_header(campaign, arrived.token, domain, self._site.secure)
        response.raw_headers.append((name, value))
        return response


def _unknown() -> Response:
    return PlainTextResponse(
        "This link is not known here. Ask your friend for a new one.\n", 404, _NO_STORE
    )
