"""Who calls: the key behind `Authorization: Bearer KEY` (RFC 6750), and what it may do."""

from __future__ import annotations

from starlette.requests import Request

from goodword.access.decide import ApiKey, Scope
from goodword.lifecycle.admit import authenticate
from goodword.lifecycle.context import Context
from goodword.web.api.problems import Problem
from goodword.web.api.quota import Quota
from goodword.web.client import Senders
from goodword.web.limits import Limit, caller_of

_REALM = 'Bearer realm="goodword"'


class Gate:
    """Lets a key in. Whoever is refused too often is told to wait, key or no key."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._senders = Senders(context.settings.trusted_proxies)
        rate = context.settings.rate_limit
        self._refusals = Limit(rate and max(1, rate // 2))
        self._quota = Quota(rate)

    async def admit(self, request: Request, scope: Scope) -> ApiKey:
        """`Problem` 401 without a key in use, 403 where it may only read, 429 for one too many.

        What the key may still call is in `request.state.standing`.
        """
        said = request.headers.get("authorization", "")
        key = await authenticate(self._context, said)
        if key is None:
            self._count(request)
            error = ', error="invalid_token"' if said else ""
            raise Problem(
                "unauthorized",
                "send an API key in use as Authorization: Bearer KEY",
                headers={"www-authenticate": _REALM + error},
            )
        self._take(request, key)
        if not key.may(scope):
            refused = f'{_REALM}, error="insufficient_scope", scope="{scope}"'
            detail = "the key has scope read, this needs scope write"
            raise Problem("forbidden", detail, headers={"www-authenticate": refused})
        return key

    def _take(self, request: Request, key: ApiKey) -> None:
        standing = self._quota.take(key.id, self._context.now() // 1000)
        request.state.standing = standing
        if standing is not None and standing.over:
            detail = f"a key may call {standing.allowance} times a minute"
            raise Problem("too_many", detail, headers={"retry-after": str(standing.reset)})

    def _count(self, request: Request) -> None:
        caller = caller_of(self._senders.read(request.scope).address)
        early = self._refusals.wait(caller, self._context.now() / 1000)
        if early:
            raise Problem(
                "too_many",
                "too many calls without a valid key came from this address",
                headers={"retry-after": str(int(early) + 1)},
            )
