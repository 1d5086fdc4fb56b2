"""The headers that keep pages safe, on every answer of the pages' application, errors included.

Values follow OWASP's HTTP headers cheat sheet and ASVS 5.0, section 3.4.
"""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = tuple[tuple[bytes, bytes], ...]


def content_policy(
    frame_ancestors: str = "'none'", form_action: str = "'self'", frame_src: str = ""
) -> str:
    """The Content-Security-Policy of a page: who may frame it, where its forms may lead to,
    redirects included, and what it may frame itself."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        f" connect-src 'self'; form-action {form_action}; base-uri 'none';"
        f" frame-ancestors {frame_ancestors}"
    )
    return f"{policy}; frame-src {frame_src}" if frame_src else policy


FRAMES_OWN = content_policy(frame_src="'self'")
"""For a page that shows another one of ours in a frame."""

FRAMED_MAIL = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)
"""For an e-mail that is shown in one: its styles stand in its tags, as mail programs want it; it
runs nothing, loads nothing, and is of no origin."""


_ALWAYS: Headers = (
    (b"content-security-policy", content_policy().encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"x-content-type-options", b"nosniff"),
)
# Without includeSubDomains and preload: other hosts below this name are not ours to decide on.
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_NO_STORE = (b"cache-control", b"no-store")

# Their addresses carry a secret or a code that no other page should learn.
_SECRET_PATHS = ("/setup/", "/r/", "/p/", "/unsubscribe/", "/tomorrow/")


class PageHeaders:
    """Adds what an endpoint did not set itself; never changes what it did set."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        always = (*_ALWAYS, _HSTS) if secure else _ALWAYS
        self._open: Headers = (*always, (b"referrer-policy", b"same-origin"))
        self._secret: Headers = (*always, (b"referrer-policy", b"no-referrer"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wanted = self._secret if scope["path"].startswith(_SECRET_PATHS) else self._open

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed(list(message.get("headers", ())), wanted)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _completed(headers: list[Any], wanted: Headers) -> list[Any]:
    own = {name.lower(): value for name, value in headers}
    if own.get(b"cross-origin-resource-policy") == b"cross-origin":
        return headers  # made for other people's pages, with headers of its own
    headers += [header for header in wanted if header[0] not in own]
    if own.get(b"content-type", b"").startswith(b"text/html") and b"cache-control" not in own:
        headers.append(_NO_STORE)
    return headers
