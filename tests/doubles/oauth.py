"""OAuth as a vendor serves it (RFC 6749, PKCE of RFC 7636), for the doubles of those who do."""

from __future__ import annotations

import hmac
import itertools
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT_ID = "client-1"
CLIENT_SECRET = "secret-1"


@dataclass
class OAuth:
    """Consents, codes and tokens. `rotates`: a refresh token is good once. `pkce`: none is given
    without. `basic`: the client names itself in the header. `redirects`: where codes may go."""

    grants: tuple[str, ...] = ("authorization_code", "refresh_token")
    rotates: bool = False
    pkce: bool = False
    basic: bool = False
    redirects: tuple[str, ...] = ()
    invalid_grant: bool = False
    valid: set[str] = field(default_factory=set)
    refreshers: set[str] = field(default_factory=set)
    refreshed: int = 0
    prefix: str = "access-"
    _codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def expire(self) -> None:
        """Every access token is over."""
        self.valid.clear()

    def revoke(self) -> None:
        """The person took back the consent."""
        self.valid.clear()
        self.refreshers.clear()

    async def authorize(self, request: Request) -> Response:
        """The consent page, and a person who says yes at once."""
        query = request.query_params
        redirect = query.get("redirect_uri", "")
        known = not self.redirects or redirect in self.redirects
        if query.get("client_id") != CLIENT_ID or not redirect or not known:
            return JSONResponse({"error": "redirect_uri_mismatch"}, 400)
        if self.pkce and query.get("code_challenge_method") != "S256":
            return JSONResponse({"error": "invalid_request"}, 400)
        code = f"code-{next(self._numbers)}"
        self._codes[code] = (redirect, query.get("code_challenge", ""))
        back = {"code": code, "state": query.get("state", ""), **self.told(request)}
        return RedirectResponse(f"{redirect}?{urlencode(back)}", 302)

    def told(self, request: Request) -> Mapping[str, str]:
        """What else the callback is told."""
        return {}

    async def token(self, request: Request) -> dict[str, Any] | Response:
        """Access and refresh token for a good request, else the refusal."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        if not self._is_client(request, form):
            return refusal("invalid_client", "invalid client credentials", 401)
        grant = form.get("grant_type", "")
        if grant not in self.grants:
            return refusal("unsupported_grant_type", "grant type not supported")
        if self.invalid_grant:
            self.invalid_grant = False
            self.revoke()
        if grant == "client_credentials":
            return self._issue(None)
        if grant == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        return self._by_code(form)

    def _refresh(self, refresher: str) -> dict[str, Any] | Response:
        if refresher not in self.refreshers:
            return refusal("invalid_grant", "expired access/refresh token")
        self.refreshed += 1
        if not self.rotates:
            return self._issue(refresher)
        self.refreshers.discard(refresher)
        return self._issue(self._refresher())

    def _by_code(self, form: Mapping[str, str]) -> dict[str, Any] | Response:
        redirect, challenge = self._codes.pop(form.get("code", ""), ("", ""))
        if not redirect or redirect != form.get("redirect_uri"):
            return refusal("invalid_grant", "expired authorization code")
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        if challenge and urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
            return refusal("invalid_grant", "invalid code verifier")
        return self._issue(self._refresher())

    def _refresher(self) -> str:
        refresher = f"refresh-{next(self._numbers)}"
        self.refreshers.add(refresher)
        return refresher

    def _issue(self, refresher: str | None) -> dict[str, Any]:
        access = f"{self.prefix}{next(self._numbers)}"
        self.valid.add(access)
        return {"access_token": access, **({"refresh_token": refresher} if refresher else {})}

    def _is_client(self, request: Request, form: Mapping[str, str]) -> bool:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if self.basic:
            kind, _, pair = request.headers.get("authorization", "").partition(" ")
            name, _, secret = (
                b64decode(pair).decode().partition(":") if kind == "Basic" else ("",) * 3
            )
        return name == CLIENT_ID and hmac.compare_digest(secret, CLIENT_SECRET)


def refusal(error: str, description: str, status: int = 400) -> Response:
    """A refusal of the token endpoint (RFC 6749, 5.2)."""
    return JSONResponse({"error": error, "error_description": description}, status)
