"""Set-up > Integrations and API > Webhooks: who is told of what, and what became of each try."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.context import Context
from goodword.lifecycle.endpoints import (
    NoSuchEndpoint,
    Opened,
    add_endpoint,
    change_secret,
    remove_endpoint,
    revive_endpoint,
    send_again,
    send_test,
)
from goodword.lifecycle.set_up import Refused
from goodword.model import EVENTS, WEBHOOK, Campaign, Endpoint, MessageStatus
from goodword.notifications import read as outbox
from goodword.notifications import record as notifications
from goodword.web.admin_api import HERE as API
from goodword.web.admin_api import PLACE
from goodword.web.admin_desk import Desk, back_to, read_text
from goodword.web.admin_forms import Form
from goodword.web.session import form_list, form_of, logged_in, require_admin, require_manager

HERE = f"{API}/webhooks"
_LONGEST_URL = 2_000
_TOLD = {
    "test": "The test event is on its way. The answer appears below within seconds.",
    "enabled": "The webhook is told of events again, from now on.",
    "removed": "The webhook is removed, and what waited for it with it.",
    "again": "The message goes out once more, within seconds.",
}
"""What a page says after a form was sent; the address carries only the word."""

_GROUPS = ("lead", "conversion", "reward", "referrer")
Verb = Callable[[Context, Campaign, str, str], Awaitable[object]]


class WebhookPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        one = f"{HERE}/{{id}}"
        return [
            Route(HERE, self.list, methods=["GET"]),
            Route(HERE, self.add, methods=["POST"]),
            Route(one, self.show, methods=["GET"]),
            Route(f"{one}/test", self.test, methods=["POST"]),
            Route(f"{one}/secret", self.secret, methods=["POST"]),
            Route(f"{one}/enable", self.enable, methods=["POST"]),
            Route(f"{one}/remove", self.remove, methods=["POST"]),
            Route(f"{one}/send", self.send, methods=["POST"]),
        ]

    @require_admin
    async def list(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._list(request, campaign, _form())

    @require_manager
    async def add(self, request: Request) -> Response:
        """Shows the secret at once: it is shown nowhere else."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = _form(
            read_text(sent.get("url", ""), _LONGEST_URL + 1), await form_list(request, "events")
        )
        url, events, actor = form.values["url"], form.values["events"], logged_in(request).email
        try:
            made = await add_endpoint(self._context, campaign, url, events, actor)
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._list(request, campaign, form)
        return await self._list(request, campaign, _form(), made=made)

    async def _list(
        self, request: Request, campaign: Campaign, form: Form, made: Opened | None = None
    ) -> Response:
        async with self._context.storage.read() as db:
            known = await notifications.endpoints(db, campaign.id)
            counts = await outbox.counts(db, campaign.id, WEBHOOK)
        values = {
            "form": form,
            "made": made,
            "lines": [(each, counts.get(each.id, outbox.Counts())) for each in known],
            "groups": _events(),
            "said": _TOLD.get(request.query_params.get("told", ""), ""),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "webhooks.html", campaign, values, place=PLACE, status=status
        )

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        found = await self._known(request, campaign)
        if campaign is None or found is None:
            return self._missing(request, campaign)
        return await self._show(request, campaign, found)

    async def _show(
        self, request: Request, campaign: Campaign, endpoint: Endpoint, secret: str = ""
    ) -> Response:
        status = _status(request.query_params.get("status", ""))
        before = read_text(request.query_params.get("before", ""))
        async with self._context.storage.read() as db:
            found = await outbox.messages(
                db, campaign.id, endpoint.id, status, before, outbox.PAGE + 1
            )
            messages = found[: outbox.PAGE]
            tries = await outbox.tries_of(db, campaign.id, [each.id for each in messages])
            counts = await outbox.counts(db, campaign.id, WEBHOOK)
        here = {"campaign": campaign.id} | ({"status": status.value} if status else {})
        path = f"{HERE}/{endpoint.id}"
        more = {"before": messages[-1].id} if len(found) > len(messages) else {}
        values: dict[str, Any] = {
            "endpoint": endpoint,
            "secret": secret,
            "counts": counts.get(endpoint.id, outbox.Counts()),
            "status": status,
            "lines": [(each, tries.get(each.id, []), _pretty(each.body)) for each in messages],
            "first": f"{path}?{urlencode(here)}" if before else "",
            "next": f"{path}?{urlencode(here | more)}" if more else "",
            "said": _TOLD.get(request.query_params.get("told", ""), ""),
        }
        return self._desk.page(request, "webhook.html", campaign, values, place=PLACE)

    @require_manager
    async def secret(self, request: Request) -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        id_, actor = request.path_params["id"], logged_in(request).email
        try:
            made = await change_secret(self._context, campaign, id_, actor)
        except NoSuchEndpoint:
            return self._missing(request, campaign)
        return await self._show(request, campaign, made.endpoint, made.secret)

    @require_manager
    async def test(self, request: Request) -> Response:
        return await self._do(request, send_test, "test")

    @require_manager
    async def enable(self, request: Request) -> Response:
        return await self._do(request, revive_endpoint, "enabled")

    @require_manager
    async def remove(self, request: Request) -> Response:
        return await self._do(request, remove_endpoint, "removed", HERE)

    @require_manager
    async def send(self, request: Request) -> Response:
        message = read_text((await form_of(request)).get("message", ""))

        async def again(context: Context, campaign: Campaign, _: str, actor: str) -> object:
            return await send_again(context, campaign, message, actor)

        return await self._do(request, again, "again")

    async def _do(self, request: Request, verb: Verb, told: str, to: str = "") -> Response:
        campaign = await self._desk.campaign_in(await form_of(request))
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        id_ = request.path_params["id"]
        try:
            await verb(self._context, campaign, id_, logged_in(request).email)
        except NoSuchEndpoint:
            return self._missing(request, campaign)
        return back_to(to or f"{HERE}/{id_}", campaign, told=told)

    async def _known(self, request: Request, campaign: Campaign | None) -> Endpoint | None:
        if campaign is None:
            return None
        async with self._context.storage.read() as db:
            return await notifications.endpoint(db, campaign.id, request.path_params["id"])

    def _missing(self, request: Request, campaign: Campaign | None) -> Response:
        values = {
            "title": "No such webhook",
            "text": "This campaign has no webhook with this address. It may be removed.",
            "link": f"{HERE}?campaign={campaign.id}" if campaign else "/admin/",
            "label": "Show all webhooks",
        }
        return self._desk.page(request, "problem.html", campaign, values, place=PLACE, status=404)


def _form(url: str = "", events: Sequence[str] = ("lead.qualified", "reward.ready")) -> Form:
    return Form({"url": url, "events": tuple(events)})


def _events() -> list[tuple[str, list[str]]]:
    """The types by what they are about, for boxes to tick."""
    return [(name, [each for each in EVENTS if each.startswith(f"{name}.")]) for name in _GROUPS]


def _status(text: str) -> MessageStatus | None:
    return MessageStatus(text) if text in list(MessageStatus) else None


def _pretty(body: str) -> str:
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
