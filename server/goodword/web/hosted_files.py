"""What hosted pages are made of besides their HTML: colours, the logo, QR codes. From this server
alone, so that their Content-Security-Policy need allow no other."""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goodword.campaigns.colours import stylesheet
from goodword.lifecycle.brand import brand_of, logo_of
from goodword.lifecycle.links import hop_link, invitation_link
from goodword.model import LinkTo
from goodword.web.hosted_front import Front

_COLOURS = re.compile(r"([0-9a-f]{6})-([0-9a-f]{6})", re.ASCII)
_LOGO = re.compile(r"[0-9a-f]{32}-\d{1,4}x\d{1,4}", re.ASCII)
_YEAR = {"cache-control": "public, max-age=31536000, immutable"}
_HOUR = {"cache-control": "public, max-age=3600"}
# A picture is only ever shown as one: opened by itself, nothing in it may run or load.
_INERT = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


class HostedFiles:
    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> list[Route]:
        return [
            Route("/brand/{colours}.css", self.colours, methods=["GET"]),
            Route("/brand/{slug}/{logo}", self.logo, methods=["GET"]),
            Route("/c/{slug}/qr.svg", self.join_qr, methods=["GET"]),
            Route("/c/{slug}/{code}/qr.svg", self.qr, methods=["GET"]),
        ]

    async def colours(self, request: Request) -> Response:
        """A function of its address alone, which the pages make from colours that were checked."""
        found = _COLOURS.fullmatch(request.path_params["colours"])
        if found is None:
            return _none()
        text = _stylesheet(f"#{found[1]}", f"#{found[2]}")
        return Response(text, media_type="text/css", headers=_YEAR)

    async def logo(self, request: Request) -> Response:
        campaign = await self._front.context.directory.by_slug(request.path_params["slug"])
        wanted = request.path_params["logo"]
        if campaign is None or not _LOGO.fullmatch(wanted):
            return _none()
        logo = await logo_of(self._front.context, campaign, wanted)
        if logo is None:
            return _none()
        return Response(logo.content, media_type=logo.kind, headers=_YEAR | _INERT)

    async def join_qr(self, request: Request) -> Response:
        """The way to the join page, for posters and counters."""
        campaign = await self._front.context.directory.by_slug(request.path_params["slug"])
        if campaign is None:
            return _none()
        return _picture(f"{self._front.context.settings.public_url}/c/{campaign.slug}")

    async def qr(self, request: Request) -> Response:
        """The link that a referrer shares."""
        directory = self._front.context.directory
        campaign = await directory.by_slug(request.path_params["slug"])
        code = request.path_params["code"]
        resolved = await directory.resolve(campaign, code) if campaign else None
        if campaign is None or resolved is None:
            return _none()
        brand = await brand_of(self._front.context, campaign)
        public_url = self._front.context.settings.public_url
        if brand.link_to is LinkTo.SITE:
            # Shorter than the landing with its code: larger squares, which more cameras read.
            return _picture(hop_link(public_url, campaign, resolved.referrer))
        return _picture(invitation_link(public_url, campaign, resolved.code))


@lru_cache(64)
def _stylesheet(accent: str, paper: str) -> str:
    return stylesheet(accent, paper)


def _picture(text: str) -> Response:
    return Response(qr_svg(text), media_type="image/svg+xml", headers=_HOUR | _INERT)


@lru_cache(512)
def qr_svg(text: str) -> bytes:
    """The text as a QR code (ISO/IEC 18004) that survives a scratch: black on white, whatever
    the page's colours, with the quiet zone that readers need."""
    out = BytesIO()
    segno.make_qr(text, error="m").save(
        out, kind="svg", border=4, scale=8, light="#fff", dark="#000", xmldecl=False
    )
    return out.getvalue()


def _none() -> Response:
    return Response("There is no such file.\n", 404, media_type="text/plain")
