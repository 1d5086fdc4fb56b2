"""Who is logged in: the cookie, the guard of the admin pages, and the check on their forms.

Expects the Context at `request.app.state.context`.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from goodword.access.decide import SESSION_LIFE
from goodword.lifecycle.context import Context
from goodword.lifecycle.log_in import Session, resume
from goodword.model import Role


class Desk(Protocol):
    """Shows who lacks the role for something a page that says who has it."""

    async def forbidden(self, request: Request, least: Role) -> Response: ...


class Door(Protocol):
    @property
    def _desk(self) -> Desk: ...


P = ParamSpec("P")
D = TypeVar("D", bound=Door)
Guarded = Callable[[D, Request], Coroutine[Any, Any, Response]]

_SAFE = ("GET", "HEAD")
_MOST_FIELDS = 100
_MOST_OF_AN_ADMIN = 1_100
_LONGEST_FIELD = 16_384
_NO_STORE = {"cache-control": "no-store"}


def require_admin(
    endpoint: Callable[P, Awaitable[Response]],
) -> Callable[P, Coroutine[Any, Any, Response]]:
    """Lets only admins through: an endpoint `(request)`, or a method of a door.

    Others are led to the log-in and back. What changes anything is refused (403) without a
    session, from another site, or without the form's `csrf` field.
    """

    @wraps(endpoint)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        request = cast(Request, args[-1])
        session = await load_session(request)
        if session is None:
            return _log_in_first(request)
        if request.method not in _SAFE and not await check_csrf(request):
            return refused(request)
        return await endpoint(*args, **kwargs)

    return guarded


def require_manager(endpoint: Callable[[D, Request], Awaitable[Response]]) -> Guarded[D]:
    """As `require_admin`, for managers and owners: whatever changes something in a campaign."""
    return _require(Role.MANAGER, endpoint)


def require_owner(endpoint: Callable[[D, Request], Awaitable[Response]]) -> Guarded[D]:
    """As `require_admin`, for owners alone: who else may come in, and as what."""
    return _require(Role.OWNER, endpoint)


def _require(least: Role, endpoint: Callable[[D, Request], Awaitable[Response]]) -> Guarded[D]:
    @require_admin
    @wraps(endpoint)
    async def guarded(door: D, request: Request) -> Response:
        if not logged_in(request).may(least):
            return await door._desk.forbidden(request, least)
        return await endpoint(door, request)

    return guarded


def session_of(request: Request) -> Session | None:
    """Who sent the request, once `require_admin` or `load_session` has looked."""
    found: Session | None = getattr(request.state, "session", None)
    return found


def logged_in(request: Request) -> Session:
    """The session behind `require_admin`, where there always is one."""
    session = session_of(request)
    if session is None:
        raise LookupError("this endpoint lacks @require_admin")
    return session


async def load_session(request: Request) -> Session | None:
    """Looks for the session of the request's cookie."""
    context = context_of(request)
    token = request.cookies.get(cookie_name(context.settings.secure), "")
    request.state.session = await resume(context, token)
    return session_of(request)


async def check_csrf(request: Request) -> bool:
    """Whether a form was sent by this server's own page, to whoever is logged in now."""
    session = session_of(request)
    if session is None or not is_same_origin(request):
        return False
    sent = (await form_of(request, _MOST_OF_AN_ADMIN)).get("csrf", "")
    return hmac.compare_digest(sent.encode(errors="replace"), session.csrf.encode())


def is_same_origin(request: Request) -> bool:
    """Whether no other site's page sent the request, as far as the browser says.

    Browsers send Sec-Fetch-Site on HTTPS and on localhost, and Origin with every form; who
    sends neither is no browser, and rides on nobody's cookies.
    """
    site = request.headers.get("sec-fetch-site", "")
    if site:
        return site == "same-origin"
    public = urlsplit(context_of(request).settings.public_url)
    return request.headers.get("origin", "") in ("", f"{public.scheme}://{public.netloc}")


async def form_of(request: Request, most: int = _MOST_FIELDS) -> dict[str, str]:
    """The text fields of a form, the last of each name; 400 when it can't be read."""
    form = await request.form(max_files=0, max_fields=most, max_part_size=_LONGEST_FIELD)
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def form_list(request: Request, name: str, most: int = 1_000) -> list[str]:
    """Every value of the fields of that name, such as the boxes that were ticked."""
    form = await request.form(max_files=0, max_fields=_MOST_OF_AN_ADMIN)
    return [each for each in form.getlist(name) if isinstance(each, str)][:most]


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def cookie_name(secure: bool) -> str:
    """With HTTPS a name that browsers let no other host and no plain HTTP page set."""
    return "__Host-goodword" if secure else "goodword"


def set_cookie(response: Response, session: Session, secure: bool) -> None:
    """The browser keeps it as long as a session can last; the server alone judges its end."""
    response.set_cookie(
        cookie_name(secure),
        session.token,
        max_age=SESSION_LIFE // 1000,
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def delete_cookie(response: Response, secure: bool) -> None:
    response.delete_cookie(cookie_name(secure), secure=secure, httponly=True, samesite="lax")


def refused(request: Request) -> Response:
    """What a form gets that another site may have sent."""
    return PlainTextResponse(
        "This form was not sent from a fresh page of this server, so nothing was changed."
        " Go back, load the page again and repeat what you did. If that does not help, open"
        f" the pages at {context_of(request).settings.public_url}, or set GOODWORD_PUBLIC_URL"
        " to the address you use.\n",
        403,
        _NO_STORE,
    )


def _log_in_first(request: Request) -> Response:
    if request.method not in _SAFE:
        return PlainTextResponse(
            "You are logged out, so nothing was changed. Log in again at /login and repeat"
            " what you did.\n",
            403,
            _NO_STORE,
        )
    here = quote(request.scope["path"])
    if query := request.scope["query_string"].decode("latin-1"):
        here += f"?{query}"
    return RedirectResponse(f"/login?next={quote(here, safe='/')}", 303, _NO_STORE)
