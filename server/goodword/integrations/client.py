"""Calls to a connected account: its headers, its tokens, its failures. The same for all systems."""

from __future__ import annotations

import json as jsons
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from goodword.integrations.base import Failed, Grant, Login, Reply, System, Trouble
from goodword.integrations.login import Asking, expand, has_expired
from goodword.outbound import Answer, Forbidden, Outbound, Unreachable

LARGEST = 8_388_608
"""Bytes of an answer that are read: the description of an object may have megabytes."""

Pairs = Mapping[str, str] | Sequence[tuple[str, str]]
Renew = Callable[[str], Awaitable[Mapping[str, str]]]
"""Brings a new token in the place of the one named, once for all who ask."""


@dataclass(slots=True)
class Connection:
    """`Api` of `integrations.base`: one account of one system.

    `values` are the inputs and tokens; `renew` is asked when a token is old or refused.
    """

    outbound: Outbound
    system: System
    login: Login
    values: Mapping[str, str]
    renew: Renew
    now: Callable[[], int]

    @property
    def inputs(self) -> Mapping[str, str]:
        return self.values

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Pairs = (),
        json: object = None,
        form: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One call; with a new token once more where the first was refused. `Failed`."""
        if has_expired(self.login, self.values, self.now()):
            self.values = await self.renew(self.values.get("token", ""))
        content, type_ = _content(json, form)
        sent = {"accept": "application/json", "user-agent": "goodword", **type_, **(headers or {})}
        try:
            return await self._once(method, path, query, sent, content)
        except Failed as failed:
            if failed.kind is not Trouble.AUTH or self.login.grant is Grant.STATIC:
                raise
        self.values = await self.renew(self.values.get("token", ""))
        return await self._once(method, path, query, sent, content)

    async def _once(
        self, method: str, path: str, query: Pairs, headers: Mapping[str, str], content: bytes
    ) -> Reply:
        base = expand(self.login.base, self.values, self.values.get("address", ""))
        own = {name: expand(each, self.values) for name, each in self.login.headers.items()}
        url = base.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        reply = await send(self.outbound, method, url, {**headers, **own}, content)
        failed = self.system.failure(reply)
        if failed is not None:
            raise failed
        if reply.data is None and reply.text.strip():
            raise Failed(Trouble.SERVER, f"the answer is no JSON: {reply.text.strip()[:100]}")
        return reply


def _content(json: object, form: Pairs | None) -> tuple[bytes, dict[str, str]]:
    if form is not None:
        return urlencode(form).encode(), {"content-type": "application/x-www-form-urlencoded"}
    if json is not None:
        text = jsons.dumps(json, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), {"content-type": "application/json"}
    return b"", {}


async def ask(outbound: Outbound, asking: Asking) -> Reply:
    """Sends a request to a token endpoint. `Failed` only where no answer came."""
    headers = {"content-type": "application/x-www-form-urlencoded", **asking.headers}
    return await send(outbound, "POST", asking.url, headers, urlencode(asking.form).encode())


async def send(
    outbound: Outbound, method: str, url: str, headers: Mapping[str, str], content: bytes
) -> Reply:
    """One request as it is. `Failed` with SERVER where no answer came."""
    try:
        answer = await outbound.call(method, url, headers=headers, content=content, largest=LARGEST)
    except (Forbidden, Unreachable) as error:
        raise Failed(Trouble.SERVER, f"no answer: {error}") from error
    return Reply(answer.status, answer.headers, _json(answer), answer.text)


def _json(answer: Answer) -> Any:
    try:
        return jsons.loads(answer.text)
    except (ValueError, RecursionError):
        return None
