"""Set-up > Integrations and API: what there is at a glance, and the API keys, for owners."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.access import record as access
from goodword.access.decide import ApiKey, Scope
from goodword.activity import calls
from goodword.campaigns import hooks, shops
from goodword.lifecycle.admit import create_api_key, revoke_api_key
from goodword.lifecycle.set_up import Refused
from goodword.model import WEBHOOK, Campaign, MessageStatus
from goodword.notifications import read as outbox
from goodword.notifications import record as notifications
from goodword.web.admin_desk import Desk, back_to, read_text
from goodword.web.admin_forms import Form
from goodword.web.session import form_of, logged_in, require_admin, require_owner

HERE = "/admin/api"
PLACE = "/admin/set-up"
_KEYS = f"{HERE}/keys"
_REVOKED = "The key is revoked: within 2 seconds no call with it is answered any more."
_SAME = "The key was revoked before, so nothing was changed."
_SCOPES = ((Scope.WRITE.value, "Read and write"), (Scope.READ.value, "Read only"))
_EVERY = "all"


class ApiPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        return [
            Route(HERE, self.show, methods=["GET"]),
            Route(_KEYS, self.keys, methods=["GET"]),
            Route(_KEYS, self.create, methods=["POST"]),
            Route(f"{_KEYS}/revoke", self.revoke, methods=["POST"]),
        ]

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        async with self._context.storage.read() as db:
            keys = [key for key in await access.api_keys(db) if _is_in_use(key, campaign)]
            endpoints = await notifications.endpoints(db, campaign.id)
            counts = (await outbox.counts(db, campaign.id, WEBHOOK)).values()
            hook = await hooks.of_campaign(db, campaign.id)
            known_shops = await shops.of_campaign(db, campaign.id)
            last_call = await calls.last_at(db, campaign.id)
            mails = await outbox.mail_counts(db, campaign.id)
        values = {
            "keys": len(keys),
            "last_used": max((key.last_used_at or 0 for key in keys), default=0),
            "endpoints": len(endpoints),
            "waiting": sum(each.waiting for each in counts),
            "failed": sum(each.failed for each in counts),
            "mails_waiting": mails[MessageStatus.WAITING],
            "mails_failed": mails[MessageStatus.FAILED],
            "hook": hook is not None,
            "shops": len(known_shops),
            "last_call": last_call,
            "address": self._context.settings.public_url,
            "openapi": f"{self._context.settings.public_url}/api/v1/openapi.json",
        }
        return self._desk.page(request, "api.html", campaign, values, place=PLACE)

    @require_owner
    async def keys(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        return await self._page(request, campaign, _form())

    @require_owner
    async def create(self, request: Request) -> Response:
        """Shows the key at once: it is kept nowhere, and no address carries it."""
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        form = _form(read_text(sent.get("scope", "")), read_text(sent.get("for", "")))
        wanted = None if form.values["for"] == _EVERY else campaign.id
        actor = logged_in(request).email
        try:
            made = await create_api_key(self._context, wanted, form.values["scope"], actor)
        except Refused as error:
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, form)
        return await self._page(request, campaign, _form(), made=made[1])

    @require_owner
    async def revoke(self, request: Request) -> Response:
        sent = await form_of(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        key_id, actor = read_text(sent.get("id", "")), logged_in(request).email
        done = await revoke_api_key(self._context, key_id, actor)
        return back_to(_KEYS, campaign, told="revoked" if done else "same")

    async def _page(
        self, request: Request, campaign: Campaign, form: Form, made: str = ""
    ) -> Response:
        async with self._context.storage.read() as db:
            known = await access.api_keys(db)
        names = {each.id: each.name for each in self._context.directory.all()}
        told = {"revoked": _REVOKED, "same": _SAME}
        values: dict[str, Any] = {
            "form": form,
            "made": made,
            "keys": known,
            "names": names,
            "scopes": _SCOPES,
            "owners": (("one", f"The campaign {campaign.name}"), (_EVERY, "Every campaign")),
            "said": told.get(request.query_params.get("told", ""), ""),
        }
        status = 422 if form.errors else 200
        return self._desk.page(
            request, "api_keys.html", campaign, values, place=PLACE, status=status
        )


def _form(scope: str = Scope.WRITE.value, for_: str = "one") -> Form:
    return Form({"scope": scope, "for": for_})


def _is_in_use(key: ApiKey, campaign: Campaign) -> bool:
    return key.revoked_at is None and key.campaign_id in (None, campaign.id)
