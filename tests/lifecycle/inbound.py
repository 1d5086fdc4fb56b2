"""A small world with an inbound webhook, and somebody who calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from goodword.campaigns import hooks
from goodword.lifecycle.hook import HookChanges, address_of, change_hook, make_hook
from goodword.lifecycle.inbound import Became, Came, receive
from goodword.model import Conversion, Hook, InboundCall, Lead
from goodword.storage.rows import noun
from goodword.storage.tables import metadata
from lifecycle.world import World

BOSS = "boss@example.com"
FORM = "application/x-www-form-urlencoded"
PLAIN: dict[str, Any] = {
    "code_field": "code",
    "event_field": "event",
    "order_field": "order",
    "amount_field": "amount",
    "currency_field": "currency",
    "only_field": "",
    "only_value": "",
    "minor_units": True,
    "signature_header": "",
}


@dataclass
class Caller:
    w: World
    token: str

    async def hook(self) -> Hook:
        async with self.w.context.storage.read() as db:
            found = await hooks.of_campaign(db, self.w.campaign.id)
        assert found is not None
        return found

    async def set(self, **changes: object) -> None:
        """Settings of the hook, those of a new one unless said."""
        wanted = HookChanges(**PLAIN | changes)
        await change_hook(self.w.context, self.w.campaign, wanted, BOSS)

    async def call(
        self,
        body: bytes | str | Mapping[str, object] = b"",
        query: str = "",
        token: str | None = None,
        **headers: str,
    ) -> str:
        """The result; a mapping goes as JSON, anything else as a form. `none` for a stranger's
        token."""
        became = await self.send(body, query, token, **headers)
        return "none" if became is None else became.result.value

    async def send(
        self,
        body: bytes | str | Mapping[str, object] = b"",
        query: str = "",
        token: str | None = None,
        **headers: str,
    ) -> Became | None:
        kind = FORM
        if isinstance(body, Mapping):
            kind, body = "application/json", json.dumps(body)
        raw = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        came = Came(kind, query, named, raw)
        return await receive(self.w.context, self.token if token is None else token, came)

    async def lead(self, email: str = "cy@example.org") -> Lead:
        """A new pending lead of Ada's."""
        visit = await self.w.visit()
        await self.w.sign_up(token=visit.token, email=email)
        return next(each for each in await self.w.leads() if each.email == email)

    async def conversions(self) -> list[Conversion]:
        return [noun(Conversion, row) for row in await self._rows("conversions")]

    async def kept(self) -> list[InboundCall]:
        """Every call, oldest first."""
        return [noun(InboundCall, row) for row in await self._rows("calls")]

    async def _rows(self, name: str) -> list[Any]:
        table = metadata.tables[name]
        async with self.w.context.storage.read() as db:
            return list(await db.execute(select(table).order_by(table.c.id)))


async def caller_of(w: World) -> Caller:
    await make_hook(w.context, w.campaign, BOSS)
    caller = Caller(w, "")
    caller.token = token_of(address_of(w.context, await caller.hook()))
    return caller


def token_of(address: str) -> str:
    return address.split("/")[-2]
