"""What every hosted page shares: the campaign's look, who may frame it, how often one may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from goodword.campaigns.decide import framing_origins
from goodword.campaigns.texts import said
from goodword.lifecycle.brand import brand_of
from goodword.lifecycle.context import Context
from goodword.lifecycle.links import invitation_link, link
from goodword.model import Brand, Campaign, LinkTo
from goodword.web.client import Senders
from goodword.web.headers import content_policy
from goodword.web.limits import Limit, caller_of
from goodword.web.pages import Pages
from goodword.web.site import Site

LONGEST_FIELD = 300


class Front:
    """Passed to every hosted page. The limits are those of `/e`, for each client address."""

    def __init__(self, context: Context, site: Site, pages: Pages) -> None:
        self.context = context
        self.site = site
        self.senders = Senders(context.settings.trusted_proxies)
        self._pages = pages
        rate = context.settings.rate_limit
        self._views = Limit(rate)
        self._forms = Limit(rate and max(1, rate // 10))

    def early(self, request: Request) -> int:
        """How many seconds too early the request comes, 0 if it is allowed."""
        limit = self._views if request.method in ("GET", "HEAD") else self._forms
        caller = caller_of(self.senders.read(request.scope).address)
        wait = limit.wait(caller, self.context.now() / 1000)
        return int(wait) + 1 if wait else 0

    async def page(
        self,
        template: str,
        campaign: Campaign,
        values: Mapping[str, Any],
        *,
        status: int = 200,
        name: str = "",
        framed: bool = False,
        leads_out: bool = False,
    ) -> Response:
        """A page in the campaign's look. `name` is who invites; `framed` by the campaign's sites;
        its forms may lead out of this server."""
        brand = await brand_of(self.context, campaign)
        look = look_of(campaign, brand, name)
        response = self._pages.html(f"hosted/{template}", look | dict(values), status)
        response.headers["content-security-policy"] = content_policy(
            frame_ancestors=" ".join(framing_origins(campaign)) if framed else "'none'",
            form_action=_wherever(campaign) if leads_out else "'self'",
        )
        return response

    async def note(
        self, campaign: Campaign, title: str, text: str, *, status: int = 200, framed: bool = False
    ) -> Response:
        """A page that says one thing and leads on to the campaign's site."""
        values = {"title": title, "text": text}
        return await self.page("note.html", campaign, values, status=status, framed=framed)

    @property
    def mails(self) -> bool:
        """Whether people can be mailed anything."""
        return self.context.settings.mail_server is not None

    async def shared_link(self, campaign: Campaign, code: str) -> str:
        """The link that a referrer shares: to the invitation, or at once to the owner's site."""
        brand = await brand_of(self.context, campaign)
        if brand.link_to is LinkTo.SITE:
            return link(campaign, code)
        return invitation_link(self.context.settings.public_url, campaign, code)

    def nowhere(self) -> Response:
        """The address names no campaign."""
        return self._pages.html("hosted/nowhere.html", {}, 404)

    def too_early(self, seconds: int) -> Response:
        response = self._pages.html("hosted/later.html", {"seconds": seconds}, 429)
        response.headers["retry-after"] = str(seconds)
        return response


def look_of(campaign: Campaign, brand: Brand, name: str = "") -> dict[str, Any]:
    """What every hosted page is given."""
    width, height = brand.logo_size
    return {
        "campaign": campaign,
        "logo": f"/brand/{campaign.slug}/{brand.logo}" if brand.logo else "",
        "logo_width": width,
        "logo_height": height,
        "texts": said(campaign, brand.texts, name),
        "colours": f"/brand/{brand.accent[1:]}-{brand.paper[1:]}.css",
        "site": campaign.landing,
    }


def _wherever(campaign: Campaign) -> str:
    """The landing may lead on to another host of the owner's, and browsers hold a form's whole
    way of redirects against this list: naming origins would leave friends on a blank page."""
    return "'self' https:" + (" http:" if campaign.landing.startswith("http://") else "")


def typed(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """What a person typed, to be shown again: on one line, and no longer than is read."""
    return {name: " ".join(form.get(name, "").split())[:LONGEST_FIELD] for name in names}
