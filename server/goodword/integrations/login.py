"""OAuth as a table says (RFC 6749, PKCE of RFC 7636): what to ask for, and what an answer means.

Pure: the caller sends the request, keeps the tokens and brings the time.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from goodword.integrations.base import Failed, Grant, Login, Reply, Trouble

_SOONER = 0.8
"""The part of a token's life after which a new one is fetched."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request to a token endpoint."""

    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


def expand(template: str, values: Mapping[str, str], address: str = "") -> str:
    """A template with its values filled in; `address` in the place of its scheme and host."""
    text = template.format_map(_Missing(values))
    if not address:
        return text
    told, own = urlsplit(text), urlsplit(address)
    return urlunsplit((own.scheme, own.netloc, told.path, told.query, ""))


def origin_of(address: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def consent_url(
    login: Login, values: Mapping[str, str], redirect: str, state: str, verifier: str
) -> str:
    """Where the admin's browser goes to give consent."""
    query = {
        "response_type": "code",
        "client_id": values.get("client_id", ""),
        "redirect_uri": redirect,
        "state": state,
        **({"scope": login.scope} if login.scope else {}),
        **login.extra,
    }
    if login.pkce:
        digest = sha256(verifier.encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    base = expand(login.authorize_url, values, values.get("address", ""))
    return f"{base}?{urlencode(query)}"


def by_code(
    login: Login, values: Mapping[str, str], redirect: str, code: str, verifier: str
) -> Asking:
    """The code of a consent for tokens."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
    return _asking(login, values, form | ({"code_verifier": verifier} if login.pkce else {}))


def again(login: Login, values: Mapping[str, str]) -> Asking:
    """A new token: by the refresh token, or by the client's own credentials."""
    if login.grant is Grant.CLIENT_CREDENTIALS:
        return _asking(login, values, {"grant_type": "client_credentials"})
    form = {"grant_type": "refresh_token", "refresh_token": values.get("refresh_token", "")}
    return _asking(login, values, form)


def _asking(login: Login, values: Mapping[str, str], form: dict[str, str]) -> Asking:
    name, secret = values.get("client_id", ""), values.get("client_secret", "")
    headers = {"accept": "application/json"}
    if login.basic:
        pair = b64encode(f"{name}:{secret}".encode()).decode()
        headers["authorization"] = f"Basic {pair}"
    else:
        form = form | {"client_id": name, "client_secret": secret}
    return Asking(expand(login.token_url, values, values.get("address", "")), headers, form)


def tokens_of(login: Login, reply: Reply, before: Mapping[str, str], now: int) -> dict[str, str]:
    """What to keep of an answer of the token endpoint; `before` are the former tokens.

    `Failed` with AUTH where a person has to connect again, whatever the status says.
    """
    data: Any = reply.data if isinstance(reply.data, dict) else {}
    token = data.get("access_token") or data.get("token")
    if not isinstance(token, str) or not token:
        raise _refusal(reply, data)
    kept = {name: str(data[name]) for name in _KEPT if isinstance(data.get(name), str)}
    life = data.get("expires_in", login.lifetime)
    seconds = int(life) if str(life).isdecimal() else login.lifetime
    renew_at = str(now + int(seconds * 1000 * _SOONER)) if seconds else ""
    return {**before, **kept, "token": token, "renew_at": renew_at}


_KEPT = ("refresh_token", "instance_url", "api_domain", "scope", "id")


def _refusal(reply: Reply, data: Mapping[str, Any]) -> Failed:
    error = str(data.get("error") or data.get("status") or "")
    message = str(data.get("error_description") or data.get("message") or error)[:300]
    said = message or f"the token endpoint answered {reply.status} without a token"
    if reply.status >= 500 or reply.status == 429 or error == "Access Denied":
        return Failed(Trouble.THROTTLED if reply.status < 500 else Trouble.SERVER, said, wait=600)
    return Failed(Trouble.AUTH, said)


def has_expired(login: Login, tokens: Mapping[str, str], now: int) -> bool:
    """Whether a new token is due before the next call."""
    if login.grant is Grant.STATIC:
        return False
    due = tokens.get("renew_at", "")
    return not tokens.get("token") or (due.isdecimal() and int(due) <= now)
