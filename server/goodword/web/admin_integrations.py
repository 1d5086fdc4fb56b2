"""Set-up > Integrations and API > CRM: a tile for each system, and how one is connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.integrations import SYSTEMS
from goodword.integrations import record as integrations
from goodword.integrations.base import Crm, Failed, Grant, Login, System
from goodword.lifecycle.account import login_of, outbound_of, values_of
from goodword.lifecycle.checklist import checklist
from goodword.lifecycle.connect import (
    CALLBACK,
    Checked,
    NoIntegration,
    ask_consent,
    check,
    install,
    redirect_address,
    take_consent,
)
from goodword.lifecycle.integrate import disconnect, remove
from goodword.lifecycle.set_up import Refused
from goodword.lifecycle.subscribe import address_of
from goodword.model import Campaign, Integration
from goodword.web.admin_api import PLACE
from goodword.web.admin_desk import Desk, back_to, read_text
from goodword.web.admin_forms import Form
from goodword.web.integration_words import STATUSES
from goodword.web.session import form_of, logged_in, require_admin, require_manager

HERE = "/admin/integrations"
_SAID = {
    "connected": "Connected: it answered just now.",
    "disconnected": "Disconnected: nothing is sent there or asked. What is typed stays.",
    "removed": "Removed. What was qualified through it stays as it is.",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A system as its tile shows it."""

    system: System
    integration: Integration | None
    badge: str
    colour: str


class IntegrationPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._context = desk.context

    def routes(self) -> list[Route]:
        one = f"{HERE}/{{system}}"
        return [
            Route(HERE, self.tiles, methods=["GET"]),
            Route(CALLBACK, self.callback, methods=["GET"]),
            Route(one, self.show, methods=["GET"]),
            Route(f"{one}/connect", self.connect, methods=["POST"]),
            Route(f"{one}/check", self.check, methods=["POST"]),
            Route(f"{one}/disconnect", self.disconnect, methods=["POST"]),
            Route(f"{one}/remove", self.remove, methods=["POST"]),
        ]

    @require_admin
    async def tiles(self, request: Request) -> Response:
        campaign = await self._desk.campaign_of(request)
        if campaign is None:
            return self._desk.welcome(request)
        async with self._context.storage.read() as db:
            known = {each.system: each for each in await integrations.of_campaign(db, campaign.id)}
        shown = [tile_of(system, known.get(name)) for name, system in SYSTEMS.items()]
        values = {"tiles": shown, "said": _SAID.get(request.query_params.get("told", ""), "")}
        return self._desk.page(
            request, "integrations.html", campaign, values, place=place_of(self._desk, campaign)
        )

    @require_admin
    async def show(self, request: Request) -> Response:
        campaign, system = await self._desk.campaign_of(request), _system(request)
        if campaign is None or system is None:
            return RedirectResponse("/admin/", 303)
        return await self._page(request, campaign, system)

    @require_manager
    async def connect(self, request: Request) -> Response:
        """Keeps what was typed, then asks the system: at once, or by way of its own page."""
        sent, system = await form_of(request), _system(request)
        campaign = await self._desk.campaign_in(sent)
        if campaign is None or system is None:
            return RedirectResponse("/admin/", 303)
        login = _login(system, sent.get("login", ""))
        typed = {each.name: sent.get(each.name, "") for each in login.inputs}
        actor = logged_in(request).email
        try:
            made = await install(self._context, campaign, system, login, typed, actor)
        except Refused as error:
            form = Form(self._form(system, None).values | typed)
            form.refuse(error.field, str(error))
            return await self._page(request, campaign, system, form=form, login=login)
        if login.grant is Grant.CODE:
            consent = await ask_consent(self._context, made, logged_in(request).csrf)
            return await self._page(request, campaign, system, consent=consent)
        return await self._checked(request, campaign, system, made)

    @require_manager
    async def callback(self, request: Request) -> Response:
        """The vendor's page sends the admin back here."""
        session, answer = logged_in(request).csrf, dict(request.query_params)
        async with outbound_of(self._context) as outbound:
            try:
                known = await take_consent(self._context, outbound, session, answer)
            except (Refused, Failed, NoIntegration) as error:
                return await self._refused(request, str(error))
        campaign = await self._context.directory.by_id(known.campaign_id)
        if campaign is None:
            return RedirectResponse("/admin/", 303)
        return await self._checked(request, campaign, SYSTEMS[known.system], known)

    @require_manager
    async def check(self, request: Request) -> Response:
        found = await self._known(request)
        if found is None:
            return RedirectResponse("/admin/", 303)
        return await self._checked(request, *found)

    @require_manager
    async def disconnect(self, request: Request) -> Response:
        found = await self._known(request)
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, system, known = found
        await disconnect(self._context, campaign, known.id, logged_in(request).email)
        return back_to(f"{HERE}/{system.name}", campaign, told="disconnected")

    @require_manager
    async def remove(self, request: Request) -> Response:
        found = await self._known(request)
        if found is None:
            return RedirectResponse("/admin/", 303)
        campaign, _, known = found
        await remove(self._context, campaign, known.id, logged_in(request).email)
        return back_to(HERE, campaign, told="removed")

    async def _known(self, request: Request) -> tuple[Campaign, System, Integration] | None:
        """What a form is about."""
        campaign = await self._desk.campaign_in(await form_of(request))
        system = _system(request)
        if campaign is None or system is None:
            return None
        async with self._context.storage.read() as db:
            known = await integrations.by_system(db, campaign.id, system.name)
        return (campaign, system, known) if known else None

    async def _checked(
        self, request: Request, campaign: Campaign, system: System, known: Integration
    ) -> Response:
        """Asks the system, and shows what it says."""
        async with outbound_of(self._context) as outbound:
            said = await check(self._context, outbound, campaign, known)
        if said.works and not said.advice:
            return back_to(f"{HERE}/{system.name}", campaign, told="connected")
        return await self._page(request, campaign, system, checked=said)

    async def _refused(self, request: Request, why: str) -> Response:
        values = {
            "title": "It was not connected",
            "text": f"{why[:1].upper()}{why[1:]}.",
            "link": HERE,
            "label": "Back to the integrations",
        }
        campaign = await self._desk.campaign_of(request)
        return self._desk.page(
            request,
            "problem.html",
            campaign,
            values,
            place=place_of(self._desk, campaign),
            status=422,
        )

    async def _page(
        self,
        request: Request,
        campaign: Campaign,
        system: System,
        *,
        form: Form | None = None,
        login: Login | None = None,
        consent: str = "",
        checked: Checked | None = None,
    ) -> Response:
        async with self._context.storage.read() as db:
            known = await integrations.by_system(db, campaign.id, system.name)
        lines = []
        if known is not None and not consent:
            lines = await checklist(self._context, campaign, known, live=False)
        values: dict[str, Any] = {
            "system": system,
            "tile": tile_of(system, known),
            "known": known,
            "crm": isinstance(system, Crm),
            "logins": system.logins,
            "login": login or _login(system, known.login if known else ""),
            "form": form or self._form(system, known),
            "redirect": redirect_address(self._context),
            "hook": address_of(self._context, known) if known else "",
            "consent": consent,
            "checked": checked,
            "lines": lines,
            "said": _SAID.get(request.query_params.get("told", ""), ""),
        }
        failed = (form and form.errors) or (checked and not checked.works)
        status = 422 if failed else 200
        return self._desk.page(
            request,
            "integration.html",
            campaign,
            values,
            place=place_of(self._desk, campaign),
            status=status,
        )

    def _form(self, system: System, known: Integration | None) -> Form:
        """What was typed, without its secrets."""
        typed = values_of(self._context, known) if known else {}
        names = {each.name: each for login in system.logins for each in login.inputs}
        return Form({n: "" if each.secret else typed.get(n, "") for n, each in names.items()})


def place_of(desk: Desk, campaign: Campaign | None) -> str:
    """The entry of the menu under which these pages lie."""
    connected = campaign is not None and desk.context.directory.is_connected(campaign)
    return HERE if connected else PLACE


def tile_of(system: System, known: Integration | None) -> Tile:
    """The tile of a system in a campaign."""
    badge, colour = STATUSES[known.status] if known else ("", "")
    return Tile(system, known, badge, colour)


def _system(request: Request) -> System | None:
    return SYSTEMS.get(read_text(request.path_params["system"]))


def _login(system: System, name: str) -> Login:
    try:
        return login_of(system, name)
    except KeyError:
        return system.logins[0]
