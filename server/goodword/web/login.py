"""The doors before the admin pages: log in, log out, the first admin, another password."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from goodword.access.decide import LONGEST_PASSWORD, SHORTEST_PASSWORD, Admin, local_path
from goodword.lifecycle.admit import create_first_admin, has_admin, setup_open
from goodword.lifecycle.appoint import accept, invited
from goodword.lifecycle.context import Context
from goodword.lifecycle.log_in import Session, Wait, change_password, log_in, log_out, open_session
from goodword.lifecycle.set_up import Refused
from goodword.web.client import Senders
from goodword.web.limits import caller_of
from goodword.web.pages import Pages
from goodword.web.session import (
    check_csrf,
    delete_cookie,
    form_of,
    is_same_origin,
    load_session,
    logged_in,
    refused,
    require_admin,
    set_cookie,
)

HOME = "/admin/"
_FORM = ["GET", "POST"]
_LENGTHS: dict[str, Any] = {"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD}


class Login:
    def __init__(self, context: Context, pages: Pages) -> None:
        self._context = context
        self._pages = pages
        self._secure = context.settings.secure
        self._senders = Senders(context.settings.trusted_proxies)

    def routes(self) -> list[Route]:
        return [
            Route("/login", self.log_in, methods=_FORM),
            Route("/logout", self.log_out, methods=["POST"]),
            Route("/password", self.password, methods=_FORM),
            Route("/setup/{token}", self.set_up, methods=_FORM),
        ]

    async def log_in(self, request: Request) -> Response:
        """The form, and on to the page that was asked for."""
        target = local_path(request.query_params.get("next", "")) or HOME
        former = await load_session(request)
        if request.method != "POST":
            return _lead_on(target) if former else await self._login_page(target)
        if not is_same_origin(request):
            return refused(request)
        form = await form_of(request)
        email, password = form.get("email", ""), form.get("password", "")
        token = former.token if former else ""
        outcome = await log_in(self._context, email, password, self._caller(request), token)
        if isinstance(outcome, Session):
            return self._welcome(outcome, target)
        return _denied(await self._login_page(target, email, _why_not(outcome)), outcome)

    async def _login_page(self, target: str, email: str = "", error: str = "") -> Response:
        values = {
            "next": target,
            "email": email,
            "error": error,
            "no_admin": not await has_admin(self._context),
        }
        return self._pages.html("login.html", values)

    async def log_out(self, request: Request) -> Response:
        """Ends the session; who has none is logged out already."""
        session = await load_session(request)
        if session is not None:
            if not await check_csrf(request):
                return refused(request)
            await log_out(self._context, session.token)
        response = _lead_on("/login")
        delete_cookie(response, self._secure)
        return response

    async def set_up(self, request: Request) -> Response:
        """Makes the first admin, or lets one in who was invited. The address is a secret that
        works once: it alone is the proof, and its page sends no Origin that could be checked."""
        token = request.path_params["token"]
        if "." in token:
            return await self._join(request, token)
        if not await setup_open(self._context, token):
            return self._setup_page(404)
        if request.method != "POST":
            return self._setup_page(200)
        form = await form_of(request)
        email, password = form.get("email", ""), form.get("password", "")
        try:
            admin = await create_first_admin(self._context, token, email, password)
        except Refused as error:
            return self._setup_page(422, email, error)
        session = await open_session(self._context, admin) if admin else None
        return self._welcome(session, HOME) if session else self._setup_page(404)

    async def _join(self, request: Request, token: str) -> Response:
        admin = await invited(self._context, token)
        if admin is None:
            return self._setup_page(404)
        if request.method != "POST":
            return self._setup_page(200, admin.email, invited=admin)
        password = (await form_of(request)).get("password", "")
        try:
            joined = await accept(self._context, token, password)
        except Refused as error:
            return self._setup_page(422, admin.email, error, admin)
        session = await open_session(self._context, joined) if joined else None
        return self._welcome(session, HOME) if session else self._setup_page(404)

    def _setup_page(
        self,
        status: int,
        email: str = "",
        error: Refused | None = None,
        invited: Admin | None = None,
    ) -> Response:
        values = _LENGTHS | {
            "open": status != 404,
            "invited": invited,
            "email": email,
            "field": error.field if error else "",
            "error": _sentence(str(error)) if error else "",
        }
        return self._pages.html("setup.html", values, status)

    @require_admin
    async def password(self, request: Request) -> Response:
        """Changes the password of who is logged in, and logs out every other browser."""
        session = logged_in(request)
        if request.method != "POST":
            return self._password_page(session, {})
        form = await form_of(request)
        current, new = form.get("current", ""), form.get("password", "")
        try:
            outcome = await change_password(
                self._context, session, current, new, self._caller(request)
            )
        except Refused as error:
            return self._password_page(session, {"password": _sentence(str(error))}, 422)
        if isinstance(outcome, Session):
            return self._welcome(outcome, HOME)
        errors = {"current": _why_not(outcome, "That is not the current password.")}
        return _denied(self._password_page(session, errors), outcome)

    def _password_page(
        self, session: Session, errors: dict[str, str], status: int = 200
    ) -> Response:
        values = _LENGTHS | {"csrf": session.csrf, "email": session.email, "errors": errors}
        return self._pages.html("password.html", values, status)

    def _welcome(self, session: Session, target: str) -> Response:
        response = _lead_on(target)
        set_cookie(response, session, self._secure)
        return response

    def _caller(self, request: Request) -> str:
        return caller_of(self._senders.read(request.scope).address)


def _lead_on(target: str) -> Response:
    return RedirectResponse(target, 303, {"cache-control": "no-store"})


def _why_not(outcome: Wait | None, wrong: str = "Wrong e-mail or password.") -> str:
    if outcome is None:
        return wrong
    return f"Too many wrong tries. Wait {_duration(outcome)} and try again."


def _duration(wait: Wait) -> str:
    if wait.seconds <= 90:
        return f"{wait.seconds} second{'s' if wait.seconds > 1 else ''}"
    return f"{-(-wait.seconds // 60)} minutes"


def _denied(page: Response, outcome: Wait | None) -> Response:
    page.status_code = 403 if outcome is None else 429
    if outcome is not None:
        page.headers["retry-after"] = str(outcome.seconds)
    return page


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
