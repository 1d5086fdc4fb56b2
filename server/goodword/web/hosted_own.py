"""`/p/...`: the referrer's own page, the link in a mail that opens it, and the form to ask for one.

A mailed link opens a page whose button acts. Forms carry the session in a field: in a frame on the
owner's site there are no cookies, and no other site can know what the field holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.lifecycle.credit import ask_for_credit
from goodword.lifecycle.invite_friend import invite_friend, may_invite
from goodword.lifecycle.links import code_of, hop_link, link
from goodword.lifecycle.mailed import open_own_page, sent_for
from goodword.lifecycle.own_page import (
    SESSION_LIFE,
    ask_for_link,
    claims_of,
    close_links,
    open_session,
    read_own_page,
    resume_session,
)
from goodword.model import Campaign, Referrer, is_email, plain_name
from goodword.storage import Unavailable
from goodword.web import own_words
from goodword.web.hosted_front import Front, typed
from goodword.web.session import form_of
from goodword.web.share import targets

_NO_STORE = {"cache-control": "no-store"}
_NOTHING_SAID = {
    **{"wrong": "", "asked": False, "named": "", "said": ""},
    **{"not_invited": "", "invited": False, "friend": ""},
}
_ENDED = "Your page was closed after two hours, or the link is no longer valid"


class OwnPage:
    def __init__(self, front: Front) -> None:
        self._front = front
        self._context = front.context
        self._secure = front.context.settings.secure
        self._cookie = "__Secure-goodword-page" if self._secure else "goodword-page"

    def routes(self) -> list[Route]:
        return [Route("/p/{text}", self.page, methods=["GET", "POST"])]

    async def page(self, request: Request) -> Response:
        """A signed text has a dot in it, the name of a campaign none."""
        text = request.path_params["text"]
        if seconds := self._front.early(request):
            return self._front.too_early(seconds)
        if "." in text:
            return await self._mailed(request, text)
        campaign = await self._context.directory.by_slug(text)
        if campaign is None:
            return self._front.nowhere()
        if request.method == "POST":
            return await self._act(request, campaign)
        referrer = await resume_session(
            self._context, campaign, request.cookies.get(self._cookie, "")
        )
        if referrer is None:
            return await self._ask(campaign)
        return await self._own(campaign, referrer, request.cookies[self._cookie])

    async def _mailed(self, request: Request, text: str) -> Response:
        """The link in a mail: a program that follows it sees a button, and presses none."""
        found = await open_own_page(self._context, text)
        if found is None:
            return await self._dead_link(text)
        campaign, referrer = found
        if request.method != "POST":
            return await self._front.page("own_open.html", campaign, {})
        return self._enter(campaign, open_session(self._context, referrer))

    async def _dead_link(self, text: str) -> Response:
        """One that was mailed once says where a new one can be asked for."""
        campaign = await sent_for(self._context, text)
        if campaign is None:
            return self._front.nowhere()
        return await self._ask(campaign, error=_ENDED, status=404)

    def _enter(self, campaign: Campaign, session: str) -> Response:
        response = RedirectResponse(f"/p/{campaign.slug}", 303, _NO_STORE)
        response.set_cookie(
            self._cookie,
            session,
            max_age=SESSION_LIFE // 1000,
            path=f"/p/{campaign.slug}",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def _act(self, request: Request, campaign: Campaign) -> Response:
        form = await form_of(request)
        if "email" in form:
            return await self._mail(campaign, typed(form, "email")["email"])
        if "link" in form:
            return await self._open_here(campaign, form["link"])
        session = form.get("session", "")
        referrer = await resume_session(self._context, campaign, session)
        if referrer is None:
            return self._leave(await self._ask(campaign, error=_ENDED, status=403), campaign)
        match form.get("do"):
            case "leave":
                return self._leave(await self._ask(campaign), campaign)
            case "close":
                await close_links(self._context, campaign, referrer)
                return self._leave(await self._ask(campaign, closed=True), campaign)
            case "missing":
                return await self._missing(campaign, referrer, session, form)
            case "invite":
                return await self._invite(campaign, referrer, session, form)
        return await self._own(campaign, referrer, session)

    async def _mail(self, campaign: Campaign, email: str) -> Response:
        """The same answer whoever it is, unless it is no address at all."""
        if not is_email(email):
            error = "That is no e-mail address"
            return await self._ask(campaign, email=email, error=error, status=422)
        try:
            await ask_for_link(self._context, campaign, email)
        except Unavailable:
            error = "That did not work; please try again in a moment"
            return await self._ask(campaign, email=email, error=error, status=503)
        values = {"mails": self._front.mails}
        return await self._front.page("own_asked.html", campaign, values, framed=True)

    async def _open_here(self, campaign: Campaign, text: str) -> Response:
        """A mailed link that was pasted, or that the owner's site brought: without any cookie."""
        found = await open_own_page(self._context, text.strip().rpartition("/")[2])
        if found is None or found[0].id != campaign.id:
            return await self._ask(campaign, error=_ENDED, status=403)
        return await self._own(campaign, found[1], open_session(self._context, found[1]))

    async def _ask(
        self,
        campaign: Campaign,
        *,
        email: str = "",
        error: str = "",
        closed: bool = False,
        status: int = 200,
    ) -> Response:
        values = {"email": email, "error": error, "closed": closed, "mails": self._front.mails}
        return await self._front.page("own_ask.html", campaign, values, status=status, framed=True)

    def _leave(self, response: Response, campaign: Campaign) -> Response:
        response.delete_cookie(
            self._cookie,
            path=f"/p/{campaign.slug}",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def _missing(
        self, campaign: Campaign, referrer: Referrer, session: str, form: dict[str, str]
    ) -> Response:
        """A friend who was not counted: answered alike whoever is named."""
        said = typed(form, "named", "said")
        try:
            words = (said["named"], said["said"], "page")
            what, _ = await ask_for_credit(self._context, campaign, referrer.id, *words)
        except Unavailable:
            error = "That did not work; please try again in a moment."
            return await self._own(campaign, referrer, session, said | {"wrong": error}, 503)
        if wrong := own_words.NOT_ASKED.get(what, ""):
            return await self._own(campaign, referrer, session, said | {"wrong": wrong}, 422)
        return await self._own(campaign, referrer, session, {"asked": True})

    async def _invite(
        self, campaign: Campaign, referrer: Referrer, session: str, form: dict[str, str]
    ) -> Response:
        """An invitation to a friend's address: answered alike whoever has it."""
        said = typed(form, "friend")
        try:
            what = await invite_friend(self._context, campaign, referrer, said["friend"])
        except Unavailable:
            error = "That did not work; please try again in a moment."
            return await self._own(campaign, referrer, session, said | {"not_invited": error}, 503)
        if wrong := own_words.NOT_INVITED.get(what, ""):
            return await self._own(campaign, referrer, session, said | {"not_invited": wrong}, 422)
        return await self._own(campaign, referrer, session, {"invited": True})

    async def _own(
        self,
        campaign: Campaign,
        referrer: Referrer,
        session: str,
        said: Mapping[str, Any] = MappingProxyType({}),
        status: int = 200,
    ) -> Response:
        page = await read_own_page(self._context, campaign, referrer)
        claims, room = await claims_of(self._context, campaign, referrer)
        values = await self._links(campaign, referrer) | {
            "page": page,
            "claims": claims,
            "room": room,
            **_NOTHING_SAID,
            **said,
            "may_invite": await may_invite(self._context, campaign, referrer),
            "claim_state": own_words.CLAIM_STATE,
            "session": session,
            "standing": own_words.standing,
            "occasion": own_words.occasion,
            "now": self._context.now(),
        }
        return await self._front.page("own.html", campaign, values, status=status, framed=True)

    async def _links(self, campaign: Campaign, referrer: Referrer) -> dict[str, Any]:
        code = code_of(referrer)
        shared = await self._front.shared_link(campaign, code)
        return {
            "first": plain_name(referrer.name),
            "shared": shared,
            "disabled": referrer.disabled_at is not None,
            "site_link": link(campaign, code),
            "hop": hop_link(self._context.settings.public_url, campaign, referrer),
            "qr": f"/c/{campaign.slug}/{code}/qr.svg",
            "targets": lambda message: targets(shared, message, campaign.name),
        }
