"""The tag to copy, what was refused, and the test run with its three live ticks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from goodword.campaigns.decide import BadCampaign, allows_origin, tag_params
from goodword.clock import DAY
from goodword.lifecycle.context import Context
from goodword.lifecycle.links import link
from goodword.lifecycle.set_up import allow_origin, https_advice
from goodword.lifecycle.test_run import TestRun, Tick, progress, start_test
from goodword.model import Campaign, Reason
from goodword.signing import CodeKind, read_code
from goodword.stats import refusals
from goodword.stats.refusals import Refused
from goodword.web.admin_desk import Desk, back_to
from goodword.web.admin_paste import PLATFORMS
from goodword.web.admin_tag_health import board
from goodword.web.admin_words import reason, refused
from goodword.web.paste_snippets import tag
from goodword.web.session import form_of, logged_in, require_admin, require_manager
from goodword.web.sign_recipes import RECIPES
from goodword.web.standing import standing

_HERE = "/admin/tag"
_CONVERT = (
    '<div hidden data-gw-convert="purchase" data-order="1042" data-amount="49.00"'
    ' data-currency="EUR" data-email="buyer@example.com"></div>'
)


class TagPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context: Context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(_HERE, self.show, methods=["GET"]),
            Route(f"{_HERE}/allow", self.allow, methods=["POST"]),
            Route(f"{_HERE}/test", self.start, methods=["POST"]),
            Route(f"{_HERE}/test/{{code}}", self.progress, methods=["GET"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        public_url = self._context.settings.public_url
        values = self._snippets(campaign, public_url) | await self._refused(campaign)
        values |= await self._test(campaign, request.query_params.get("test", ""))
        values["standing"] = standing(self._desk.site, campaign)
        values["health"] = await board(self._context, campaign)
        values["platforms"] = PLATFORMS
        values["https"] = https_advice(public_url, campaign)
        return self._desk.page(request, "tag.html", campaign, values, place="/admin/set-up")

    def _snippets(self, campaign: Campaign, public_url: str) -> dict[str, Any]:
        script, key = self._desk.scripts.current("gw.js"), campaign.site_key
        params, latest = tag_params(campaign), f"{public_url}/gw.js"
        sealed = f' integrity="{script.integrity}" crossorigin="anonymous"'
        return {
            "tag": tag(latest, key, params),
            "thanks": tag(f"{public_url}/thanks.js", key),
            "credentials": tag(latest, key, params, ' data-credentials="include"'),
            "fixed": tag(f"{public_url}/{script.name}", key, params, sealed),
            "convert": _CONVERT,
            "recipes": RECIPES,
        }

    async def _refused(self, campaign: Campaign) -> dict[str, Any]:
        async with self._context.storage.read() as db:
            found = await refusals.since(db, campaign.id, self._context.now() - 7 * DAY)
        return {"origins": refused_origins(campaign, found), "reasons": refused_reasons(found)}

    async def _test(self, campaign: Campaign, code: str) -> dict[str, Any]:
        run = _run_of(campaign, code)
        if run is None:
            return {"run": None}
        return {"run": run, "progress": await progress(self._context, campaign, run.code)}

    @require_manager
    async def allow(self, request: Request) -> Response:
        form = await form_of(request)
        campaign = await self._desk.campaign_in(form)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        try:
            origin, by = form.get("origin", ""), logged_in(request).email
            await allow_origin(self._context, campaign, origin, by)
        except BadCampaign as error:
            values = {
                "title": "This origin can't be allowed",
                "text": f"{error}.",
                "link": f"{_HERE}?campaign={campaign.id}",
                "label": "Back to the tag",
            }
            return self._desk.page(request, "problem.html", campaign, values, place="", status=422)
        return back_to(_HERE, campaign, said="allowed")

    @require_manager
    async def start(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        run = await start_test(self._context, campaign)
        return back_to(_HERE, campaign, "#test", test=run.code)

    @require_admin
    async def progress(self, request: Request) -> Response:
        """The three ticks, for the page that waits for them."""
        campaign = await self._desk.campaign_of(request)
        run = _run_of(campaign, request.path_params["code"]) if campaign else None
        if campaign is None or run is None:
            return JSONResponse({"error": "there is no such test run"}, 404)
        seen = await progress(self._context, campaign, run.code)
        ticks = {tick.name: _tick(tick) for tick in seen.ticks}
        return JSONResponse(ticks, headers={"cache-control": "no-store"})


def _run_of(campaign: Campaign, code: str) -> TestRun | None:
    """The test run of a code that this campaign signed."""
    read = read_code(campaign.code_key, code) if code else None
    if read is None or read.kind is not CodeKind.TEST or read.expires is None:
        return None
    return TestRun(read.text, link(campaign, read.text), read.expires)


def _tick(tick: Tick) -> dict[str, str | int | None]:
    state = "green" if tick.green else "waiting"
    return {"state": state, "at": tick.at, "text": tick.text, "advice": tick.advice}


def refused_origins(campaign: Campaign, found: Iterable[Refused]) -> list[Refused]:
    """Origins that were refused and still would be; one line each, the latest first."""
    lines: dict[str, Refused] = {}
    for each in found:
        if each.reason != Reason.ORIGIN or not each.origin or allows_origin(campaign, each.origin):
            continue
        known = lines.get(each.origin)
        count = each.count + (known.count if known else 0)
        last = max(each.last_at, known.last_at if known else 0)
        lines[each.origin] = Refused(each.event, each.reason, each.origin, count, last)
    return list(lines.values())


def refused_reasons(found: Iterable[Refused]) -> list[tuple[str, str]]:
    """What else was refused, how often and why, in words; the most often first."""
    counts: dict[tuple[str, str], int] = {}
    for each in found:
        if each.reason != Reason.ORIGIN:
            key = (each.event, each.reason)
            counts[key] = counts.get(key, 0) + each.count
    often = sorted(counts.items(), key=lambda line: (-line[1], line[0]))
    return [(refused(event, times), reason(why)) for (event, why), times in often]
