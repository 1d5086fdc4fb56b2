"""Moving out, under Set-up: everything of a campaign as a file, and its keys. For owners."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from goodword.lifecycle.move_out import Shape, everything, keys_of, note_export
from goodword.model import Campaign
from goodword.web.admin_desk import Desk
from goodword.web.admin_words import iso
from goodword.web.session import form_of, logged_in, require_owner

_HERE = "/admin/moving"
_FILES = {
    Shape.LINES: ("jsonl", "application/jsonl"),
    Shape.TABLES: ("zip", "application/zip"),
}


class EverythingPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(f"{_HERE}/everything", self.everything, methods=["POST"]),
            Route(f"{_HERE}/keys", self.keys, methods=["POST"]),
        ]

    @require_owner
    async def everything(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        shape = Shape.TABLES if sent.get("format") == Shape.TABLES else Shape.LINES
        ending, media_type = _FILES[shape]
        await note_export(self._context, [campaign], logged_in(request).email, "everything")
        return StreamingResponse(
            everything(self._context, [campaign], shape),
            media_type=media_type,
            headers=self._saved_as(campaign, ending),
        )

    @require_owner
    async def keys(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        await note_export(self._context, [campaign], logged_in(request).email, "its keys")
        return Response(
            keys_of([campaign]),
            media_type="application/json",
            headers=self._saved_as(campaign, "keys"),
        )

    def _saved_as(self, campaign: Campaign, ending: str) -> dict[str, str]:
        name = f"goodword-{campaign.slug}-{iso(self._context.now())[:10]}.{ending}"
        return {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        }
