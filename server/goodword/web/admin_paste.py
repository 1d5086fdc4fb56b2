"""Where owners paste: a short page for each platform, with the campaign's own key and address."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.campaigns.decide import tag_params
from goodword.model import Campaign
from goodword.web.admin_desk import Desk
from goodword.web.paste_snippets import snippets
from goodword.web.session import require_admin


@dataclass(frozen=True, slots=True)
class Platform:
    """`slug` is its page's address, its template's name and the name of its snippets."""

    slug: str
    name: str


PLATFORMS = (
    Platform("html", "Plain HTML"),
    Platform("google-tag-manager", "Google Tag Manager"),
    Platform("wordpress", "WordPress and WooCommerce"),
    Platform("shopify", "Shopify"),
    Platform("squarespace", "Squarespace"),
    Platform("wix", "Wix"),
    Platform("webflow", "Webflow"),
    Platform("react", "React and Next.js"),
)


class PastePages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [Route("/admin/tag/where/{platform}", self.show, methods=["GET"])]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        wanted = request.path_params["platform"]
        platform = next((each for each in PLATFORMS if each.slug == wanted), None)
        if platform is None:
            return self._missing(request, campaign)
        public_url = self._desk.context.settings.public_url
        values = {
            "platform": platform,
            "platforms": PLATFORMS,
            "server": public_url,
            "code": snippets(platform.slug, campaign.site_key, public_url, tag_params(campaign)),
        }
        template = f"paste/{platform.slug}.html"
        return self._desk.page(request, template, campaign, values, place="/admin/set-up")

    def _missing(self, request: Request, campaign: Campaign) -> Response:
        values = {
            "title": "No page for this platform",
            "text": "Whatever can take a line of HTML can take the tag.",
            "link": f"/admin/tag?campaign={campaign.id}",
            "label": "Back to the tag",
        }
        return self._desk.page(request, "problem.html", campaign, values, place="", status=404)
