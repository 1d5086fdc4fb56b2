"""`/c/SLUG/CODE`: who invites, what is offered, and the form by which a friend becomes a lead.

Then the friend goes on to the campaign's site, with the codes in the address as the tag reads them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.clock import new_secret
from goodword.hits.agent import is_prefetch
from goodword.lifecycle.arrive import Arrival, is_person
from goodword.lifecycle.directory import Resolved
from goodword.lifecycle.invite import Accepted, accept
from goodword.lifecycle.links import extend, link
from goodword.lifecycle.report import Sent
from goodword.model import Campaign, plain_name
from goodword.storage import Unavailable
from goodword.web.client import Client, cookie_value
from goodword.web.hosted_front import Front, typed
from goodword.web.session import form_of, is_same_origin
from goodword.web.site import cookie_header
from goodword.web.wire import BadRequest, check_words

_HEADERS = {"cache-control": "no-store"}
_LONGEST_REFERRER = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Form:
    """What a friend typed. `key` is this form's own, `referrer` the page before it."""

    name: str = ""
    email: str = ""
    key: str = ""
    referrer: str = ""
    honeypot: bool = False


class InvitationPage:
    def __init__(self, front: Front) -> None:
        self._front = front

    def routes(self) -> list[Route]:
        return [Route("/c/{slug}/{code}", self.page, methods=["GET", "POST"])]

    async def page(self, request: Request) -> Response:
        directory = self._front.context.directory
        campaign = await directory.by_slug(request.path_params["slug"])
        if seconds := self._front.early(request):
            return self._front.too_early(seconds)
        if campaign is None:
            return self._front.nowhere()
        if campaign.paused:
            text = "New invitations are not taken at the moment. You are welcome all the same."
            return await self._front.note(campaign, "We are taking a break", text)
        resolved = await directory.resolve(campaign, request.path_params["code"])
        if resolved is None or not self._works(resolved):
            text = "It may be mistyped, or no longer be in use. You are welcome all the same."
            title = "This invitation is not valid"
            return await self._front.note(campaign, title, text, status=404)
        if request.method == "POST":
            return await self._accept(request, campaign, resolved)
        form = _Form(key=new_secret(16).hex(), referrer=request.headers.get("referer", ""))
        return await self._show(campaign, resolved, form)

    def _works(self, resolved: Resolved) -> bool:
        now = self._front.context.now()
        return not resolved.disabled and (resolved.expires or now + 1) > now

    async def _show(
        self,
        campaign: Campaign,
        resolved: Resolved,
        form: _Form,
        field: str | None = "",
        error: str = "",
        status: int = 200,
    ) -> Response:
        values = {
            "form": form,
            "field": field,
            "error": error,
            "onward": link(campaign, resolved.code),
        }
        name = plain_name(resolved.referrer.name)
        return await self._front.page(
            "invitation.html", campaign, values, status=status, name=name, leads_out=True
        )

    async def _accept(self, request: Request, campaign: Campaign, resolved: Resolved) -> Response:
        form = _read(await form_of(request))
        if not is_same_origin(request):
            error = "This page had been open for long; please send it again"
            return await self._show(campaign, resolved, form, error=error, status=403)
        client = self._front.senders.read(request.scope)
        try:
            sent = self._sent(campaign, resolved, form, client)
            arrival = _arrival(campaign, resolved, form, client)
            accepted = await accept(self._front.context, campaign, arrival, sent)
        except BadRequest as error:
            return await self._show(campaign, resolved, form, error.field, str(error), 422)
        except Unavailable as error:
            log.error("storage refuses: %s", error)
            text = "This could not be stored; please send it again in a moment"
            return await self._show(campaign, resolved, form, error=text, status=503)
        return self._lead_on(campaign, resolved, accepted, client)

    def _sent(self, campaign: Campaign, resolved: Resolved, form: _Form, client: Client) -> Sent:
        """`BadRequest` names the wrong field."""
        check_words({"email": form.email, "name": form.name, "k": form.key})
        if not form.email:
            raise BadRequest("invalid", "e-mail is missing", "email")
        return Sent(
            door="page",
            key=f"page:{form.key or new_secret(16).hex()}",
            code=resolved.code,
            email=form.email,
            name=form.name,
            bot=not is_person(campaign, client.user_agent),
            honeypot=form.honeypot,
        )

    def _lead_on(
        self, campaign: Campaign, resolved: Resolved, accepted: Accepted, client: Client
    ) -> Response:
        target = link(campaign, resolved.code)
        if accepted.lead_code:
            target = extend(target, lead=accepted.lead_code)
        response = RedirectResponse(target, 303, _HEADERS)
        if accepted.token and not client.gpc:
            site = self._front.site
            domain = site.cookie_domain(campaign, site.own_origin)
            cookie = cookie_header(campaign, accepted.token, domain, site.secure)
            response.raw_headers.append(cookie)
        return response


def _read(form: dict[str, str]) -> _Form:
    said = typed(form, "name", "email", "k")
    return _Form(
        name=said["name"],
        email=said["email"],
        key=said["k"],
        referrer=form.get("r", "")[:_LONGEST_REFERRER],
        honeypot=bool(form.get("subject")),
    )


def _arrival(campaign: Campaign, resolved: Resolved, form: _Form, client: Client) -> Arrival:
    return Arrival(
        campaign=campaign,
        code=resolved.code,
        via="hop",
        token=cookie_value(client.cookie, f"_gw_{campaign.site_key}"),
        url=f"/c/{campaign.slug}/{resolved.code}",
        http_referrer=form.referrer,
        user_agent=client.user_agent,
        address=client.address,
        gpc=client.gpc,
        prefetch=is_prefetch(*client.prefetch),
    )
